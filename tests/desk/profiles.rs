//! The Redis with the customer profiles: inspected by a separate client, and unavailable in the middle of a call.

use std::time::Duration;

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::control::Program;
use cordboard_test_support::desk::is_heard;
use cordboard_test_support::profile_suite::profile_at;
use cordboard_test_support::redis::Redis;
use cordboard_test_support::waiting::wait_until_every;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Waits until this desk gets the report that profiles can be read, or can't.
#[track_caller]
fn expect_profiles(desk: &mut Program, available: bool) {
    assert_eq!(desk.event_of("profiles")["available"], available);
}

#[test]
fn a_call_continues_without_redis_and_desks_are_notified() {
    let mut redis = Redis::start().unwrap();
    let stage = Stage::with_settings(&[("REDIS_URL", &redis.url())]);
    let (mut desk, visitor, ada) = stage.talking();
    let id = visitor.call_id.as_str().unwrap();
    let client = redis.client();
    let keys = client.keys("*callcenter:*");
    // It is not the installation's first organization.
    let [newest, own] = keys.as_slice() else { panic!("{keys:?}") };
    let space = newest.strip_suffix("callcenter:customer:operator").unwrap();
    assert!(space.starts_with("o:"), "{newest}");
    assert_eq!(*own, format!("{newest}:{id}"));
    for key in &keys {
        assert_eq!(profile_at(&client, key)["call_id"], visitor.call_id);
    }
    let ben = stage.setup.agent("Ben");
    let (mut bens, snapshot) = stage.setup.desk(&ben);
    assert_eq!(snapshot["profiles_available"], true);

    redis.stop();
    expect_profiles(&mut desk, false);
    expect_profiles(&mut bens, false);
    let (late, snapshot) = stage.setup.desk(&ben);
    assert_eq!(snapshot["profiles_available"], false);
    late.close();
    is_heard(&ada, &visitor.caller, 500.0);
    is_heard(&visitor.caller, &ada, 700.0);
    // This server knows the profile of the current call; those of other calls are unknown.
    let asked = |call_id: &Value, status| {
        let path = format!("/api/customer/data?extension=operator&call_id={}", call_id.as_str().unwrap());
        stage.setup.as_person(&stage.ada, "GET", &path, &Value::Null, status)
    };
    let known = asked(&visitor.call_id, 200);
    assert_eq!((&known["call_id"], &known["source"]), (&visitor.call_id, &json!("call_id")));
    let unknown = json!("01990000-0000-7000-8000-000000000000");
    let refused = asked(&unknown, 503);
    assert_eq!(refused["code"], "unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("can't be read at the moment"), "{refused}");

    // The desk's commands work as before.
    desk.done(json!({ "command": "hold", "call_id": visitor.call_id }));
    desk.done(json!({ "command": "unhold", "call_id": visitor.call_id }));

    // Redis kept nothing: everything in it now was written by the server, before desks were notified.
    redis.start_again().unwrap();
    expect_profiles(&mut desk, true);
    expect_profiles(&mut bens, true);
    let client = redis.client();
    for key in &keys {
        let profile = profile_at(&client, key);
        for member in ["call_id", "customer", "conversation_history", "summary"] {
            assert_eq!(profile[member], known[member], "{key}");
        }
        assert!(client.ttl_s(key).is_some_and(|seconds| (3_000..=3_600).contains(&seconds)), "{key}");
    }
    assert_eq!(asked(&unknown, 404)["code"], "profile_not_cached");
    is_heard(&ada, &visitor.caller, 600.0);
    is_heard(&visitor.caller, &ada, 800.0);

    // The next caller is cached under names of their own, and becomes the newest one.
    desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id }));
    stage.event(&visitor.call_id, "ended");
    let said = json!({ "call_id": visitor.call_id, "note": "Wanted the blue one." });
    stage.setup.as_person(&stage.ada, "POST", "/api/v1/wrap-ups", &said, 201);
    let next = stage.visitor();
    next.caller.press('0');
    let offer = loop {
        let offer = desk.event_of("offered")["offer"].clone();
        if offer["call_id"] == next.call_id {
            break offer;
        }
    };
    assert!(offer["id"].is_u64());
    let of_next = format!("{newest}:{}", next.call_id.as_str().unwrap());
    for key in [newest, &of_next] {
        assert_eq!(profile_at(&client, key)["call_id"], next.call_id, "it rings, so it is cached");
    }
    assert_eq!(profile_at(&client, own)["call_id"], visitor.call_id, "the one before is known still");
}

#[test]
fn a_caller_is_offered_while_the_redis_is_away() {
    let mut redis = Redis::start().unwrap();
    let stage = Stage::with_settings(&[("REDIS_URL", &redis.url())]);
    let mut desk = stage.desk();
    redis.stop();
    expect_profiles(&mut desk, false);
    let (desk, visitor, ada) = stage.talking_at(desk);
    is_heard(&ada, &visitor.caller, 500.0);
    let told = stage.event(&visitor.call_id, "profile_cached");
    assert_eq!(told["outcome"], "cached_here", "{told}");
    let id = visitor.call_id.as_str().unwrap();
    redis.start_again().unwrap();
    let (client, keys) = (redis.client(), format!("*callcenter:customer:operator:{id}"));
    let found = || client.keys(&keys).pop();
    let key = wait_until_every(Duration::from_millis(50), "the profile in the Redis", LIMIT, found).unwrap();
    assert_eq!(profile_at(&client, &key)["call_id"], visitor.call_id);
    is_heard(&visitor.caller, &ada, 700.0);
    desk.close();
}
