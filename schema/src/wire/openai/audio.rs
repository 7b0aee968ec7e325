//! Audio inside JSON: base64 of G.711 octets or of 16-bit little-endian samples.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

pub use crate::audio::BadAudio;
use crate::audio::wire::decode_base64;
use crate::audio::{Frame, Law, SampleRate, WireFormat};

const APPEND_HEAD: &str = r#"{"type":"input_audio_buffer.append","audio":""#;
const APPEND_TAIL: &str = r#""}"#;

/// Encoding of a session's audio, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum AudioFormat {
    /// Signed 16-bit samples. OpenAI supports only 24 kHz, compatible servers also other rates.
    #[serde(rename = "audio/pcm")]
    Pcm {
        /// Rate of the samples.
        #[serde(default = "usual_rate")]
        rate: SampleRate,
    },
    /// G.711 mu-law at 8 kHz: 8 octets are 1 ms.
    #[serde(rename = "audio/pcmu")]
    Pcmu,
    /// G.711 A-law at 8 kHz.
    #[serde(rename = "audio/pcma")]
    Pcma,
}

fn usual_rate() -> SampleRate {
    SampleRate::HZ_24000
}

impl AudioFormat {
    /// Returns the rate of the samples.
    pub const fn rate(self) -> SampleRate {
        match self {
            Self::Pcm { rate } => rate,
            Self::Pcmu | Self::Pcma => SampleRate::HZ_8000,
        }
    }

    /// Returns the G.711 law, if the format is G.711.
    pub const fn law(self) -> Option<Law> {
        match self {
            Self::Pcm { .. } => None,
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
        }
    }

    /// Returns the encoding of the audio itself.
    pub const fn wire(self) -> WireFormat {
        WireFormat { rate: self.rate(), law: self.law() }
    }

    /// Returns the name in the older dialect, whose `pcm16` is always 24 kHz.
    pub(super) const fn beta_name(self) -> &'static str {
        match self {
            Self::Pcm { .. } => "pcm16",
            Self::Pcmu => "g711_ulaw",
            Self::Pcma => "g711_alaw",
        }
    }

    pub(super) fn of_beta_name(name: &str) -> Option<Self> {
        match name {
            "pcm16" => Some(Self::Pcm { rate: usual_rate() }),
            "g711_ulaw" => Some(Self::Pcmu),
            "g711_alaw" => Some(Self::Pcma),
            _ => None,
        }
    }
}

/// Returns the bytes of the message that [`write_append`] makes from this many bytes of audio.
pub const fn append_len(audio_bytes: usize) -> usize {
    APPEND_HEAD.len() + audio_bytes.div_ceil(3) * 4 + APPEND_TAIL.len()
}

/// Appends an `input_audio_buffer.append` with this audio to `text`, without clearing it. It has no `event_id`, because the
/// server never acknowledges it.
pub fn write_append(text: &mut String, audio: &[u8]) {
    text.reserve(append_len(audio.len()));
    text.push_str(APPEND_HEAD);
    STANDARD.encode_string(audio, text);
    text.push_str(APPEND_TAIL);
}

/// Decodes the `delta` of an audio event to a frame; `None` if it has no samples.
///
/// # Errors
/// It isn't base64.
pub fn decode_audio(base64: &str, format: AudioFormat) -> Result<Option<Frame>, BadAudio> {
    decode_base64(base64, format.wire())
}

/// A text that is borrowed from the message if it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}
