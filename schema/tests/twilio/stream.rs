//! The messages of a stream, in both directions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::audio::{Frame, Law};
use cordboard_schema::digit::Digit;
use cordboard_schema::limits::TWILIO_MESSAGE_BYTES_MAX;
use cordboard_schema::wire::twilio::StreamSid;
use cordboard_schema::wire::twilio_media::{
    BadMessage, Mark, StreamMessage, write_clear, write_mark, write_media,
};
use serde_json::{Value, json};

use crate::{capture, streams};

fn stream() -> StreamSid {
    "MZ33333333333333333333333333333333".parse().unwrap()
}

#[track_caller]
fn parsed(message: &Value) -> String {
    format!("{:?}", StreamMessage::parse(&message.to_string()))
}

#[test]
fn the_streams_of_the_examples_are_read() {
    let strict = capture("media-streams-server.strict.schema.json");
    let judge = jsonschema::validator_for(&strict).unwrap();
    for (file, messages) in streams() {
        let mut seen = Vec::new();
        for message in messages {
            assert!(judge.is_valid(&message), "{file}: {message}");
            let text = message.to_string();
            match StreamMessage::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}")) {
                StreamMessage::Connected { protocol } => seen.push(format!("connected {protocol}")),
                StreamMessage::Start(start) => {
                    assert_eq!(start.stream, stream());
                    assert_eq!(start.call.as_str(), "CA22222222222222222222222222222222");
                    assert_eq!(start.format.check(), Ok(()));
                    seen.push(format!("start {:?}", start.parameters));
                }
                StreamMessage::Media(media) => {
                    let Ok(Some(Frame::G711 { law: Law::Mu, bytes })) = media.frame() else {
                        panic!("{text}")
                    };
                    seen.push(format!("media {} {} {}", media.inbound, media.timestamp_ms, bytes.len()));
                }
                StreamMessage::Dtmf { digit } => seen.push(format!("dtmf {digit}")),
                StreamMessage::Mark { name } => seen.push(format!("mark {name}")),
                StreamMessage::Stop => seen.push("stop".to_owned()),
                StreamMessage::Other { event } => panic!("{file}: {event} is unknown"),
            }
        }
        let expected = match file {
            "media-stream-bidirectional" => vec![
                "connected Call",
                r#"start {"callRef": "cb-7f31", "token": "one-time-token"}"#,
                "media true 5 160",
                "media true 25 160",
                "mark greet-1",
                "media true 45 160",
                "media true 65 160",
                "media true 85 160",
                "mark ans-1",
                "media true 105 160",
                "dtmf 1",
                "dtmf #",
                "media true 125 160",
                "stop",
            ],
            "media-stream-caller-hangs-up-early" => {
                vec!["connected Call", "start {}", "media true 5 160", "stop"]
            }
            _ => vec![
                "connected Call",
                "start {}",
                "media true 5 160",
                "media false 5 160",
                "media true 25 160",
                "media false 25 160",
                "stop",
            ],
        };
        assert_eq!(seen, expected, "{file}");
    }
}

