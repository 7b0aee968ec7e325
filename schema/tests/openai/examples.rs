//! Parsing of the example conversations, and of both dialects.

use cordboard_schema::audio::{Frame, Law, SampleRate};
use cordboard_schema::limits::{PROVIDER_ID_BYTES_MAX, PROVIDER_ITEMS_MAX};
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::openai::{
    AudioFormat, BadAudio, BadEvent, Dialect, ErrorReport, OutputItem, OutputItemKind, RateLimit,
    ResponseReport, ResponseStatus, ServerEvent, decode_audio,
};
use serde_json::{Value, json};

use crate::{examples, server_messages};

fn parse(text: &str) -> ServerEvent<'_> {
    ServerEvent::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Returns the kinds of events in an example that matter to a call.
fn story(name: &str) -> Vec<String> {
    let (_, messages) = examples().into_iter().find(|(file, _)| file.contains(name)).expect("an example");
    let server = messages.into_iter().filter(|(direction, _)| direction == "server");
    let told = server.filter_map(|(_, message)| {
        let text = message.to_string();
        match parse(&text) {
            ServerEvent::Other { .. } => None,
            event => {
                let shown = format!("{event:?}");
                Some(shown.split(['(', ' ', '{']).next().unwrap_or_default().to_owned())
            }
        }
    });
    told.collect()
}

#[test]
fn every_message_of_the_examples_is_read() {
    for message in server_messages() {
        parse(&message.to_string());
    }
}

#[test]
fn an_answers_events_are_in_order() {
    let story = story("barge-in-truncate");
    let expected = [
        "SessionCreated",
        "SessionUpdated",
        "ResponseCreated",
        "OutputItemAdded",
        "ItemAdded",
        "TranscriptDelta",
        "AudioDelta",
    ];
    assert_eq!(story[..expected.len()], expected);
    let cut: Vec<&str> =
        story.iter().map(String::as_str).skip_while(|kind| *kind != "SpeechStarted").collect();
    let expected = ["SpeechStarted", "TranscriptDone", "OutputItemDone", "ResponseDone", "RateLimits"];
    assert_eq!(cut[..expected.len()], expected);
}

#[test]
fn a_session_has_its_formats_and_its_end() {
    let text = server_messages().into_iter().find(|message| message["type"] == "session.updated").unwrap();
    let text = text.to_string();
    let ServerEvent::SessionUpdated(session) = parse(&text) else { panic!("another event") };
    assert_eq!(session.dialect, Dialect::Ga);
    assert_eq!(session.input_format, Some(AudioFormat::Pcmu));
    assert_eq!(session.output_format, Some(AudioFormat::Pcmu));
    assert_eq!(session.finds_turns, Some(true));
    assert_eq!(session.expires_at, Some(1_795_158_000));

    let flat = json!({ "type": "session.created", "session": { "modalities": ["audio"], "turn_detection": null,
        "input_audio_format": "pcm16", "output_audio_format": "g711_alaw" } });
    let text = flat.to_string();
    let ServerEvent::SessionCreated(session) = parse(&text) else { panic!("another event") };
    assert_eq!(session.dialect, Dialect::Beta);
    assert_eq!(session.input_format, Some(AudioFormat::Pcm { rate: SampleRate::HZ_24000 }));
    assert_eq!(session.output_format, Some(AudioFormat::Pcma));
    assert_eq!((session.finds_turns, session.expires_at), (Some(false), None));

    let other = json!({ "type": "session.updated", "session": { "type": "realtime", "audio": {
        "input": { "format": { "type": "audio/pcm", "rate": 16000 } },
        "output": { "format": { "type": "audio/opus" } } } } });
    let text = other.to_string();
    let ServerEvent::SessionUpdated(session) = parse(&text) else { panic!("another event") };
    assert_eq!(session.input_format, Some(AudioFormat::Pcm { rate: SampleRate::HZ_16000 }));
    assert_eq!(session.output_format, None, "an unknown format is none");
}

