//! A FreeSWITCH as tasks next to the server, and its callers' telephones as parties of a conversation.

use std::path::Path;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_test_support::audio::Sound;
use cordboard_test_support::freeswitch::{Call, FreeSwitch, Outliving, Settings};
use tokio::time::Instant;

use crate::suites::handoff::Party;
use crate::suites::party;

/// A switch with the world's calendar. Its temporary files, which are named by calls, are in this folder.
pub(crate) fn start(settings: Settings, folder: &Path) -> FreeSwitch {
    let settings = Settings { temporary: folder.to_owned(), ..settings };
    FreeSwitch::start_here(settings, calendar).unwrap()
}

/// A switch that has outlived a server goes on with the next one.
pub(crate) fn go_on(outliving: Outliving) -> FreeSwitch {
    outliving.goes_on_here(calendar).unwrap()
}

fn calendar() -> Duration {
    Duration::from_millis(world::now().timestamp_millis().unsigned_abs())
}

/// The time of the virtual clock, as the switch records it.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

impl Party for Call {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn has_said(&self) -> bool {
        self.said_at().is_none_or(|at| at <= now())
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self).sound()
    }

    fn is_over(&self) -> bool {
        self.hangup_cause().is_some()
    }
}

/// As a party that talks with an agent at a desk.
impl party::Party for Call {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn has_said(&self) -> bool {
        Party::has_said(self)
    }

    fn heard(&self) -> Sound {
        Party::heard(self)
    }

    fn is_over(&self) -> bool {
        Party::is_over(self)
    }
}
