//! The audio WebSocket of FreeSWITCH's community `mod_audio_stream`: the content of its messages.
//!
//! FreeSWITCH is the client. Its first message is a text, if the stream was started with one ([`Metadata`]). Then come binary
//! messages of samples at the rate of the start, without a header ([`read_pcm`]). We send `streamAudio` texts
//! ([`write_stream_audio`]). The module writes their sound to files and reports each one in an event
//! ([`AudioStreamEvent::Play`](super::esl::AudioStreamEvent)); it plays nothing by itself.
//!
//! Source: the README of the community's `mod_audio_stream`, and its traffic (`tests/captures`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::audio::wire::{samples_of, write_samples};
use crate::audio::{Frame, SampleRate};
use crate::limits::{FREESWITCH_CHUNK_MS_MAX, FREESWITCH_MESSAGE_MS_MAX, FREESWITCH_METADATA_BYTES_MAX};

/// The text message that opens the connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Metadata {
    /// A JSON object.
    Fields(Map<String, Value>),
    /// Anything else.
    Text(String),
}

/// The text message that opens the connection is longer than [`FREESWITCH_METADATA_BYTES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the metadata has {bytes} bytes, at most {FREESWITCH_METADATA_BYTES_MAX} are accepted")]
pub struct MetadataTooLong {
    /// Length, in bytes.
    pub bytes: usize,
}

impl Metadata {
    /// Reads the text.
    ///
    /// # Errors
    /// It is too long.
    pub fn parse(text: &str) -> Result<Self, MetadataTooLong> {
        if text.len() > FREESWITCH_METADATA_BYTES_MAX {
            return Err(MetadataTooLong { bytes: text.len() });
        }
        Ok(serde_json::from_str(text).map_or_else(|_| Self::Text(text.to_owned()), Self::Fields))
    }

    /// Returns a field of the object that is a string.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Fields(fields) => fields.get(name)?.as_str(),
            Self::Text(_) => None,
        }
    }
}

/// A binary message that isn't sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPcm {
    /// It has no sample.
    #[error("an audio message is empty")]
    Empty,
    /// It has more than [`FREESWITCH_MESSAGE_MS_MAX`] of sound.
    #[error("an audio message of {bytes} bytes has more than {max_bytes}")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
        /// Longest length at this rate, in bytes.
        max_bytes: usize,
    },
}

/// Reads a binary message: signed 16-bit little-endian samples of one channel, at the rate with which the stream was started. An
/// odd last byte is dropped.
///
/// # Errors
/// It is empty, or too long.
pub fn read_pcm(bytes: &[u8], rate: SampleRate) -> Result<Frame, BadPcm> {
    let max_bytes = rate.samples_in_ms(FREESWITCH_MESSAGE_MS_MAX) * 2;
    match bytes.len() {
        0 | 1 => Err(BadPcm::Empty),
        bytes if bytes > max_bytes => Err(BadPcm::TooLong { bytes, max_bytes }),
        _ => Ok(Frame::pcm(rate, samples_of(bytes).collect::<Vec<_>>())),
    }
}

/// Derives the rate from the first message's length, if it is 20 ms of one channel at 8 or 16 kHz. For a stream that a dialplan
/// started, whose rate nobody reported.
pub fn rate_of_first_message(bytes: &[u8]) -> Option<SampleRate> {
    [SampleRate::HZ_8000, SampleRate::HZ_16000]
        .into_iter()
        .find(|rate| rate.samples_per_frame() * 2 == bytes.len())
}

/// Sound that can't be sent as `streamAudio`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStreamable {
    /// The module accepts other rates too, but plays them wrong or not at all.
    #[error("{} Hz can't be played: FreeSWITCH plays 8000 and 16000 Hz", .0.hz())]
    Rate(SampleRate),
    /// There is none, or more than [`FREESWITCH_CHUNK_MS_MAX`].
    #[error("a chunk of {samples} samples can't be sent: from 1 to {max}")]
    Length {
        /// Number of samples.
        samples: usize,
        /// Maximum number of samples at this rate.
        max: usize,
    },
}

/// The name of the field with which a chunk comes back in its event.
const CHUNK_FIELD: &str = "chunk";

/// Appends a `streamAudio` message to `text`, without clearing it. Its number comes back in the event ([`chunk_number`]), because
/// the module passes on all fields except the sound.
///
/// # Errors
/// The module wouldn't play it; `text` is then unchanged.
pub fn write_stream_audio(
    text: &mut String,
    chunk: u64,
    rate: SampleRate,
    samples: &[i16],
) -> Result<(), NotStreamable> {
    if ![SampleRate::HZ_8000, SampleRate::HZ_16000].contains(&rate) {
        return Err(NotStreamable::Rate(rate));
    }
    let max = rate.samples_in_ms(FREESWITCH_CHUNK_MS_MAX);
    if samples.is_empty() || samples.len() > max {
        return Err(NotStreamable::Length { samples: samples.len(), max });
    }
    let mut bytes = Vec::with_capacity(2 * samples.len());
    write_samples(samples, &mut bytes);
    let rate_hz = rate.hz();
    text.reserve(128 + bytes.len().div_ceil(3) * 4);
    text.push_str(r#"{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":"#);
    text.push_str(&format!(r#"{rate_hz},"{CHUNK_FIELD}":{chunk},"audioData":""#));
    STANDARD.encode_string(&bytes, text);
    text.push_str(r#""}}"#);
    Ok(())
}

/// Returns the number of the chunk whose event has these fields.
pub fn chunk_number(fields: &Map<String, Value>) -> Option<u64> {
    fields.get(CHUNK_FIELD)?.as_u64()
}
