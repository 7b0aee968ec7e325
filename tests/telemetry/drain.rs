//! A drain that an administrator starts: no new calls, live ones continue, the process stays.

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::server::{DIALPLAN_TOKEN, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::json;
use uuid::Uuid;

use crate::stage::{LIMIT, caller, serve, wait_call};

#[test]
fn a_drained_server_lets_calls_finish_and_takes_no_others() {
    let server = serve(&[]);
    let uuid = Uuid::new_v4();
    let talking = caller(&server, uuid);
    wait_call(&server, uuid, "live");
    let drain = server.post("/api/v1/admin/drain", &json!({ "timeout_s": 600 }), Token::Admin).unwrap();
    assert_eq!(drain.status, 202, "{}", drain.text());

    let ready = wait_until("a 503 of /readyz", LIMIT, || {
        Some(server.get("/readyz", Token::None).unwrap()).filter(|answer| answer.status == 503)
    });
    assert!(ready.unwrap().json()["reasons"].to_string().contains("draining"));
    let expect = format!("/api/v1/calls/expect?uuid={}&token={DIALPLAN_TOKEN}", Uuid::new_v4());
    assert_eq!(server.get(&expect, Token::None).unwrap().status, 503);
    let refused = Uuid::new_v4();
    let late = Caller::connect(server.addresses().audiosocket, refused, 8_000).unwrap();
    late.wait_ended(LIMIT).unwrap();
    assert_eq!(wait_call(&server, refused, "ended")["hangup_cause"], "draining");

    wait_call(&server, uuid, "live");
    talking.hang_up();
    assert_eq!(wait_call(&server, uuid, "ended")["hangup_cause"], "normal_clearing");
    assert_eq!(server.get("/healthz", Token::None).unwrap().status, 200, "the process stays");
}

#[test]
fn a_drain_says_goodbye_when_its_time_is_up() {
    let server = serve(&[]);
    let uuid = Uuid::new_v4();
    let _talking = caller(&server, uuid);
    wait_call(&server, uuid, "live");
    server.post("/api/v1/admin/drain", &json!({ "timeout_s": 0 }), Token::Admin).unwrap();
    assert_eq!(wait_call(&server, uuid, "ended")["hangup_by"], "server");
    assert_eq!(server.get("/healthz", Token::None).unwrap().status, 200);
}
