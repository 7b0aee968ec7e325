//! A circuit breaker: if lines fail, nobody is called until one call succeeds.

use std::collections::VecDeque;

use cordboard_schema::time::UnixMs;

use crate::attempt::Outcome;

/// Number of outcomes from which the share is computed.
const WINDOW: usize = 20;
/// Minimum outcomes for a conclusion.
const OUTCOMES_MIN: usize = 6;
/// The share of failures, in percent, at which calling stops.
const FAILURES_PERCENT: usize = 50;
/// The first pause.
const PAUSE_MS_FIRST: u64 = 60_000;
/// The longest pause.
const PAUSE_MS_MAX: u64 = 30 * 60_000;

/// State of the circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    lately: VecDeque<bool>,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    until: UnixMs,
    pause_ms: u64,
    is_probed: bool,
}

/// Whether calls may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    /// As many as there is room for.
    Closed,
    /// None before this time.
    OpenUntil(UnixMs),
    /// One, to find out whether lines work again.
    Probe,
    /// That one is under way.
    Probing,
}

impl Circuit {
    /// Its state.
    pub const fn standing(&self, now: UnixMs) -> CircuitState {
        match self.open {
            None => CircuitState::Closed,
            Some(Open { is_probed: true, .. }) => CircuitState::Probing,
            Some(Open { until, .. }) if now.0 < until.0 => CircuitState::OpenUntil(until),
            Some(_) => CircuitState::Probe,
        }
    }

    /// Adjusts to a calendar that was set back by this many ms, so that a pause is not longer.
    pub fn set_back(&mut self, ms: u64) {
        if let Some(open) = &mut self.open {
            open.until = open.until - ms;
        }
    }

    /// Notes that a call begins.
    pub const fn begun(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probed = true;
        }
    }

    /// Notes that a call was answered, so lines work, however long the talk lasts. Returns whether nobody was called because of them.
    pub fn answered(&mut self) -> bool {
        let was_open = self.open.is_some();
        if was_open {
            *self = Self::default();
        }
        was_open
    }

    /// Notes that a call ended with this outcome.
    pub fn ended(&mut self, outcome: Outcome, now: UnixMs) {
        if !outcome.is_try() {
            // Nobody was called, so nothing is known about lines.
            if let Some(open) = &mut self.open {
                open.is_probed = false;
            }
            return;
        }
        let is_failure = outcome.is_failure();
        if let Some(open) = &mut self.open {
            // The failure of a call that began before the circuit opened says nothing new.
            match (is_failure, open.is_probed) {
                (false, _) => *self = Self::default(),
                (true, false) => {}
                (true, true) => {
                    let pause_ms = (open.pause_ms * 2).min(PAUSE_MS_MAX);
                    *open = Open { until: now + pause_ms, pause_ms, is_probed: false };
                }
            }
            return;
        }
        self.lately.push_back(is_failure);
        if self.lately.len() > WINDOW {
            self.lately.pop_front();
        }
        let failures = self.lately.iter().filter(|is_failure| **is_failure).count();
        if self.lately.len() >= OUTCOMES_MIN && failures * 100 >= self.lately.len() * FAILURES_PERCENT {
            self.lately.clear();
            self.open =
                Some(Open { until: now + PAUSE_MS_FIRST, pause_ms: PAUSE_MS_FIRST, is_probed: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(0);

    fn failed(times: usize) -> Circuit {
        let mut circuit = Circuit::default();
        (0..times).for_each(|_| circuit.ended(Outcome::Failed, NOW));
        circuit
    }

    #[test]
    fn it_opens_when_half_of_the_lines_fail() {
        assert_eq!(failed(OUTCOMES_MIN - 1).standing(NOW), CircuitState::Closed);
        assert_eq!(failed(OUTCOMES_MIN).standing(NOW), CircuitState::OpenUntil(UnixMs(60_000)));
        let mut healthy = Circuit::default();
        for number in 0..100 {
            healthy.ended(if number % 3 == 0 { Outcome::Failed } else { Outcome::Busy }, NOW);
            assert_eq!(healthy.standing(NOW), CircuitState::Closed, "only a third fail");
        }
    }

    #[test]
    fn one_call_finds_out_whether_lines_are_back() {
        let mut circuit = failed(OUTCOMES_MIN);
        let mut pauses = Vec::new();
        let mut now = NOW;
        for _ in 0..7 {
            let CircuitState::OpenUntil(until) = circuit.standing(now) else { panic!("{circuit:?}") };
            pauses.push(until.ms_since(now) / 60_000);
            now = until;
            assert_eq!(circuit.standing(now), CircuitState::Probe);
            circuit.begun();
            assert_eq!(circuit.standing(now), CircuitState::Probing);
            circuit.ended(Outcome::Failed, now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        circuit.ended(Outcome::NoAnswer, now);
        assert_eq!(circuit.standing(now), CircuitState::Closed, "an older call succeeded");
    }

    #[test]
    fn an_answer_shows_that_lines_work_before_its_call_ends() {
        let mut circuit = failed(OUTCOMES_MIN);
        let then = UnixMs(60_000);
        circuit.begun();
        assert_eq!(circuit.standing(then), CircuitState::Probing);
        assert!(circuit.answered());
        assert_eq!(circuit.standing(then), CircuitState::Closed);
        let mut few = failed(OUTCOMES_MIN - 1);
        assert!(!few.answered());
        few.ended(Outcome::Failed, then);
        assert_eq!(
            few.standing(then),
            CircuitState::OpenUntil(then + 60_000),
            "half of the calls still fail"
        );
    }

    #[test]
    fn an_undialled_probe_is_repeated() {
        let mut circuit = failed(OUTCOMES_MIN);
        let then = UnixMs(60_000);
        circuit.begun();
        circuit.ended(Outcome::NotDialled, then);
        assert_eq!(circuit.standing(then), CircuitState::Probe);
    }
}
