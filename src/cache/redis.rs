//! The cache in Redis. Only this file knows Redis.
//!
//! All requests run on one runtime, that of an arbiter without audio. Callers wait for its answers, so no connection depends on the thread that
//! happened to make the first request.
//!
//! The library reads answers of any length. A connection on which a request failed is closed at once, so the timeout limits them.

use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::CacheKey;
use cordboard_schema::limits::{CACHE_VALUE_BYTES_MAX, REDIS_CONNECTIONS_MAX, REDIS_WAIT_MS_MAX};
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::io::tcp::TcpSettings;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline, RedisError, cmd,
    pipe,
};
use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime};
use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, timeout_at};

use super::entries::CachedValue;
use super::{Answer, Cache, CacheFault};
use crate::config::RedisUrl;

/// How long a request may take.
const WAIT: Duration = Duration::from_millis(REDIS_WAIT_MS_MAX);
/// How long an idle connection may take to show that it is still open.
const RECYCLE_WAIT: Duration = Duration::from_millis(REDIS_WAIT_MS_MAX / 4);
/// Maximum characters of a field of the answer to `INFO`.
const FIELD_CHARS_MAX: usize = 64;
/// Values that are written in one batch.
const BATCH: usize = 100;

/// Keeps values in Redis.
#[derive(Clone)]
pub struct RedisCache {
    pool: Pool,
    runtime: Handle,
}

impl RedisCache {
    /// Makes a cache in the Redis at `url`, which is used on `runtime`. Does not connect yet.
    ///
    /// # Errors
    /// Fails if the address can't be used.
    pub fn new(url: &RedisUrl, runtime: Handle) -> Result<Self, CacheFault> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(WAIT)).set_response_timeout(Some(WAIT));
        let bad = |error: RedisError| CacheFault::BadAddress(words(&error));
        // Otherwise the kernel delays a second write until the first is acknowledged.
        let sends_at_once = TcpSettings::default().set_nodelay(true);
        let place = url.expose().into_connection_info().map_err(bad)?.set_tcp_settings(sends_at_once);
        let manager = Manager::new_with_config(place, config).map_err(bad)?;
        let pool = Pool::builder(manager)
            .max_size(REDIS_CONNECTIONS_MAX)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .recycle_timeout(Some(RECYCLE_WAIT))
            .runtime(Runtime::Tokio1)
            .build();
        let pool = pool.map_err(|error| CacheFault::BadAddress(error.to_string()))?;
        Ok(Self { pool, runtime })
    }

    /// The runtime on which its requests run.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Closes idle connections, because they lead to a Redis that does not answer.
    pub(super) fn forget_connections(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Returns the identity of the Redis that answers. Another one, or the same after a restart, has another identity.
    pub(super) async fn check(&self) -> Result<String, CacheFault> {
        Ok(field(&self.info().await?, "run_id").unwrap_or_default().to_owned())
    }

    async fn info(&self) -> Result<String, CacheFault> {
        let mut ask = cmd("INFO");
        ask.arg("server");
        self.ask(ask).await
    }

    /// Writes values that this process kept: newer ones replace what is there, the others are added only if missing.
    pub(super) async fn write_all(&self, kept: &[CachedValue]) -> Result<(), CacheFault> {
        for batch in kept.chunks(BATCH) {
            let mut writes = pipe();
            for CachedValue { key, value, ttl, is_unsent } in batch {
                let write = writes.cmd("SET").arg(key.as_str()).arg(value.as_ref()).arg("PX").arg(ms(*ttl));
                if !is_unsent {
                    write.arg("NX");
                }
                writes.ignore();
            }
            self.ask_all::<()>(writes).await?;
        }
        Ok(())
    }

    async fn ask<T: FromRedisValue + Send + 'static>(&self, asked: Cmd) -> Result<T, CacheFault> {
        self.run(move |mut connection| async move { asked.query_async(&mut connection).await }).await
    }

    async fn ask_all<T: FromRedisValue + Send + 'static>(&self, asked: Pipeline) -> Result<T, CacheFault> {
        self.run(move |mut connection| async move { asked.query_async(&mut connection).await }).await
    }

    async fn run<T, F>(
        &self,
        work: impl FnOnce(MultiplexedConnection) -> F + Send + 'static,
    ) -> Result<T, CacheFault>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, RedisError>> + Send,
    {
        let pool = self.pool.clone();
        let until = Instant::now() + WAIT;
        let working = async move {
            let connected = timeout_at(until, pool.get()).await.map_err(|_| CacheFault::TimedOut)?;
            let connection = connected.map_err(not_connected)?;
            let worked = timeout_at(until, work((*connection).clone())).await;
            let done = worked.map_or(Err(CacheFault::TimedOut), |done| done.map_err(|error| fault(&error)));
            if done.as_ref().is_err_and(CacheFault::leaves_an_answer) {
                drop(Connection::take(connection));
            }
            done
        };
        // The time limit applies on the runtime: if the caller is gone, nothing is left over.
        let gone = |_| Err(CacheFault::Unreachable("the server is going down".to_owned()));
        self.runtime.spawn(working).await.unwrap_or_else(gone)
    }
}

