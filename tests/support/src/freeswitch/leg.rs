//! A call at a telephone as a party of a conversation.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use super::Call;
use crate::audio::Sound;
use crate::book::LIMIT;
use crate::handoff_suite::Party;

/// A leg of the switch.
pub struct Leg(pub Call);

impl Party for Leg {
    fn say(&self, sound: &Sound) {
        self.0.say(sound);
    }

    fn wait_said(&self) {
        self.0.wait_said(LIMIT).unwrap();
    }

    fn press(&self, key: char) {
        self.0.press(key);
    }

    fn hang_up(&self) {
        self.0.hang_up();
    }

    fn heard(&self) -> Sound {
        self.0.heard().words()
    }

    fn wait_over(&self) {
        let cause = self.0.wait_over(LIMIT).unwrap();
        assert_ne!(cause, "NO_ANSWER", "it was ended, and did not end by itself");
    }
}
