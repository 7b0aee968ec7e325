//! Callers, each on a leg of their kind.

use std::time::Duration;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::waiting::wait_until_every;
use cordboard_test_support::{browser, twilio};

/// A caller: what they can do at their telephone, and what they notice.
pub(crate) trait Line {
    /// Says something, after the sound that still waits. Returns at once.
    fn say(&self, sound: &Sound);
    /// Waits until all of that was said.
    fn wait_said(&self);
    /// Presses a key.
    fn press(&self, key: char);
    /// Hangs up.
    fn hang_up(&self);
    /// All that was heard so far.
    fn heard(&self) -> Sound;
    /// Whether the other side has let go of the caller.
    fn is_let_go(&self) -> bool;

    /// Waits until the other side has let go.
    #[track_caller]
    fn wait_let_go(&self) {
        let look = Duration::from_millis(20);
        wait_until_every(look, "the end of the caller's leg", LIMIT, || self.is_let_go().then_some(()))
            .unwrap();
    }

    /// Waits until so much was heard.
    #[track_caller]
    fn wait_heard(&self, length: Duration) {
        let look = Duration::from_millis(20);
        let enough = || (self.heard().length() >= length).then_some(());
        wait_until_every(look, &format!("{length:?} in the caller's ear"), LIMIT, enough).unwrap();
    }
}

impl Line for twilio::Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn wait_said(&self) {
        Self::wait_said(self, LIMIT).unwrap();
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn is_let_go(&self) -> bool {
        Self::is_let_go(self)
    }
}

impl Line for browser::Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn wait_said(&self) {
        Self::wait_said(self, LIMIT).unwrap();
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn is_let_go(&self) -> bool {
        Self::is_let_go(self)
    }
}
