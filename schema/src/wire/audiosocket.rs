//! AudioSocket, Asterisk's audio over TCP: bytes to messages and back.
//!
//! A message is one kind byte, the payload's length (unsigned 16 bit, big endian) and the payload. Asterisk connects and sends
//! one [`Message::Uuid`], then audio at the caller's pace and digits. We send audio and, to end the leg, [`HANGUP`]. Samples are
//! signed 16 bit, little endian, mono; each message's kind byte names its rate.
//!
//! Source: captures of Asterisk 22 (`tests/captures/asterisk/audiosocket`).

mod frame_shape;

use uuid::Uuid;

use crate::audio::wire::{samples_of, write_samples};
use crate::audio::{Frame, SampleRate};
use crate::digit::{Digit, NotADigit};

pub use frame_shape::{FrameShape, ShapeFault};

/// Bytes before the payload: the kind and the length.
pub const HEADER_BYTES: usize = 3;

/// Maximum bytes of one message, and so the maximum that a [`Decoder`] holds.
pub const MESSAGE_BYTES_MAX: usize = HEADER_BYTES + u16::MAX as usize;

/// The whole message that ends the leg. Asterisk answers with a FIN and the dialplan goes on.
pub const HANGUP: [u8; HEADER_BYTES] = [KIND_HANGUP, 0, 0];

const KIND_HANGUP: u8 = 0x00;
const KIND_UUID: u8 = 0x01;
const KIND_DTMF: u8 = 0x03;
/// 8 kHz; the kinds of the other rates follow in ascending order, up to 0x18 for 192 kHz.
const KIND_AUDIO_FIRST: u8 = 0x10;
const KIND_ERROR: u8 = 0xff;

const UUID_BYTES: u16 = 16;

/// Bytes of memory that a decoder keeps between messages; the memory of a larger message is released after it. A frame of 20 ms
/// needs 323 bytes at 8 kHz and 1,923 at 48 kHz.
const BUFFER_KEPT_BYTES: usize = 2_048;

/// One message on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Id of the call that this connection belongs to. Asterisk sends it first, and once.
    Uuid(Uuid),
    /// The caller pressed a key. Sent when the key is released, without a duration.
    Dtmf(Digit),
    /// PCM audio of at least one sample: usually 20 ms, but of any length up to 32,767 samples.
    Audio(Frame),
    /// The leg should end. Only the server sends it; Asterisk ends a leg by closing the connection.
    Hangup,
    /// The sender reports an error. Asterisk specifies it, but Asterisk 22 never sends it.
    Error {
        /// 1: the caller hung up, 2: a frame couldn't be forwarded, 4: out of memory; none if the message is empty.
        code: Option<u8>,
    },
    /// A message of a kind that is not specified; its payload is skipped.
    Unknown {
        /// The kind byte.
        kind: u8,
        /// Bytes of the payload.
        len: u16,
    },
}

/// Bytes that aren't an AudioSocket message. Offsets are in bytes from the connection's start, and refer to the first byte of the
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Asterisk's stream didn't start with its UUID message. Returned as soon as the header is there.
    #[error(
        "the stream starts with kind {kind:#04x} and length {len} at byte {offset}, not with a UUID: this isn't an Asterisk"
    )]
    NotAsterisk {
        /// Offset of the message's first byte.
        offset: u64,
        /// The kind byte.
        kind: u8,
        /// The payload's length in bytes, as announced.
        len: u16,
    },
    /// A message whose kind has a fixed length came with another length.
    #[error("the message of kind {kind:#04x} at byte {offset} has {len} bytes, expected {expected}")]
    Length {
        /// Offset of the message's first byte.
        offset: u64,
        /// The kind byte.
        kind: u8,
        /// The payload's length in bytes.
        len: u16,
        /// The length that the kind has.
        expected: u16,
    },
    /// A DTMF message has something other than a digit.
    #[error("the DTMF message at byte {offset} is bad: {source}")]
    Dtmf {
        /// Offset of the message's first byte.
        offset: u64,
        /// The fault of its content.
        source: NotADigit,
    },
}

/// Audio that isn't exactly one frame. Asterisk closes the connection after an empty message. It passes any other length on as
/// one RTP packet, which telephones don't play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{samples} samples at {} Hz are not one frame of 20 ms ({} samples)", .rate.hz(), .rate.samples_per_frame())]
pub struct NotOneFrame {
    /// Rate of the samples.
    pub rate: SampleRate,
    /// Number of samples.
    pub samples: usize,
}

/// Sender of the bytes that a [`Decoder`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The side that connects: its first message must be the UUID.
    Asterisk,
    /// The side that listens.
    Server,
}

/// Decodes one direction of a connection.
///
/// It is total: any bytes, split anywhere, give the same messages and errors. After an error the caller may close the connection
/// or go on decoding. The bad message is then skipped, except for one that is [`DecodeError::NotAsterisk`], which is still
/// decoded. A decoder holds at most one incomplete message.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The start of a message whose end hasn't come.
    partial: Vec<u8>,
    /// Bytes of all messages before `partial`.
    position: u64,
    opening: Opening,
}

/// Messages that may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    UuidDue,
    Past,
}

impl Decoder {
    /// Returns a decoder at the start of what `sender` sends.
    pub fn new(sender: Sender) -> Self {
        let opening = match sender {
            Sender::Asterisk => Opening::UuidDue,
            Sender::Server => Opening::Past,
        };
        Self { partial: Vec::new(), position: 0, opening }
    }

