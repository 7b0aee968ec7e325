//! One response of the model, as a test describes it.

use std::time::Duration;

use serde_json::Value;

use super::script::Trouble;
use crate::audio::{Sound, tone};

/// The peak of the model's tones, of 32,767.
const TONE_AMPLITUDE: f64 = 8000.0;
/// The rate at which tones are made; a session's format has its own.
const TONE_HZ: u32 = 24_000;

/// One item of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// Words and their sound.
    Say { text: String, sound: Sound },
    /// A tool call of the model; the arguments are text, as models write them.
    Call { name: String, arguments: String },
}

/// How an uninterrupted response ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completed,
    /// With `status_details.error`, of this code.
    Failed(String),
    /// With `status_details.reason`.
    Incomplete(String),
}

/// How fast the sound of a response is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// This many times faster than real time, in deltas of uneven sizes.
    Times(f64),
    /// All at once.
    Burst,
}

/// One response of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub(crate) parts: Vec<Part>,
    pub(crate) pace: Pace,
    pub(crate) delay: Duration,
    /// The time between its first item and the first sound of it.
    pub(crate) silence: Duration,
    pub(crate) outcome: Outcome,
    /// Trouble after this much sound was sent; at zero, before the response begins.
    pub(crate) trouble: Option<(Duration, Trouble)>,
}

impl Answer {
    fn of(parts: Vec<Part>) -> Self {
        Self {
            parts,
            pace: Pace::Times(4.0),
            delay: Duration::from_millis(40),
            silence: Duration::ZERO,
            outcome: Outcome::Completed,
            trouble: None,
        }
    }

    /// Says these words; their sound is a tone of `hz` of this length.
    #[must_use]
    pub fn say(text: &str, hz: f64, length: Duration) -> Self {
        Self::say_sound(text, tone(hz, TONE_AMPLITUDE, length, TONE_HZ))
    }

    /// Says these words, with this sound.
    #[must_use]
    pub fn say_sound(text: &str, sound: Sound) -> Self {
        Self::of(vec![Part::Say { text: text.to_owned(), sound }])
    }

    /// Calls a tool and says nothing.
    #[must_use]
    pub fn call(name: &str, arguments: &Value) -> Self {
        Self::of(Vec::new()).and_call(name, arguments)
    }

    /// Says nothing; this happens instead.
    #[must_use]
    pub fn never(trouble: Trouble) -> Self {
        Self { trouble: Some((Duration::ZERO, trouble)), ..Self::of(Vec::new()) }
    }

    /// Fails without a word.
    #[must_use]
    pub fn fail(code: &str) -> Self {
        Self { outcome: Outcome::Failed(code.to_owned()), ..Self::of(Vec::new()) }
    }

    /// Says this as another item.
    #[must_use]
    pub fn and_say(mut self, text: &str, hz: f64, length: Duration) -> Self {
        let sound = tone(hz, TONE_AMPLITUDE, length, TONE_HZ);
        self.parts.push(Part::Say { text: text.to_owned(), sound });
        self
    }

    /// Calls a tool, too.
    #[must_use]
    pub fn and_call(self, name: &str, arguments: &Value) -> Self {
        self.and_call_with_text(name, &arguments.to_string())
    }

    /// Calls a tool with these arguments, which need not be JSON.
    #[must_use]
    pub fn and_call_with_text(mut self, name: &str, arguments: &str) -> Self {
        self.parts.push(Part::Call { name: name.to_owned(), arguments: arguments.to_owned() });
        self
    }

    /// Is sent at this pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Begins this long after it was due.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Begins in time, but its first sound is sent this much later.
    #[must_use]
    pub fn silent_for(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Ends as incomplete for this reason, after everything was said.
    #[must_use]
    pub fn incomplete(self, reason: &str) -> Self {
        Self { outcome: Outcome::Incomplete(reason.to_owned()), ..self }
    }

    /// This goes wrong when this much of its sound was sent.
    #[must_use]
    pub fn until(self, sent: Duration, trouble: Trouble) -> Self {
        Self { trouble: Some((sent.max(Duration::from_millis(1)), trouble)), ..self }
    }
}
