//! Programs that break the protocol, or send too much.

use cordboard_test_support::control::Received;
use serde_json::{Value, json};

use crate::program;
use crate::setup::Setup;

fn message(received: Received) -> Value {
    match received {
        Received::Message(message) => message,
        other => panic!("no message but {other:?}"),
    }
}

#[test]
fn an_invalid_command_is_answered_and_the_socket_stays_open() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let long = "x".repeat(65);
    for (text, id, kind) in [
        ("".to_owned(), json!(null), "bad_input"),
        ("{".to_owned(), json!(null), "bad_input"),
        ("[]".to_owned(), json!(null), "bad_input"),
        ("\"hangup\"".to_owned(), json!(null), "bad_input"),
        ("[".repeat(10_000), json!(null), "bad_input"),
        (r#"{"command":"listCalls"}"#.to_owned(), json!(null), "bad_input"),
        (r#"{"id":7,"command":"listCalls"}"#.to_owned(), json!(null), "bad_input"),
        (r#"{"id":"","command":"listCalls"}"#.to_owned(), json!(null), "bad_input"),
        (format!(r#"{{"id":"{long}","command":"listCalls"}}"#), json!(null), "bad_input"),
        (r#"{"id":"a","command":"dance"}"#.to_owned(), json!("a"), "invalid"),
        (r#"{"id":"b"}"#.to_owned(), json!("b"), "invalid"),
    ] {
        program.send(&text);
        let answer = message(program.receive());
        assert_eq!((&answer["id"], &answer["ok"]), (&id, &json!(false)), "{text:.80}");
        assert_eq!(answer["error"]["kind"], kind, "{text:.80}");
    }
    program.done(json!({ "command": "listCalls" }));
}

#[test]
fn a_refusal_does_not_repeat_everything_that_was_sent() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let long = "ü".repeat(50_000);
    for text in [
        format!(r#"{{"id":"a","command":"{long}"}}"#),
        format!(r#"{{"id":"a","command":"park","{long}":1}}"#),
    ] {
        program.send(&text);
        let answer = message(program.receive());
        assert_eq!((&answer["id"], &answer["error"]["kind"]), (&json!("a"), &json!("invalid")));
        let answered = answer.to_string();
        assert!(answered.chars().count() < 1_500, "{answered:.200}");
    }
    program.done(json!({ "command": "listCalls" }));
}

#[test]
fn answers_carry_the_ids_of_commands_sent_at_once() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let mut asked: Vec<String> = (0..10).map(|_| program.begin(json!({ "command": "listCalls" }))).collect();
    let mut answered: Vec<String> =
        (0..10).map(|_| message(program.receive())["id"].as_str().unwrap().to_owned()).collect();
    asked.sort();
    answered.sort();
    assert_eq!(answered, asked, "one answer each");
}

#[test]
fn a_fragmented_message_is_joined_and_a_ping_is_answered() {
    let setup = Setup::open();
    let mut program = program(&setup);
    program.send_in_pieces(r#"{"id":"in pieces","command":"listExtensions"}"#);
    assert_eq!(message(program.receive())["id"], "in pieces");
    program.ping();
}

#[test]
fn binary_malformed_or_overlong_messages_close_the_socket() {
    let setup = Setup::open();
    let mut binary = program(&setup);
    binary.send_binary(br#"{"id":"1","command":"listCalls"}"#);
    let (_, code, reason) = binary.until_closed();
    assert_eq!(code, 1003, "{reason}");

    let mut long = program(&setup);
    long.send(&"x".repeat(200_704 + 1));
    let (_, code, reason) = long.until_closed();
    assert_eq!(code, 1009, "{reason}");
    assert!(reason.contains("200704"), "{reason}");

    let mut pieces = program(&setup);
    pieces.send_in_pieces(&"x".repeat(300_000));
    assert_eq!(pieces.until_closed().1, 1009);

    let mut latin_1 = program(&setup);
    latin_1.send_as_text(b"{\"id\":\"1\",\"command\":\"say\",\"text\":\"Gr\xfc\xdfe\"}");
    let (_, code, reason) = latin_1.until_closed();
    assert_eq!(code, 1007, "{reason}");
    assert!(setup.heard().is_empty());
}

#[test]
fn sixteen_commands_are_carried_out_at_once() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let answers = setup.answers.clone();
    // The registry answers no request as long as this is held.
    let held = answers.lock().unwrap();
    let id = uuid::Uuid::now_v7();
    let asked: Vec<String> =
        (0..17).map(|_| program.begin(json!({ "command": "hold", "call_id": id }))).collect();
    let refused = message(program.receive());
    assert_eq!((&refused["id"], &refused["error"]["kind"]), (&json!(asked[16]), &json!("too_many_requests")));
    drop(held);
    let mut others: Vec<Value> = (0..16).map(|_| message(program.receive())).collect();
    others.retain(|answer| answer["error"]["kind"] == "not_found");
    assert_eq!(others.len(), 16, "the call does not exist, but each was looked up");
}

#[test]
fn a_client_that_sends_too_much_is_warned_then_closed() {
    let setup = Setup::open();
    let mut other = program(&setup);
    let mut program = program(&setup);
    for number in 0..1_000 {
        let command = json!({ "id": number.to_string(), "command": "listExtensions" });
        if program.try_send(&command.to_string()).is_err() {
            break;
        }
    }
    let (answers, code, reason) = program.until_closed();
    assert_eq!(code, 1008, "{reason}");
    let refused = |answer: &&Value| answer["error"]["kind"] == "too_many_requests";
    assert!(answers.iter().filter(refused).count() >= 100, "{} answers", answers.len());
    assert!(answers.iter().filter(refused).all(|answer| answer["id"].is_string()));
    other.done(json!({ "command": "listExtensions" }));
}

#[test]
fn a_closing_frame_is_answered() {
    let setup = Setup::open();
    let mut program = program(&setup);
    program.done(json!({ "command": "subscribe", "topics": ["calls"] }));
    program.close();
    // A set-up that waits for sockets that are gone would not shut down in time.
    let began = std::time::Instant::now();
    drop(setup);
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}
