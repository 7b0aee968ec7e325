//! Limits how many datagrams of one peer are processed: a number per second, and after a pause a second's worth at once. All connections of a port
//! share a thread, and decrypting each datagram takes time. Pure.

use std::time::{Duration, Instant};

/// The rate limit of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    per_s: u32,
    /// Allowance, as the time in which that many datagrams are allowed.
    allowed: Duration,
    at: Instant,
}

impl Pace {
    /// Makes a limit of this many per second.
    pub(crate) fn new(per_s: u32, now: Instant) -> Self {
        Self { per_s, allowed: Duration::from_secs(1), at: now }
    }

    /// Whether a datagram that arrives now is processed.
    pub(crate) fn admits(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at);
        self.at = self.at.max(now);
        self.allowed = (self.allowed + passed).min(Duration::from_secs(1));
        let one = Duration::from_secs(1) / self.per_s.max(1);
        let left = self.allowed.checked_sub(one);
        self.allowed = left.unwrap_or(self.allowed);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seconds_datagrams_may_burst_and_then_the_rate_holds() {
        let began = Instant::now();
        let mut pace = Pace::new(100, began);
        let admitted = |pace: &mut Pace, after_ms| {
            let now = began + Duration::from_millis(after_ms);
            (0..1_000).filter(|_| pace.admits(now)).count()
        };
        assert_eq!(admitted(&mut pace, 0), 100);
        assert_eq!(admitted(&mut pace, 200), 20);
        assert_eq!(admitted(&mut pace, 100), 0, "a clock that goes back");
        assert_eq!(admitted(&mut pace, 60_000), 100, "no more than a second's");
    }
}
