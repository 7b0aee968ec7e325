//! The wire format of OpenAI's Live API: our messages against the strict schema, the server's against the example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cordboard_schema::audio::{Law, SampleRate, WireFormat};
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::openai_live::{
    ClientMessage, Function, InitialItem, ResponseEvent, ServerEvent, Start, Tasks, Words, write_audio,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn capture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/openai").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Panics if the client's strict schema does not allow a message.
#[track_caller]
fn admits(message: &Value) {
    let validator = jsonschema::validator_for(&capture("live-client-event.strict.schema.json")).unwrap();
    let errors: Vec<String> = validator.iter_errors(message).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{message:#}\n{}", errors.join("\n"));
}

fn functions() -> Vec<Function> {
    vec![Function {
        name: "transfer_call".to_owned(),
        description: "Transfers the call.".to_owned(),
        parameters: Arc::new(json!({ "type": "object", "properties": { "target": { "type": "string" } } })),
    }]
}

fn start(format: WireFormat, input: Vec<InitialItem>) -> ClientMessage {
    ClientMessage::Start(Box::new(Start {
        model: "gpt-live-1".to_owned(),
        instructions: "You answer the phone.\n\"<>".to_owned(),
        format,
        voice: "marin".to_owned(),
        tasks: Tasks {
            model: "gpt-4.1-mini".to_owned(),
            instructions: "Do it.".to_owned(),
            functions: functions(),
        },
        input,
    }))
}

#[test]
fn every_message_sent_has_the_public_form() {
    let text = |words: &str| words.to_owned();
    let input = vec![
        InitialItem::Developer(text("The call goes on.")),
        InitialItem::User(text("When?")),
        InitialItem::Assistant(text("At nine.")),
    ];
    let formats = [
        (WireFormat::g711(Law::Mu), json!({ "type": "audio/pcmu", "rate": 8_000 })),
        (WireFormat::g711(Law::A), json!({ "type": "audio/pcma", "rate": 8_000 })),
        (WireFormat::pcm(SampleRate::HZ_16000), json!({ "type": "audio/pcm", "rate": 16_000 })),
        (WireFormat::pcm(SampleRate::HZ_24000), json!({ "type": "audio/pcm", "rate": 24_000 })),
    ];
    for (format, expected) in formats {
        let sent: Value = serde_json::from_str(&start(format, input.clone()).to_text()).unwrap();
        admits(&sent);
        assert_eq!(sent["session"]["audio"]["format"], expected);
        assert_eq!(sent["session"]["input"].as_array().unwrap().len(), 3);
    }
    let bare: Value = serde_json::from_str(&start(WireFormat::g711(Law::Mu), Vec::new()).to_text()).unwrap();
    assert!(bare["session"].get("input").is_none(), "{bare}");
    let messages = [
        ClientMessage::Silence(WireFormat::g711(Law::A), 20),
        ClientMessage::Mute,
        ClientMessage::Unmute,
        ClientMessage::Instructions { content: text("They are back.") },
        ClientMessage::Commentary { event_id: text("ask-1"), content: text("Greet.") },
        ClientMessage::Functions(functions()),
        ClientMessage::FunctionOutput { call_id: text("c"), output: text("{\"ok\":true}") },
        ClientMessage::CreateResponse,
        ClientMessage::Close,
    ];
    for message in messages {
        admits(&serde_json::from_str(&message.to_text()).unwrap());
    }
    let audio: Value = serde_json::from_str(&write_audio(&[0, 1, 2, 3])).unwrap();
    admits(&audio);
    assert_eq!(audio["audio"], "AAECAw==");
}

#[test]
fn every_example_message_is_read_with_its_details() {
    let lines = capture("examples/live-call-client-delegation.json");
    let texts: Vec<String> = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["direction"] == "server")
        .map(|line| line["message"].to_string())
        .collect();
    let read: Vec<ServerEvent<'_>> = texts
        .iter()
        .map(|text| ServerEvent::parse(text).unwrap_or_else(|error| panic!("{error}: {text}")))
        .collect();
    assert_eq!(
        read[0],
        ServerEvent::Started {
            session: "live_sess_example1".to_owned(),
            expires_at: Some(UnixMs(1_795_158_000_000)),
            format: Some(Ok(WireFormat::g711(Law::Mu))),
        }
    );
    let words = |delta: &str, start_ms, end_ms| Words { delta: delta.to_owned(), start_ms, end_ms };
    assert!(read.contains(&ServerEvent::ModelSays(words("Example Dental, ", 400, 1_200))));
    assert!(read.contains(&ServerEvent::CallerSays(words("When is my next appointment?", 2_400, 4_100))));
    assert!(read.contains(&ServerEvent::Used(31_500)));
    assert!(read.iter().any(|event| matches!(event, ServerEvent::Audio(audio) if !audio.is_empty())));
    let delegated = ServerEvent::Delegated { id: "dlg_1".to_owned(), target: "client".to_owned() };
    assert!(read.contains(&delegated));
    let error = read.iter().find_map(|event| match event {
        ServerEvent::Error(report) => Some(report),
        _ => None,
    });
    assert_eq!(error.unwrap().client_event_id.as_deref(), Some("c7"));
    let closed = ServerEvent::Closed { reason: "close_requested".to_owned(), used_ms: Some(48_200) };
    assert_eq!(read.last(), Some(&closed));
}

#[test]
fn nested_events_show_what_the_backend_does() {
    let nested = |event: Value| {
        let text = json!({ "type": "response.event", "delegation_id": "d", "event": event }).to_string();
        match ServerEvent::parse(&text).unwrap() {
            ServerEvent::Response { delegation_id, event } => {
                assert_eq!(delegation_id.as_deref(), Some("d"));
                event
            }
            event => panic!("{event:?}"),
        }
    };
    let call = json!({ "type": "function_call", "id": "fc", "call_id": "c1", "name": "end_call", "arguments": "{}" });
    assert_eq!(
        nested(json!({ "type": "response.output_item.done", "item": call })),
        ResponseEvent::FunctionCall {
            call_id: "c1".to_owned(),
            name: "end_call".to_owned(),
            arguments: "{}".to_owned()
        }
    );
    let usage =
        json!({ "input_tokens": 900, "input_tokens_details": { "cached_tokens": 300 }, "output_tokens": 40 });
    let over = json!({ "id": "r", "model": "gpt-4.1-mini", "usage": usage });
    assert_eq!(
        nested(json!({ "type": "response.completed", "response": over })),
        ResponseEvent::Finished {
            id: "r".to_owned(),
            model: "gpt-4.1-mini".to_owned(),
            usage: TokenUsage {
                text_input: 600,
                text_input_cached: 300,
                text_output: 40,
                ..TokenUsage::default()
            },
        }
    );
    let message = json!({ "type": "response.output_item.done", "item": { "type": "message" } });
    assert_eq!(nested(message), ResponseEvent::Other);
    assert_eq!(nested(json!([1])), ResponseEvent::Other);
}

#[test]
fn sessions_without_end_or_known_format_are_read() {
    let started = |session: Value| {
        let text = json!({ "type": "session.started", "session": session }).to_string();
        match ServerEvent::parse(&text).unwrap() {
            ServerEvent::Started { expires_at, format, .. } => (expires_at, format),
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(started(json!({})), (None, None));
    assert_eq!(started(json!({ "expires_at": -1.5, "audio": null })).0, None);
    let format = |kind: &str, rate: Value| {
        started(json!({ "audio": { "format": { "type": kind, "rate": rate } } })).1.unwrap()
    };
    assert_eq!(format("audio/pcm", json!(null)), Ok(WireFormat::pcm(SampleRate::HZ_24000)));
    assert!(format("audio/pcm", json!(44_100)).is_err());
    assert!(format("audio/pcmu", json!(16_000)).is_err());
    assert!(format("audio/opus", json!(48_000)).unwrap_err().contains("audio/opus"));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}", kind in "[a-z._]{0,30}") {
        let _ = ServerEvent::parse(&text);
        let _ = ServerEvent::parse(&json!({ "type": kind, "session": text, "event": [text] }).to_string());
    }
}
