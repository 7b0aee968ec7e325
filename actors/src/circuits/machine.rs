//! One circuit, as a pure machine.
//!
//! ```text
//!            3 failures in 60 s, or a final one                pause is over: one call tries
//!  closed ─────────────────────────────────────────> open ──────────────────────────────────> tried
//!    ▲                                                 ▲  fails: the pause doubles, 300 s at most │
//!    │                                                 └──────────────────────────────────────────┤
//!    └────────────────────────────── it is there <────────────────────────────────────────────────┘
//! ```
//! Two calls never try at once, unless the first has reported nothing for a minute. A circuit that has closed and opens
//! again within a minute continues with its pauses: a provider that accepts callers and then fails them is no better than
//! one that does not accept them.

use std::collections::VecDeque;

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;

/// This many failures ...
const FAILURES: usize = 3;
/// ... within this time open the circuit.
const WITHIN_MS: u64 = 60_000;
/// The pause before the first trial; it doubles with each failed trial ...
const PAUSE_MS: u64 = 15_000;
/// ... up to this.
const PAUSE_MS_MAX: u64 = 300_000;
/// A circuit that opens again this soon after it was closed has not really recovered.
const RELAPSE_MS: u64 = 60_000;
/// A trial without a report for this long is lost: every attempt to connect is over much earlier. The permit may have reached
/// nobody, because the call waited too long for it, or ended meanwhile.
const TRIAL_MS_MAX: u64 = 60_000;

/// A trial, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial(u64);

/// Whether a call may ask the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may, like every other call.
    Go,
    /// Only this call may: its result decides for all.
    Try(Trial),
    /// It may not, at least until then.
    No {
        /// When the next call may.
        until: UnixMs,
    },
}

/// The result of a call at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider works.
    There,
    /// It has failed, for this reason.
    Failed(ProviderFailure),
    /// The call was over before that was known.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: UnixMs },
    Tried { trial: Trial, since: UnixMs },
}

/// See the module's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    state: State,
    /// Recent failures, the oldest first.
    failures: VecDeque<UnixMs>,
    /// The newest pause; none if the circuit was never open.
    pause_ms: Option<u64>,
    closed_at: Option<UnixMs>,
    trials: u64,
}

impl Default for Circuit {
    fn default() -> Self {
        Self { state: State::Closed, failures: VecDeque::new(), pause_ms: None, closed_at: None, trials: 0 }
    }
}

/// The state of a circuit, for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    /// Calls use the provider.
    Closed,
    /// No call uses it, until then.
    Open {
        /// When one call may try.
        until: UnixMs,
    },
    /// One call is trying.
    Tried,
}

impl Circuit {
    /// A call wants to use the provider.
    pub fn ask(&mut self, now: UnixMs) -> Permit {
        match self.state {
            State::Closed => Permit::Go,
            State::Open { until } if until > now => Permit::No { until },
            // Another caller in the meantime need not try again at once.
            State::Tried { since, .. } if now.ms_since(since) < TRIAL_MS_MAX => {
                Permit::No { until: now + PAUSE_MS }
            }
            State::Open { .. } | State::Tried { .. } => {
                self.trials += 1;
                let trial = Trial(self.trials);
                self.state = State::Tried { trial, since: now };
                Permit::Try(trial)
            }
        }
    }

    /// A call with this permit reports its result. It may report more than once: that the provider works, and later
    /// that it failed.
    pub fn reported(&mut self, permit: Permit, verdict: Verdict, now: UnixMs) {
        match permit {
            Permit::Try(trial) if self.is_tried_by(trial) => self.trial_reported(verdict, now),
            Permit::Go | Permit::Try(_) => self.call_reported(verdict, now),
            Permit::No { .. } => {}
        }
    }

    fn is_tried_by(&self, of: Trial) -> bool {
        matches!(self.state, State::Tried { trial, .. } if trial == of)
    }

    fn trial_reported(&mut self, verdict: Verdict, now: UnixMs) {
        match verdict {
            Verdict::There => {
                self.state = State::Closed;
                self.closed_at = Some(now);
                self.failures.clear();
            }
            Verdict::Failed(failure) if is_the_providers(failure) => self.open(now),
            // Nothing is known: the next call may try at once.
            Verdict::Failed(_) | Verdict::Unknown => self.state = State::Open { until: now },
        }
    }

