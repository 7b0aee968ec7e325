//! Every event that we send, in its public form.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::profile::{Eagerness, NoiseReduction, TurnDetection};
use cordboard_schema::wire::openai::{
    AudioFormat, ClientEvent, ClientMessage, Dialect, NewItem, ResponseParams, Role, SessionUpdate,
    ToolChoice, ToolSpec, TurnDetectionUpdate, append_len, write_append,
};
use serde_json::{Value, json};

use crate::{capture, examples};

/// Panics if the strict schema does not allow a message, and shows the errors for its type.
struct Judge {
    whole: Value,
}

impl Judge {
    fn new() -> Self {
        Self { whole: serde_json::from_str(&capture("realtime-client-event.strict.schema.json")).unwrap() }
    }

    #[track_caller]
    fn admits(&self, message: &Value) {
        let kind = &message["type"];
        let branches = self.whole["$defs"].as_object().unwrap();
        let branch = branches.iter().find(|(_, branch)| branch["properties"]["type"]["const"] == *kind);
        let (name, _) = branch.unwrap_or_else(|| panic!("no client event has the type {kind}"));
        let schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": self.whole["$defs"] });
        let errors: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(message)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{message:#}\n{}", errors.join("\n"));
    }
}

fn sent(event: ClientEvent) -> Value {
    let text = ClientMessage { event_id: "cb_1".to_owned(), event }.to_text();
    serde_json::from_str(&text).unwrap()
}

fn whole_session(dialect: Dialect) -> SessionUpdate {
    SessionUpdate {
        instructions: Some("You answer the phone for Example Dental. Be brief.".to_owned()),
        input_format: Some(AudioFormat::Pcmu),
        output_format: Some(AudioFormat::Pcm { rate: SampleRate::HZ_24000 }),
        noise_reduction: Some(NoiseReduction::NearField),
        transcription: Some(("gpt-4o-transcribe".to_owned(), Some("en".to_owned()))),
        turn_detection: Some(TurnDetectionUpdate { how: TurnDetection::default(), answers: true }),
        voice: Some("marin".to_owned()),
        speed_percent: Some(110),
        tools: Some(Arc::new([ToolSpec::new(
            "end_call",
            "Ends the call.",
            Arc::new(json!({ "type": "object" })),
        )])),
        max_output_tokens: Some(1024),
        ..SessionUpdate::empty(dialect)
    }
}

#[test]
fn every_event_has_the_public_form() {
    let judge = Judge::new();
    let session = |update: SessionUpdate| ClientEvent::SessionUpdate { session: Box::new(update) };
    let semantic = TurnDetection::SemanticVad { eagerness: Eagerness::High };
    let id = || "item_a1".to_owned();
    let item = |item| ClientEvent::ItemCreate { item };
    let events = [
        session(whole_session(Dialect::Ga)),
        session(SessionUpdate::empty(Dialect::Ga)),
        session(SessionUpdate {
            voice: Some("voice_1234".to_owned()),
            input_format: Some(AudioFormat::Pcma),
            noise_reduction: Some(NoiseReduction::FarField),
            turn_detection: Some(TurnDetectionUpdate { how: semantic, answers: false }),
            ..SessionUpdate::empty(Dialect::Ga)
        }),
        item(NewItem::message(Role::System, "Go on without a greeting.", Dialect::Ga)),
        item(NewItem::message(Role::User, "When is my appointment?", Dialect::Ga)),
        item(NewItem::message(Role::Assistant, "On Thursday.", Dialect::Ga)),
        item(NewItem::FunctionCall {
            call_id: id(),
            name: "end_call".to_owned(),
            arguments: "{}".to_owned(),
        }),
        item(NewItem::FunctionCallOutput { call_id: id(), output: "{}".to_owned() }),
        ClientEvent::ItemDelete { item_id: id() },
        ClientEvent::ItemTruncate { item_id: id(), content_index: 0, audio_end_ms: 40 },
        ClientEvent::ResponseCreate { response: None },
        ClientEvent::ResponseCreate {
            response: Some(ResponseParams {
                instructions: Some("Say goodbye.".to_owned()),
                metadata: BTreeMap::from([("line".to_owned(), "goodbye".to_owned())]),
                tool_choice: Some(ToolChoice::None),
            }),
        },
        ClientEvent::ResponseCancel { response_id: Some("resp_1".to_owned()) },
        ClientEvent::ResponseCancel { response_id: None },
    ];
    for event in events {
        judge.admits(&sent(event));
    }
    let mut append = String::new();
    write_append(&mut append, &[0xff; 160]);
    judge.admits(&serde_json::from_str(&append).unwrap());
}

#[test]
fn the_judge_finds_a_misspelled_field() {
    let judge = Judge::new();
    let misspelled = json!({ "type": "response.create", "response": { "instruction": "x" } });
    assert!(std::panic::catch_unwind(|| judge.admits(&misspelled)).is_err());
}

#[test]
fn the_session_of_the_examples_is_written_identically() {
    let update = SessionUpdate {
        instructions: Some("You answer the phone for Example Dental. Be brief.".to_owned()),
        output_format: Some(AudioFormat::Pcmu),
        noise_reduction: None,
        speed_percent: Some(100),
        tools: Some(Arc::default()),
        ..whole_session(Dialect::Ga)
    };
    let ours = sent(ClientEvent::SessionUpdate { session: Box::new(update) });
    let (_, messages) = examples().into_iter().find(|(name, _)| name.contains("greeting-and-turn")).unwrap();
    let (_, theirs) = messages.into_iter().find(|(_, message)| message["type"] == "session.update").unwrap();
    let (ours, theirs) = (&ours["session"], &theirs["session"]);
    for part in ["/type", "/instructions", "/output_modalities", "/tool_choice"] {
        assert_eq!(ours.pointer(part), theirs.pointer(part), "{part}");
    }
    for part in
        ["/audio/input/format", "/audio/input/transcription", "/audio/input/turn_detection", "/audio/output"]
    {
        assert_eq!(ours.pointer(part), theirs.pointer(part), "{part}");
    }
}

#[test]
fn an_older_server_gets_a_flat_session() {
    let session = sent(ClientEvent::SessionUpdate { session: Box::new(whole_session(Dialect::Beta)) });
    assert_eq!(
        session["session"],
        json!({
            "modalities": ["audio", "text"],
            "instructions": "You answer the phone for Example Dental. Be brief.",
            "voice": "marin",
            "input_audio_format": "g711_ulaw",
            "output_audio_format": "pcm16",
            "input_audio_transcription": { "model": "gpt-4o-transcribe", "language": "en" },
            "turn_detection": {
                "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                "create_response": true, "interrupt_response": true,
            },
            "tools": [{ "type": "function", "name": "end_call", "description": "Ends the call.",
                        "parameters": { "type": "object" } }],
            "tool_choice": "auto",
            "max_response_output_tokens": 1024,
        })
    );
    let said =
        sent(ClientEvent::ItemCreate { item: NewItem::message(Role::Assistant, "Hi.", Dialect::Beta) });
    assert_eq!(said["item"]["content"], json!([{ "type": "text", "text": "Hi." }]));
}

#[test]
fn appended_audio_is_read_back_unchanged() {
    for length in [0, 1, 2, 3, 160, 161, 960] {
        let audio: Vec<u8> = (0..length).map(|at| (at * 7 % 256) as u8).collect();
        let mut text = String::new();
        write_append(&mut text, &audio);
        assert_eq!(text.len(), append_len(audio.len()));
        let message: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(message["type"], "input_audio_buffer.append");
        assert_eq!(STANDARD.decode(message["audio"].as_str().unwrap()).unwrap(), audio);
        let before = text.len();
        write_append(&mut text, &audio);
        assert_eq!(text.len(), 2 * before, "it is appended to the existing text");
    }
}
