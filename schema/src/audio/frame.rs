//! A frame of audio, the unit that travels on cords: mono, usually 20 ms, shared by reference counting.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::g711;

/// Length of a full frame in milliseconds. Every paced ear ticks at this interval.
pub const FRAME_MS: u32 = 20;

/// Sample rate in Hz, one of those that a leg can have (8,000 to 192,000).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SampleRate(u32);

impl SampleRate {
    /// Narrow band: G.711, AudioSocket kind 0x10.
    pub const HZ_8000: Self = Self(8_000);
    /// AudioSocket kind 0x11.
    pub const HZ_12000: Self = Self(12_000);
    /// Wide band: G.722's audio, AudioSocket kind 0x12.
    pub const HZ_16000: Self = Self(16_000);
    /// Sample rate of realtime providers; AudioSocket kind 0x13.
    pub const HZ_24000: Self = Self(24_000);
    /// AudioSocket kind 0x14.
    pub const HZ_32000: Self = Self(32_000);
    /// AudioSocket kind 0x15.
    pub const HZ_44100: Self = Self(44_100);
    /// Opus; AudioSocket kind 0x16.
    pub const HZ_48000: Self = Self(48_000);
    /// AudioSocket kind 0x17.
    pub const HZ_96000: Self = Self(96_000);
    /// AudioSocket kind 0x18.
    pub const HZ_192000: Self = Self(192_000);

    /// All rates, ascending.
    pub const ALL: [Self; 9] = [
        Self::HZ_8000,
        Self::HZ_12000,
        Self::HZ_16000,
        Self::HZ_24000,
        Self::HZ_32000,
        Self::HZ_44100,
        Self::HZ_48000,
        Self::HZ_96000,
        Self::HZ_192000,
    ];

    /// Returns the rate in Hz.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// Returns the samples in a frame of 20 ms: 160 at 8 kHz, 882 at 44.1 kHz.
    pub const fn samples_per_frame(self) -> usize {
        self.samples_in_ms(FRAME_MS)
    }

    /// Returns the whole samples in `ms` milliseconds, rounded down.
    pub const fn samples_in_ms(self, ms: u32) -> usize {
        (self.0 as u64 * ms as u64 / 1000) as usize
    }

    /// Returns the duration of `samples` samples in whole milliseconds, rounded down.
    pub const fn ms_of_samples(self, samples: u64) -> u64 {
        samples * 1000 / self.0 as u64
    }
}

/// A rate in Hz that no leg can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} Hz is not a sample rate that a leg can have")]
pub struct UnknownRate(pub u32);

impl TryFrom<u32> for SampleRate {
    type Error = UnknownRate;

    fn try_from(hz: u32) -> Result<Self, UnknownRate> {
        Self::ALL.into_iter().find(|rate| rate.0 == hz).ok_or(UnknownRate(hz))
    }
}

impl From<SampleRate> for u32 {
    fn from(rate: SampleRate) -> u32 {
        rate.0
    }
}

/// The two companding laws of G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// mu-law (PCMU): North America, Japan, Twilio.
    Mu,
    /// A-law (PCMA): Europe.
    A,
}

/// One piece of mono audio. A clone shares the samples and copies none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Signed 16-bit linear samples.
    Pcm {
        /// Rate of the samples.
        rate: SampleRate,
        /// The samples: 20 ms of them unless a peer chose another length.
        samples: Arc<[i16]>,
    },
    /// G.711 octets at 8 kHz, passed through unchanged where both ends use the same law.
    G711 {
        /// The law of the octets.
        law: Law,
        /// One octet a sample.
        bytes: Arc<[u8]>,
    },
}

impl Frame {
    /// Returns a PCM frame of these samples.
    pub fn pcm(rate: SampleRate, samples: impl Into<Arc<[i16]>>) -> Self {
        Self::Pcm { rate, samples: samples.into() }
    }

    /// Returns a full PCM frame of silence.
    pub fn silence(rate: SampleRate) -> Self {
        Self::pcm(rate, vec![0_i16; rate.samples_per_frame()])
    }

    /// Returns the rate of the samples.
    pub fn rate(&self) -> SampleRate {
        match self {
            Self::Pcm { rate, .. } => *rate,
            Self::G711 { .. } => SampleRate::HZ_8000,
        }
    }

    /// Returns the samples, decoded.
    pub fn to_samples(&self) -> Vec<i16> {
        match self {
            Self::Pcm { samples, .. } => samples.to_vec(),
            Self::G711 { law, bytes } => g711::decode_all(*law, bytes),
        }
    }

    /// Returns the number of samples.
    pub fn sample_count(&self) -> usize {
        match self {
            Self::Pcm { samples, .. } => samples.len(),
            Self::G711 { bytes, .. } => bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_20_ms_at_every_rate() {
        for rate in SampleRate::ALL {
            assert_eq!(rate.ms_of_samples(rate.samples_per_frame() as u64), 20, "{rate:?}");
        }
        assert_eq!(SampleRate::HZ_8000.samples_per_frame(), 160);
        assert_eq!(SampleRate::HZ_44100.samples_per_frame(), 882);
    }

    #[test]
    fn an_unknown_rate_is_refused() {
        assert_eq!(SampleRate::try_from(11_025), Err(UnknownRate(11_025)));
        assert_eq!(SampleRate::try_from(16_000), Ok(SampleRate::HZ_16000));
    }
}
