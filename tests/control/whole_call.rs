//! A caller on the real server, and a program that controls the call.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::control::Program;
use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

/// A server, and a program on its control socket that gets events of its calls.
struct Stage {
    server: Server,
    program: Program,
}

impl Stage {
    fn open() -> Self {
        let settings = [
            ("extensions.operator", "people,operator,1"),
            ("calls.silence_prompt_s", "300"),
            ("log.level", "debug"),
        ];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let mut program = Program::connect(server.addresses().http, ADMIN_TOKEN);
        program.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"] }));
        assert_eq!(program.event()["calls"], json!([]));
        Self { server, program }
    }

    /// An answered caller, the UUID of their connection, and their call's id as the program learns it.
    fn call(&mut self) -> (Caller, Uuid, String) {
        let uuid = Uuid::new_v4();
        let caller = Caller::connect(self.server.addresses().audiosocket, uuid, 8_000).unwrap();
        let id = loop {
            let call = self.program.event_of("call")["call"].clone();
            if call["state"] == "live" {
                assert_eq!(call["outside_ids"][0]["value"], uuid.to_string());
                break call["id"].as_str().unwrap().to_owned();
            }
        };
        (caller, uuid, id)
    }

    /// The next entry of that kind that the program gets.
    fn told(&mut self, kind: &str) -> Value {
        loop {
            let entry = self.program.event_of("entry")["entry"].clone();
            if entry["kind"] == kind {
                return entry;
            }
        }
    }
}

#[test]
fn a_call_is_held_and_released_only_in_that_order() {
    let mut stage = Stage::open();
    let (_caller, _, id) = stage.call();
    let on_call = |command: &str| json!({ "command": command, "call_id": id });
    assert_eq!(stage.program.refusal(on_call("unhold")), "not_held");
    assert_eq!(stage.program.done(on_call("hold")), json!({}));
    stage.told("hold_began");
    assert_eq!(stage.program.refusal(on_call("hold")), "already_held");
    assert_eq!(stage.program.done(on_call("unhold")), json!({}));
    assert_eq!(stage.told("hold_ended")["call_id"], id.as_str());
    assert_eq!(stage.program.refusal(on_call("unhold")), "not_held");
    assert_eq!(
        stage.program.done(json!({ "command": "sendDtmf", "call_id": id, "digits": "12" })),
        json!({})
    );

    let say = json!({ "command": "say", "call_id": id, "text": "Good day." });
    assert_eq!(stage.program.refusal(say), "cannot_speak_text", "the built-in assistant has recordings");
    let bridge = json!({ "command": "bridge", "call_id": id, "target": "operator" });
    assert_eq!(stage.program.refusal(bridge), "incapable", "nobody can ring a telephone here");
    let nowhere = json!({ "command": "transfer", "call_id": id, "target": "nowhere" });
    assert_eq!(stage.program.refusal(nowhere), "no_such_target");

    assert_eq!(stage.program.done(on_call("hangup")), json!({}));
    let ended = stage.told("ended");
    assert_eq!((&ended["cause"], &ended["by"]), (&json!("normal_clearing"), &json!("api")));
    assert_eq!(stage.program.event_of("call")["call"]["state"], "ended");
    // Its parts take a moment to close.
    wait_until("the refusal of a call that is over", Duration::from_secs(20), || {
        let answer = stage.program.ask(on_call("hangup"));
        (answer["error"]["kind"] == "call_over").then_some(())
    })
    .unwrap();
    assert_eq!(
        stage.program.done(on_call("getCall")),
        stage.server.get(&format!("/api/v1/calls/{id}"), Token::Admin).unwrap().json()
    );
    assert!(!stage.server.log().contains("panicked"));
}

#[test]
fn a_caller_is_transferred_and_the_transcript_is_sent() {
    let mut stage = Stage::open();
    let (caller, uuid, id) = stage.call();
    let greeting = stage.program.event_of("transcript");
    assert_eq!((&greeting["call_id"], &greeting["line"]["role"]), (&json!(id), &json!("assistant")));
    stage.program.done(json!({ "command": "transfer", "call_id": id, "target": "operator" }));
    stage.told("ended");
    caller.wait_ended(Duration::from_secs(20)).unwrap();
    let next = stage.server.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).unwrap();
    assert_eq!(next.text().trim(), "goto people,operator,1");
}

#[test]
fn a_stopping_server_says_so_after_its_calls_end() {
    let mut stage = Stage::open();
    let (caller, _, id) = stage.call();
    stage.server.terminate().unwrap();
    // Calls may finish, and can still be controlled in the meantime.
    assert_eq!(stage.program.done(json!({ "command": "hold", "call_id": id })), json!({}));
    stage.program.done(json!({ "command": "hangup", "call_id": id }));
    let (events, code, reason) = stage.program.until_closed();
    assert_eq!((code, reason.as_str()), (1001, "the server is going down"));
    assert!(events.iter().any(|event| event["call"]["state"] == "ended"), "the end was not reported before");
    drop(caller);
    assert!(stage.server.wait_ended(Duration::from_secs(20)).unwrap().success());
}
