//! Twilio's Media Streams: the JSON texts of a call's audio WebSocket, in both directions.
//!
//! Twilio connects to us. First comes `connected`, then `start`, then `media` every 20 ms, keys, echoes of marks, and `stop`
//! ([`StreamMessage::parse`]). We send `media`, `mark` and `clear` ([`write_media`], [`write_mark`], [`write_clear`]), but only
//! after `start`, which names the stream. Source: twilio.com/docs/voice/media-streams/websocket-messages.

mod client;
mod start;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use client::{write_clear, write_mark, write_media};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
pub use start::{BadFormat, MediaFormat, StreamStart};

use crate::audio::{Frame, Law};
use crate::digit::Digit;
use crate::limits::TWILIO_MESSAGE_BYTES_MAX;
pub use crate::wire::mark::Mark;

/// One message of Twilio.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamMessage<'a> {
    /// The connection is up. It is the only message without the stream's name.
    Connected {
        /// `Call`.
        protocol: Cow<'a, str>,
    },
    /// The stream begins.
    Start(Box<StreamStart>),
    /// Sound of the caller, or of what the caller hears.
    Media(Media<'a>),
    /// The caller pressed a key.
    Dtmf {
        /// The digit.
        digit: Digit,
    },
    /// Audio that we sent before this mark was played or discarded.
    Mark {
        /// Its name. [`Mark::parse`] reads ours.
        name: Cow<'a, str>,
    },
    /// The stream is over: a hang-up, a redirect, or our own closing. It doesn't say which.
    Stop,
    /// An unknown event.
    Other {
        /// Its name.
        event: Cow<'a, str>,
    },
}

/// A piece of sound, and its position in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media<'a> {
    /// Whether it is the caller's voice; otherwise it is what the caller hears.
    pub inbound: bool,
    /// Its number among the pieces of its side, from 1; none if it has no readable number.
    pub chunk: Option<u64>,
    /// Beginning of its sound, in ms since the stream's start. A gap before it means lost sound.
    pub timestamp_ms: u64,
    /// Base64 of mu-law octets, of any length.
    pub payload: Cow<'a, str>,
}

impl Media<'_> {
    /// Returns the sound; none if there are no octets.
    ///
    /// # Errors
    /// It isn't base64.
    pub fn frame(&self) -> Result<Option<Frame>, BadMessage> {
        let bytes = STANDARD.decode(self.payload.as_bytes()).map_err(BadMessage::NotBase64)?;
        Ok((!bytes.is_empty()).then(|| Frame::G711 { law: Law::Mu, bytes: bytes.into() }))
    }
}

/// A message that isn't one of a media stream. The error shows no sound and no values.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// More than [`TWILIO_MESSAGE_BYTES_MAX`].
    #[error("a message of {bytes} bytes is longer than {TWILIO_MESSAGE_BYTES_MAX}")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
    /// It isn't a JSON object with a string as its `event`.
    #[error("the message isn't an event: {0}")]
    NotAnEvent(#[source] serde_json::Error),
    /// A required member of a known event is missing.
    #[error("the event {event} is malformed: {cause}")]
    Malformed {
        /// Its name.
        event: &'static str,
        /// The cause.
        cause: serde_json::Error,
    },
    /// The sound isn't base64.
    #[error("the sound of a message isn't base64: {0}")]
    NotBase64(#[source] base64::DecodeError),
}

/// A text that is borrowed if possible.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Connected<'a> {
    #[serde(borrow)]
    protocol: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct MediaEvent<'a> {
    #[serde(borrow)]
    media: MediaBody<'a>,
}

#[derive(Deserialize)]
struct MediaBody<'a> {
    #[serde(borrow, default)]
    track: Option<Text<'a>>,
    #[serde(default, deserialize_with = "decimal_if_any")]
    chunk: Option<u64>,
    #[serde(deserialize_with = "decimal")]
    timestamp: u64,
    #[serde(borrow)]
    payload: Text<'a>,
}

#[derive(Deserialize)]
struct DtmfEvent {
    dtmf: DtmfBody,
}

#[derive(Deserialize)]
struct DtmfBody {
    digit: Digit,
}

#[derive(Deserialize)]
struct MarkEvent<'a> {
    #[serde(borrow)]
    mark: MarkBody<'a>,
}

#[derive(Deserialize)]
struct MarkBody<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

/// Reads a number: Twilio writes numbers as strings of decimal digits.
fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    // `parse` alone would accept a sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(|| serde::de::Error::custom("not a decimal number"))
}

/// Reads the same if it is a number. Sound is played without it, too.
fn decimal_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        Other(IgnoredAny),
    }
    Ok(match Number::deserialize(deserializer)? {
        Number::Text(text) => text.parse().ok(),
        Number::Other(IgnoredAny) => None,
    })
}

impl<'a> StreamMessage<'a> {
    /// Reads one text.
    ///
    /// # Errors
    /// [`BadMessage`]; the stream can go on.
    pub fn parse(text: &'a str) -> Result<Self, BadMessage> {
        if text.len() > TWILIO_MESSAGE_BYTES_MAX {
            return Err(BadMessage::TooLong { bytes: text.len() });
        }
        let Head { event } = serde_json::from_str(text).map_err(BadMessage::NotAnEvent)?;
        Ok(match &*event {
            "media" => {
                let MediaBody { track, chunk, timestamp, payload } =
                    read::<MediaEvent<'a>>("media", text)?.media;
                let inbound = track.is_none_or(|Text(track)| track != "outbound");
                Self::Media(Media { inbound, chunk, timestamp_ms: timestamp, payload: payload.0 })
            }
            "mark" => Self::Mark { name: read::<MarkEvent<'a>>("mark", text)?.mark.name.0 },
            "dtmf" => Self::Dtmf { digit: read::<DtmfEvent>("dtmf", text)?.dtmf.digit },
            "start" => Self::Start(Box::new(start::read(text)?)),
            "stop" => Self::Stop,
            "connected" => {
                let Connected { protocol } = read("connected", text)?;
                Self::Connected { protocol: protocol.map(|Text(name)| name).unwrap_or_default() }
            }
            _ => Self::Other { event },
        })
    }
}

fn read<'a, T: Deserialize<'a>>(event: &'static str, text: &'a str) -> Result<T, BadMessage> {
    serde_json::from_str(text).map_err(|cause| BadMessage::Malformed { event, cause })
}