    /// While the circuit is open, another call's result has no effect on it.
    fn call_reported(&mut self, verdict: Verdict, now: UnixMs) {
        let Verdict::Failed(failure) = verdict else { return };
        if self.state != State::Closed || !is_the_providers(failure) {
            return;
        }
        self.failures.push_back(now);
        while self.failures.len() > FAILURES
            || self.failures.front().is_some_and(|at| now.ms_since(*at) >= WITHIN_MS)
        {
            self.failures.pop_front();
        }
        if failure.is_final() || self.failures.len() >= FAILURES {
            let is_relapse = self.closed_at.is_some_and(|at| now.ms_since(at) < RELAPSE_MS);
            if !is_relapse {
                self.pause_ms = None;
            }
            self.open(now);
        }
    }

    fn open(&mut self, now: UnixMs) {
        let pause_ms = self.pause_ms.map_or(PAUSE_MS, |pause_ms| (pause_ms * 2).min(PAUSE_MS_MAX));
        self.pause_ms = Some(pause_ms);
        self.failures.clear();
        self.state = State::Open { until: now + pause_ms };
    }

    /// The state of the circuit.
    pub fn standing(&self) -> CircuitState {
        match self.state {
            State::Closed => CircuitState::Closed,
            State::Open { until } => CircuitState::Open { until },
            State::Tried { .. } => CircuitState::Tried,
        }
    }

    /// Whether it says no more than a new circuit.
    pub fn is_forgettable(&self, now: UnixMs) -> bool {
        let is_old = |at: &UnixMs| now.ms_since(*at) >= WITHIN_MS;
        self.state == State::Closed && self.failures.iter().chain(&self.closed_at).all(is_old)
    }
}