    /// Returns the offset of the next message, in bytes from the connection's start.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the number of bytes of an incomplete message that wait for the rest, at most [`MESSAGE_BYTES_MAX`].
    pub fn buffered_bytes(&self) -> usize {
        self.partial.len()
    }

    /// Takes bytes off the front of `input` until a message is complete and returns it; `None` when `input` is used up. Call it
    /// until it returns `None`, then read from the connection again.
    ///
    /// Audio without a sample is skipped and the odd last byte of audio dropped, as Asterisk does.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, DecodeError> {
        loop {
            self.fill(HEADER_BYTES, input);
            let &[kind, high, low, ..] = self.partial.as_slice() else { return Ok(None) };
            let header = Header { offset: self.position, kind, len: u16::from_be_bytes([high, low]) };
            if std::mem::replace(&mut self.opening, Opening::Past) == Opening::UuidDue {
                header.check_is_uuid()?;
            }

            let message_bytes = HEADER_BYTES + usize::from(header.len);
            self.fill(message_bytes, input);
            if self.partial.len() < message_bytes {
                return Ok(None);
            }
            let message = header.message(&self.partial[HEADER_BYTES..]);
            self.position += message_bytes as u64;
            self.partial.clear();
            self.partial.shrink_to(BUFFER_KEPT_BYTES);
            if let Some(message) = message.transpose() {
                return message.map(Some);
            }
        }
    }

    /// Moves bytes from `input` until `partial` has `bytes` of them or `input` is empty.
    fn fill(&mut self, bytes: usize, input: &mut &[u8]) {
        let missing = bytes.saturating_sub(self.partial.len()).min(input.len());
        let (taken, rest) = input.split_at(missing);
        self.partial.extend_from_slice(taken);
        *input = rest;
    }
}

/// The first three bytes of a message and their offset.
#[derive(Clone, Copy)]
struct Header {
    offset: u64,
    kind: u8,
    len: u16,
}

impl Header {
    fn check_is_uuid(self) -> Result<(), DecodeError> {
        let Self { offset, kind, len } = self;
        if (kind, len) == (KIND_UUID, UUID_BYTES) {
            Ok(())
        } else {
            Err(DecodeError::NotAsterisk { offset, kind, len })
        }
    }

    /// Returns the message with this payload; `None` for audio without a sample.
    fn message(self, payload: &[u8]) -> Result<Option<Message>, DecodeError> {
        let Self { offset, kind, len } = self;
        let wrong_length = |expected| DecodeError::Length { offset, kind, len, expected };
        let message = match kind {
            KIND_HANGUP if payload.is_empty() => Message::Hangup,
            KIND_HANGUP => return Err(wrong_length(0)),
            KIND_UUID => Message::Uuid(Uuid::from_slice(payload).map_err(|_| wrong_length(UUID_BYTES))?),
            KIND_DTMF => {
                let &[key] = payload else { return Err(wrong_length(1)) };
                Message::Dtmf(Digit::try_from(key).map_err(|source| DecodeError::Dtmf { offset, source })?)
            }
            KIND_ERROR => Message::Error { code: payload.first().copied() },
            _ => match rate_of_kind(kind) {
                Some(_) if len < 2 => return Ok(None),
                Some(rate) => Message::Audio(audio_frame(rate, payload)),
                None => Message::Unknown { kind, len },
            },
        };
        Ok(Some(message))
    }
}

fn audio_frame(rate: SampleRate, payload: &[u8]) -> Frame {
    Frame::Pcm { rate, samples: samples_of(payload).collect() }
}

fn rate_of_kind(kind: u8) -> Option<SampleRate> {
    let index = kind.checked_sub(KIND_AUDIO_FIRST)?;
    SampleRate::ALL.get(usize::from(index)).copied()
}

fn kind_of_rate(rate: SampleRate) -> u8 {
    let slower_rates = SampleRate::ALL.into_iter().take_while(|other| *other < rate);
    slower_rates.fold(KIND_AUDIO_FIRST, |kind, _| kind + 1)
}

/// Appends the message of one frame of audio to `out`. It is one message and must be sent in one `write`: Asterisk hangs up if a
/// payload pauses for more than 5 ms.
///
/// # Errors
/// [`NotOneFrame`] if `samples` isn't exactly 20 ms at `rate`; `out` is then unchanged.
pub fn encode_audio(rate: SampleRate, samples: &[i16], out: &mut Vec<u8>) -> Result<(), NotOneFrame> {
    let wrong_length = NotOneFrame { rate, samples: samples.len() };
    if samples.len() != rate.samples_per_frame() {
        return Err(wrong_length);
    }
    let payload_bytes = u16::try_from(samples.len() * 2).map_err(|_| wrong_length)?;
    out.reserve(HEADER_BYTES + usize::from(payload_bytes));
    out.push(kind_of_rate(rate));
    out.extend_from_slice(&payload_bytes.to_be_bytes());
    write_samples(samples, out);
    Ok(())
}

/// Appends the UUID message, the first of a simulated Asterisk. A server never sends it.
pub fn encode_uuid(uuid: Uuid, out: &mut Vec<u8>) {
    out.push(KIND_UUID);
    out.extend_from_slice(&UUID_BYTES.to_be_bytes());
    out.extend_from_slice(uuid.as_bytes());
}

/// Appends a DTMF message of a simulated Asterisk. A server never sends it: Asterisk resets the connection.
pub fn encode_dtmf(digit: Digit, out: &mut Vec<u8>) {
    out.extend_from_slice(&[KIND_DTMF, 0, 1, digit.ascii()]);
}
