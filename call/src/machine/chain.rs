//! The chain of voices: which of the profile's voices speaks next where one can't go on.
//!
//! ```text
//! place 0 ──fails──> place 1 ──fails──> … ──> place 0, unless it has failed within 10 s ──> standby
//! ```
//! The call knows places, counted from 0, and no providers: which account stands at a place, and whether it is asked at all, is the
//! house's to say. One that it does not ask fails at once ([`ProviderFailure::PassedOver`]).
//!
//! It goes down the chain. It does not go up again while a voice serves: a voice changes as rarely as possible. Behind the last
//! place it begins anew with what has not failed of late, so that two that fail in turn lead to the standby and not to one another.
//! A profile without a chain has one place.
//!
//! A voice may have a cap on what the call costs ([`VoiceLink::call_cost_max_micros`]). Once the call has cost so much, that voice is
//! passed over, and where it serves, the next one takes its place at the next pause of the talk: no word is cut off for it.

use cordboard_schema::event::Decision;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VOICES_MAX;
#[cfg(doc)]
use cordboard_schema::voice_chain::VoiceLink;

use super::{Effects, Machine, note};

/// A voice that has failed is not taken again for so long, unless there is no other way.
const RESTED_MS: u64 = 10_000;
/// One that has failed so often on this call is not taken again but from the standby.
const FAILURES_MAX: u8 = 3;

/// Where a call is in its chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chain {
    /// The place that serves, or served last: it is the one that comes back to a caller whom somebody else had meanwhile.
    place: u8,
    /// How the voice at each place has failed.
    failed: [Failed; VOICES_MAX],
    /// What the call's assistants have cost so far, in millionths of the currency.
    spent_micros: u64,
}

/// How a voice has failed on this call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Failed {
    /// When it did last.
    at: Option<UnixMs>,
    /// It would fail again, however often it is tried.
    is_final: bool,
    times: u8,
}

impl Failed {
    fn is_fit(&self, now: UnixMs) -> bool {
        let is_rested = self.at.is_none_or(|at| now.ms_since(at) >= RESTED_MS);
        is_rested && !self.is_final && self.times < FAILURES_MAX
    }
}

impl Chain {
    /// The voice at this place serves.
    pub(super) fn serves(&mut self, place: u8) {
        self.place = place;
    }

    /// The voice at this place has failed.
    pub(super) fn failed(&mut self, place: u8, failure: ProviderFailure, now: UnixMs) {
        if let Some(failed) = self.failed.get_mut(usize::from(place)) {
            // One that was not asked has done nothing wrong: it may be asked again whenever the house lets it.
            let was_asked = failure != ProviderFailure::PassedOver;
            failed.at = Some(now);
            failed.is_final |= failure.is_final();
            failed.times = failed.times.saturating_add(u8::from(was_asked));
        }
    }

    /// The process died: another one knows nothing of how voices have failed. What the call has cost it knows.
    pub(super) fn process_died(&mut self) {
        *self = Self { spent_micros: self.spent_micros, ..Self::default() };
    }

    fn is_fit(&self, place: u8, now: UnixMs) -> bool {
        self.failed.get(usize::from(place)).is_some_and(|failed| failed.is_fit(now))
    }

    fn is_given_up(&self, place: u8) -> bool {
        self.failed.get(usize::from(place)).is_none_or(|failed| failed.is_final)
    }
}

impl Machine {
    /// How many voices there are: at least one.
    fn places(&self) -> u8 {
        let voices = self.profile.speech.voices.len().clamp(1, VOICES_MAX);
        u8::try_from(voices).unwrap_or(1)
    }

    /// What the call may cost for the voice at a place to serve it.
    fn cap_micros(&self, place: u8) -> Option<u64> {
        self.profile.speech.link(place)?.call_cost_max_micros
    }

    /// Whether the call has cost as much as the voice at this place serves it up to.
    pub(super) fn is_at_cap(&self, place: u8) -> bool {
        self.cap_micros(place).is_some_and(|cap| self.conversation.chain.spent_micros >= cap)
    }

    /// The call has cost so much more.
    pub(super) fn spent(&mut self, cost_micros: u64, fx: &mut Effects) {
        let before = self.conversation.chain.spent_micros;
        let spent_micros = before.saturating_add(cost_micros);
        self.conversation.chain.spent_micros = spent_micros;
        for place in 0..self.places() {
            if let Some(cap_micros) = self.cap_micros(place)
                && before < cap_micros
                && cap_micros <= spent_micros
            {
                fx.push(note(Decision::CostCapReached { place, cap_micros, spent_micros }));
            }
        }
    }

    fn may_serve(&self, place: u8, now: UnixMs) -> bool {
        self.conversation.chain.is_fit(place, now) && !self.is_at_cap(place)
    }

    /// Whether the built-in assistant takes the place of voices that failed.
    pub(super) fn has_standby(&self) -> bool {
        self.policy.standby_assistant || !self.profile.speech.voices.is_empty()
    }

    /// Which voice begins, or begins again: the one that served last, or the first that has not failed of late, or one that has. None
    /// where the call has cost too much for each of them.
    pub(super) fn place_to_start(&self, now: UnixMs) -> Option<u8> {
        let last = self.conversation.chain.place.min(self.places() - 1);
        let places = || std::iter::once(last).chain(0..self.places());
        let fit = places().find(|place| self.may_serve(*place, now));
        fit.or_else(|| places().find(|place| !self.is_at_cap(*place)))
    }

    /// Which voice goes on where the one at this place can't: one below, else one above.
    pub(super) fn next_place(&self, place: u8, now: UnixMs) -> Option<u8> {
        let mut others = (place + 1..self.places()).chain(0..place.min(self.places()));
        others.find(|place| self.may_serve(*place, now))
    }

    /// The best voice that may be tried while the standby serves: the first one, from this place on, that would not fail again.
    pub(super) fn place_to_try(&self, from: u8) -> Option<u8> {
        (from..self.places())
            .find(|place| !self.conversation.chain.is_given_up(*place) && !self.is_at_cap(*place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UnixMs = UnixMs(1_000_000);

    #[test]
    fn one_that_has_failed_is_fit_again_after_ten_seconds_twice() {
        let mut chain = Chain::default();
        for (times, is_fit) in [(1, true), (2, true), (3, false)] {
            let at = AT + times * 60_000;
            chain.failed(0, ProviderFailure::Disconnected, at);
            assert!(!chain.is_fit(0, at + (RESTED_MS - 1)));
            assert_eq!(chain.is_fit(0, at + RESTED_MS), is_fit, "after {times} failures");
        }
        assert!(!chain.is_given_up(0), "from the standby it may be tried");
    }

    #[test]
    fn one_whose_failure_is_final_is_never_fit_again() {
        let mut chain = Chain::default();
        chain.failed(1, ProviderFailure::Unauthorized, AT);
        assert!(!chain.is_fit(1, AT + 3_600_000) && chain.is_given_up(1));
        assert!(chain.is_fit(0, AT) && !chain.is_given_up(0));
        assert!(!chain.is_fit(200, AT) && chain.is_given_up(200), "there is no such place");
    }
}
