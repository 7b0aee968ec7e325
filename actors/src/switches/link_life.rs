//! The life of our connection to a switch, without its socket: when it is tried, how far it is, how it is lost. Pure, and the same for
//! every kind; what is said on it is the kind's own.

use cordboard_schema::time::UnixMs;

use super::losses::{Fault, Losses};

/// How long a connection may take to come up, and again to be signed in, in ms. An Asterisk takes 1 s to refuse a login; a FreeSWITCH
/// gives up after 24 s.
pub(crate) const CONNECT_MS_MAX: u64 = 5_000;

/// How far a connection is. `S` is a step of its opening, which a kind has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase<S> {
    /// There is none; the next is tried then.
    Down { retry_at: UnixMs },
    /// One is being made.
    Connecting { until: UnixMs },
    /// It stands, and is of no use yet.
    Opening { step: S, until: UnixMs },
    /// Of use since then.
    Up { since: UnixMs },
}

/// The state of our connection to a switch: what is the same for every kind.
#[derive(Debug)]
pub(crate) struct LinkLife<S, F> {
    phase: Phase<S>,
    losses: Losses<F>,
    output: Vec<u8>,
    heard_at: UnixMs,
}

impl<S: Copy, F: Fault> LinkLife<S, F> {
    /// No connection yet, because of this; the first is due now.
    pub(crate) fn new(fault: F, now: UnixMs) -> Self {
        let phase = Phase::Down { retry_at: now };
        Self { phase, losses: Losses::none(fault), output: Vec::new(), heard_at: now }
    }

    /// How far it is.
    pub(crate) fn phase(&self) -> Phase<S> {
        self.phase
    }

    /// Whether it is of use.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// Why not, and how often it was lost.
    pub(crate) fn losses(&self) -> &Losses<F> {
        &self.losses
    }

    /// When something came last.
    pub(crate) fn heard_at(&self) -> UnixMs {
        self.heard_at
    }

    /// Something came.
    pub(crate) fn heard(&mut self, now: UnixMs) {
        self.heard_at = now;
    }

    /// When there is something to do next, of which the first answer that is late then, and a silence of so many ms; without those, a
    /// switch that may be silent for as long as it likes leaves nothing to do.
    pub(crate) fn next_deadline(&self, answer: Option<UnixMs>, silence_ms: Option<u64>) -> Option<UnixMs> {
        match self.phase {
            Phase::Down { retry_at } => Some(retry_at),
            Phase::Connecting { until } | Phase::Opening { until, .. } => Some(until),
            Phase::Up { .. } => answer.or(silence_ms.map(|silence_ms| self.heard_at + silence_ms)),
        }
    }

    /// Whether a connection is due. It counts as under way from then on.
    pub(crate) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        let is_due = matches!(self.phase, Phase::Down { retry_at } if retry_at <= now);
        if is_due {
            self.phase = Phase::Connecting { until: now + CONNECT_MS_MAX };
        }
        is_due
    }

    /// It stands; its opening begins with this step.
    pub(crate) fn connected(&mut self, step: S, now: UnixMs) {
        self.goes_on(step, now + CONNECT_MS_MAX);
        self.heard_at = now;
    }

    /// Its opening goes on with this step, until then at most.
    pub(crate) fn goes_on(&mut self, step: S, until: UnixMs) {
        self.phase = Phase::Opening { step, until };
    }

    /// It is of use from now on.
    pub(crate) fn is_of_use(&mut self, now: UnixMs) {
        self.phase = Phase::Up { since: now };
        self.losses.over();
    }

    /// It is gone, or did not come about. False where there was nothing to lose: what it waits for stands.
    ///
    /// `luck` is a number from 0 to 1, for the wait until the next try.
    pub(crate) fn lost(&mut self, fault: F, now: UnixMs, luck: f64) -> bool {
        let up_since = match self.phase {
            Phase::Down { .. } => return false,
            Phase::Up { since } => Some(since),
            Phase::Connecting { .. } | Phase::Opening { .. } => None,
        };
        self.phase = Phase::Down { retry_at: self.losses.lost(fault, up_since, now, luck) };
        self.output.clear();
        true
    }

    /// Bytes that are to be written, for more of them.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Bytes that are to be written. Each is given once.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::Retry;

    const NOW: UnixMs = UnixMs(1_000_000);

    #[derive(Debug, PartialEq)]
    struct Unplugged;

    impl std::fmt::Display for Unplugged {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it is unplugged")
        }
    }

    impl Fault for Unplugged {
        fn retry(&self) -> Retry {
            Retry::Soon
        }
    }

    #[test]
    fn silent_switches_are_left_alone_until_an_answer_is_late() {
        let mut life = LinkLife::new(Unplugged, NOW);
        assert_eq!(life.next_deadline(None, None), Some(NOW));
        life.connected((), NOW);
        assert_eq!(life.next_deadline(None, None), Some(NOW + CONNECT_MS_MAX));
        life.is_of_use(NOW);
        life.heard(NOW + 300);
        assert_eq!(life.next_deadline(None, Some(20_000)), Some(NOW + 20_300));
        assert_eq!(life.next_deadline(None, None), None);
        assert_eq!(life.next_deadline(Some(NOW + 700), None), Some(NOW + 700));
    }
}
