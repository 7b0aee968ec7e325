//! How a telephone takes a call.

use std::time::Duration;

use crate::audio::{Sound, tone};

/// The rate of PCMU in Hz: what telephones speak here.
const RATE: u32 = 8000;
/// The peak of a tone.
const TONE_PEAK: f64 = 8000.0;
/// So long, a tone of a whole number of Hz fits to its own beginning.
const TONE_LENGTH: Duration = Duration::from_secs(1);

/// Sound of a person, again and again.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// A tone, in whole Hz.
    Tone(u16),
    /// Anything else; nothing at all when it is empty.
    Sound(Sound),
}

impl Default for Says {
    /// A tone of 440 Hz.
    fn default() -> Self {
        Self::Tone(440)
    }
}

impl Says {
    /// Nothing by itself.
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

/// Behaviour of a telephone when it is called.
#[derive(Debug, Clone, PartialEq)]
pub enum Manner {
    /// It rings, and is picked up after a while.
    Answers {
        /// How long it rings.
        after: Duration,
        /// Sound from then on.
        says: Says,
    },
    /// It is picked up at once, and put down again after a while; until then 440 Hz are said.
    AnswersAndHangsUp {
        /// How long the call lasts, from the answer.
        after: Duration,
    },
    /// It is heard before it is picked up (183 with sound): the announcement of somebody's network.
    EarlyMedia {
        /// Sound before the answer.
        early: Says,
        /// How long.
        after: Duration,
        /// Sound once it is picked up.
        says: Says,
    },
    /// It rings until the caller gives up, unless a test lets [`super::PhoneCall::answer`] or
    /// [`super::PhoneCall::hang_up`].
    Rings,
    /// Its person talks to somebody else (486).
    Busy,
    /// Its person does not want the call (603).
    Declines,
    /// It is switched off for now (480).
    Unavailable,
    /// There is no such number (404).
    NotFound,
    /// The way to it has no free line (503).
    Congested,
    /// It says nothing to anything.
    Dead,
}

impl Manner {
    /// Picked up at once, with 440 Hz.
    #[must_use]
    pub fn answers() -> Self {
        Self::Answers { after: Duration::ZERO, says: Says::default() }
    }

    /// The answer that ends the call before it began.
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
