//! The wire format of ElevenLabs Agents: our messages against the strict schema, the server's against the examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use cordboard_schema::audio::{Law, SampleRate, WireFormat};
use cordboard_schema::wire::elevenlabs::{
    BadEvent, ClientMessage, ErrorReport, Initiation, Overrides, ServerEvent, format_of, language_of,
    write_audio,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/elevenlabs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the messages of a server in all examples.
fn server_messages() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/elevenlabs/examples");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let talks = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("agents-"));
    let lines = talks
        .flat_map(|path| serde_json::from_str::<Vec<Value>>(&fs::read_to_string(path).unwrap()).unwrap());
    lines.filter(|line| line["direction"] == "server").map(|line| line["message"].to_string()).collect()
}

/// Panics if the client's strict schema does not allow a message.
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
fn every_message_sent_has_the_public_form() {
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
    assert!(begun.get("dynamic_variables").is_none(), "{begun}");
}

#[test]
fn a_conversation_begins_with_its_overrides_and_nothing_else() {
    let begun = |overrides| {
        let variables = [("call_id".to_owned(), "1".to_owned())].into();
        let initiation = Initiation { overrides, variables, version: "1" };
        serde_json::from_str::<Value>(&ClientMessage::Initiation(Box::new(initiation)).to_text()).unwrap()
    };
    let voice =
        begun(Overrides { voice_id: Some("v".to_owned()), speed_percent: Some(110), ..Overrides::default() });
    assert_eq!(voice["conversation_config_override"], json!({ "tts": { "voice_id": "v", "speed": 1.1 } }));
    assert_eq!(voice["dynamic_variables"], json!({ "call_id": "1" }));
    let words = begun(Overrides {
        prompt: Some("You answer.".to_owned()),
        language: language_of("de"),
        ..Overrides::default()
    });
    let agent = json!({ "agent": { "prompt": { "prompt": "You answer." }, "language": "de" } });
    assert_eq!(words["conversation_config_override"], agent);
}

#[test]
fn every_kind_of_event_is_read() {
    let own = |name: &str| json!({ "tool_name": name, "tool_call_id": "t", "is_error": false });
    let failed = json!({ "tool_name": "end_call", "tool_call_id": "t", "is_error": true });
    let ours =
        json!({ "tool_name": "end_call", "tool_call_id": "t", "tool_type": "client", "is_error": false });
    let asks = |kind: &str| json!({ "tool_name": "search", "tool_call_id": "t", "tool_type": kind });
    let ended = |hangs_up| ServerEvent::ToolEnded { tool_call_id: "t".to_owned(), hangs_up };
    let report = ErrorReport { code: Some(1008), message: Some("no".to_owned()), ..ErrorReport::default() };
    let rows = [
        (
            json!({ "type": "audio", "audio_event": { "audio_base_64": "AAA=", "event_id": 3,
                "alignment": { "chars": ["H", "i"] } } }),
            ServerEvent::Audio { event_id: 3, audio: "AAA=".into(), words: Some("Hi".to_owned()) },
        ),
        (
            json!({ "type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": {
                "conversation_id": "c", "agent_output_audio_format": "ulaw_8000",
                "user_input_audio_format": "pcm_16000" } }),
            ServerEvent::Started {
                conversation_id: "c".to_owned(),
                output: "ulaw_8000".to_owned(),
                input: "pcm_16000".to_owned(),
            },
        ),
        (
            json!({ "type": "interruption", "interruption_event": { "event_id": 4 } }),
            ServerEvent::Interruption { event_id: 4 },
        ),
        (
            json!({ "type": "agent_response", "agent_response_event": { "agent_response": "Hello." } }),
            ServerEvent::AgentResponse { text: "Hello.".to_owned(), event_id: None },
        ),
        (
            json!({ "type": "agent_response", "agent_response_event": {
                "agent_response": "Hello.", "event_id": 6 } }),
            ServerEvent::AgentResponse { text: "Hello.".to_owned(), event_id: Some(6) },
        ),
        (
            json!({ "type": "agent_response_correction", "agent_response_correction_event": {
                "original_agent_response": "Hello there.", "corrected_agent_response": "Hello" } }),
            ServerEvent::Correction { original: "Hello there.".to_owned(), corrected: "Hello".to_owned() },
        ),
        (
            json!({ "type": "user_transcript", "user_transcription_event": { "user_transcript": " Yes. " } }),
            ServerEvent::UserTranscript { text: "Yes.".to_owned() },
        ),
        (json!({ "type": "tentative_user_transcript" }), ServerEvent::Tentative),
        (
            json!({ "type": "ping", "ping_event": { "event_id": 5, "ping_ms": 40 } }),
            ServerEvent::Ping { event_id: 5, ping_ms: Some(40) },
        ),
        (
            json!({ "type": "client_tool_call", "client_tool_call": { "tool_name": "n", "tool_call_id": "t",
                "parameters": { "a": 1 } } }),
            ServerEvent::ToolCall {
                tool_call_id: "t".to_owned(),
                name: "n".to_owned(),
                parameters: json!({ "a": 1 }),
            },
        ),
        (
            json!({ "type": "agent_tool_request", "agent_tool_request": asks("webhook") }),
            ServerEvent::OwnToolBegan { tool_call_id: "t".to_owned() },
        ),
        (
            json!({ "type": "agent_tool_request", "agent_tool_request": asks("client") }),
            ServerEvent::Other { kind: "agent_tool_request".into() },
        ),
        (json!({ "type": "agent_tool_response", "agent_tool_response": own("end_call") }), ended(true)),
        (json!({ "type": "agent_tool_response", "agent_tool_response": own("search") }), ended(false)),
        (json!({ "type": "agent_tool_response", "agent_tool_response": ours }), ended(false)),
        (json!({ "type": "agent_tool_response", "agent_tool_response": failed }), ended(false)),
        (
            json!({ "type": "error", "error_event": { "code": 1008, "message": "no" } }),
            ServerEvent::Error(report),
        ),
        (json!({ "type": "error" }), ServerEvent::Error(ErrorReport::default())),
        (json!({ "type": "vad_score" }), ServerEvent::Other { kind: "vad_score".into() }),
    ];
    for (message, event) in rows {
        assert_eq!(ServerEvent::parse(&message.to_string()).unwrap(), event);
    }
    for kind in [
        "interruption",
        "agent_response",
        "ping",
        "client_tool_call",
        "agent_tool_request",
        "agent_tool_response",
    ] {
        let bare = json!({ "type": kind }).to_string();
        assert!(matches!(ServerEvent::parse(&bare), Err(BadEvent::Malformed { .. })), "{kind}");
    }
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
    fn any_input_is_read_or_refused(text in ".{0,200}", kind in "[a-z_]{0,24}", id in any::<i64>()) {
        let _ = ServerEvent::parse(&text);
        let event = json!({ "type": kind, "ping_event": { "event_id": id }, "interruption_event": id });
        let _ = ServerEvent::parse(&event.to_string());
    }
}
