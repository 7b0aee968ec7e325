//! The cache of this process: one map, locked for one access at a time and never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::CacheKey;
use cordboard_schema::limits::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX};
use futures_util::FutureExt;
use futures_util::future::ready;
use tokio::time::Instant;

use super::entries::{CachedValue, Entries};
use super::{Answer, Cache, CacheFault};

/// Keeps values in this process.
#[derive(Debug)]
pub struct MemoryCache(Mutex<Entries>);

impl Default for MemoryCache {
    fn default() -> Self {
        Self(Mutex::new(Entries::new(CACHE_ENTRIES_MAX, CACHE_BYTES_MAX)))
    }
}

impl MemoryCache {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        // After a panic, the cache may be missing something, which is harmless.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks whether Redis has the current version of these values.
    pub(super) fn mark(&self, keys: &[CacheKey], is_unsent: bool) {
        self.entries().mark(keys, is_unsent);
    }

    /// Returns all live values, or only those that Redis does not have.
    pub(super) fn kept(&self, only_unsent: bool) -> Vec<CachedValue> {
        self.entries().kept(only_unsent, Instant::now())
    }
}

impl Cache for MemoryCache {
    fn get<'a>(&'a self, key: &'a CacheKey) -> Answer<'a, Option<Bytes>> {
        ready(Ok(self.entries().get(key, Instant::now()))).boxed()
    }

    fn set<'a>(&'a self, keys: &'a [CacheKey], value: Bytes, ttl: Duration) -> Answer<'a, ()> {
        let fits = CacheFault::of_length(value.len());
        if fits.is_ok() {
            let (mut entries, now) = (self.entries(), Instant::now());
            keys.iter().for_each(|key| entries.set(key, value.clone(), ttl, now));
        }
        ready(fits).boxed()
    }

    fn add<'a>(&'a self, key: &'a CacheKey, value: Bytes, ttl: Duration) -> Answer<'a, bool> {
        let added = CacheFault::of_length(value.len()).map(|()| {
            let (mut entries, now) = (self.entries(), Instant::now());
            let is_free = entries.get(key, now).is_none();
            if is_free {
                entries.set(key, value, ttl, now);
            }
            is_free
        });
        ready(added).boxed()
    }

    fn expire<'a>(&'a self, keys: &'a [CacheKey], ttl: Duration) -> Answer<'a, usize> {
        let (mut entries, now) = (self.entries(), Instant::now());
        let there = keys.iter().filter(|key| entries.expire(key, ttl, now)).count();
        ready(Ok(there)).boxed()
    }

    fn delete<'a>(&'a self, keys: &'a [CacheKey]) -> Answer<'a, usize> {
        let (mut entries, now) = (self.entries(), Instant::now());
        let there = keys.iter().filter(|key| entries.delete(key, now)).count();
        ready(Ok(there)).boxed()
    }
}
