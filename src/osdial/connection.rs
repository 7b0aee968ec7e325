//! The connection to the dialler's database: a small pool, a timeout for each statement, and a retry if that can help.
//!
//! Everything runs on one runtime, that of an arbiter without audio, so a slow or unreachable database delays no call. Each statement is independent:
//! no transaction is ever open over tables that may be MyISAM.
//!
//! The server is trusted as little as possible: rows are read one by one up to a limit, and a driver that panics over an answer ends only that
//! statement. No file is ever sent to a server that asks for one: there is no handler for that.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::{OSDIAL_ANSWER_BYTES_MAX, OSDIAL_ANSWER_ROWS_MAX, OSDIAL_PACKET_BYTES_MAX};
use futures_util::FutureExt as _;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row, Value};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::error::OsdialError;
use crate::config::{Osdial as OsdialSettings, OsdialCharset, OsdialUrl};

/// How often a statement is tried if the connection broke or rows were locked. More attempts than the pool has connections, which a restarted server
/// has forgotten, would be useless.
const TRIES_MAX: u32 = 5;
/// Pause before another attempt when rows are locked.
const LOCKED_PAUSE: Duration = Duration::from_millis(50);
/// How long closing a connection may take.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);
/// How long an unused connection is kept, in seconds. The server's own setting is not read: the driver would read that answer without a limit.
const IDLE_S: usize = 60;
const IDLE: Duration = Duration::from_secs(IDLE_S as u64);

/// A connection pool to the dialler's database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    pool: Pool,
    runtime: Handle,
    wait: Duration,
    prefix: Arc<str>,
    charset: OsdialCharset,
}

impl Link {
    /// Makes a pool for the database at `url`. Does not connect yet.
    pub(super) fn new(
        url: &OsdialUrl,
        settings: &OsdialSettings,
        runtime: Handle,
    ) -> Result<Self, OsdialError> {
        let opts = Opts::from_url(url.expose()).map_err(|_| {
            OsdialError::Unreadable("osdial.database_url is not an address of a MySQL database".to_owned())
        })?;
        let host = host_of(&opts);
        let most = usize::try_from(settings.connections_max.get()).unwrap_or(1).max(1);
        let constraints = PoolConstraints::new(0, most).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(IDLE)
            // Statements leave no state that would have to be reset.
            .with_reset_connection(false);
        let opts = OptsBuilder::from_opts(opts)
            .ip_or_hostname(host)
            .pool_opts(pool)
            .prefer_socket(false)
            // An update counts the rows that it found: 0 means "no such row", not "unchanged".
            .client_found_rows(true)
            // Otherwise it is as much as the server says.
            .max_allowed_packet(Some(OSDIAL_PACKET_BYTES_MAX))
            .wait_timeout(Some(IDLE_S))
            .init(vec![format!("SET NAMES {}", settings.charset.name())]);
        Ok(Self {
            pool: Pool::new(opts),
            runtime,
            wait: settings.timeout_s.duration(),
            prefix: settings.table_prefix.as_str().into(),
            charset: settings.charset,
        })
    }

    /// Returns the quoted name of a table in SQL, from its name after the prefix.
    pub(super) fn table(&self, name: &str) -> String {
        format!("`{}{name}`", self.prefix)
    }

    /// Returns the same name without quotes.
    pub(super) fn table_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The character set of the tables.
    pub(super) const fn charset(&self) -> OsdialCharset {
        self.charset
    }

    /// Runs work on the runtime of the pool, from any thread.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, OsdialError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, OsdialError>> + Send + 'static,
    {
        // If the caller is gone, the work is finished nevertheless.
        self.runtime.spawn(work).await.unwrap_or(Err(OsdialError::Ending))
    }

    /// Returns the rows of a statement.
    pub(super) async fn rows(&self, sql: &str, params: impl Into<Params>) -> Result<Vec<Row>, OsdialError> {
        Ok(self.carry_out(sql, params.into()).await?.0)
    }

    /// Changes rows, and returns how many were found.
    pub(super) async fn change(&self, sql: &str, params: impl Into<Params>) -> Result<u64, OsdialError> {
        Ok(self.carry_out(sql, params.into()).await?.1)
    }

    async fn carry_out(&self, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
        let mut tries = 1;
        loop {
            match self.once(sql, params.clone()).await {
                Err(error) if error.may_be_tried_again() && tries < TRIES_MAX => tries += 1,
                outcome => return outcome,
            }
            sleep(LOCKED_PAUSE).await;
        }
    }

    async fn once(&self, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
        let timed_out =
            || OsdialError::TimedOut { wait_ms: u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX) };
        let connecting =
            unpanicked(async { self.pool.get_conn().await.map_err(|error| OsdialError::of(&error)) });
        let mut connection = timeout(self.wait, connecting).await.map_err(|_| timed_out())??;
        let answered = timeout(self.wait, unpanicked(exchange(&mut connection, sql, params))).await;
        let outcome = answered.unwrap_or_else(|_| Err(timed_out()));
        if outcome.as_ref().is_err_and(OsdialError::leaves_an_answer) {
            // The rest of its answer must not be mistaken for the answer to the next statement.
            self.part(connection);
        }
        outcome
    }

    /// Closes a connection without waiting for it.
    fn part(&self, connection: Conn) {
        self.runtime.spawn(async move {
            // A broken connection can't take a message.
            let _ = timeout(GOODBYE_WAIT, connection.disconnect()).await;
        });
    }
}

/// Runs a statement. Returns its rows, and how many were found.
async fn exchange(connection: &mut Conn, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
    let failed = |error: mysql_async::Error| OsdialError::of(&error);
    let mut result = connection.exec_iter(sql, params).await.map_err(failed)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = result.next().await.map_err(failed)? {
        bytes += bytes_of(&row);
        if rows.len() == OSDIAL_ANSWER_ROWS_MAX || bytes > OSDIAL_ANSWER_BYTES_MAX {
            return Err(OsdialError::TooMuch);
        }
        rows.push(row);
    }
    result.drop_result().await.map_err(failed)?;
    Ok((rows, connection.affected_rows()))
}

/// Host of an address, as it is looked up. The library keeps an IPv6 address in its brackets, with which no resolver finds it.
fn host_of(opts: &Opts) -> String {
    opts.ip_or_hostname().trim_start_matches('[').trim_end_matches(']').to_owned()
}

/// Approximate memory of a row.
fn bytes_of(row: &Row) -> usize {
    let of_cell = |at| match row.as_ref(at) {
        Some(Value::Bytes(bytes)) => bytes.len(),
        _ => 0,
    };
    (0..row.len()).map(|at| size_of::<Value>() + of_cell(at)).sum()
}

/// Runs the driver. It panics over some invalid answers.
async fn unpanicked<T>(work: impl Future<Output = Result<T, OsdialError>>) -> Result<T, OsdialError> {
    let gave_up = |_| Err(OsdialError::Unreadable("the driver gave up on it".to_owned()));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(gave_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_may_be_at_an_ipv6_address() {
        for (url, host) in [
            ("mysql://u@[2001:db8::7]:3307/osdial", "2001:db8::7"),
            ("mysql://u@dialler.example.com/osdial", "dialler.example.com"),
        ] {
            assert_eq!(host_of(&Opts::from_url(url).unwrap()), host);
        }
    }
}
