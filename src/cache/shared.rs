//! The server's cache: this process's own, in front of Redis if configured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::CacheKey;
use cordboard_schema::limits::REDIS_POLL_MS;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::{Answer, Cache, CacheFault, CacheState, MemoryCache, RedisCache};

/// The server's cache. Cheap to clone.
#[derive(Clone)]
pub struct SharedCache(Arc<Inner>);

struct Inner {
    own: MemoryCache,
    redis: Option<RedisCache>,
    state: watch::Sender<CacheState>,
    /// Whether Redis turned out to lack values: it was emptied, or has dropped them for want of memory.
    has_lost_values: AtomicBool,
}

impl SharedCache {
    /// Makes one in this process only.
    pub fn in_process() -> Self {
        Self::of(None, CacheState::InProcess)
    }

    /// Makes one that is also in Redis. It is maintained on Redis's runtime, as long as a clone of the cache exists.
    pub fn with_redis(redis: RedisCache) -> Self {
        let runtime = redis.runtime().clone();
        // Checked at once: the first answer sets the state.
        let cache = Self::of(Some(redis), CacheState::Redis);
        let inner = Arc::downgrade(&cache.0);
        runtime.spawn(async move {
            let mut ticks = interval(Duration::from_millis(REDIS_POLL_MS));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut known = None;
            loop {
                ticks.tick().await;
                let Some(inner) = inner.upgrade() else { return };
                inner.keep_checked(&mut known).await;
            }
        });
        cache
    }

    fn of(redis: Option<RedisCache>, state: CacheState) -> Self {
        let (state, has_lost_values) = (watch::Sender::new(state), AtomicBool::new(false));
        Self(Arc::new(Inner { own: MemoryCache::default(), redis, state, has_lost_values }))
    }

    /// Its state.
    pub fn state(&self) -> CacheState {
        self.0.state.borrow().clone()
    }

    /// Its state, and each change of it.
    pub fn watch(&self) -> watch::Receiver<CacheState> {
        self.0.state.subscribe()
    }
}

impl Inner {
    /// Returns Redis if it answered last. Otherwise returns why it is not used.
    fn redis(&self) -> Result<Option<&RedisCache>, CacheFault> {
        match &*self.state.borrow() {
            CacheState::InProcess => Ok(None),
            CacheState::Redis => Ok(self.redis.as_ref()),
            CacheState::RedisAway { reason } => Err(CacheFault::Unreachable(reason.clone())),
        }
    }

    /// Checks whether Redis answers, and writes values to it that it does not have: all live ones if it is another one than `known`, was
    /// unreachable or has lost some, otherwise those that could not be written before.
    async fn keep_checked(&self, known: &mut Option<String>) {
        let Some(redis) = &self.redis else { return };
        let checked = match redis.check().await {
            Ok(name) => self.bring_up_to_date(redis, known, name).await,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = checked {
            self.note_unreachable(&fault);
        }
    }

    async fn bring_up_to_date(
        &self,
        redis: &RedisCache,
        known: &mut Option<String>,
        name: String,
    ) -> Result<(), CacheFault> {
        let is_away = !self.state.borrow().is_well();
        let has_lost_values = self.has_lost_values.swap(false, Ordering::Relaxed);
        if is_away || has_lost_values || known.as_ref() != Some(&name) {
            self.write(redis, false).await?;
            *known = Some(name);
            if is_away {
                tracing::info!("Redis answers: values that were cached in the meantime are written to it");
                self.state.send_replace(CacheState::Redis);
            }
        }
        // Values that were written between these lines and the moment when others learned of the change.
        self.write(redis, true).await
    }

    async fn write(&self, redis: &RedisCache, only_unsent: bool) -> Result<(), CacheFault> {
        let kept = self.own.kept(only_unsent);
        if kept.is_empty() {
            return Ok(());
        }
        // An already sent value is written only if it is missing, and stays marked as sent even if this fails.
        let unsent: Vec<CacheKey> =
            kept.iter().filter(|kept| kept.is_unsent).map(|kept| kept.key.clone()).collect();
        // Marked before they are written: a value that changes in the meantime becomes unsent again.
        self.own.mark(&unsent, false);
        let written = redis.write_all(&kept).await;
        if written.is_err() {
            self.own.mark(&unsent, true);
        }
        written
    }

    /// Redis failed to handle a request.
    fn note_unreachable(&self, fault: &CacheFault) {
        if let Some(redis) = &self.redis {
            redis.forget_connections();
        }
        let reason = match fault {
            CacheFault::Unreachable(reason) => reason.clone(),
            other => other.to_string(),
        };
        let is_away = CacheState::RedisAway { reason: reason.clone() };
        let mut is_new = false;
        self.state.send_if_modified(|state| {
            is_new = state.is_well();
            let is_other = *state != is_away;
            *state = is_away;
            is_other
        });
        if is_new {
            tracing::warn!(reason, "Redis does not answer: this server keeps the cached values itself");
        }
    }

    /// Handles Redis's result of a write. This process has its own copy already.
    fn written<T>(&self, keys: &[CacheKey], written: Result<T, CacheFault>) -> Result<T, CacheFault> {
        if let Err(fault) = &written {
            self.own.mark(keys, true);
            if self.state.borrow().is_well() {
                self.note_unreachable(fault);
            }
        }
        written
    }
}

impl Cache for SharedCache {
    /// Returns Redis's value; while Redis is unreachable, the value that this process wrote.
    fn get<'a>(&'a self, key: &'a CacheKey) -> Answer<'a, Option<Bytes>> {
        async move {
            let inner = &*self.0;
            if let Ok(Some(redis)) = inner.redis() {
                match redis.get(key).await {
                    Err(CacheFault::TooLarge { bytes }) => return Err(CacheFault::TooLarge { bytes }),
                    Err(fault) => inner.note_unreachable(&fault),
                    found => return found,
                }
            }
            inner.own.get(key).await
        }
        .boxed()
    }

