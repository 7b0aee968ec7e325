//! One row for each kind of content of a connection.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::digit::{Digit, NotADigit};
use cordboard_schema::wire::audiosocket::{
    DecodeError, Decoder, HANGUP, MESSAGE_BYTES_MAX, Message, NotOneFrame, Sender, encode_audio, encode_dtmf,
    encode_uuid,
};
use uuid::Uuid;

use crate::drain;

const UUID: Uuid = Uuid::from_u128(0x9cf4_1778_72aa_41c8_8a7e_b18f_f292_5bfd);

type Outcome = Result<Message, DecodeError>;

/// Decodes these bytes of a connection that may start with any message.
fn decoded(bytes: &[u8]) -> Vec<Outcome> {
    drain(&mut Decoder::new(Sender::Server), bytes).into_iter().map(|(_, result)| result).collect()
}

fn frame(rate: SampleRate, samples: &[i16]) -> Outcome {
    Ok(Message::Audio(Frame::pcm(rate, samples)))
}

#[test]
fn each_kind_is_what_its_byte_says() {
    let narrow = |samples: &[i16]| frame(SampleRate::HZ_8000, samples);
    let rows: &[(&[u8], Vec<Outcome>)] = &[
        (&[], vec![]),
        (&HANGUP, vec![Ok(Message::Hangup)]),
        (&[0x03, 0, 1, b'#'], vec![Ok(Message::Dtmf(Digit::try_from('#').unwrap()))]),
        (&[0x10, 0, 4, 0x34, 0x12, 0xff, 0xff], vec![narrow(&[0x1234, -1])]),
        (&[0x10, 0, 5, 0x34, 0x12, 0xff, 0xff, 0x77], vec![narrow(&[0x1234, -1])]),
        (&[0x10, 0, 1, 0x77], vec![]),
        (&[0x10, 0, 0], vec![]),
        (&[0x10, 0, 0, 0x18, 0, 0, 0, 0, 0], vec![Ok(Message::Hangup)]),
        (&[0x11, 0, 2, 1, 0], vec![frame(SampleRate::HZ_12000, &[1])]),
        (&[0x12, 0, 2, 1, 0], vec![frame(SampleRate::HZ_16000, &[1])]),
        (&[0x13, 0, 2, 1, 0], vec![frame(SampleRate::HZ_24000, &[1])]),
        (&[0x14, 0, 2, 1, 0], vec![frame(SampleRate::HZ_32000, &[1])]),
        (&[0x15, 0, 2, 1, 0], vec![frame(SampleRate::HZ_44100, &[1])]),
        (&[0x16, 0, 2, 1, 0], vec![frame(SampleRate::HZ_48000, &[1])]),
        (&[0x17, 0, 2, 1, 0], vec![frame(SampleRate::HZ_96000, &[1])]),
        (&[0x18, 0, 2, 1, 0], vec![frame(SampleRate::HZ_192000, &[1])]),
        (&[0x19, 0, 2, 1, 0], vec![Ok(Message::Unknown { kind: 0x19, len: 2 })]),
        (&[0x0f, 0, 0], vec![Ok(Message::Unknown { kind: 0x0f, len: 0 })]),
        (&[0xff, 0, 1, 4], vec![Ok(Message::Error { code: Some(4) })]),
        (&[0xff, 0, 0], vec![Ok(Message::Error { code: None })]),
        (&[0xff, 0, 2, 1, 9], vec![Ok(Message::Error { code: Some(1) })]),
        (&[0x00, 0], vec![]),
        (&[0x10, 0, 3, 1, 0], vec![]),
    ];
    for (bytes, expected) in rows {
        assert_eq!(decoded(bytes), *expected, "{bytes:02x?}");
    }
}

#[test]
fn a_bad_message_is_reported_by_offset_and_skipped() {
    let length = |kind, len, expected| DecodeError::Length { offset: 4, kind, len, expected };
    let rows: &[(&[u8], DecodeError)] = &[
        (&[0x00, 0, 1, 9], length(0x00, 1, 0)),
        (&[0x01, 0, 3, 1, 2, 3], length(0x01, 3, 16)),
        (&[0x01, 0, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], length(0x01, 17, 16)),
        (&[0x03, 0, 0], length(0x03, 0, 1)),
        (&[0x03, 0, 2, b'1', b'2'], length(0x03, 2, 1)),
        (&[0x03, 0, 1, b'x'], DecodeError::Dtmf { offset: 4, source: NotADigit('x') }),
    ];
    let mut digit = Vec::new();
    encode_dtmf(Digit::ALL[5], &mut digit);
    for (bad, error) in rows {
        let between = [&digit, *bad, &HANGUP].concat();
        let expected = vec![Ok(Message::Dtmf(Digit::ALL[5])), Err(*error), Ok(Message::Hangup)];
        assert_eq!(decoded(&between), expected, "{bad:02x?}");
        assert!(error.to_string().contains("at byte 4"), "{error}");
    }
}