/// Whether a failure means that the provider, or our account there, does not work. A fault of ours or the end of a
/// session does not mean that.
fn is_the_providers(failure: ProviderFailure) -> bool {
    !matches!(
        failure,
        ProviderFailure::Panicked
            | ProviderFailure::Other
            | ProviderFailure::PassedOver
            | ProviderFailure::SessionExpired
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMs = UnixMs(1_000_000_000);
    const DOWN: Verdict = Verdict::Failed(ProviderFailure::Unreachable);

    /// A small random number generator, so that events follow from the seed.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }
    }

    #[test]
    fn it_opens_at_the_third_failure_within_a_minute() {
        let mut circuit = Circuit::default();
        for second in [0, 31, 62, 93] {
            circuit.reported(Permit::Go, DOWN, START + second * 1_000);
            assert_eq!(circuit.ask(START + second * 1_000), Permit::Go, "two within a minute");
        }
        circuit.reported(Permit::Go, DOWN, START + 94_000);
        assert_eq!(circuit.ask(START + 94_000), Permit::No { until: START + 109_000 });
    }

    #[test]
    fn refused_keys_open_it_at_once_and_our_faults_never() {
        for failure in ProviderFailure::ALL {
            let mut circuit = Circuit::default();
            circuit.reported(Permit::Go, Verdict::Failed(failure), START);
            assert_eq!(circuit.ask(START) != Permit::Go, failure.is_final(), "{failure}");
            for _ in 0..5 {
                circuit.reported(Permit::Go, Verdict::Failed(failure), START);
            }
            assert_eq!(circuit.ask(START) == Permit::Go, !is_the_providers(failure), "{failure}");
        }
    }

    #[test]
    fn trials_come_after_pauses_doubling_up_to_five_minutes() {
        let mut circuit = Circuit::default();
        let mut now = START;
        circuit.reported(Permit::Go, Verdict::Failed(ProviderFailure::Unauthorized), now);
        for pause_s in [15, 30, 60, 120, 240, 300, 300] {
            assert_eq!(circuit.ask(now + (pause_s * 1_000 - 1)), Permit::No { until: now + pause_s * 1_000 });
            now = now + pause_s * 1_000;
            let permit = circuit.ask(now);
            assert!(matches!(permit, Permit::Try(_)), "{permit:?} after {pause_s} s");
            assert!(matches!(circuit.ask(now), Permit::No { .. }), "two try at once");
            circuit.reported(permit, DOWN, now);
        }
        now = now + 300_000;
        let permit = circuit.ask(now);
        circuit.reported(permit, Verdict::There, now);
        assert_eq!(circuit.ask(now), Permit::Go);
        // It did not really work: the pauses continue where they were.
        circuit.reported(Permit::Go, Verdict::Failed(ProviderFailure::QuotaExhausted), now + 1_000);
        assert_eq!(circuit.ask(now + 1_000), Permit::No { until: now + 301_000 });
    }

    #[test]
    fn a_trial_without_a_verdict_lets_the_next_one_try() {
        let mut circuit = Circuit::default();
        circuit.reported(Permit::Go, Verdict::Failed(ProviderFailure::Unauthorized), START);
        let now = START + 15_000;
        let permit = circuit.ask(now);
        circuit.reported(permit, Verdict::Unknown, now + 5);
        let next = circuit.ask(now + 5);
        assert!(matches!(next, Permit::Try(_)), "{next:?}");
        assert_ne!(permit, next);
        // The first call's late report has no effect any more.
        circuit.reported(permit, Verdict::There, now + 6);
        assert_eq!(circuit.standing(), CircuitState::Tried);
    }

    /// The permit may reach nobody: the caller hung up while the call waited for it.
    #[test]
    fn a_trial_that_nobody_makes_is_given_again() {
        let mut circuit = Circuit::default();
        circuit.reported(Permit::Go, Verdict::Failed(ProviderFailure::Unauthorized), START);
        let now = START + 15_000;
        let lost = circuit.ask(now);
        assert!(matches!(circuit.ask(now + 59_999), Permit::No { .. }));
        let permit = circuit.ask(now + 60_000);
        assert!(matches!(permit, Permit::Try(_)), "{permit:?}");
        circuit.reported(lost, DOWN, now + 60_001);
        assert_eq!(circuit.standing(), CircuitState::Tried, "the newer trial decides");
        circuit.reported(permit, Verdict::There, now + 60_002);
        assert_eq!(circuit.ask(now + 60_003), Permit::Go);
    }

    /// Calls come and go at random, at a provider that is away for random spans of time.
    #[test]
    fn a_circuit_admits_single_trials_and_always_closes_again() {
        for seed in 0..2_000 {
            let (mut chance, mut circuit, mut now) = (Chance(seed), Circuit::default(), START);
            let mut under_way: Vec<(UnixMs, Permit, Verdict)> = Vec::new();
            for step in 0..400 {
                now = now + chance.below(4_000);
                let is_away = (step / 40) % 2 == 1;
                let due = under_way.iter().position(|(at, ..)| *at <= now);
                if let Some(due) = due {
                    let (_, permit, verdict) = under_way.swap_remove(due);
                    circuit.reported(permit, verdict, now);
                }
                let before = circuit.standing();
                let permit = circuit.ask(now);
                match (before, permit) {
                    (CircuitState::Closed, Permit::Go) => {}
                    (CircuitState::Open { until }, Permit::Try(_)) => {
                        assert!(until <= now, "seed {seed}: too early")
                    }
                    (CircuitState::Open { until: at }, Permit::No { until }) => {
                        assert!(at > now && at == until)
                    }
                    (CircuitState::Tried, Permit::No { .. }) => {}
                    other => panic!("seed {seed}: {other:?}"),
                }
                if matches!(permit, Permit::Try(_)) {
                    let tried = under_way.iter().filter(|(_, permit, _)| matches!(permit, Permit::Try(_)));
                    assert_eq!(tried.count(), 0, "seed {seed}: two try at once");
                }
                if !matches!(permit, Permit::No { .. }) {
                    let verdict = match (is_away, chance.below(8)) {
                        (_, 0) => Verdict::Unknown,
                        (true, _) => DOWN,
                        (false, _) => Verdict::There,
                    };
                    under_way.push((now + chance.below(9_000), permit, verdict));
                }
            }
            // The provider works from now on.
            for (_, permit, _) in under_way.drain(..) {
                circuit.reported(permit, Verdict::There, now);
            }
            now = now + PAUSE_MS_MAX;
            let permit = circuit.ask(now);
            circuit.reported(permit, Verdict::There, now);
            assert_eq!(circuit.ask(now), Permit::Go, "seed {seed}: it does not close");
        }
    }
}