    /// An error of Redis means that only this process has the value, for now.
    fn set<'a>(&'a self, keys: &'a [CacheKey], value: Bytes, ttl: Duration) -> Answer<'a, ()> {
        async move {
            let inner = &*self.0;
            inner.own.set(keys, value.clone(), ttl).await?;
            let written = match inner.redis() {
                Ok(Some(redis)) => redis.set(keys, value, ttl).await,
                Ok(None) => Ok(()),
                Err(away) => Err(away),
            };
            inner.written(keys, written)
        }
        .boxed()
    }

    /// While Redis is unreachable, it is unknown whether it has the key. The error says so, and nothing is kept.
    fn add<'a>(&'a self, key: &'a CacheKey, value: Bytes, ttl: Duration) -> Answer<'a, bool> {
        async move {
            let inner = &*self.0;
            let Some(redis) = inner.redis()? else { return inner.own.add(key, value, ttl).await };
            let added = redis.add(key, value.clone(), ttl).await;
            if matches!(added, Ok(true)) {
                inner.own.set(std::slice::from_ref(key), value, ttl).await?;
            }
            inner.written(&[], added)
        }
        .boxed()
    }

    /// Like [`Self::set`]. Values that only this process still has are written to Redis again.
    fn expire<'a>(&'a self, keys: &'a [CacheKey], ttl: Duration) -> Answer<'a, usize> {
        async move {
            let inner = &*self.0;
            let here = inner.own.expire(keys, ttl).await?;
            let renewed = match inner.redis() {
                Ok(Some(redis)) => redis.expire(keys, ttl).await,
                Ok(None) => Ok(here),
                Err(away) => Err(away),
            };
            if matches!(renewed, Ok(there) if there < here) {
                inner.has_lost_values.store(true, Ordering::Relaxed);
            }
            inner.written(keys, renewed)
        }
        .boxed()
    }

    /// While Redis is unreachable, its value stays there until it expires.
    fn delete<'a>(&'a self, keys: &'a [CacheKey]) -> Answer<'a, usize> {
        async move {
            let inner = &*self.0;
            let here = inner.own.delete(keys).await?;
            let deleted = match inner.redis()? {
                Some(redis) => redis.delete(keys).await,
                None => Ok(here),
            };
            inner.written(&[], deleted)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::cache_key::KeySpace;
    use cordboard_schema::ids::{CallId, OrganizationId};
    use cordboard_schema::limits::REDIS_WAIT_MS_MAX;
    use cordboard_settings::SettingValue as _;
    use cordboard_test_support::redis_stand_in::{RedisManner, RedisStandIn};
    use tokio::runtime::Handle;
    use tokio::time::{Instant, sleep};
    use uuid::Uuid;

    use super::*;
    use crate::config::RedisUrl;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn key(number: u128) -> CacheKey {
        let first = OrganizationId(Uuid::from_u128(1));
        KeySpace::of(first, first).session(CallId(Uuid::from_u128(number)))
    }

    #[tokio::test(start_paused = true)]
    async fn an_emptied_redis_gets_its_values_when_one_is_renewed() {
        let redis = RedisStandIn::start_here().unwrap();
        let url = RedisUrl::parse(&redis.url()).unwrap();
        let cache = SharedCache::with_redis(RedisCache::new(&url, Handle::current()).unwrap());
        let keys = [key(1), key(2)];
        for key in &keys {
            cache.set(std::slice::from_ref(key), Bytes::from("profile"), HOUR).await.unwrap();
        }
        sleep(Duration::from_secs(5)).await;
        redis.flush();
        assert_eq!(cache.expire(&keys[..1], HOUR).await, Ok(0));
        sleep(Duration::from_secs(5)).await;
        assert_eq!(redis.keys(), keys.each_ref().map(ToString::to_string));
        assert_eq!(cache.expire(&keys, HOUR).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_redis_delays_nobody_and_later_gets_everything() {
        let redis = RedisStandIn::start_here().unwrap();
        let url = RedisUrl::parse(&redis.url()).unwrap();
        let cache = SharedCache::with_redis(RedisCache::new(&url, Handle::current()).unwrap());
        let before = key(1);
        cache.set(std::slice::from_ref(&before), Bytes::from("before"), HOUR).await.unwrap();
        assert_eq!(redis.keys(), [before.as_str()]);
        let mut expected = vec![before.to_string()];
        for (number, manner) in [(2, RedisManner::Hangs), (3, RedisManner::Away)] {
            redis.behaves(manner);
            let (meanwhile, began) = (key(number), Instant::now());
            let written = cache.set(std::slice::from_ref(&meanwhile), Bytes::from("meanwhile"), HOUR).await;
            assert!(written.is_err(), "{manner:?}");
            assert!(began.elapsed() <= Duration::from_millis(REDIS_WAIT_MS_MAX), "{:?}", began.elapsed());
            // It is known to be unreachable.
            let began = Instant::now();
            assert_eq!(cache.get(&meanwhile).await.unwrap(), Some(Bytes::from("meanwhile")));
            assert_eq!(began.elapsed(), Duration::ZERO, "{manner:?}");
            sleep(Duration::from_secs(10)).await;

            redis.behaves(RedisManner::Answers);
            sleep(Duration::from_secs(5)).await;
            expected.push(meanwhile.to_string());
            assert_eq!((redis.keys(), cache.state()), (expected.clone(), CacheState::Redis), "{manner:?}");
        }
    }
}