#[test]
fn both_spellings_of_an_audio_event_are_one() {
    for kind in ["response.output_audio.delta", "response.audio.delta"] {
        let text = json!({ "type": kind, "response_id": "r", "item_id": "i", "delta": "/38=", "event_id": "e",
            "output_index": 0, "content_index": 0, "new": { "nested": [1, null] } });
        let text = text.to_string();
        let ServerEvent::AudioDelta { response_id, item_id, audio } = parse(&text) else { panic!("{kind}") };
        assert_eq!((&*response_id, &*item_id, &*audio), ("r", "i", "/38="));
        assert!(matches!(audio, std::borrow::Cow::Borrowed(_)), "audio is not copied");
    }
}

#[test]
fn audio_is_octets_or_samples() {
    let octets = decode_audio("/38=", AudioFormat::Pcmu).unwrap();
    assert_eq!(octets, Some(Frame::G711 { law: Law::Mu, bytes: [0xff, 0x7f].into() }));
    let rate = SampleRate::HZ_24000;
    let samples = decode_audio("/38=", AudioFormat::Pcm { rate }).unwrap();
    assert_eq!(samples, Some(Frame::pcm(rate, [0x7fff])));
    assert_eq!(decode_audio("", AudioFormat::Pcma), Ok(None));
    assert_eq!(decode_audio("/w==", AudioFormat::Pcm { rate }), Ok(None));
    let odd = decode_audio("/38B", AudioFormat::Pcm { rate }).unwrap();
    assert_eq!(odd, Some(Frame::pcm(rate, [0x7fff])), "an odd last byte is ignored");
    assert!(matches!(decode_audio("no!", AudioFormat::Pcmu), Err(BadAudio::NotBase64(_))));
}

