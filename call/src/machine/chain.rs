//! The chain of voices: which of the profile's voices speaks next when one can't go on.
//!
//! ```text
//! place 0 ──fails──> place 1 ──fails──> … ──> place 0, unless it has failed within 10 s ──> standby
//! ```
//! The call knows places, counted from 0, but no providers. The program around it decides which account belongs to a place, and whether to
//! contact it at all. A voice that is not contacted fails at once ([`ProviderFailure::PassedOver`]).
//!
//! The call goes down the chain and does not go up again while a voice serves, because the caller should hear as few changes of voice as
//! possible. After the last place it starts again with the voices that have not failed recently. So two voices that fail in turn lead to
//! the standby, not to one another. A profile without a chain has one place.
//!
//! A voice may have a cap on the call's cost ([`VoiceLink::call_cost_max_micros`]). Once the call has cost that much, this voice is
//! skipped. If it is serving, the next one replaces it at the next pause of the conversation, so no word is cut off.

use cordboard_schema::event::Decision;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VOICES_MAX;
#[cfg(doc)]
use cordboard_schema::{provider::ProviderFailure, voice_chain::VoiceLink};

use super::{Effects, Machine, note};

impl Machine {
    /// Returns the number of voices, at least one.
    fn places(&self) -> u8 {
        let voices = self.profile.speech.voices.len().clamp(1, VOICES_MAX);
        u8::try_from(voices).unwrap_or(1)
    }

    /// Returns the cost of the call, in millionths of the currency, up to which the voice at this place may serve it.
    fn cap_micros(&self, place: u8) -> Option<u64> {
        self.profile.speech.link(place)?.call_cost_max_micros
    }

    /// Whether the call has reached the cost cap of the voice at this place.
    pub(super) fn is_at_cap(&self, place: u8) -> bool {
        self.cap_micros(place).is_some_and(|cap| self.conversation.chain().spent_micros() >= cap)
    }

    /// Adds to the cost of the call.
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

    /// Whether the built-in assistant replaces voices that failed.
    pub(super) fn has_standby(&self) -> bool {
        self.policy.standby_assistant || !self.profile.speech.voices.is_empty()
    }

    /// Returns the voice to start with: the one that served last, else the first that has not failed recently, else one that has. `None` if
    /// the call has reached the cost cap of every voice.
    pub(super) fn place_to_start(&self, now: UnixMs) -> Option<u8> {
        let last = self.conversation.chain().place().min(self.places() - 1);
        let places = || std::iter::once(last).chain(0..self.places());
        let fit = places().find(|place| self.may_serve(*place, now));
        fit.or_else(|| places().find(|place| !self.is_at_cap(*place)))
    }

    /// Returns the voice that takes over from the one at this place: one further down, else one further up.
    pub(super) fn next_place(&self, place: u8, now: UnixMs) -> Option<u8> {
        let mut others = (place + 1..self.places()).chain(0..place.min(self.places()));
        others.find(|place| self.may_serve(*place, now))
    }

    /// Returns the best voice to try while the standby serves: the first one, from this place on, that is not certain to fail again.
    pub(super) fn place_to_try(&self, from: u8) -> Option<u8> {
        (from..self.places())
            .find(|place| !self.conversation.chain().is_given_up(*place) && !self.is_at_cap(*place))
    }
}