#[test]
fn another_protocol_is_detected_by_three_bytes() {
    let mut decoder = Decoder::new(Sender::Asterisk);
    assert_eq!(drain(&mut decoder, b"GE"), []);
    let expected = DecodeError::NotAsterisk { offset: 0, kind: b'G', len: 0x4554 };
    assert_eq!(drain(&mut decoder, b"T / HTTP/1.1\r\n"), [(0, Err(expected))]);
    assert_eq!(
        expected.to_string(),
        "the stream starts with kind 0x47 and length 17748 at byte 0, not with a UUID: this isn't an Asterisk"
    );
}

#[test]
fn an_asterisk_starts_with_its_uuid_and_then_says_anything() {
    let mut opening = Vec::new();
    encode_uuid(UUID, &mut opening);
    assert_eq!(opening[..5], [0x01, 0, 16, 0x9c, 0xf4]);
    opening.extend([0x02, 0, 1, 9]);
    let expected = [(19, Ok(Message::Uuid(UUID))), (23, Ok(Message::Unknown { kind: 2, len: 1 }))];
    assert_eq!(drain(&mut Decoder::new(Sender::Asterisk), &opening), expected);

    let audio_first = drain(&mut Decoder::new(Sender::Asterisk), &[0x10, 0, 2, 0, 0]);
    assert_eq!(audio_first[0].1, Err(DecodeError::NotAsterisk { offset: 0, kind: 0x10, len: 2 }));
}

#[test]
fn the_longest_message_is_read() {
    let mut longest = vec![7; MESSAGE_BYTES_MAX];
    longest[..3].copy_from_slice(&[0x10, 0xff, 0xff]);
    let mut decoder = Decoder::new(Sender::Server);
    assert_eq!(drain(&mut decoder, &longest[..MESSAGE_BYTES_MAX - 1]), []);
    assert_eq!(decoder.buffered_bytes(), MESSAGE_BYTES_MAX - 1);
    let samples = vec![0x0707; 32_767];
    let expected = (MESSAGE_BYTES_MAX as u64, frame(SampleRate::HZ_8000, &samples));
    assert_eq!(drain(&mut decoder, &longest[MESSAGE_BYTES_MAX - 1..]), [expected]);
    assert_eq!(decoder.buffered_bytes(), 0);
}

#[test]
fn only_a_whole_frame_is_sent() {
    for (rate, kind, payload_bytes) in [
        (SampleRate::HZ_8000, 0x10, 320_u16),
        (SampleRate::HZ_12000, 0x11, 480),
        (SampleRate::HZ_16000, 0x12, 640),
        (SampleRate::HZ_24000, 0x13, 960),
        (SampleRate::HZ_32000, 0x14, 1_280),
        (SampleRate::HZ_44100, 0x15, 1_764),
        (SampleRate::HZ_48000, 0x16, 1_920),
        (SampleRate::HZ_96000, 0x17, 3_840),
        (SampleRate::HZ_192000, 0x18, 7_680),
    ] {
        let samples = vec![-2; rate.samples_per_frame()];
        let mut out = Vec::new();
        encode_audio(rate, &samples, &mut out).unwrap();
        let [high, low] = payload_bytes.to_be_bytes();
        assert_eq!(out[..5], [kind, high, low, 0xfe, 0xff], "{rate:?}");
        assert_eq!(out.len(), 3 + usize::from(payload_bytes), "{rate:?}");

        out.clear();
        for refused in [0, 1, samples.len() - 1, samples.len() + 1, samples.len() * 2, 100_000] {
            let result = encode_audio(rate, &vec![0; refused], &mut out);
            assert_eq!(result, Err(NotOneFrame { rate, samples: refused }));
        }
        assert!(out.is_empty());
    }
    let error = NotOneFrame { rate: SampleRate::HZ_8000, samples: 0 };
    assert_eq!(error.to_string(), "0 samples at 8000 Hz are not one frame of 20 ms (160 samples)");
}
