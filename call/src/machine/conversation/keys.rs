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

    /// Notes a report of a key, by the leg or by the control link. Returns whether it is the first report of that key.
    pub(in crate::machine) fn note_report(&mut self, by_leg: bool, digit: Digit, now: UnixMs) -> bool {
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
        self.take_begun().and_then(|digits| digits.with(digit)).unwrap_or_else(|| Digits::from(digit))
    }

    /// These may be the start of a longer sequence: waits for the next key.
    pub(in crate::machine) fn wait_for_more(&mut self, digits: Digits, now: UnixMs) {
        self.begun = Some((digits, now + NEXT_KEY_MS_MAX));
    }

    /// Takes the keys that were pressed so far.
    pub(in crate::machine) fn take_begun(&mut self) -> Option<Digits> {
        self.begun.take().map(|(digits, _)| digits)
    }
}
