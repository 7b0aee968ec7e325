//! Calls whose sound preserves no markers, such as those of browsers: arriving sound is counted, and nothing more is known of it.

use std::time::{Duration, Instant};

use super::{Board, CallNumber, Talk, TalkNumber, Window};

impl Board {
    /// Adds a caller whose sound preserves no markers.
    pub(in super::super) fn add_unmarked_call(&mut self) -> CallNumber {
        let call = self.add_call();
        if let Some(state) = self.calls.get_mut(usize::from(call.0)) {
            state.is_unmarked = true;
        }
        call
    }

    /// Notes that the provider's connection belongs to such a caller; it is unknown which one.
    pub(in super::super) fn serves_unmarked(&mut self, talk: TalkNumber) {
        if let Some(state) = self.talks.get_mut(usize::from(talk.0)) {
            state.is_unmarked = true;
        }
    }

    /// Notes that sound of this length reached such a caller.
    pub(in super::super) fn unmarked_sound(&mut self, call: CallNumber, lasts: Duration, now: Instant) {
        self.sound_arrived(call, now);
        if self.window == Window::Open {
            self.measured.heard += lasts;
        }
    }

    /// Such callers who have been heard and have heard something.
    pub(super) fn unmarked_up(&self) -> usize {
        let hearing = self.calls.iter().filter(|call| call.is_unmarked && call.sound_at.is_some()).count();
        hearing.min(self.talks.iter().filter(|talk| talk.is_unmarked).count())
    }

    /// Notes that a provider's connection of such a caller has ended. It is a failure if more of them have ended than callers have hung up.
    pub(super) fn unmarked_talk_closed(&mut self, how: &str) {
        let has_closed = |talk: &&Talk| talk.is_unmarked && talk.closed_at.is_some();
        let closed = self.talks.iter().filter(has_closed).count();
        let hung_up = self.calls.iter().filter(|call| call.is_unmarked && call.hung_up_at.is_some()).count();
        if closed > hung_up {
            self.fail(format!("a call's connection to the provider ended: {how}"));
        }
    }
}
