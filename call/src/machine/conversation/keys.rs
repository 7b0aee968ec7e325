//! The state of the caller's keys.

use cordboard_schema::digit::{Digit, Digits};
use cordboard_schema::time::UnixMs;

/// How long the next key of a sequence is awaited, in ms.
const NEXT_KEY_MS_MAX: u64 = 1_500;

/// The longest time, in ms, between the reports of one key by a leg and by a control link. Both report at its end.
const SAME_KEY_MS_MAX: u64 = 1_000;

/// The state of the caller's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Keys {
    /// Keys that may be the start of a longer sequence, and until when the next one is awaited.
    begun: Option<(Digits, UnixMs)>,
    /// Recent keys that only one of the two reporters has reported: whether it was the leg, the key, and the time.
    reported_once: Vec<(bool, Digit, UnixMs)>,
}

impl Keys {
    /// Returns when the keys are taken as they are.
    pub(in crate::machine) fn deadline(&self) -> Option<UnixMs> {
        self.begun.as_ref().map(|(_, until)| *until)
    }

    pub(in crate::machine) fn forget(&mut self) {
        self.begun = None;
    }

    /// Whether this is the first report of a key, by the leg or by the control link.
    pub(in crate::machine) fn is_first_word(&mut self, by_leg: bool, digit: Digit, now: UnixMs) -> bool {
        self.reported_once.retain(|(.., at)| now.ms_since(*at) < SAME_KEY_MS_MAX);
        let is_it = |(other, known, _): &(bool, Digit, UnixMs)| *other != by_leg && *known == digit;
        match self.reported_once.iter().position(is_it) {
            Some(at) => {
                self.reported_once.remove(at);
                false
            }
            None => {
                self.reported_once.push((by_leg, digit, now));
                true
            }
        }
    }

    /// Another key was pressed. Returns the sequence so far.
    pub(in crate::machine) fn continue_with(&mut self, digit: Digit) -> Digits {
        self.are_over().and_then(|digits| digits.with(digit)).unwrap_or_else(|| Digits::from(digit))
    }

    /// These may be the start of a longer sequence: waits for the next key.
    pub(in crate::machine) fn wait_for_more(&mut self, digits: Digits, now: UnixMs) {
        self.begun = Some((digits, now + NEXT_KEY_MS_MAX));
    }

    /// Takes the keys as they are.
    pub(in crate::machine) fn are_over(&mut self) -> Option<Digits> {
        self.begun.take().map(|(digits, _)| digits)
    }
}