impl Cache for RedisCache {
    fn get<'a>(&'a self, key: &'a CacheKey) -> Answer<'a, Option<Bytes>> {
        async move {
            // This reads at most what could have been written. Our values are never empty.
            let mut ask = cmd("GETRANGE");
            ask.arg(key.as_str()).arg(0).arg(CACHE_VALUE_BYTES_MAX);
            let value: Vec<u8> = self.ask(ask).await?;
            CacheFault::of_length(value.len())?;
            Ok((!value.is_empty()).then(|| Bytes::from(value)))
        }
        .boxed()
    }

    fn set<'a>(&'a self, keys: &'a [CacheKey], value: Bytes, ttl: Duration) -> Answer<'a, ()> {
        async move {
            CacheFault::of_length(value.len())?;
            let mut writes = pipe();
            writes.atomic();
            for key in keys {
                writes.cmd("SET").arg(key.as_str()).arg(value.as_ref()).arg("PX").arg(ms(ttl)).ignore();
            }
            self.ask_all(writes).await
        }
        .boxed()
    }

    fn add<'a>(&'a self, key: &'a CacheKey, value: Bytes, ttl: Duration) -> Answer<'a, bool> {
        async move {
            CacheFault::of_length(value.len())?;
            let mut write = cmd("SET");
            write.arg(key.as_str()).arg(value.as_ref()).arg("PX").arg(ms(ttl)).arg("NX");
            let added: Option<String> = self.ask(write).await?;
            Ok(added.is_some())
        }
        .boxed()
    }

    fn expire<'a>(&'a self, keys: &'a [CacheKey], ttl: Duration) -> Answer<'a, usize> {
        async move {
            let mut renewals = pipe();
            for key in keys {
                renewals.cmd("PEXPIRE").arg(key.as_str()).arg(ms(ttl));
            }
            let there: Vec<usize> = self.ask_all(renewals).await?;
            Ok(there.into_iter().sum())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, keys: &'a [CacheKey]) -> Answer<'a, usize> {
        async move {
            let mut ask = cmd("DEL");
            keys.iter().for_each(|key| {
                ask.arg(key.as_str());
            });
            if keys.is_empty() { Ok(0) } else { self.ask(ask).await }
        }
        .boxed()
    }
}

/// Checks whether the Redis at `url` answers, and returns its version. Blocks, for 1 s at most.
///
/// # Errors
/// Fails if it does not answer.
pub fn check(url: &RedisUrl) -> Result<String, CacheFault> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CacheFault::Unreachable(error.to_string()))?;
    runtime.block_on(async {
        let info = RedisCache::new(url, Handle::current())?.info().await?;
        Ok(field(&info, "redis_version").unwrap_or("of an unknown version").to_owned())
    })
}

/// Returns a field of the answer to `INFO`.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let value = info.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))?;
    let cut = value.char_indices().nth(FIELD_CHARS_MAX).map_or(value, |(at, _)| &value[..at]);
    (!cut.contains(char::is_control)).then_some(cut)
}

/// Returns a time in Redis's unit: whole milliseconds, at least one.
fn ms(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX / 2).max(1)
}

fn not_connected(error: PoolError) -> CacheFault {
    match error {
        PoolError::Timeout(_) => CacheFault::TimedOut,
        PoolError::Backend(error) => fault(&error),
        other => CacheFault::Unreachable(other.to_string()),
    }
}

fn fault(error: &RedisError) -> CacheFault {
    if error.is_timeout() {
        CacheFault::TimedOut
    } else if matches!(error.kind(), ErrorKind::Parse | ErrorKind::UnexpectedReturnType) {
        // Its text contains the received bytes, which may be words of callers.
        CacheFault::Unreadable
    } else if error.is_io_error() || error.is_connection_dropped() {
        CacheFault::Unreachable(words(error))
    } else {
        CacheFault::Refused(words(error))
    }
}

/// Describes the error without the request, which may contain words of callers, or a password.
fn words(error: &RedisError) -> String {
    match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) => "the password or the user is wrong".to_owned(),
        (_, Some(code)) => code.to_owned(),
        _ => error.to_string().chars().filter(|c| !c.is_control()).take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_info_are_found() {
        let info = "# Server\r\nredis_version:8.0.2\r\nrun_id:abc\r\n";
        assert_eq!((field(info, "redis_version"), field(info, "run_id")), (Some("8.0.2"), Some("abc")));
        assert_eq!(field(info, "version"), None);
        let long = format!("run_id:{}\r\nredis_version:8\u{1b}[2J\r\n", "é".repeat(1_000));
        assert_eq!(field(&long, "run_id").map(|info| info.chars().count()), Some(FIELD_CHARS_MAX));
        assert_eq!(field(&long, "redis_version"), None);
    }

    #[test]
    fn a_time_is_never_zero() {
        assert_eq!((ms(Duration::from_micros(10)), ms(Duration::from_secs(300))), (1, 300_000));
    }
}
