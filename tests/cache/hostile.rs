//! A hostile server at the Redis' address sends what no Redis sends.

use std::time::Duration;

use bytes::Bytes;
use cordboard::cache::{Cache, CacheFault, CacheState, RedisCache, SharedCache, check};
use cordboard_test_support::redis_stand_in::{RedisManner, RedisStandIn};
use futures_util::future::join_all;
use tokio::runtime::Handle;

use crate::setup::{LIMIT, key, url};

const HOUR: Duration = Duration::from_secs(3_600);
/// A word that must not be repeated: on a real Redis it would be a caller's.
const SECRET: &str = "tiger";
const LONG: &[u8] = &[b'x'; 512];

/// A Redis that behaves like this is given up with this fault, and reading stops.
async fn is_given_up(name: &str, manner: RedisManner, expected: CacheFault) {
    let stand_in = RedisStandIn::start_here().unwrap();
    let plain = RedisCache::new(&url(&stand_in.url()), Handle::current()).unwrap();
    let cache = SharedCache::with_redis(plain.clone());
    let key = key();
    cache.set(std::slice::from_ref(&key), Bytes::from("ours"), HOUR).await.unwrap();
    stand_in.behaves(manner);

    let fault = plain.get(&key).await.unwrap_err();
    assert_eq!(fault, expected, "{name}");
    // Nothing waits for it: the value is read from this process.
    assert_eq!(cache.get(&key).await, Ok(Some(Bytes::from("ours"))), "{name}");
    let mut states = cache.watch();
    let is_away = states.wait_for(|state| !state.is_well());
    tokio::time::timeout(LIMIT, is_away).await.expect("it is not detected").unwrap();
    let CacheState::RedisAway { reason } = cache.state() else { panic!("{name}: it works") };
    assert!(!reason.contains(SECRET) && !reason.is_empty(), "{name}: {reason}");

    let address = url(&stand_in.url());
    let told = tokio::task::spawn_blocking(move || check(&address)).await.unwrap().unwrap_err();
    assert!(!told.to_string().contains(SECRET), "{name}: {told}");

    // Reading has stopped, though the connection is still possible. A hanging server does not notice that the client is gone.
    drop(cache);
    assert_eq!(plain.get(&key).await, Err(expected), "{name}");
    if manner == RedisManner::Hangs {
        return;
    }
    let is_over = async {
        while stand_in.open_connections() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, is_over).await.unwrap_or_else(|_| panic!("{name}: reading continues"));
    drop(plain);
}

#[tokio::test]
async fn a_hostile_server_in_place_of_redis_is_given_up() {
    let says = |first: &'static [u8], then: &'static [u8]| RedisManner::Says { first, then };
    // Most of them are only detected by a timeout, so all of them run in parallel.
    let strangers = [
        ("a text without an end", says(b"$9999999999\r\ntiger", LONG), CacheFault::TimedOut),
        ("a line without an end", says(b"+tiger", LONG), CacheFault::TimedOut),
        ("a list without an end", says(b"*9999999999\r\n", b"$5\r\ntiger\r\n"), CacheFault::TimedOut),
        ("lists in lists", says(b"*1\r\n", b"*1\r\n*1\r\n*1\r\n*1\r\n"), CacheFault::Unreadable),
        (
            "another kind of answer",
            says(b"*2\r\n$5\r\ntiger\r\n$5\r\ntiger\r\n", b""),
            CacheFault::Unreadable,
        ),
        ("no answer of a Redis", says(b"HTTP/1.1 200 tiger\r\n\r\n", b""), CacheFault::Unreadable),
        ("no answer", RedisManner::Hangs, CacheFault::TimedOut),
    ];
    join_all(strangers.map(|(name, manner, expected)| is_given_up(name, manner, expected))).await;
}
