//! The wire format of ElevenLabs Agents: what we send against the strict schema, what we receive against the examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use cordboard_schema::audio::{Law, SampleRate, WireFormat};
use cordboard_schema::wire::elevenlabs::{
    ClientMessage, Initiation, Overrides, ServerEvent, format_of, language_of, write_audio,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/elevenlabs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The messages of a server in all examples.
fn server_messages() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/elevenlabs/examples");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let talks = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("agents-"));
    let lines = talks
        .flat_map(|path| serde_json::from_str::<Vec<Value>>(&fs::read_to_string(path).unwrap()).unwrap());
    lines.filter(|line| line["direction"] == "server").map(|line| line["message"].to_string()).collect()
}

/// Complains about a message that the strict schema of the client's does not admit.
#[track_caller]
fn admits(message: &str) {
    let schema: Value = serde_json::from_str(&capture("agents-ws-client.strict.schema.json")).unwrap();
    let message: Value = serde_json::from_str(message).unwrap();
    let kind = message.get("type");
    let (name, _) = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .find(|(_, branch)| {
            let properties = &branch["properties"];
            match kind {
                Some(kind) => properties["type"]["const"] == *kind,
                None => properties.get("user_audio_chunk").is_some(),
            }
        })
        .unwrap();
    let branch = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"] });
    let validator = jsonschema::validator_for(&branch).unwrap();
    let errors: Vec<String> = validator.iter_errors(&message).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{message:#}\n{}", errors.join("\n"));
}

#[test]
fn all_that_we_send_has_the_public_shape() {
    let initiation = Initiation {
        overrides: Overrides {
            prompt: Some("You answer the phone.".to_owned()),
            first_message: Some("Hello.".to_owned()),
            language: language_of("pt-BR"),
            voice_id: Some("v".to_owned()),
            speed_percent: Some(110),
        },
        variables: [("call_id".to_owned(), "1".to_owned())].into(),
        version: "1",
    };
    for message in [
        ClientMessage::Initiation(Box::new(initiation)),
        ClientMessage::Initiation(Box::default()),
        ClientMessage::Pong { event_id: 7 },
        ClientMessage::ToolResult { tool_call_id: "t".to_owned(), result: "{}".to_owned(), is_error: true },
        ClientMessage::ContextualUpdate { text: "on hold".to_owned() },
        ClientMessage::UserMessage { text: "\"<>\n".to_owned() },
        ClientMessage::UserActivity,
    ] {
        admits(&message.to_text());
    }
    admits(&write_audio(&[0xff; 160]));
    let begun: Value = serde_json::from_str(&ClientMessage::Initiation(Box::default()).to_text()).unwrap();
    assert!(begun.get("conversation_config_override").is_none(), "nothing is overridden by null: {begun}");
}

#[test]
fn languages_are_named_as_the_api_names_them() {
    let of = [("en-GB", Some("en")), ("pt-BR", Some("pt-br")), ("de", Some("de")), ("tlh", None), ("", None)];
    for (tag, name) in of {
        assert_eq!(language_of(tag), name, "{tag}");
    }
}

#[test]
fn every_message_of_the_examples_is_read() {
    let messages = server_messages();
    assert!(messages.len() > 30, "the examples have moved");
    for message in &messages {
        ServerEvent::parse(message).unwrap_or_else(|error| panic!("{error}: {message}"));
    }
    let started = r#"{"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":
        {"conversation_id":"c","agent_output_audio_format":"pcm_24000"}}"#;
    let ServerEvent::Started { output, input, .. } = ServerEvent::parse(started).unwrap() else { panic!() };
    assert_eq!(
        (output.as_str(), input.as_str()),
        ("pcm_24000", "pcm_24000"),
        "of old agents only one is told"
    );
}

#[test]
fn formats_are_known_by_their_names() {
    assert_eq!(format_of("ulaw_8000"), Some(WireFormat::g711(Law::Mu)));
    assert_eq!(format_of("pcm_16000"), Some(WireFormat::pcm(SampleRate::HZ_16000)));
    for unknown in ["pcm_22050", "mp3_44100", "pcm_", "alaw_8000", ""] {
        assert_eq!(format_of(unknown), None, "{unknown}");
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(text in ".{0,200}", kind in "[a-z_]{0,24}", id in any::<i64>()) {
        let _ = ServerEvent::parse(&text);
        let event = json!({ "type": kind, "ping_event": { "event_id": id }, "interruption_event": id });
        let _ = ServerEvent::parse(&event.to_string());
    }
}
