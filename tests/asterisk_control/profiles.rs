//! The caller's profile is known before a phone rings: the suite of every switch.

use cordboard_test_support::profile_suite as suite;
use cordboard_test_support::redis::{Redis, url_at};
use cordboard_test_support::tcp_proxy::TcpProxy;

use crate::setup::{Plan, Setup};

fn setup(url: String) -> Setup {
    Setup::open_with(Plan { settings: vec![("REDIS_URL", url)], ..Plan::default() })
}

#[test]
fn a_phone_rings_once_it_is_known_who_calls() {
    let redis = Redis::start().unwrap();
    suite::a_phone_rings_once_it_is_known_who_calls(&setup(redis.url()), &redis);
}

#[test]
fn a_caller_who_is_sent_on_is_known_there() {
    let redis = Redis::start().unwrap();
    suite::a_caller_who_is_sent_on_is_known_there(&setup(redis.url()), &redis);
}

#[test]
fn a_redis_that_hangs_keeps_no_phone_from_ringing() {
    let redis = Redis::start().unwrap();
    let link = TcpProxy::start(redis.address()).unwrap();
    suite::a_redis_that_hangs_keeps_no_phone_from_ringing(&setup(url_at(link.address())), &redis, &link);
}
