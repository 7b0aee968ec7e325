//! A Redis that stops, starts, hangs, or refuses.

use std::time::Duration;

use bytes::Bytes;
use cordboard::cache::{Cache, CacheFault, CacheState, RedisCache, SharedCache, check};
use cordboard_schema::limits::REDIS_WAIT_MS_MAX;
use cordboard_test_support::redis::{Redis, url_at};
use cordboard_test_support::tcp_proxy::TcpProxy;
use tokio::runtime::Handle;

use crate::setup::{LIMIT, key, url};

const HOUR: Duration = Duration::from_secs(3_600);

fn setup(url_text: &str) -> SharedCache {
    SharedCache::with_redis(RedisCache::new(&url(url_text), Handle::current()).unwrap())
}

async fn until(cache: &SharedCache, stands: impl Fn(&CacheState) -> bool) {
    let mut states = cache.watch();
    tokio::time::timeout(LIMIT, states.wait_for(stands)).await.expect("the state does not come").unwrap();
}

async fn until_there(redis: &Redis, key: &str, value: Option<&str>) {
    let is_there = async {
        while redis.client().get(key).as_deref() != value {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, is_there).await.unwrap_or_else(|_| panic!("{key} is not {value:?}"));
}

fn text(answer: Result<Option<Bytes>, CacheFault>) -> Option<String> {
    answer.unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn values_set_while_redis_is_away_are_written_back_later() {
    let mut redis = Redis::start().unwrap();
    let cache = setup(&redis.url());
    let (before, meanwhile) = (key(), key());
    cache.set(std::slice::from_ref(&before), Bytes::from("before"), HOUR).await.unwrap();
    until_there(&redis, before.as_str(), Some("before")).await;

    redis.stop();
    until(&cache, |state| !state.is_well()).await;
    let refused = cache.set(std::slice::from_ref(&meanwhile), Bytes::from("meanwhile"), HOUR).await;
    assert!(matches!(refused, Err(CacheFault::Unreachable(_))), "{refused:?}");
    for (key, value) in [(&before, "before"), (&meanwhile, "meanwhile")] {
        assert_eq!(text(cache.get(key).await).as_deref(), Some(value), "read from this process");
    }

    // After a restart it is empty: what it held before is written again, too.
    redis.start_again().unwrap();
    until(&cache, CacheState::is_well).await;
    for (key, value) in [(&before, "before"), (&meanwhile, "meanwhile")] {
        until_there(&redis, key.as_str(), Some(value)).await;
        let ttl_s = redis.client().ttl_s(key.as_str()).unwrap();
        assert!((3_500..=3_600).contains(&ttl_s), "{ttl_s}");
        assert_eq!(text(cache.get(key).await).as_deref(), Some(value));
    }
}

#[tokio::test]
async fn a_redis_restarted_between_two_requests_is_recognized_as_another() {
    let mut redis = Redis::start().unwrap();
    let cache = setup(&redis.url());
    let key = key();
    cache.set(std::slice::from_ref(&key), Bytes::from("mine"), HOUR).await.unwrap();
    redis.stop();
    redis.start_again().unwrap();
    until_there(&redis, key.as_str(), Some("mine")).await;
    until(&cache, CacheState::is_well).await;
}

#[tokio::test]
async fn values_written_by_another_server_in_the_meantime_stay() {
    let redis = Redis::start().unwrap();
    let proxy = TcpProxy::start(redis.address()).unwrap();
    let cache = setup(&url_at(proxy.address()));
    let (shared, own) = (key(), key());
    cache.set(std::slice::from_ref(&shared), Bytes::from("ours"), HOUR).await.unwrap();
    proxy.cut();
    until(&cache, |state| !state.is_well()).await;
    redis.client().set(shared.as_str(), "theirs");
    let _ = cache.set(std::slice::from_ref(&own), Bytes::from("newer"), HOUR).await;
    redis.client().set(own.as_str(), "older");
    proxy.restore().unwrap();
    until(&cache, CacheState::is_well).await;
    until_there(&redis, own.as_str(), Some("newer")).await;
    assert_eq!(redis.client().get(shared.as_str()).as_deref(), Some("theirs"), "written over");
    // While it is slow to answer, values are read from this process.
    let read = async {
        while text(cache.get(&shared).await).as_deref() != Some("theirs") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, read).await.expect("the stored value is not read");
}

/// A replica answers but accepts no writes, like one that is loading or full.
#[tokio::test]
async fn a_delayed_write_back_does_not_overwrite_newer_values() {
    let redis = Redis::start().unwrap();
    let proxy = TcpProxy::start(redis.address()).unwrap();
    let cache = setup(&url_at(proxy.address()));
    let key = key();
    cache.set(std::slice::from_ref(&key), Bytes::from("ours"), HOUR).await.unwrap();
    proxy.cut();
    until(&cache, |state| !state.is_well()).await;
    redis.client().set(key.as_str(), "theirs");
    redis.client().try_ask(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    proxy.restore().unwrap();
    let refuses =
        |state: &CacheState| matches!(state, CacheState::RedisAway { reason } if reason.contains("READONLY"));
    until(&cache, refuses).await;
    redis.client().try_ask(&["REPLICAOF", "NO", "ONE"]).unwrap();
    until(&cache, CacheState::is_well).await;
    assert_eq!(redis.client().get(key.as_str()).as_deref(), Some("theirs"), "written over");
}

#[tokio::test]
async fn a_hanging_redis_is_given_up_and_not_awaited_again() {
    let redis = Redis::start().unwrap();
    let proxy = TcpProxy::start(redis.address()).unwrap();
    let plain = RedisCache::new(&url(&url_at(proxy.address())), Handle::current()).unwrap();
    let key = key();
    plain.set(std::slice::from_ref(&key), Bytes::from("1"), HOUR).await.unwrap();
    let cache = SharedCache::with_redis(plain.clone());
    cache.set(std::slice::from_ref(&key), Bytes::from("2"), HOUR).await.unwrap();
    proxy.stall();
    // Each request is given up; one after the other they would take 100 s.
    let asking = async {
        for _ in 0..100 {
            assert_eq!(text(cache.get(&key).await).as_deref(), Some("2"));
        }
        assert_eq!(plain.get(&key).await, Err(CacheFault::TimedOut));
    };
    tokio::time::timeout(Duration::from_millis(20 * REDIS_WAIT_MS_MAX), asking).await.unwrap();
    proxy.restore().unwrap();
    until(&cache, CacheState::is_well).await;
    assert_eq!(text(cache.get(&key).await).as_deref(), Some("2"));
}

#[tokio::test]
async fn a_refusal_is_reported_without_the_password() {
    let redis = Redis::start().unwrap();
    let wrong = redis.url().replace("redis@", "tiger@").replace("%40redis", "%40tiger");
    let cache = setup(&wrong);
    until(&cache, |state| !state.is_well()).await;
    let CacheState::RedisAway { reason } = cache.state() else { panic!("it works") };
    assert!(!reason.contains("tiger") && !reason.is_empty(), "{reason}");
    let told =
        tokio::task::spawn_blocking(move || check(&url(&wrong))).await.unwrap().unwrap_err().to_string();
    assert!(!told.contains("tiger"), "{told}");
    let good = redis.url();
    let version = tokio::task::spawn_blocking(move || check(&url(&good))).await.unwrap().unwrap();
    assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{version}");
}
