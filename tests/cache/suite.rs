//! The suite of every cache.

use std::time::Duration;

use bytes::Bytes;
use cordboard::cache::{Cache, CacheFault};
use cordboard_schema::limits::CACHE_VALUE_BYTES_MAX;

use crate::setup::{LIMIT, caches, key};

const HOUR: Duration = Duration::from_secs(3_600);
/// The time between two reads of a value.
const LOOK: Duration = Duration::from_millis(10);

#[tokio::test]
async fn a_value_stays_under_all_its_names_until_deleted() {
    let (_redis, caches) = caches();
    for (kind, cache) in caches {
        let keys = [key(), key()];
        assert_eq!(cache.get(&keys[0]).await, Ok(None), "{kind}");
        cache.set(&keys, Bytes::from("blue\r\n\0ä"), HOUR).await.unwrap();
        for key in &keys {
            assert_eq!(cache.get(key).await, Ok(Some(Bytes::from("blue\r\n\0ä"))), "{kind}");
        }
        cache.set(&keys[..1], Bytes::from("red"), HOUR).await.unwrap();
        assert_eq!(cache.get(&keys[0]).await, Ok(Some(Bytes::from("red"))), "{kind}");
        assert_eq!(cache.delete(&keys).await, Ok(2), "{kind}");
        assert_eq!(cache.delete(&keys).await, Ok(0), "{kind}");
        assert_eq!(cache.delete(&[]).await, Ok(0), "{kind}");
        assert_eq!(cache.get(&keys[1]).await, Ok(None), "{kind}");
    }
}

#[tokio::test]
async fn a_value_expires_and_lives_longer_if_renewed() {
    let (_redis, caches) = caches();
    for (kind, cache) in caches {
        let (short, renewed) = (key(), key());
        // Long enough for one of the two to be renewed on a machine that stalls for a while.
        let brief = Duration::from_secs(1);
        cache.set(&[short.clone(), renewed.clone()], Bytes::from("1"), brief).await.unwrap();
        assert_eq!(cache.expire(&[renewed.clone(), key()], HOUR).await, Ok(1), "{kind}");
        gone(kind, cache.as_ref(), &short).await;
        assert_eq!(cache.get(&renewed).await, Ok(Some(Bytes::from("1"))), "{kind}");
        cache.expire(std::slice::from_ref(&renewed), Duration::from_millis(1)).await.unwrap();
        gone(kind, cache.as_ref(), &renewed).await;
    }
}

async fn gone(kind: &str, cache: &dyn Cache, key: &cordboard_schema::cache_key::CacheKey) {
    let is_gone = async {
        while cache.get(key).await != Ok(None) {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(LIMIT, is_gone).await.unwrap_or_else(|_| panic!("{kind}: it never expires"));
}

#[tokio::test]
async fn only_one_of_two_additions_of_a_value_succeeds() {
    let (_redis, caches) = caches();
    for (kind, cache) in caches {
        let key = key();
        assert_eq!(cache.add(&key, Bytes::from("first"), HOUR).await, Ok(true), "{kind}");
        assert_eq!(cache.add(&key, Bytes::from("second"), HOUR).await, Ok(false), "{kind}");
        assert_eq!(cache.get(&key).await, Ok(Some(Bytes::from("first"))), "{kind}");
    }
}

#[tokio::test]
async fn a_value_over_the_size_limit_is_refused() {
    let (_redis, caches) = caches();
    for (kind, cache) in caches {
        let key = key();
        let largest = Bytes::from(vec![b'x'; CACHE_VALUE_BYTES_MAX]);
        cache.set(std::slice::from_ref(&key), largest.clone(), HOUR).await.unwrap();
        assert_eq!(cache.get(&key).await, Ok(Some(largest)), "{kind}");
        let bytes = CACHE_VALUE_BYTES_MAX + 1;
        let larger = Bytes::from(vec![b'x'; bytes]);
        let refused = cache.set(std::slice::from_ref(&key), larger.clone(), HOUR).await;
        assert_eq!(refused, Err(CacheFault::TooLarge { bytes }), "{kind}");
        assert_eq!(cache.add(&key, larger, HOUR).await, Err(CacheFault::TooLarge { bytes }), "{kind}");
    }
}
