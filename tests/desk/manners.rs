//! Who may open a desk, and what it may send.

use std::time::Duration;

use cordboard_test_support::control::Program;
use serde_json::json;

use crate::house::{House, standing};

#[test]
fn a_desk_is_a_users_and_of_no_other_organization() {
    let house = House::open();
    let ada = house.agent("Ada");
    let server = house.server.addresses().http;
    let knock = |token: &str| {
        let header = format!("Bearer {token}");
        Program::knock_at(server, "/ws/desk", &[("Authorization", &header)])
            .err()
            .map(|refused| refused.status)
    };
    assert_eq!(knock("nobody's"), Some(401));
    let program = json!({ "name": "board", "scopes": ["desk_use", "calls_control"] });
    let token = house.send("POST", "/api/v1/api-tokens", &program, 201);
    assert_eq!(knock(token["token"].as_str().unwrap()), Some(403), "a program has no desk");
    assert_eq!(knock(&ada.token), None);
    let stranger = house.stranger();
    let (_, snapshot) = house.desk(&stranger);
    let agents = snapshot["agents"].as_array().unwrap();
    assert!(agents.iter().all(|agent| agent["user_id"] == stranger.id), "{agents:?}");
}

#[test]
fn odd_messages_are_refused_each_with_an_answer_and_the_desk_stays() {
    let house = House::open();
    let ada = house.agent("Ada");
    let (mut desk, _) = house.desk(&ada);
    for (command, kind) in [
        (json!({ "command": "fly" }), "invalid"),
        (json!({ "command": "accept" }), "invalid"),
        (json!({ "command": "accept", "offer_id": 1, "twice": true }), "invalid"),
        (json!({ "command": "set_presence", "presence": { "intent": "<img onerror>" } }), "invalid"),
        (json!({ "command": "accept", "offer_id": 1 }), "offer_gone"),
        (json!({ "command": "decline", "offer_id": 99 }), "offer_gone"),
    ] {
        // Who is not known yet as an agent would be told that.
        let answer = desk.ask(command.clone());
        assert_eq!(answer["error"]["kind"], kind, "{command}: {answer}");
    }
    desk.send("no json");
    desk.ping();
    let answer = desk.ask(json!({ "command": "snapshot" }));
    assert_eq!(answer["ok"], true);
    desk.send(&"x".repeat(300_000));
    let (_, code, reason) = desk.until_closed();
    assert_eq!(code, 1009, "{reason}");
}

#[test]
fn a_server_that_goes_down_says_so_and_counts_every_desk() {
    let mut house = House::open();
    let ada = house.agent("Ada");
    let (mut desk, _) = house.desk(&ada);
    let (second, snapshot) = house.desk(&ada);
    assert_eq!(standing(&snapshot["agents"], &ada).1, "idle");
    assert_eq!(house.server.open_of("desks").unwrap(), Some(2));
    second.close();
    house.server.terminate().unwrap();
    let (_, code, reason) = desk.until_closed();
    assert_eq!((code, reason.as_str()), (1001, "the server is going down"));
    house.server.wait_ended(Duration::from_secs(20)).unwrap();
}
