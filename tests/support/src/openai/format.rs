//! The audio formats of a session: bytes on the wire, samples in the stand-in.

use serde_json::{Value, json};

use crate::audio::Sound;
use crate::audio::g711::{from_alaw, from_mulaw, to_alaw, to_mulaw};

/// The sample rate of G.711, in Hz.
const TELEPHONE_HZ: u32 = 8000;
/// The only rate of `audio/pcm` at OpenAI, in Hz; compatible servers accept others.
pub(super) const PCM_HZ: u32 = 24_000;

/// How the samples of one direction are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioFormat {
    /// G.711 mu-law, 8 kHz: 8 bytes are 1 ms.
    Pcmu,
    /// G.711 A-law, 8 kHz: 8 bytes are 1 ms.
    Pcma,
    /// 16 bit, little endian.
    Pcm {
        /// Samples a second, in Hz.
        rate: u32,
    },
}

impl AudioFormat {
    /// The format that a session's object names, in GA's form: `{"type":"audio/pcmu"}`.
    #[must_use]
    pub fn from_ga(format: &Value) -> Option<Self> {
        match format["type"].as_str()? {
            "audio/pcmu" => Some(Self::Pcmu),
            "audio/pcma" => Some(Self::Pcma),
            "audio/pcm" => {
                let rate = format["rate"].as_u64().and_then(|rate| u32::try_from(rate).ok());
                Some(Self::Pcm { rate: rate.unwrap_or(PCM_HZ) })
            }
            _ => None,
        }
    }

    /// The format that a session's object names, in beta's form: `"g711_ulaw"`.
    #[must_use]
    pub fn from_beta(format: &Value) -> Option<Self> {
        match format.as_str()? {
            "g711_ulaw" => Some(Self::Pcmu),
            "g711_alaw" => Some(Self::Pcma),
            "pcm16" => Some(Self::Pcm { rate: PCM_HZ }),
            _ => None,
        }
    }

    /// Its name in GA's form.
    #[must_use]
    pub fn to_ga(self) -> Value {
        match self {
            Self::Pcmu => json!({ "type": "audio/pcmu" }),
            Self::Pcma => json!({ "type": "audio/pcma" }),
            Self::Pcm { rate } => json!({ "type": "audio/pcm", "rate": rate }),
        }
    }

    /// Samples a second, in Hz.
    #[must_use]
    pub const fn rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => TELEPHONE_HZ,
            Self::Pcm { rate } => rate,
        }
    }

    /// The size of one sample, in bytes.
    #[must_use]
    pub const fn sample_bytes(self) -> usize {
        match self {
            Self::Pcmu | Self::Pcma => 1,
            Self::Pcm { .. } => 2,
        }
    }

    /// How long this many bytes sound, in whole ms.
    #[must_use]
    pub const fn length_ms(self, bytes: usize) -> u64 {
        (bytes / self.sample_bytes()) as u64 * 1000 / self.rate() as u64
    }

    /// Encodes a sound of any rate.
    #[must_use]
    pub fn encode(self, sound: &Sound) -> Vec<u8> {
        let samples = sound.resampled(self.rate()).samples;
        match self {
            Self::Pcmu => samples.into_iter().map(to_mulaw).collect(),
            Self::Pcma => samples.into_iter().map(to_alaw).collect(),
            Self::Pcm { .. } => samples.into_iter().flat_map(i16::to_le_bytes).collect(),
        }
    }

    /// Decodes bytes to samples; half a sample at the end is dropped.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<i16> {
        match self {
            Self::Pcmu => bytes.iter().copied().map(from_mulaw).collect(),
            Self::Pcma => bytes.iter().copied().map(from_alaw).collect(),
            Self::Pcm { .. } => {
                bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audio::tone;

    #[test]
    fn every_format_keeps_a_tone_and_its_length() {
        let sound = tone(1000.0, 8000.0, Duration::from_millis(500), 8000);
        for format in [
            AudioFormat::Pcmu,
            AudioFormat::Pcma,
            AudioFormat::Pcm { rate: 24_000 },
            AudioFormat::Pcm { rate: 16_000 },
        ] {
            let bytes = format.encode(&sound);
            assert_eq!(format.length_ms(bytes.len()), 500, "{format:?}");
            let again = Sound { rate: format.rate(), samples: format.decode(&bytes) };
            assert!(again.tone_share(1000.0) > 0.98, "{format:?}");
            assert_eq!(AudioFormat::from_ga(&format.to_ga()), Some(format));
        }
    }
}
