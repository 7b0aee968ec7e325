//! A party on the telephone, or in a browser, whose stand-in is a task.

use cordboard_test_support::audio::Sound;
use cordboard_test_support::{browser, twilio};

use super::book::wait_for;

/// A party that talks and listens.
pub(crate) trait Party {
    /// Says this once, after the sound that still waits.
    fn say(&self, sound: &Sound);
    /// Whether everything was said.
    fn has_said(&self) -> bool;
    /// Everything that was heard so far.
    fn heard(&self) -> Sound;
    /// Whether the call is over at this telephone.
    fn is_over(&self) -> bool;

    /// Waits until everything was said.
    async fn said_all(&self) {
        wait_for("the end of a party's speech", || self.has_said()).await;
    }

    /// Waits until the call is over at this telephone.
    async fn over(&self) {
        wait_for("the end of a party's leg", || self.is_over()).await;
    }
}

impl Party for twilio::Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn has_said(&self) -> bool {
        Self::has_said(self)
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn is_over(&self) -> bool {
        Self::is_over(self)
    }
}

impl Party for browser::Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn has_said(&self) -> bool {
        Self::has_said(self)
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn is_over(&self) -> bool {
        self.is_let_go()
    }
}
