//! Callers, each on a leg of their kind.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::{self, Caller};
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::waiting::wait_until_every;
use cordboard_test_support::{browser, freeswitch, twilio};

/// A caller: what they can do at their telephone, and what they notice.
pub(crate) trait Line {
    /// Says something, behind what is still to be said. Returns at once.
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

impl Line for Caller {
    fn say(&self, sound: &Sound) {
        audiosocket::Line::say(self, sound);
    }

    fn wait_said(&self) {
        Self::wait_said(self, LIMIT).unwrap();
    }

    fn press(&self, key: char) {
        audiosocket::Line::press(self, key);
    }

    fn hang_up(&self) {
        audiosocket::Line::hang_up(self);
    }

    fn heard(&self) -> Sound {
        self.report().heard()
    }

    fn is_let_go(&self) -> bool {
        self.ended().is_some()
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

/// The variable in which the stand-in's dialplan says where a call was sent.
pub(crate) const WENT_TO: &str = "went_to";

impl Line for freeswitch::Call {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn wait_said(&self) {
        let done = || self.said_at().is_none_or(|at| at <= Instant::now()).then_some(());
        wait_until_every(Duration::from_millis(20), "the end of what the caller says", LIMIT, done).unwrap();
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self).words()
    }

    fn is_let_go(&self) -> bool {
        self.hangup_cause().is_some() || self.variable(WENT_TO).is_some()
    }
}
