//! A changed profile: it applies to the next call at once, and never to live ones.

use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{LIMIT, caller, json as shown, serve, wait_call, wait_entry};

/// The name of the profile that a call keeps.
fn profile_of(server: &Server, call: &Value) -> Value {
    let events = shown(server, &format!("/api/v1/calls/{}/events?limit=1", call["id"].as_str().unwrap()));
    events["items"][0]["profile"]["language"].clone()
}

#[test]
fn a_changed_profile_applies_only_to_new_calls() {
    let server = serve(&[]);
    let uuid = Uuid::new_v4();
    let before = caller(&server, uuid);
    let old = wait_call(&server, uuid, "live");
    let mut profile = shown(&server, "/api/v1/agent-profiles")["items"][0].take();
    assert_eq!(profile["language"], "en");
    let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile["language"] = json!("de");
    profile["dtmf_actions"] = json!([]);
    profile.as_object_mut().unwrap().remove("id");
    let changed = server.put(&path, &profile, Token::Admin).unwrap();
    assert_eq!(changed.status, 200, "{}", changed.text());

    let uuid = Uuid::new_v4();
    let caller = caller(&server, uuid);
    let call = wait_call(&server, uuid, "live");
    assert_eq!(profile_of(&server, &call), "de");
    caller.hang_up();

    assert_eq!(profile_of(&server, &old), "en");
    before.press('*');
    wait_entry(&server, &old, "key_pressed");
    before.wait_ended(LIMIT).unwrap();
}
