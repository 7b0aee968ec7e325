//! Calls at telephones as parties of a conversation.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use super::{PhoneCall, SipCall};
use crate::audio::Sound;
use crate::book::LIMIT;
use crate::handoff_suite::Party;

macro_rules! party {
    ($call:ty) => {
        impl Party for $call {
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
                Self::hang_up(self).unwrap();
            }

            fn heard(&self) -> Sound {
                Self::heard(self)
            }

            fn wait_over(&self) {
                self.wait_ended(LIMIT).unwrap();
            }
        }
    };
}

party!(SipCall);
party!(PhoneCall);
