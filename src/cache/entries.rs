//! Values that expire, limited in number and bytes. Pure: the time is passed in.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::CacheKey;
use tokio::time::Instant;

/// The values.
#[derive(Debug)]
pub(super) struct Entries {
    values: HashMap<CacheKey, Entry>,
    /// The same values, ordered by expiry.
    ends: BTreeSet<(Instant, CacheKey)>,
    bytes: usize,
    entries_max: usize,
    bytes_max: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    value: Bytes,
    until: Instant,
    /// Whether Redis does not have it, or has an older version.
    is_unsent: bool,
}

/// A value to be written to Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CachedValue {
    pub(super) key: CacheKey,
    pub(super) value: Bytes,
    /// How long it still lives.
    pub(super) ttl: Duration,
    /// Whether it was changed since Redis last had it, so that ours is newer.
    pub(super) is_unsent: bool,
}

impl Entries {
    pub(super) fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self { values: HashMap::new(), ends: BTreeSet::new(), bytes: 0, entries_max, bytes_max }
    }

    pub(super) fn get(&self, key: &CacheKey, now: Instant) -> Option<Bytes> {
        self.values.get(key).filter(|entry| entry.until > now).map(|entry| entry.value.clone())
    }

    /// Stores a value. If there is no room, values that expire soonest are dropped.
    pub(super) fn set(&mut self, key: &CacheKey, value: Bytes, ttl: Duration, now: Instant) {
        self.sweep(now);
        self.remove(key);
        let until = now + ttl;
        self.bytes += weight(key, &value);
        self.ends.insert((until, key.clone()));
        self.values.insert(key.clone(), Entry { value, until, is_unsent: false });
        while self.values.len() > self.entries_max || self.bytes > self.bytes_max {
            let Some((_, first)) = self.ends.first().cloned() else { return };
            self.remove(&first);
        }
    }

    /// Sets the remaining life of a value. Returns whether it exists.
    pub(super) fn expire(&mut self, key: &CacheKey, ttl: Duration, now: Instant) -> bool {
        let Some(entry) = self.values.get_mut(key).filter(|entry| entry.until > now) else { return false };
        self.ends.remove(&(entry.until, key.clone()));
        entry.until = now + ttl;
        self.ends.insert((entry.until, key.clone()));
        true
    }

    /// Removes a value. Returns whether it was alive.
    pub(super) fn delete(&mut self, key: &CacheKey, now: Instant) -> bool {
        self.remove(key).is_some_and(|entry| entry.until > now)
    }

    /// Marks whether Redis has the current version of these values.
    pub(super) fn mark(&mut self, keys: &[CacheKey], is_unsent: bool) {
        for key in keys {
            if let Some(entry) = self.values.get_mut(key) {
                entry.is_unsent = is_unsent;
            }
        }
    }

    /// Returns all live values, or only the unsent ones.
    pub(super) fn kept(&self, only_unsent: bool, now: Instant) -> Vec<CachedValue> {
        let lives =
            self.values.iter().filter(|(_, entry)| entry.until > now && (entry.is_unsent || !only_unsent));
        let kept = lives.map(|(key, entry)| CachedValue {
            key: key.clone(),
            value: entry.value.clone(),
            ttl: entry.until.saturating_duration_since(now),
            is_unsent: entry.is_unsent,
        });
        kept.collect()
    }

    fn remove(&mut self, key: &CacheKey) -> Option<Entry> {
        let entry = self.values.remove(key)?;
        self.ends.remove(&(entry.until, key.clone()));
        self.bytes -= weight(key, &entry.value);
        Some(entry)
    }

    fn sweep(&mut self, now: Instant) {
        while let Some((until, key)) = self.ends.first().cloned()
            && until <= now
        {
            self.remove(&key);
        }
    }
}

fn weight(key: &CacheKey, value: &Bytes) -> usize {
    key.as_str().len() + value.len()
}

#[cfg(test)]
mod tests {
    use cordboard_schema::cache_key::{KeyExtension, KeySpace};
    use cordboard_schema::ids::OrganizationId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn key(name: &str) -> CacheKey {
        let first = OrganizationId(Uuid::from_u128(1));
        KeySpace::of(first, first).customer(&KeyExtension::new(name).unwrap())
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_value_lives_for_its_given_time() {
        let (mut entries, now) = (Entries::new(10, 10_000), Instant::now());
        entries.set(&key("1"), Bytes::from("one"), MINUTE, now);
        assert_eq!(entries.get(&key("1"), now + MINUTE / 2), Some(Bytes::from("one")));
        assert_eq!(entries.get(&key("1"), now + MINUTE), None);
        assert!(entries.expire(&key("1"), 2 * MINUTE, now), "renewed");
        assert_eq!(entries.get(&key("1"), now + MINUTE), Some(Bytes::from("one")));
        assert!(entries.expire(&key("1"), MINUTE / 60, now), "cut short");
        assert_eq!(entries.get(&key("1"), now + MINUTE / 60), None);
        assert!(!entries.expire(&key("1"), MINUTE, now + MINUTE), "an expired value stays expired");
    }

    #[test]
    fn a_full_cache_drops_entries_that_would_end_first() {
        let (mut entries, now) = (Entries::new(2, 10_000), Instant::now());
        entries.set(&key("long"), Bytes::from("1"), 3 * MINUTE, now);
        entries.set(&key("short"), Bytes::from("2"), MINUTE, now);
        entries.set(&key("new"), Bytes::from("3"), 2 * MINUTE, now);
        let there = |name| entries.get(&key(name), now).is_some();
        assert_eq!([there("long"), there("short"), there("new")], [true, false, true]);
    }

    #[test]
    fn values_missing_in_redis_are_known() {
        let (mut entries, now) = (Entries::new(10, 10_000), Instant::now());
        entries.set(&key("1"), Bytes::from("one"), MINUTE, now);
        entries.set(&key("2"), Bytes::from("two"), MINUTE, now);
        entries.mark(&[key("2"), key("3")], true);
        let unsent = entries.kept(true, now + MINUTE / 2);
        assert_eq!(
            unsent,
            [CachedValue { key: key("2"), value: Bytes::from("two"), ttl: MINUTE / 2, is_unsent: true }]
        );
        assert_eq!(entries.kept(false, now).len(), 2);
        entries.mark(&[key("2")], false);
        assert_eq!(entries.kept(true, now), []);
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds_and_counts_right(
            steps in prop::collection::vec((0..20_u8, 0..40_usize, 1..100_u64, 0..50_u64), 0..100),
        ) {
            let (mut entries, mut now) = (Entries::new(8, 400), Instant::now());
            for (name, length, ttl_s, passes_s) in steps {
                now += Duration::from_secs(passes_s);
                let key = key(&name.to_string());
                if length == 0 {
                    entries.delete(&key, now);
                } else {
                    entries.set(&key, Bytes::from(vec![b'x'; length]), Duration::from_secs(ttl_s), now);
                }
                let counted: usize = entries.values.iter().map(|(key, entry)| weight(key, &entry.value)).sum();
                prop_assert_eq!(entries.bytes, counted);
                prop_assert!(entries.values.len() <= 8 && entries.bytes <= 400);
                prop_assert_eq!(entries.values.len(), entries.ends.len());
            }
        }
    }
}
