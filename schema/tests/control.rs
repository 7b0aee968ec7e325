//! The control socket's messages as text: parsing never fails on any input without an error, and written messages can be read.

#![allow(clippy::unwrap_used, reason = "a test stops where a message can't be read")]

use cordboard_schema::wire::control::{
    Answer, Command, CommandId, EventKind, Fault, Request, ServerMessage, Topic, command_id,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fault(text: &str) -> Fault {
    Request::<Command>::parse(text).unwrap_err().fault
}

#[test]
fn a_command_is_read_and_written() {
    let text =
        r#"{"id":"7","command":"say","call_id":"019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11","text":"Good day."}"#;
    let request = Request::<Command>::parse(text).unwrap();
    assert_eq!((request.id.to_string().as_str(), request.command.name()), ("7", "say"));
    let written: Value = serde_json::from_str(&request.to_text().unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(text).unwrap());
}

#[test]
fn missing_parts_of_a_command_are_distinguished() {
    assert!(matches!(fault("hello"), Fault::NotJson(_)));
    assert!(matches!(fault("[]"), Fault::NotJson(_)));
    assert!(matches!(fault(r#"{"command":"listExtensions"}"#), Fault::NoId(_)));
    assert!(matches!(fault(r#"{"id":null,"command":"listExtensions"}"#), Fault::NoId(_)));
    let line_end = json!({ "id": "a\nb", "command": "listExtensions" }).to_string();
    assert!(matches!(fault(&line_end), Fault::NoId(_)));
    let unknown =
        Request::<Command>::parse(r#"{"id":"7","command":"listExtensions","limit":1}"#).unwrap_err();
    assert_eq!(unknown.id.map(|id| id.to_string()), Some("7".to_owned()));
    assert!(unknown.fault.to_string().contains("unknown field `limit`"), "{}", unknown.fault);
}

#[test]
fn an_ids_length_is_counted_in_characters() {
    assert!(CommandId::try_from("ä".repeat(64)).is_ok());
    assert!(CommandId::try_from("ä".repeat(65)).is_err());
    assert!(CommandId::try_from(String::new()).is_err());
}

#[test]
fn answers_and_events_are_distinguished() {
    let answer = Answer::done(CommandId::try_from("7".to_owned()).unwrap(), json!({}));
    let text = serde_json::to_string(&answer).unwrap();
    assert_eq!(text, r#"{"id":"7","ok":true,"result":{}}"#);
    assert_eq!(ServerMessage::parse(&text).unwrap(), ServerMessage::Answer(answer));
    let event =
        ServerMessage::parse(r#"{"seq":9,"at":"2026-11-21T01:20:00.000Z","kind":"metrics","metrics":{}}"#);
    assert!(matches!(event.unwrap(), ServerMessage::Event { seq: 9, .. }));
    assert!(ServerMessage::parse("{}").is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,400}") {
        let _ = Request::<Command>::parse(&text);
        let _ = command_id(&text);
        let _ = ServerMessage::parse(&text);
    }

    #[test]
    fn any_command_fields_are_accepted_or_reported(
        name in proptest::sample::select(Command::NAMES),
        members in proptest::collection::btree_map("[a-z_]{1,12}", "[ -~]{0,20}", 0..5),
    ) {
        let mut command = json!(members);
        command["id"] = "7".into();
        command["command"] = name.into();
        match Request::<Command>::parse(&command.to_string()) {
            Ok(request) => prop_assert_eq!(request.command.name(), name),
            Err(none) => prop_assert!(none.id.is_some() && matches!(none.fault, Fault::NotThisWay(_))),
        }
    }
}

#[test]
fn a_messages_id_is_found_whatever_else_it_says() {
    assert_eq!(
        command_id(r#"{"id":"7","command":"fly","x":[1]}"#).map(|id| id.to_string()),
        Some("7".to_owned())
    );
    assert_eq!(command_id(r#"{"command":"say"}"#), None);
}

#[test]
fn every_event_has_its_name_and_its_topic() {
    let topic = |kind| match kind {
        EventKind::Snapshot => None,
        EventKind::Call | EventKind::Entry => Some(Topic::Calls),
        EventKind::Transcript => Some(Topic::Transcripts),
        EventKind::Actors => Some(Topic::Actors),
        EventKind::Metrics => Some(Topic::Metrics),
        EventKind::Osdial => Some(Topic::Osdial),
    };
    for kind in EventKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        assert_eq!(kind.topic(), topic(kind), "{kind:?}");
    }
}
