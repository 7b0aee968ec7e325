//! Properties for any bytes, any cuts and any commands.

use std::sync::LazyLock;

use cordboard_schema::wire::esl::{
    AudioStreamEvent, ChannelData, Command, Decoder, DialResult, EslError, EslValue, EslWord, Event,
    ExecuteComplete, Frame, Hangup, Heartbeat, JobDone, KeyPress, PlaybackStopped, decode_percent,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{bytes, drain};

/// Captures that together contain every kind of frame.
static CAPTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        "ai_call_flow.in",
        "out_event_body",
        "out_getvar_multiline",
        "in_rude_rejection",
        "out_errors2",
        "in_log_and_xml",
    ]
    .map(|name| bytes(&format!("{name}.fs2app.bin")))
    .to_vec()
});

/// Feeds `bytes` in pieces of these lengths, repeatedly, up to an error.
fn in_pieces(bytes: &[u8], lengths: &[usize]) -> (Vec<Result<Frame, EslError>>, u64, usize) {
    let mut decoder = Decoder::with_body_bytes_max(100_000);
    let mut rest = bytes;
    let mut drained = Vec::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() || drained.last().is_some_and(Result::is_err) {
            break;
        }
        let (piece, behind) = rest.split_at(rest.len().min(*length));
        drained.extend(drain(&mut decoder, piece).into_iter().map(|(_, frame)| frame));
        rest = behind;
        assert!(decoder.buffered_bytes() <= 262_144 + 100_000);
    }
    (drained, decoder.position(), decoder.buffered_bytes())
}

/// Calls every getter of an event.
fn read_all(event: &Event) {
    let _nobody_cares = (
        (
            event.name(),
            event.subclass(),
            event.unique_id(),
            event.number::<u64>("Event-Sequence"),
            event.body(),
        ),
        (Hangup::of(event), KeyPress::of(event), JobDone::of(event), Heartbeat::of(event)),
        (PlaybackStopped::of(event), ExecuteComplete::of(event), DialResult::of(event)),
        (AudioStreamEvent::of(event).is_some(), ChannelData::of(event), event.headers().count()),
        format!("{event:?}"),
    );
}

/// Bytes that look like frames often enough to get past the headers, with announced lengths that are too short and too long.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let kind = select(vec![
        "command/reply",
        "api/response",
        "text/event-plain",
        "text/event-json",
        "text/disconnect-notice",
        "text/rude-rejection",
        "auth/request",
        "log/data",
        "",
    ]);
    let length = prop_oneof![
        4 => (0..60_usize).prop_map(|n| n.to_string()),
        1 => select(vec!["", "-1", "x", " 7", "100001", "99999999999999999999", "0x10"]).prop_map(str::to_owned),
    ];
    let body = prop_oneof![
        vec(any::<u8>(), 0..60),
        select(vec![
            "Event-Name: DTMF\nDTMF-Digit: 5\nContent-Length: 3\n\nabc",
            "Event-Name: CUSTOM\nEvent-Subclass: mod_audio_stream%3A%3Aplay\n\n{\"file\":",
            "{\"Event-Name\":\"HEARTBEAT\",\"Session-Count\":[\"1\"],\"_body\":{}}",
            "%\n%4\n\n%zz: %",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let piece = (kind, length, body).prop_map(|(kind, length, body)| {
        let head = format!("Content-Type: {kind}\nContent-Length: {length}\n\n");
        [head.into_bytes(), body].concat()
    });
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A capture with some of its bytes changed, removed or repeated.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), 0..3_u8, any::<u8>(), 1..40_usize);
    (any::<Index>(), vec(change, 1..8)).prop_map(|(which, changes)| {
        let mut bytes = which.get(&CAPTURES).clone();
        for (place, how, byte, length) in changes {
            let at = place.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                _ => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_in_any_pieces_give_the_same(
        bytes in prop_oneof![hostile(), mutated(), vec(any::<u8>(), 0..2_000)],
        lengths in vec(1..900_usize, 1..6),
    ) {
        let whole = in_pieces(&bytes, &[usize::MAX]);
        let pieces = in_pieces(&bytes, &lengths);
        prop_assert!(whole == pieces, "{:?} is not {:?}", whole, pieces);
        let (frames, position, buffered) = whole;
        // Every byte is decoded or waits, up to where the stream is lost.
        if frames.last().is_none_or(Result::is_ok) {
            prop_assert_eq!(position + buffered as u64, bytes.len() as u64);
        }
        for frame in frames.into_iter().flatten() {
            if let Frame::Event(event) | Frame::ChannelData(event) = frame {
                read_all(&event);
            }
        }
    }

    #[test]
    fn a_capture_in_any_pieces_is_the_capture(which in any::<Index>(), lengths in vec(1..3_000_usize, 1..8)) {
        let bytes = which.get(&CAPTURES);
        let (frames, position, buffered) = in_pieces(bytes, &lengths);
        prop_assert!(frames.iter().all(Result::is_ok));
        prop_assert_eq!((position, buffered), (bytes.len() as u64, 0));
    }

    /// FreeSWITCH's encoding is decoded again, except the sign that begins its escapes, which FreeSWITCH leaves as it is.
    #[test]
    fn what_is_encoded_is_decoded(text in "\\PC{0,60}") {
        prop_assume!(!text.contains('%'));
        let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"!$'()*,-./_~".contains(&byte);
        let encoded: String = text
            .bytes()
            .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect();
        prop_assert_eq!(decode_percent(&encoded), text);
    }

    /// Whatever text comes from a caller or a model, a command is one block, whose first line is ours.
    #[test]
    fn no_value_makes_a_second_command(text in "(?s).{0,30}", spice in select(vec!["", "\n", "\r\n", "\0", "\n\nexit\n\n"])) {
        let text = format!("{text}{spice}");
        if let Ok(value) = EslValue::new(text.as_str()) {
            let header = EslWord::new("Unique-ID").unwrap();
            let bytes = Command::Filter { header, value }.to_bytes();
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 2);
            prop_assert!(bytes.ends_with(b"\n\n") && !bytes.contains(&b'\r') && !bytes.contains(&0));
        } else {
            let is_bad = text.contains(['\r', '\n', '\0']) || text.contains("${");
            prop_assert!(is_bad);
        }
        if let Ok(word) = EslWord::new(text.as_str()) {
            let bytes = Command::Hangup { channel: Some(word), cause: EslWord::new("USER_BUSY").unwrap() }.to_bytes();
            let first = String::from_utf8(bytes).unwrap().lines().next().unwrap().to_owned();
            prop_assert_eq!(first.split_whitespace().count(), 2);
        }
    }
}
