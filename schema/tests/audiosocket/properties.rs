//! Properties for any messages, any bytes and any cuts.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::digit::Digit;
use cordboard_schema::wire::audiosocket::{
    Decoder, HANGUP, MESSAGE_BYTES_MAX, Message, Sender, encode_audio, encode_dtmf, encode_uuid,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::drain;

/// A message that can be sent, and its bytes.
fn sendable() -> impl Strategy<Value = (Message, Vec<u8>)> {
    let uuid = any::<u128>().prop_map(|number| {
        let mut bytes = Vec::new();
        encode_uuid(Uuid::from_u128(number), &mut bytes);
        (Message::Uuid(Uuid::from_u128(number)), bytes)
    });
    let dtmf = select(&Digit::ALL[..]).prop_map(|digit| {
        let mut bytes = Vec::new();
        encode_dtmf(digit, &mut bytes);
        (Message::Dtmf(digit), bytes)
    });
    let audio = (select(&SampleRate::ALL[..]), any::<i16>()).prop_map(|(rate, seed)| {
        let count = rate.samples_per_frame();
        let samples: Vec<i16> = (0..count).map(|n| seed.wrapping_mul(n as i16).wrapping_add(seed)).collect();
        let mut bytes = Vec::new();
        encode_audio(rate, &samples, &mut bytes).unwrap();
        (Message::Audio(Frame::pcm(rate, samples)), bytes)
    });
    prop_oneof![uuid, dtmf, audio, Just((Message::Hangup, HANGUP.to_vec()))]
}

/// Bytes that look like messages often enough to get past the header, with lengths above and below the announced ones.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![select(&[0x00, 0x01, 0x03, 0x10, 0x12, 0x18, 0x19, 0xff][..]), any::<u8>()];
    let len = prop_oneof![4 => 0..40_u16, 1 => any::<u16>()];
    let piece = (kind, len, vec(any::<u8>(), 0..60)).prop_map(|(kind, len, payload)| {
        let [high, low] = len.to_be_bytes();
        [vec![kind, high, low], payload].concat()
    });
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Feeds `bytes` in pieces of these lengths, repeatedly.
fn in_pieces(
    decoder: &mut Decoder,
    mut bytes: &[u8],
    lengths: &[usize],
) -> Vec<(u64, Result<Message, String>)> {
    let mut drained = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(bytes.len().min(*length));
        drained.extend(
            drain(decoder, piece).into_iter().map(|(at, result)| (at, result.map_err(|e| e.to_string()))),
        );
        assert!(decoder.buffered_bytes() < MESSAGE_BYTES_MAX);
        bytes = rest;
    }
    drained
}

proptest! {
    #[test]
    fn what_is_sent_is_what_is_read(sent in vec(sendable(), 0..12), lengths in vec(1..700_usize, 1..6)) {
        let bytes: Vec<u8> = sent.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        let mut decoder = Decoder::new(Sender::Server);
        let read: Vec<_> = in_pieces(&mut decoder, &bytes, &lengths).into_iter().map(|(_, result)| result).collect();
        let sent: Vec<_> = sent.into_iter().map(|(message, _)| Ok(message)).collect();
        prop_assert_eq!(read, sent);
        prop_assert_eq!(decoder.position(), bytes.len() as u64);
    }

    #[test]
    fn any_bytes_in_any_pieces_give_the_same(
        bytes in prop_oneof![hostile(), vec(any::<u8>(), 0..2_000)],
        lengths in vec(1..90_usize, 1..6),
        sender in select(&[Sender::Asterisk, Sender::Server][..]),
    ) {
        let mut whole = Decoder::new(sender);
        let mut pieces = Decoder::new(sender);
        prop_assert_eq!(
            in_pieces(&mut whole, &bytes, &[usize::MAX]),
            in_pieces(&mut pieces, &bytes, &lengths)
        );
        prop_assert_eq!(whole.position(), pieces.position());
        // Every byte is decoded or waits: nothing is lost, and nothing is added.
        prop_assert_eq!(whole.position() + whole.buffered_bytes() as u64, bytes.len() as u64);
        prop_assert_eq!(pieces.buffered_bytes(), whole.buffered_bytes());
    }
}
