//! The captured audio WebSockets: every message from FreeSWITCH is metadata or audio.

use std::fs;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::freeswitch_audio::{Metadata, rate_of_first_message, read_pcm};

use crate::{bytes, folder};

/// A client's WebSocket message.
#[derive(Debug, PartialEq)]
enum Message {
    Text(String),
    Binary(Vec<u8>),
    Control(u8),
}

/// Returns the messages of all connections in one direction of a capture, each after its HTTP head. FreeSWITCH masks them and
/// never splits one.
fn messages(mut rest: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !rest.is_empty() {
        if rest.starts_with(b"GET ") {
            let end = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            rest = &rest[end..];
            continue;
        }
        let (opcode, short) = (rest[0] & 0x0f, rest[1] & 0x7f);
        assert_eq!((rest[0] & 0xf0, rest[1] & 0x80), (0x80, 0x80), "whole, uncompressed and masked");
        let (len, head) = match short {
            126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
            len => (usize::from(len), 2),
        };
        let mask = &rest[head..head + 4];
        let masked = &rest[head + 4..head + 4 + len];
        let payload: Vec<u8> =
            masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        messages.push(match opcode {
            1 => Message::Text(String::from_utf8(payload).unwrap()),
            2 => Message::Binary(payload),
            control => Message::Control(control),
        });
        rest = &rest[head + 4 + len..];
    }
    messages
}

fn captured(name: &str) -> Vec<Message> {
    messages(&bytes(&format!("{name}.fs2app.bin")))
}

#[test]
fn every_message_is_read() {
    let (mut pieces, mut texts, mut streams) = (0, 0, 0);
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".fs2app.bin").filter(|name| name.ends_with(".ws")) else {
            continue;
        };
        streams += 1;
        for message in captured(name) {
            match message {
                Message::Binary(bytes) => {
                    let frame = read_pcm(&bytes, SampleRate::HZ_16000).unwrap();
                    assert_eq!(frame.sample_count() * 2, bytes.len(), "{name}");
                    pieces += 1;
                }
                Message::Text(text) => {
                    Metadata::parse(&text).unwrap();
                    texts += 1;
                }
                Message::Control(kind) => assert!([8, 9, 10].contains(&kind), "{name}: {kind}"),
            }
        }
    }
    assert_eq!((streams, texts), (28, 15));
    assert!(pieces > 2_000, "{pieces}");
}

#[test]
fn a_stream_begins_with_its_metadata_and_then_sounds() {
    let messages = captured("ai_call_flow.ws");
    let Message::Text(text) = &messages[0] else { panic!("{:?} first", messages[0]) };
    let metadata = Metadata::parse(text).unwrap();
    assert_eq!(metadata.field("call_id"), Some("0534c708-50b7-46f5-ab38-551b421a9679"));
    let Message::Binary(first) = &messages[1] else { panic!("{:?} second", messages[1]) };
    assert_eq!(rate_of_first_message(first), Some(SampleRate::HZ_16000));
    assert_eq!(messages.last(), Some(&Message::Control(8)));
}

/// The caller's speech is a wave when the bytes are in the right order: a step is smaller than the loudest sample.
#[test]
fn speech_is_decoded_as_a_wave() {
    let mut samples = Vec::new();
    for message in captured("ws_two_channels_speech.ws") {
        let Message::Binary(bytes) = message else { continue };
        let Frame::Pcm { samples: piece, .. } = read_pcm(&bytes, SampleRate::HZ_8000).unwrap() else {
            panic!()
        };
        samples.extend_from_slice(&piece);
    }
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    let loud_steps = samples.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) > loudest).count();
    assert!(loudest > 1_000, "there is speech: {loudest}");
    assert!(loud_steps * 100 < samples.len(), "{loud_steps} leaps in {} samples", samples.len());
}
