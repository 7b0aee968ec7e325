//! A cache of each kind, and keys for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cordboard::cache::{Cache, MemoryCache, RedisCache, SharedCache};
use cordboard::config::{Config, RedisUrl, Sources};
use cordboard_schema::cache_key::{CacheKey, KeyExtension, KeySpace};
use cordboard_schema::ids::OrganizationId;
use cordboard_test_support::redis::Redis;
use tokio::runtime::Handle;
use uuid::Uuid;

/// Longer than anything takes here.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// An address in the form of the configuration.
pub(crate) fn url(text: &str) -> RedisUrl {
    let environment = vec![("REDIS_URL".into(), text.into())];
    Config::load(&Sources { environment, ..Sources::default() }).unwrap().config.redis_url.unwrap()
}

/// A cache, and its kind.
pub(crate) type Kind = (&'static str, Box<dyn Cache>);

/// The kinds of caches; the Redis runs as long as this is held.
pub(crate) fn caches() -> (Redis, Vec<Kind>) {
    let server = Redis::start().unwrap();
    let redis = || RedisCache::new(&url(&server.url()), Handle::current()).unwrap();
    let caches: Vec<Kind> = vec![
        ("memory", Box::new(MemoryCache::default())),
        ("redis", Box::new(redis())),
        ("house, in process", Box::new(SharedCache::in_process())),
        ("house, with a redis", Box::new(SharedCache::with_redis(redis()))),
    ];
    (server, caches)
}

/// A key that no other test uses.
pub(crate) fn key() -> CacheKey {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let first = OrganizationId(Uuid::from_u128(1));
    let name = format!("test-{}", MADE.fetch_add(1, Ordering::Relaxed));
    KeySpace::of(first, first).customer(&KeyExtension::new(&name).unwrap())
}
