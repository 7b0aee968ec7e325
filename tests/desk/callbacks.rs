//! Callers whom a queue gives up, and who are called back.

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until_every;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{LOOK, Stage};

#[test]
fn a_caller_who_is_given_up_is_on_the_list_at_every_desk_with_their_number_and_queue() {
    let stage = Stage::open();
    let mut desk = stage.desk();
    let queues = stage.house.send("GET", "/api/v1/queues", &Value::Null, 200);
    let support = &queues["items"][0]["id"];
    let at = format!("/api/v1/queues/{}", support.as_str().unwrap());
    let calls_back = json!({ "name": "support", "title": "Support", "overflow": { "to": "callback" } });
    stage.house.send("PUT", &at, &calls_back, 200);
    while desk.event_of("floor")["queues"][0]["members"] != json!([]) {}

    let uuid = Uuid::new_v4();
    let server = &stage.house.server;
    let expect = format!("/api/v1/calls/expect?uuid={uuid}&from=%2B493012345678");
    assert_eq!(server.get(&expect, Token::Dialplan).unwrap().status, 200);
    let caller = Caller::connect(server.addresses().audiosocket, uuid, 8_000).unwrap();
    let call_id = wait_until_every(LOOK, "the call", LIMIT, || {
        let calls = stage.house.look("/api/v1/calls?limit=50")?["items"].clone();
        let is_it = |call: &&Value| call["from"] == "+493012345678" && call["state"] == "live";
        calls.as_array()?.iter().find(is_it).map(|call| call["id"].clone())
    })
    .unwrap();
    let handoff = format!("/api/v1/calls/{}/handoff", call_id.as_str().unwrap());
    stage.house.send("POST", &handoff, &json!({ "target": "support" }), 202);
    let noted = stage.event(&call_id, "callback_noted");
    caller.hang_up();
    assert_eq!((&noted["phone"], &noted["queue_id"]), (&json!("+493012345678"), support));
    let listed = wait_until_every(LOOK, "the callback", LIMIT, || {
        let path = "/api/v1/callbacks?state=open";
        let listed = stage.house.as_person(&stage.ada, "GET", path, &Value::Null, 200);
        (listed["items"] != json!([])).then_some(listed)
    })
    .unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let callback = &listed["items"][0];
    assert_eq!(
        (&callback["call_id"], &callback["phone"], &callback["queue_id"]),
        (&call_id, &json!("+493012345678"), support)
    );
}
