//! A call's place in the chain of voices, the failures of each voice, and the call's cost. `chain.rs` of the machine chooses the next
//! voice.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VOICES_MAX;

/// How long a voice that has failed is not used again, unless there is no other, in ms.
const RESTED_MS: u64 = 10_000;
/// A voice that has failed this often on a call is used again only when the standby serves.
const FAILURES_MAX: u8 = 3;

/// A call's place in its chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::machine) struct Chain {
    /// The place that serves, or served last. It serves again when the caller comes back from a person.
    place: u8,
    /// The failures of the voice at each place.
    failed: [Failed; VOICES_MAX],
    /// The cost of the call's assistants so far, in millionths of the currency.
    spent_micros: u64,
}

/// The failures of a voice on this call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Failed {
    /// When it last failed.
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
    pub(in crate::machine) fn serves(&mut self, place: u8) {
        self.place = place;
    }

    /// The voice at this place has failed.
    pub(in crate::machine) fn failed(&mut self, place: u8, failure: ProviderFailure, now: UnixMs) {
        if let Some(failed) = self.failed.get_mut(usize::from(place)) {
            // A voice that was not contacted did nothing wrong. It may be used again as soon as its circuit breaker allows it.
            let was_asked = failure != ProviderFailure::PassedOver;
            failed.at = Some(now);
            failed.is_final |= failure.is_final();
            failed.times = failed.times.saturating_add(u8::from(was_asked));
        }
    }

    /// The process died. The next one does not know the failures of the voices, but it knows the cost of the call.
    pub(in crate::machine) fn process_died(&mut self) {
        *self = Self { spent_micros: self.spent_micros, ..Self::default() };
    }

    pub(in crate::machine) fn is_fit(&self, place: u8, now: UnixMs) -> bool {
        self.failed.get(usize::from(place)).is_some_and(|failed| failed.is_fit(now))
    }

    pub(in crate::machine) fn is_given_up(&self, place: u8) -> bool {
        self.failed.get(usize::from(place)).is_none_or(|failed| failed.is_final)
    }

    /// Adds to the cost of the call. Returns the cost before.
    pub(in crate::machine) fn costs(&mut self, cost_micros: u64) -> u64 {
        let before = self.spent_micros;
        self.spent_micros = before.saturating_add(cost_micros);
        before
    }

    /// Returns the cost of the call's assistants so far, in millionths of the currency.
    pub(in crate::machine) fn spent_micros(&self) -> u64 {
        self.spent_micros
    }

    /// Returns the place that serves, or served last.
    pub(in crate::machine) fn place(&self) -> u8 {
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UnixMs = UnixMs(1_000_000);

    #[test]
    fn a_failed_voice_is_fit_again_after_ten_seconds_twice() {
        let mut chain = Chain::default();
        for (times, is_fit) in [(1, true), (2, true), (3, false)] {
            let at = AT + times * 60_000;
            chain.failed(0, ProviderFailure::Disconnected, at);
            assert!(!chain.is_fit(0, at + (RESTED_MS - 1)));
            assert_eq!(chain.is_fit(0, at + RESTED_MS), is_fit, "after {times} failures");
        }
        assert!(!chain.is_given_up(0), "it may be tried while the standby serves");
    }

    #[test]
    fn a_voice_with_a_final_failure_is_never_fit_again() {
        let mut chain = Chain::default();
        chain.failed(1, ProviderFailure::Unauthorized, AT);
        assert!(!chain.is_fit(1, AT + 3_600_000) && chain.is_given_up(1));
        assert!(chain.is_fit(0, AT) && !chain.is_given_up(0));
        assert!(!chain.is_fit(200, AT) && chain.is_given_up(200), "there is no such place");
    }
}
