//! A caller's profile before a person answers, whatever the switch: read from the Redis itself while the person's phone rings.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use serde_json::{Value, json};

use crate::book::{LIMIT, text};
use crate::handoff_suite::{Party, Person, Switchboard};
use crate::redis::{Redis, RedisClient};
use crate::tcp_proxy::TcpProxy;
use crate::waiting::wait_until;

/// The profile with that name.
#[track_caller]
pub fn profile_at(client: &RedisClient, key: &str) -> Value {
    let value =
        client.get(key).unwrap_or_else(|| panic!("{key} is missing; there are {:?}", client.keys("*")));
    serde_json::from_str(&value).unwrap()
}

/// While a person's phone rings, the caller's profile is there, with what they have heard and what was noted; it is still there after the call.
pub fn a_phone_rings_once_it_is_known_who_calls(setup: &impl Switchboard, redis: &Redis) {
    let (caller, client) = (setup.caller(), redis.client());
    setup.wait_said(&caller.id, "greeting");
    setup.converses(&caller);
    let title = "Call <b>back</b>";
    let todo = json!({ "type": "todo", "title": title, "call_id": caller.id });
    let made = setup.server().post("/api/v1/activities", &todo, crate::server::Token::Admin).unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    let desk = setup.person(Person::Rings);
    setup.ask_of(&caller, "handoff", &json!({ "target": desk }));
    drop(setup.telephone_of(&desk));

    let number = desk.trim_start_matches("desk");
    let spoken: Vec<(Value, Value)> = setup
        .transcript(&caller.id)
        .iter()
        .map(|line| (line["role"].clone(), line["text"].clone()))
        .collect();
    for key in [number.to_owned(), format!("{number}:{}", caller.id), desk.clone()] {
        let profile = profile_at(&client, &format!("callcenter:customer:{key}"));
        assert_eq!(profile["call_id"], json!(caller.id));
        let lines = profile["conversation_history"].as_array().unwrap();
        assert!(lines.len() >= 2, "{profile}");
        for line in lines {
            let line = (line["role"].clone(), line["content"].clone());
            assert!(spoken.contains(&line), "{line:?} was not heard: {spoken:?}");
        }
        assert_eq!(profile["activities"][0]["title"], title);
        assert!(text(&profile["summary"]).contains("to-do created"), "{profile}");
    }
    let place = |kind: &str| setup.event(&caller.id, kind)["seq"].as_u64().unwrap();
    assert!(place("profile_cached") < place("handoff_ringing"));

    caller.phone.hang_up();
    setup.ended(&caller.id);
    let key = format!("callcenter:customer:{number}:{}", caller.id);
    assert!(client.ttl_s(&key).is_some_and(|seconds| (3_500..=3_600).contains(&seconds)));
    setup.close();
}

/// The profile of a caller whom the switch sends on is also there at the target.
pub fn a_caller_who_is_sent_on_is_known_there(setup: &impl Switchboard, redis: &Redis) {
    let caller = setup.caller();
    setup.wait_said(&caller.id, "greeting");
    setup.ask_of(&caller, "transfer", &json!({ "target": "operator" }));
    setup.ended(&caller.id);
    let profile = || redis.client().get(&format!("callcenter:customer:operator:{}", caller.id));
    wait_until("the profile at the operator", LIMIT, profile).unwrap();
    caller.phone.hang_up();
    setup.close();
}

/// A Redis that hangs stops no phone from ringing, and one that is back has what was written meanwhile. `link` is the server's connection to it.
pub fn a_redis_that_hangs_keeps_no_phone_from_ringing(
    setup: &impl Switchboard,
    redis: &Redis,
    link: &TcpProxy,
) {
    let caller = setup.caller();
    setup.wait_said(&caller.id, "greeting");
    link.stall();
    let desk = setup.person(Person::Answers);
    setup.ask_of(&caller, "handoff", &json!({ "target": desk }));
    let person = setup.telephone_of(&desk);
    setup.event(&caller.id, "handoff_bridged");
    setup.assert_joined(&caller, &person);
    let outcome = text(&setup.event(&caller.id, "profile_cached")["outcome"]);
    assert_ne!(outcome, "cached", "the Redis hangs");
    let ready = || setup.ask("/readyz").json();
    setup.wait("the state of the cache", || (ready()["cache"]["state"] == "redis_away").then_some(()));
    assert_eq!(ready()["ready"], true, "calls go on");
    // This server still knows the caller.
    let number = desk.trim_start_matches("desk");
    let found = setup.ask(&format!("/api/customer/data?extension={number}&call_id={}", caller.id)).json();
    assert_eq!(found["source"], "call_id", "{found}");

    link.restore().unwrap();
    setup.wait("the Redis", || (ready()["cache"]["state"] == "redis").then_some(()));
    let client = redis.client();
    let profile = || client.get(&format!("callcenter:customer:{number}:{}", caller.id));
    wait_until("the profile in the Redis", LIMIT, profile).unwrap();
    setup.leaves(&caller, &person);
    setup.close();
}
