//! How a telephone reacts to a call.

use std::time::Duration;

use crate::audio::{Sound, tone};

/// The rate of PCMU in Hz, which telephones use here.
const RATE: u32 = 8000;
/// The peak of a tone.
const TONE_PEAK: f64 = 8000.0;
/// A tone of this length, with a whole number of Hz, repeats without a break.
const TONE_LENGTH: Duration = Duration::from_secs(1);

/// The words that a person repeats.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// A tone, in whole Hz.
    Tone(u16),
    /// Any sound; none when it is empty.
    Sound(Sound),
}

impl Default for Says {
    /// A tone of 440 Hz.
    fn default() -> Self {
        Self::Tone(440)
    }
}

impl Says {
    /// No sound of its own.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Sound(Sound { rate: RATE, samples: Vec::new() })
    }

    pub(super) fn samples(&self) -> Vec<i16> {
        match self {
            Self::Tone(frequency_hz) => tone(f64::from(*frequency_hz), TONE_PEAK, TONE_LENGTH, RATE).samples,
            Self::Sound(sound) => sound.resampled(RATE).samples,
        }
    }
}

/// How a telephone reacts when it is called.
#[derive(Debug, Clone, PartialEq)]
pub enum Manner {
    /// It rings, and is picked up after a while.
    Answers {
        /// How long it rings.
        after: Duration,
        /// The sound from then on.
        says: Says,
    },
    /// It is picked up at once, and hangs up after a while; until then it says 440 Hz.
    AnswersAndHangsUp {
        /// How long the call lasts, from the answer.
        after: Duration,
    },
    /// It is heard before it is picked up (183 with sound), like a network's announcement.
    EarlyMedia {
        /// The sound before the answer.
        early: Says,
        /// How long it lasts.
        after: Duration,
        /// The sound once it is picked up.
        says: Says,
    },
    /// It rings until the caller gives up, unless a test calls [`super::PhoneCall::answer`] or [`super::PhoneCall::hang_up`].
    Rings,
    /// The person is in another call (486).
    Busy,
    /// The person declines (603).
    Declines,
    /// It is switched off for now (480).
    Unavailable,
    /// There is no such number (404).
    NotFound,
    /// The trunk to it has no free line (503).
    Congested,
    /// It answers nothing at all.
    Dead,
}

impl Manner {
    /// It is picked up at once, with 440 Hz.
    #[must_use]
    pub fn answers() -> Self {
        Self::Answers { after: Duration::ZERO, says: Says::default() }
    }

    /// The answer that refuses the call.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Busy => Some("486 Busy Here"),
            Self::Declines => Some("603 Decline"),
            Self::Unavailable => Some("480 Temporarily Unavailable"),
            Self::NotFound => Some("404 Not Found"),
            Self::Congested => Some("503 Service Unavailable"),
            Self::Answers { .. }
            | Self::AnswersAndHangsUp { .. }
            | Self::EarlyMedia { .. }
            | Self::Rings
            | Self::Dead => None,
        }
    }
}
