//! The chain of voices: which of the profile's voices speaks next where one can't go on.
//!
//! ```text
//! place 0 ──fails──> place 1 ──fails──> … ──> place 0, unless it has failed within 10 s ──> standby
//! ```
//! The call knows places, counted from 0, and no providers. The program around it decides which account stands at a place, and
//! whether it is asked at all. One that it does not ask fails at once ([`ProviderFailure::PassedOver`]).
//!
//! It goes down the chain. It does not go up again while a voice serves: a voice changes as rarely as possible. After the last place
//! it begins anew with the voices that have not failed recently, so that two that fail in turn lead to the standby and not to one
//! another. A profile without a chain has one place.
//!
//! A voice may have a cap on the call's cost ([`VoiceLink::call_cost_max_micros`]). Once the call has cost so much, that voice is
//! passed over, and where it serves, the next one takes its place at the next pause of the talk: no word is cut off for it.

use cordboard_schema::event::Decision;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VOICES_MAX;
#[cfg(doc)]
use cordboard_schema::{provider::ProviderFailure, voice_chain::VoiceLink};

use super::{Effects, Machine, note};

impl Machine {
    /// Number of voices: at least one.
    fn places(&self) -> u8 {
        let voices = self.profile.speech.voices.len().clamp(1, VOICES_MAX);
        u8::try_from(voices).unwrap_or(1)
    }

    /// Highest cost of the call at which the voice at a place may serve it.
    fn cap_micros(&self, place: u8) -> Option<u64> {
        self.profile.speech.link(place)?.call_cost_max_micros
    }

    /// Whether the call has cost as much as the voice at this place serves it up to.
    pub(super) fn is_at_cap(&self, place: u8) -> bool {
        self.cap_micros(place).is_some_and(|cap| self.conversation.chain().spent_micros() >= cap)
    }

    /// The call has cost so much more.
    pub(super) fn spent(&mut self, cost_micros: u64, fx: &mut Effects) {
        let before = self.conversation.chain_mut().costs(cost_micros);
        let spent_micros = self.conversation.chain().spent_micros();
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
        self.conversation.chain().is_fit(place, now) && !self.is_at_cap(place)
    }

    /// Whether the built-in assistant takes the place of voices that failed.
    pub(super) fn has_standby(&self) -> bool {
        self.policy.standby_assistant || !self.profile.speech.voices.is_empty()
    }

    /// The voice that begins, or begins again: the one that served last, or the first that has not failed recently, or one that has.
    /// None if the call has cost too much for each of them.
    pub(super) fn place_to_start(&self, now: UnixMs) -> Option<u8> {
        let last = self.conversation.chain().place().min(self.places() - 1);
        let places = || std::iter::once(last).chain(0..self.places());
        let fit = places().find(|place| self.may_serve(*place, now));
        fit.or_else(|| places().find(|place| !self.is_at_cap(*place)))
    }

    /// The voice that goes on if the one at this place can't: one below, else one above.
    pub(super) fn next_place(&self, place: u8, now: UnixMs) -> Option<u8> {
        let mut others = (place + 1..self.places()).chain(0..place.min(self.places()));
        others.find(|place| self.may_serve(*place, now))
    }

    /// The best voice that may be tried while the standby serves: the first one, from this place on, that would not fail again.
    pub(super) fn place_to_try(&self, from: u8) -> Option<u8> {
        (from..self.places())
            .find(|place| !self.conversation.chain().is_given_up(*place) && !self.is_at_cap(*place))
    }
}
