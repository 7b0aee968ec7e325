//! The life of our connection to a switch, without its socket: when it is tried, its phase, how it is lost. Pure, and the same for
//! every kind; the kind's own files say what is sent on it.

use cordboard_schema::time::UnixMs;

use super::losses::{Fault, Losses};

/// How long a connection may take to come up, and then again to be signed in, in ms. An Asterisk takes 1 s to refuse a login; a
/// FreeSWITCH gives up after 24 s.
pub(crate) const CONNECT_MS_MAX: u64 = 5_000;

/// The phase of a connection. `S` is a step of its opening, which each kind defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase<S> {
    /// There is no connection; the next is tried at this time.
    Down { retry_at: UnixMs },
    /// A connection is being made.
    Connecting { until: UnixMs },
    /// It is connected, but not ready for use yet.
    Opening { step: S, until: UnixMs },
    /// It has been ready for use since this time.
    Up { since: UnixMs },
}

/// The state of our connection to a switch, as far as it is the same for every kind.
#[derive(Debug)]
pub(crate) struct LinkLife<S, F> {
    phase: Phase<S>,
    losses: Losses<F>,
    output: Vec<u8>,
    heard_at: UnixMs,
}

impl<S: Copy, F: Fault> LinkLife<S, F> {
    /// Starts without a connection, for this reason. The first connection is due now.
    pub(crate) fn new(fault: F, now: UnixMs) -> Self {
        let phase = Phase::Down { retry_at: now };
        Self { phase, losses: Losses::none(fault), output: Vec::new(), heard_at: now }
    }

    /// Returns the phase of the connection.
    pub(crate) fn phase(&self) -> Phase<S> {
        self.phase
    }

    /// Returns whether the connection is ready for use.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// Returns why there is no connection, and how often it was lost.
    pub(crate) fn losses(&self) -> &Losses<F> {
        &self.losses
    }

    /// Returns when something last arrived.
    pub(crate) fn heard_at(&self) -> UnixMs {
        self.heard_at
    }

    /// Notes that something has arrived.
    pub(crate) fn heard(&mut self, now: UnixMs) {
        self.heard_at = now;
    }

    /// Returns when there is something to do next. `answer` is when the first outstanding answer is late, `silence_ms` how long the
    /// switch may be silent. Without both, a switch that is connected leaves nothing to do.
    pub(crate) fn next_deadline(&self, answer: Option<UnixMs>, silence_ms: Option<u64>) -> Option<UnixMs> {
        match self.phase {
            Phase::Down { retry_at } => Some(retry_at),
            Phase::Connecting { until } | Phase::Opening { until, .. } => Some(until),
            Phase::Up { .. } => answer.or(silence_ms.map(|silence_ms| self.heard_at + silence_ms)),
        }
    }

    /// Returns whether a connection is due. If so, it counts as being made from now on.
    pub(crate) fn begins_to_connect(&mut self, now: UnixMs) -> bool {
        let is_due = matches!(self.phase, Phase::Down { retry_at } if retry_at <= now);
        if is_due {
            self.phase = Phase::Connecting { until: now + CONNECT_MS_MAX };
        }
        is_due
    }

    /// Notes that it is connected; its opening begins with this step.
    pub(crate) fn connected(&mut self, step: S, now: UnixMs) {
        self.enter(step, now + CONNECT_MS_MAX);
        self.heard_at = now;
    }

    /// Continues the opening with this step, which may take until then.
    pub(crate) fn enter(&mut self, step: S, until: UnixMs) {
        self.phase = Phase::Opening { step, until };
    }

    /// Notes that it is ready for use from now on.
    pub(crate) fn is_of_use(&mut self, now: UnixMs) {
        self.phase = Phase::Up { since: now };
        self.losses.over();
    }

    /// Notes that the connection is gone, or was not made. Returns false if there was none to lose; the next try stays as planned
    /// then.
    ///
    /// `luck` is a random number from 0 to 1, for the wait until the next try.
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

    /// Returns the bytes to be written, to add more.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Takes the bytes to be written. Each is given once.
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
    fn a_silent_switch_is_kept_until_an_answer_is_late() {
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