#[test]
fn a_function_call_is_found_in_its_answer() {
    let reports: Vec<ResponseReport> = server_messages()
        .iter()
        .filter_map(|message| match parse(&message.to_string()) {
            ServerEvent::ResponseDone(report) => Some(report),
            _ => None,
        })
        .collect();
    let call = reports.iter().flat_map(|report| &report.items).find_map(|item| match &item.kind {
        OutputItemKind::FunctionCall { call_id, name, arguments } if name == "get_appointment" => {
            Some((call_id.as_str(), arguments.as_str()))
        }
        _ => None,
    });
    assert_eq!(call, Some(("call_h7Qexamp1e", r#"{"phone":"+15550100002"}"#)));
    let said = reports
        .iter()
        .flat_map(|report| &report.items)
        .any(|item| item.kind == OutputItemKind::Message { text: "We are at 12 Main Street.".to_owned() });
    assert!(said, "the words of a message are in its answer");
    let usage = reports[0].usage.unwrap();
    let expected = TokenUsage {
        text_input: 120,
        audio_input: 22,
        text_output: 24,
        audio_output: 62,
        ..TokenUsage::default()
    };
    assert_eq!(usage, expected);
    let failed = reports.iter().find(|report| report.status == ResponseStatus::Failed).unwrap();
    assert_eq!(failed.error.as_ref().unwrap().code, "rate_limit_exceeded");
    let cancelled = reports.iter().find(|report| report.status == ResponseStatus::Cancelled).unwrap();
    assert_eq!(cancelled.reason.as_deref(), Some("turn_detected"));
}

#[test]
fn usage_is_counted_without_the_cached_part() {
    let text = json!({ "type": "conversation.item.input_audio_transcription.completed", "item_id": "i",
        "transcript": " Hello. ", "usage": { "type": "duration", "seconds": 2.25 } })
    .to_string();
    let ServerEvent::Transcribed { text, usage, .. } = parse(&text) else { panic!("another event") };
    assert_eq!(text, "Hello.");
    assert_eq!(usage, Some(TokenUsage { audio_ms: 2_250, ..TokenUsage::default() }));

    let text = json!({ "type": "response.done", "response": { "id": "r", "status": "completed", "usage": {
        "input_token_details": { "text_tokens": 100, "audio_tokens": 50, "cached_tokens": 70,
            "cached_tokens_details": { "text_tokens": 60, "audio_tokens": 10 } },
        "output_token_details": { "text_tokens": 5, "audio_tokens": 7 } } } })
    .to_string();
    let ServerEvent::ResponseDone(report) = parse(&text) else { panic!("another event") };
    let expected = TokenUsage {
        text_input: 40,
        text_input_cached: 60,
        audio_input: 40,
        audio_input_cached: 10,
        text_output: 5,
        audio_output: 7,
        audio_ms: 0,
    };
    assert_eq!(report.usage, Some(expected));
}

/// Compatible servers count in different ways: no token is charged twice, and none is lost.
#[test]
fn usage_that_does_not_add_up_is_charged_once() {
    let usage = |usage: Value| {
        let text = json!({ "type": "response.done", "response": { "id": "r", "status": "completed",
            "usage": usage } })
        .to_string();
        let ServerEvent::ResponseDone(report) = parse(&text) else { panic!("another event") };
        report.usage.unwrap()
    };
    let of_unnamed_kind = usage(json!({ "input_tokens": 100, "output_tokens": 9,
        "input_token_details": { "cached_tokens": 30 }, "output_token_details": {} }));
    let expected =
        TokenUsage { text_input: 70, text_input_cached: 30, text_output: 9, ..TokenUsage::default() };
    assert_eq!(of_unnamed_kind, expected);
    let cache_of_any_kind = usage(json!({ "input_tokens": 150, "output_tokens": 0, "input_token_details": {
        "text_tokens": 50, "audio_tokens": 100, "cached_tokens": 120 } }));
    let expected = TokenUsage {
        text_input_cached: 50,
        audio_input_cached: 70,
        audio_input: 30,
        ..TokenUsage::default()
    };
    assert_eq!(cache_of_any_kind, expected);
    let more_from_the_cache_than_there_was = usage(json!({ "input_tokens": 10, "input_token_details": {
        "text_tokens": 10, "audio_tokens": 0, "cached_tokens": 99,
        "cached_tokens_details": { "text_tokens": 90, "audio_tokens": 9 } } }));
    let expected = TokenUsage { text_input_cached: 10, ..TokenUsage::default() };
    assert_eq!(more_from_the_cache_than_there_was, expected);
    let no_count_at_all =
        usage(json!({ "input_tokens": -1, "output_tokens": "9", "input_token_details": [] }));
    assert_eq!(no_count_at_all, TokenUsage::default());
}

#[test]
fn invalid_and_unknown_events_are_distinguished() {
    assert!(matches!(ServerEvent::parse("{"), Err(BadEvent::NotAnEvent(_))));
    assert!(matches!(ServerEvent::parse("[]"), Err(BadEvent::NotAnEvent(_))));
    assert!(matches!(ServerEvent::parse(r#"{"type":7}"#), Err(BadEvent::NotAnEvent(_))));
    let bad = ServerEvent::parse(r#"{"type":"response.output_audio.delta","delta":7}"#);
    assert!(matches!(bad, Err(BadEvent::Malformed { .. })));
    let bad = ServerEvent::parse(r#"{"type":"response.done"}"#);
    assert!(matches!(bad, Err(BadEvent::Malformed { .. })));
    let new = parse(r#"{"type":"response.smell.delta","delta":{"a":1},"item_id":[2]}"#);
    assert_eq!(new, ServerEvent::Other { kind: "response.smell.delta".into() });
    let error = parse(r#"{"type":"error","error":{"code":1013,"message":null}}"#);
    assert!(matches!(error, ServerEvent::Error(report) if report.code == "1013"));
}

#[test]
fn words_with_json_escapes_are_read() {
    let text =
        r#"{"type":"response.output_audio_transcript.delta","item_id":"i","delta":"Gr\u00fc\u00df\n"}"#;
    let ServerEvent::TranscriptDelta { item_id, text } = parse(text) else { panic!("another event") };
    assert_eq!((&*item_id, &*text), ("i", "Grü\u{df}\n"));
}

#[test]
fn events_missing_in_the_examples_are_read() {
    let report = |kind: &str, code: &str, message: &str| ErrorReport {
        kind: kind.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        event_id: None,
    };
    let item = OutputItem {
        id: "i".to_owned(),
        is_whole: false,
        kind: OutputItemKind::Message { text: "Hi.".to_owned() },
    };
    let item_of = || json!({ "id": "i", "type": "message", "content": [{ "transcript": "Hi." }] });
    let (item_id, response_id) = ("i".to_owned(), "r".to_owned());
    let rows = [
        (
            json!({ "type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 7 }),
            ServerEvent::SpeechStarted { item_id: item_id.clone(), audio_start_ms: Some(7) },
        ),
        (
            json!({ "type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 9 }),
            ServerEvent::SpeechStopped { item_id: item_id.clone(), audio_end_ms: Some(9) },
        ),
        (
            json!({ "type": "conversation.item.created", "item": { "id": "i" } }),
            ServerEvent::ItemAdded { item_id: item_id.clone() },
        ),
        (
            json!({ "type": "conversation.item.input_audio_transcription.failed", "item_id": "i",
                "error": { "type": "t", "code": "c", "message": "m" } }),
            ServerEvent::NotTranscribed { item_id: item_id.clone(), error: report("t", "c", "m") },
        ),
        (
            json!({ "type": "response.output_item.added", "response_id": "r", "item": item_of() }),
            ServerEvent::OutputItemAdded { response_id: response_id.clone(), item: item.clone() },
        ),
        (
            json!({ "type": "response.output_item.done", "response_id": "r", "item": item_of() }),
            ServerEvent::OutputItemDone { response_id, item },
        ),
        (
            json!({ "type": "response.audio_transcript.done", "item_id": "i", "transcript": "Hi." }),
            ServerEvent::TranscriptDone { item_id, text: "Hi.".to_owned() },
        ),
        (
            json!({ "type": "rate_limits.updated", "rate_limits": [{ "name": "tokens", "limit": 9.0,
                "remaining": 4.0, "reset_seconds": 0.5 }] }),
            ServerEvent::RateLimits(vec![RateLimit {
                name: "tokens".to_owned(),
                limit: 9.0,
                remaining: 4.0,
                reset_seconds: 0.5,
            }]),
        ),
        (
            json!({ "type": "model_load_error" }),
            ServerEvent::Error(report(
                "model_load_error",
                "model_load_error",
                "the server could not load the model",
            )),
        ),
        (json!({ "type": "error", "error": { "code": "c" } }), ServerEvent::Error(report("", "c", ""))),
    ];
    for (message, event) in rows {
        assert_eq!(parse(&message.to_string()), event);
    }
}

#[test]
fn an_answers_status_is_read_from_its_word() {
    for (word, status) in [
        ("in_progress", ResponseStatus::InProgress),
        ("completed", ResponseStatus::Completed),
        ("cancelled", ResponseStatus::Cancelled),
        ("incomplete", ResponseStatus::Incomplete),
        ("failed", ResponseStatus::Failed),
    ] {
        let text = json!({ "type": "response.done", "response": { "id": "r", "status": word } }).to_string();
        let ServerEvent::ResponseDone(report) = parse(&text) else { panic!("another event") };
        assert_eq!(report.status, status);
    }
}

#[test]
fn a_missing_or_unknown_status_is_inferred_from_the_answer() {
    let status = |response: Value, was_heard: bool| {
        let text = json!({ "type": "response.done", "response": response }).to_string();
        let ServerEvent::ResponseDone(report) = parse(&text) else { panic!("another event") };
        report.status_at_end(was_heard)
    };
    let item = json!([{ "type": "message" }]);
    assert_eq!(status(json!({ "status": "finished", "output": item }), false), ResponseStatus::Completed);
    assert_eq!(status(json!({}), true), ResponseStatus::Completed);
    assert_eq!(status(json!({ "status": 7 }), false), ResponseStatus::Failed);
    let error = json!({ "status": "error", "output": item, "status_details": { "error": "no" } });
    assert_eq!(status(error, true), ResponseStatus::Failed);
    let cut = json!({ "status_details": { "reason": "turn_detected" } });
    assert_eq!(status(cut, true), ResponseStatus::Cancelled);
    let known = json!({ "status": "cancelled", "output": item });
    assert_eq!(status(known, true), ResponseStatus::Cancelled);
}

#[test]
fn unexpected_values_do_not_make_an_answer_malformed() {
    let text = json!({ "type": "response.done", "response": { "id": "r", "status": "completed",
        "status_details": "fine", "metadata": ["a"], "output": [ 7, { "type": "function_call", "call_id": "c",
            "name": "book", "arguments": { "day": 1 }, "status": "completed", "content": {} } ] } });
    let ServerEvent::ResponseDone(report) = parse(&text.to_string()) else { panic!("another event") };
    let call = OutputItemKind::FunctionCall {
        call_id: "c".to_owned(),
        name: "book".to_owned(),
        arguments: r#"{"day":1}"#.to_owned(),
    };
    assert_eq!(report.items, [OutputItem { id: String::new(), is_whole: true, kind: call }]);
    let error = parse(r#"{"type":"error","error":"slow down"}"#);
    assert!(matches!(error, ServerEvent::Error(report) if report.message == "slow down"));
}

#[test]
fn a_session_shows_its_dialect_by_type_or_audio() {
    let session = |session: Value| {
        let text = json!({ "type": "session.created", "session": session }).to_string();
        let ServerEvent::SessionCreated(report) = parse(&text) else { panic!("another event") };
        report
    };
    assert_eq!(session(json!({ "type": "realtime" })).dialect, Dialect::Ga);
    assert_eq!(session(json!({ "audio": {} })).dialect, Dialect::Ga);
    let flat =
        session(json!({ "input_audio_format": "g711_ulaw", "output_audio_format": "mp3", "expires_at": 0 }));
    assert_eq!((flat.dialect, flat.expires_at), (Dialect::Beta, None), "0 is not a time");
    assert_eq!((flat.input_format, flat.output_format), (Some(AudioFormat::Pcmu), None));
}

#[test]
fn events_with_overlong_ids_or_names_are_refused() {
    let long = "x".repeat(PROVIDER_ID_BYTES_MAX + 1);
    let call = |call_id: &str, name: &str| json!({ "id": "i", "type": "function_call", "call_id": call_id, "name": name, "arguments": "{}" });
    for event in [
        json!({ "type": "response.output_audio.delta", "response_id": "r", "item_id": long, "delta": "AAAA" }),
        json!({ "type": "response.output_audio.delta", "response_id": long, "item_id": "i", "delta": "AAAA" }),
        json!({ "type": "response.output_audio_transcript.delta", "item_id": long, "delta": "Hi" }),
        json!({ "type": "response.created", "response": { "id": long } }),
        json!({ "type": "response.done", "response": { "id": "r", "output": [{ "id": long, "type": "message" }] } }),
        json!({ "type": "response.done", "response": { "id": "r", "output": [call(&long, "book")] } }),
        json!({ "type": "response.done", "response": { "id": "r", "output": [call("c", &long)] } }),
        json!({ "type": "response.output_item.done", "response_id": "r", "item": call(&long, "book") }),
        json!({ "type": "input_audio_buffer.speech_started", "item_id": long }),
        json!({ "type": "conversation.item.input_audio_transcription.completed", "item_id": long }),
    ] {
        let text = event.to_string();
        let refused = ServerEvent::parse(&text).unwrap_err();
        assert!(matches!(refused, BadEvent::LongId { bytes } if bytes == long.len()), "{text}: {refused}");
    }
    let longest = "x".repeat(PROVIDER_ID_BYTES_MAX);
    parse(&json!({ "type": "input_audio_buffer.speech_started", "item_id": longest }).to_string());
}

#[test]
fn an_answer_of_very_many_items_is_read_in_part() {
    let items = vec![json!({ "id": "i", "type": "message" }); 100_000];
    let text = json!({ "type": "response.done", "response": { "id": "r", "output": items } }).to_string();
    let ServerEvent::ResponseDone(report) = parse(&text) else { panic!("another event") };
    assert_eq!(report.items.len(), PROVIDER_ITEMS_MAX);
}