#[test]
fn unknown_events_are_ignored_and_malformed_ones_are_reported() {
    let other = json!({ "event": "speed", "media": 7 });
    assert!(parsed(&other).contains(r#"Other { event: "speed" }"#));
    let media = |timestamp: Value, payload: Value| json!({ "event": "media", "media": { "timestamp": timestamp, "payload": payload } });
    for wrong in [
        media(json!("-1"), json!("/w==")),
        media(json!("+1"), json!("/w==")),
        media(json!("18446744073709551616"), json!("/w==")),
        media(json!(""), json!("/w==")),
        media(json!(5), json!("/w==")),
        media(json!("5"), Value::Null),
        json!({ "event": "media" }),
        json!({ "event": "start", "streamSid": "MZ1", "start": {} }),
        json!({ "event": "dtmf", "dtmf": { "track": "inbound_track", "digit": "12" } }),
        json!({ "event": "dtmf", "dtmf": { "track": "inbound_track", "digit": "x" } }),
        json!({ "event": "mark" }),
    ] {
        assert!(parsed(&wrong).contains("Malformed"), "{wrong}: {}", parsed(&wrong));
    }
    for wrong in [json!([]), json!({}), json!({ "event": 7 }), json!("media")] {
        assert!(parsed(&wrong).contains("NotAnEvent"), "{wrong}");
    }
    let long = media(json!("5"), json!("A".repeat(TWILIO_MESSAGE_BYTES_MAX)));
    assert!(parsed(&long).contains("TooLong"));
    let mut longest = json!({ "event": "stop" }).to_string();
    longest.push_str(&" ".repeat(TWILIO_MESSAGE_BYTES_MAX - longest.len()));
    assert_eq!(StreamMessage::parse(&longest).unwrap(), StreamMessage::Stop);
}

#[test]
fn audio_of_any_length_except_zero_becomes_a_frame() {
    for octets in [0, 1, 159, 160, 161, 4_000] {
        let payload = STANDARD.encode(vec![0x7f; octets]);
        let message =
            json!({ "event": "media", "media": { "timestamp": "5", "payload": payload } }).to_string();
        let StreamMessage::Media(media) = StreamMessage::parse(&message).unwrap() else {
            panic!("{message}")
        };
        assert_eq!(media.frame().unwrap().map(|frame| frame.sample_count()), (octets > 0).then_some(octets));
        assert!(media.inbound, "a missing track is the caller's");
    }
    let message = json!({ "event": "media", "media": { "timestamp": "5", "payload": "!" } }).to_string();
    let StreamMessage::Media(media) = StreamMessage::parse(&message).unwrap() else { panic!("{message}") };
    assert!(matches!(media.frame(), Err(BadMessage::NotBase64(_))));
}

#[test]
fn audio_is_read_with_any_chunk_number() {
    let chunks = [(json!("7"), Some(7)), (json!(7), None), (json!("x"), None), (json!(null), None)];
    for (chunk, number) in chunks {
        let media = json!({ "chunk": chunk, "timestamp": "5", "payload": "/w==" });
        let message = json!({ "event": "media", "media": media }).to_string();
        let StreamMessage::Media(media) = StreamMessage::parse(&message).unwrap() else {
            panic!("{message}")
        };
        assert_eq!(media.chunk, number, "{message}");
    }
}

#[test]
fn an_unsupported_format_is_named() {
    let start = |encoding: &str, rate: u32| {
        let mut message = streams()[0].1[1].clone();
        message["start"]["mediaFormat"]["encoding"] = encoding.into();
        message["start"]["mediaFormat"]["sampleRate"] = rate.into();
        let text = message.to_string();
        let StreamMessage::Start(start) = StreamMessage::parse(&text).unwrap() else { panic!("{text}") };
        start.format.check().map_err(|error| error.to_string())
    };
    assert_eq!(start("audio/x-mulaw", 8_000), Ok(()));
    assert_eq!(
        start("audio/l16\n", 16_000),
        Err("the stream is audio/l16 at 16000 Hz with 1 channels, but only audio/x-mulaw at 8000 Hz with one channel is supported".to_owned())
    );
    assert!(start("audio/x-mulaw", 16_000).is_err());
}

#[test]
fn every_message_sent_has_the_public_form() {
    let strict = capture("media-streams-client.strict.schema.json");
    let judge = jsonschema::validator_for(&strict).unwrap();
    let mut texts = Vec::new();
    for octets in [1, 160, 161, 1_600] {
        let mut text = String::new();
        write_media(&mut text, &stream(), &vec![0xd5; octets]);
        let message: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            STANDARD.decode(message["media"]["payload"].as_str().unwrap()).unwrap(),
            vec![0xd5; octets]
        );
        texts.push(text);
    }
    let mut mark = String::new();
    write_mark(&mut mark, &stream(), Mark { generation: 2, place: 1_600 });
    assert!(mark.contains(r#""name":"cb-2-1600""#));
    let mut clear = String::new();
    write_clear(&mut clear, &stream());
    texts.extend([mark, clear]);
    for text in texts {
        let message: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = judge.iter_errors(&message).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{text}: {errors:?}");
    }
    assert!(!judge.is_valid(&json!({ "event": "clear", "streamSid": stream().as_str(), "x": 1 })));
}

#[test]
fn keys_are_the_sixteen() {
    for digit in Digit::ALL {
        let message =
            json!({ "event": "dtmf", "dtmf": { "track": "inbound_track", "digit": digit.to_string() } });
        assert_eq!(StreamMessage::parse(&message.to_string()).unwrap(), StreamMessage::Dtmf { digit });
    }
}
