//! The wire format of Deepgram's Voice Agent: our messages against the strict schema, the server's against the example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cordboard_schema::audio::{Law, SampleRate, WireFormat};
use cordboard_schema::wire::deepgram::{
    ClientMessage, Function, FunctionCall, HistoryMessage, Listen, ServerEvent, Settings, Speak, Think,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn capture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/deepgram").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Panics if the client's strict schema does not allow a message.
#[track_caller]
fn admits(message: &str) {
    let schema = capture("agent-v1-client.strict.schema.json");
    let message: Value = serde_json::from_str(message).unwrap();
    let definitions = schema["$defs"].as_object().unwrap();
    let (name, _) = definitions
        .iter()
        .find(|(_, branch)| branch["properties"]["type"]["const"] == message["type"])
        .unwrap();
    let branch = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"] });
    let validator = jsonschema::validator_for(&branch).unwrap();
    let errors: Vec<String> = validator.iter_errors(&message).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{message:#}\n{}", errors.join("\n"));
}

fn think() -> Think {
    Think {
        provider: "open_ai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        prompt: "You answer the phone.\n\"<>".to_owned(),
        functions: vec![Function {
            name: "end_call".to_owned(),
            description: "Ends the call.".to_owned(),
            parameters: Arc::new(json!({ "type": "object", "properties": {} })),
        }],
    }
}

fn settings(listen: &str, format: WireFormat) -> Settings {
    Settings {
        input: format,
        output: format,
        language: Some("de".to_owned()),
        listen: Listen { model: listen.to_owned(), language: Some("de".to_owned()) },
        think: think(),
        speak: Speak { model: "aura-2-thalia-en".to_owned(), speed_percent: Some(110) },
        greeting: Some("Hello.".to_owned()),
        messages: vec![
            HistoryMessage::Said { by_agent: true, content: "Hello.".to_owned() },
            HistoryMessage::Said { by_agent: false, content: "Hi.".to_owned() },
            HistoryMessage::Called {
                id: "fc_1".to_owned(),
                name: "end_call".to_owned(),
                arguments: "{}".to_owned(),
                response: "{}".to_owned(),
            },
        ],
    }
}

#[test]
fn every_message_sent_has_the_public_form() {
    let octets = WireFormat::g711(Law::A);
    for (listen, format) in [
        ("nova-3", octets),
        ("flux-general-en", WireFormat::g711(Law::Mu)),
        ("flux-general-multi", WireFormat::pcm(SampleRate::HZ_16000)),
    ] {
        admits(&ClientMessage::Settings(Box::new(settings(listen, format))).to_text());
    }
    let bare =
        Settings { language: None, greeting: None, messages: Vec::new(), ..settings("nova-3", octets) };
    let bare = ClientMessage::Settings(Box::new(bare)).to_text();
    admits(&bare);
    let bare: Value = serde_json::from_str(&bare).unwrap();
    assert_eq!(
        bare["audio"]["output"],
        json!({ "encoding": "alaw", "sample_rate": 8000, "container": "none" })
    );
    assert!(bare["agent"].get("context").is_none() && bare["agent"].get("greeting").is_none(), "{bare}");
    for message in [
        ClientMessage::KeepAlive,
        ClientMessage::UpdatePrompt { prompt: "Speak slowly.".to_owned() },
        ClientMessage::UpdateThink(Box::new(think())),
        ClientMessage::InjectAgentMessage { message: "Are you there?".to_owned() },
        ClientMessage::InjectUserMessage { content: "I pressed 2.".to_owned() },
        ClientMessage::FunctionCallResponse {
            id: "f".to_owned(),
            name: "n".to_owned(),
            content: "{}".to_owned(),
        },
    ] {
        admits(&message.to_text());
    }
}

#[test]
fn every_message_of_the_example_is_read_and_understood() {
    let lines = capture("examples/agent-call.json");
    let lines = lines.as_array().unwrap().iter().filter(|line| line["direction"] == "server");
    let texts: Vec<String> = lines.map(|line| line["message"].to_string()).collect();
    assert!(texts.len() > 15, "the example has moved");
    let events: Vec<ServerEvent<'_>> = texts
        .iter()
        .map(|text| ServerEvent::parse(text).unwrap_or_else(|error| panic!("{error}: {text}")))
        .collect();
    let asked = events.iter().find_map(|event| match event {
        ServerEvent::FunctionCallRequest { functions } => Some(&functions[0]),
        _ => None,
    });
    let asked = asked.unwrap();
    assert_eq!((asked.id.as_str(), asked.client_side), ("fc_1", true));
    let is_error = |event: &ServerEvent<'_>| matches!(event, ServerEvent::Error { code, .. } if code == "FAILED_TO_THINK");
    assert!(events.iter().any(is_error));
    let words =
        events.iter().filter(|event| matches!(event, ServerEvent::ConversationText { by_agent: true, .. }));
    assert_eq!(words.count(), 2);
}

#[test]
fn every_kind_of_event_is_read() {
    let call = FunctionCall { id: "f".to_owned(), name: "n".to_owned(), ..FunctionCall::default() };
    let text = |by_agent| ServerEvent::ConversationText { by_agent, content: "Hi.".to_owned() };
    let (code, description) = ("C".to_owned(), "words".to_owned());
    let rows = [
        (
            json!({ "type": "Welcome", "request_id": "r" }),
            ServerEvent::Welcome { request_id: "r".to_owned() },
        ),
        (json!({ "type": "SettingsApplied" }), ServerEvent::SettingsApplied),
        (json!({ "type": "ConversationText", "role": "assistant", "content": "Hi." }), text(true)),
        (json!({ "type": "ConversationText", "role": "user", "content": "Hi." }), text(false)),
        (
            json!({ "type": "ConversationText", "role": "system", "content": "Hi." }),
            ServerEvent::Other { kind: "ConversationText".into() },
        ),
        (json!({ "type": "UserStartedSpeaking" }), ServerEvent::UserStartedSpeaking),
        (json!({ "type": "AgentStartedSpeaking" }), ServerEvent::AgentStartedSpeaking),
        (json!({ "type": "AgentAudioDone" }), ServerEvent::AgentAudioDone),
        (
            json!({ "type": "FunctionCallRequest", "functions": [{ "id": "f", "name": "n" }] }),
            ServerEvent::FunctionCallRequest { functions: vec![call] },
        ),
        (
            json!({ "type": "FunctionCallCancelled", "functions": [{ "id": "f", "name": "n" }] }),
            ServerEvent::FunctionCallCancelled { ids: vec!["f".to_owned()] },
        ),
        (
            json!({ "type": "InjectionRefused", "message": "busy" }),
            ServerEvent::InjectionRefused { message: "busy".to_owned() },
        ),
        (
            json!({ "type": "Warning", "code": "C", "description": "words" }),
            ServerEvent::Warning { code: code.clone(), description: description.clone() },
        ),
        (
            json!({ "type": "Error", "code": "C", "message": "words" }),
            ServerEvent::Error { code, description },
        ),
        (json!({ "type": "Mood" }), ServerEvent::Other { kind: "Mood".into() }),
    ];
    for (message, event) in rows {
        assert_eq!(ServerEvent::parse(&message.to_string()).unwrap(), event);
    }
}

#[test]
fn a_recognizer_gets_the_language_as_its_version_expects() {
    let provider = |model: &str, language: Option<&str>| {
        let listen = Listen { model: model.to_owned(), language: language.map(str::to_owned) };
        let settings = Settings { listen, ..settings("", WireFormat::g711(Law::Mu)) };
        let text = ClientMessage::Settings(Box::new(settings)).to_text();
        serde_json::from_str::<Value>(&text).unwrap()["agent"]["listen"]["provider"].clone()
    };
    let base = |model: &str, version: &str| json!({ "type": "deepgram", "model": model, "version": version });
    let mut with_language = base("nova-3", "v1");
    with_language["language"] = json!("de");
    assert_eq!(provider("nova-3", Some("de")), with_language);
    assert_eq!(provider("nova-3", None), base("nova-3", "v1"));
    assert_eq!(
        provider("flux-general-en", Some("de")),
        base("flux-general-en", "v2"),
        "it knows one language"
    );
    let mut with_hint = base("flux-general-multi", "v2");
    with_hint["language_hints"] = json!(["de"]);
    assert_eq!(provider("flux-general-multi", Some("de")), with_hint);
}

proptest! {
    #[test]
    fn any_input_is_read_or_refused(text in ".{0,200}", kind in "[A-Za-z]{0,24}", id in any::<i64>()) {
        let _ = ServerEvent::parse(&text);
        let event = json!({ "type": kind, "functions": [{ "id": id }], "content": id, "role": "user" });
        let _ = ServerEvent::parse(&event.to_string());
    }
}
