//! The wire format of Gemini's Live API: our messages against the strict schema, the server's against the examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::wire::gemini::{
    ClientMessage, Content, Function, FunctionResponse, Sensitivity, ServerMessage, Setup, Turn,
    TurnDetection, write_audio,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn capture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/gemini").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Panics if a part of the client's strict schema does not allow a value.
#[track_caller]
fn admits(value: &Value, part: Option<&str>) {
    let mut schema = capture("live-client-message.schema.json");
    if let Some(part) = part {
        schema = json!({ "$ref": format!("#/$defs/{part}"), "$defs": schema["$defs"] });
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value:#}\n{}", errors.join("\n"));
}

#[track_caller]
fn is_sent(message: &ClientMessage) -> Value {
    let message: Value = serde_json::from_str(&message.to_text()).unwrap();
    admits(&message, None);
    message
}

fn setup() -> Setup {
    Setup {
        model: "gemini-2.5-flash-native-audio-preview-09-2025".to_owned(),
        voice: "Kore".to_owned(),
        language: Some("de-DE".to_owned()),
        instruction: "You answer the phone.\n\"<>".to_owned(),
        functions: vec![
            Function {
                name: "transfer_call".to_owned(),
                description: "Transfers the call.".to_owned(),
                parameters: Arc::new(json!({ "type": "object", "additionalProperties": false,
                    "properties": { "target": { "type": "string", "enum": ["office"] } }, "required": ["target"] })),
            },
            Function {
                name: "end_call".to_owned(),
                description: "Ends the call.".to_owned(),
                parameters: Arc::new(json!({ "type": "object", "properties": {} })),
            },
        ],
        turns: TurnDetection {
            start: Some(Sensitivity::Low),
            end: Some(Sensitivity::High),
            silence_ms: Some(500),
        },
        max_output_tokens: Some(500),
        transcribes_input: true,
        handle: Some("handle-example-1".to_owned()),
    }
}

#[test]
fn every_message_sent_has_the_public_form() {
    let sent = is_sent(&ClientMessage::Setup(Box::new(setup())));
    let declared = sent["setup"]["tools"][0]["functionDeclarations"].as_array().unwrap();
    admits(&declared[0]["parameters"], Some("Schema"));
    assert_eq!(declared[1], json!({ "name": "end_call", "description": "Ends the call." }));
    let detection = &sent["setup"]["realtimeInputConfig"]["automaticActivityDetection"];
    let expected = json!({ "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
        "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH", "silenceDurationMs": 500 });
    assert_eq!(*detection, expected);
    let bare = Setup {
        language: None,
        functions: Vec::new(),
        turns: TurnDetection::default(),
        max_output_tokens: None,
        transcribes_input: false,
        handle: None,
        ..setup()
    };
    let bare = is_sent(&ClientMessage::Setup(Box::new(bare)));
    assert_eq!(bare["setup"]["sessionResumption"], json!({}));
    for absent in ["tools", "realtimeInputConfig", "inputAudioTranscription"] {
        assert!(bare["setup"].get(absent).is_none(), "{bare}");
    }
    let turn = |by_model: bool| Turn { by_model, text: "Hello \"you\".".to_owned() };
    is_sent(&ClientMessage::Content(Content { turns: vec![turn(false), turn(true)], turn_complete: false }));
    is_sent(&ClientMessage::AudioStreamEnd);
    let response = FunctionResponse {
        id: Some("f1".to_owned()),
        name: "n".to_owned(),
        response: json!({ "result": 1 }),
    };
    is_sent(&ClientMessage::ToolResponse(response.clone()));
    is_sent(&ClientMessage::ToolResponse(FunctionResponse { id: None, ..response }));
    let audio: Value = serde_json::from_str(&write_audio(&[0, 1, 2, 3], SampleRate::HZ_16000)).unwrap();
    admits(&audio, None);
    assert_eq!(
        audio["realtimeInput"]["audio"],
        json!({ "mimeType": "audio/pcm;rate=16000", "data": "AAECAw==" })
    );
}

fn of_server(name: &str) -> Vec<String> {
    let lines = capture(name);
    let lines = lines.as_array().unwrap().iter().filter(|line| line["direction"] == "server");
    lines.map(|line| line["message"].to_string()).collect()
}

#[test]
fn every_example_message_is_read_with_its_details() {
    let texts = of_server("examples/live-call.json");
    assert!(texts.len() > 12, "the example has moved");
    let read: Vec<ServerMessage<'_>> = texts
        .iter()
        .map(|text| ServerMessage::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}")))
        .collect();
    assert!(read[0].setup_complete);
    let contents: Vec<_> = read.iter().filter_map(|message| message.content.as_ref()).collect();
    let sounds: Vec<_> = contents.iter().flat_map(|content| &content.sounds).collect();
    assert_eq!(sounds.len(), 2);
    assert_eq!(sounds[0].frame().unwrap().unwrap().rate(), SampleRate::HZ_24000);
    assert!(contents.iter().any(|content| content.interrupted));
    assert!(contents.iter().any(|content| content.generation_complete));
    let said = contents.iter().find_map(|content| content.output.as_ref()).unwrap();
    assert_eq!((said.text.as_str(), said.finished), ("Example Dental, ", false));
    // The end of an answer and its usage are one message.
    let end = read.iter().find(|message| message.usage.is_some()).unwrap();
    assert!(end.content.as_ref().unwrap().turn_complete);
    let call = read.iter().find_map(|message| message.calls.first()).unwrap();
    assert_eq!((call.id.as_deref(), call.name.as_str()), (Some("function-call-1"), "get_appointment"));
    assert!(read.iter().any(|message| message.cancelled == ["function-call-2"]));
    assert!(read.iter().any(|message| message.handle.as_deref() == Some("handle-example-1")));
    assert!(read.iter().any(|message| message.go_away == Some(Some(9_500))));
}

#[test]
fn thoughts_are_not_audio_and_bad_handles_are_ignored() {
    let aloud = json!({ "serverContent": { "modelTurn": { "role": "model", "parts": [
        { "thought": true, "inlineData": { "mimeType": "audio/pcm", "data": "AAA=" } },
        { "thought": true, "text": "What to say?" }, { "text": "words" }, { "inlineData": null },
        { "inlineData": { "mimeType": "audio/pcm;rate=24000", "data": "AAA=" } } ] } }, "news": [1] });
    let aloud = aloud.to_string();
    assert_eq!(ServerMessage::parse(aloud.as_bytes()).unwrap().content.unwrap().sounds.len(), 1);
    let handle = |update: Value| {
        let text = json!({ "sessionResumptionUpdate": update }).to_string();
        ServerMessage::parse(text.as_bytes()).unwrap().handle
    };
    assert_eq!(handle(json!({ "newHandle": "h", "resumable": true })).as_deref(), Some("h"));
    assert_eq!(handle(json!({ "newHandle": "h", "resumable": false })), None);
    assert_eq!(handle(json!({ "newHandle": "", "resumable": true })), None);
    assert_eq!(handle(json!({ "newHandle": "h".repeat(100_000), "resumable": true })), None);
    assert_eq!(handle(json!({})), None);
}

#[test]
fn audio_of_another_kind_is_refused_with_its_name() {
    for (mime, data) in [("audio/mpeg", "AAA="), ("audio/pcm;rate=7", "AAA="), ("audio/pcm", "A")] {
        let text = json!({ "serverContent": { "modelTurn": { "parts": [
            { "inlineData": { "mimeType": mime, "data": data } }] } } })
        .to_string();
        let content = ServerMessage::parse(text.as_bytes()).unwrap().content.unwrap();
        assert!(content.sounds[0].frame().is_err(), "{mime} {data}");
    }
}

#[test]
fn an_unknown_audio_type_is_shown_without_control_characters() {
    let text = json!({ "serverContent": { "modelTurn": { "parts": [
        { "inlineData": { "mimeType": "audio/\u{1b}[1mopus\n", "data": "AAA=" } }] } } })
    .to_string();
    let content = ServerMessage::parse(text.as_bytes()).unwrap().content.unwrap();
    let error = content.sounds[0].frame().unwrap_err();
    assert_eq!(error.to_string(), r#"the audio is of the type "audio/[1mopus", which is not known here"#);
}

#[test]
fn a_function_without_arguments_has_an_empty_object() {
    let asked = |call: Value| {
        let text = json!({ "toolCall": { "functionCalls": [call] } }).to_string();
        ServerMessage::parse(text.as_bytes()).unwrap().calls.remove(0).arguments()
    };
    assert_eq!(asked(json!({ "name": "end_call" })), json!({}));
    assert_eq!(asked(json!({ "name": "n", "args": { "a": 1 } })), json!({ "a": 1 }));
}

proptest! {
    #[test]
    fn any_input_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,40}", number in any::<i64>()) {
        let _ = ServerMessage::parse(&bytes);
        for member in ["setupComplete", "serverContent", "toolCall", "toolCallCancellation", "usageMetadata", "goAway",
            "sessionResumptionUpdate"] {
            for value in [json!(text), json!(number), json!(null), json!([number]), json!({ "timeLeft": text, "ids": number }),
                json!({ "promptTokenCount": number }), json!({ "modelTurn": { "parts": [text] } })] {
                let _ = ServerMessage::parse(json!({ member: value }).to_string().as_bytes());
            }
        }
    }
}
