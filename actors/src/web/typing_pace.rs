//! The limit on a visitor's texts: no person writes faster, and a program that does can't keep an assistant busy. Pure.

use std::time::Duration;

use cordboard_schema::limits::{TYPED_AT_ONCE_MAX, TYPED_EVERY_MS};
use tokio::time::Instant;

/// The allowance of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypingPace {
    left: u32,
    since: Instant,
}

impl TypingPace {
    /// Creates the allowance of a connection on which nothing was written yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { left: TYPED_AT_ONCE_MAX, since: now }
    }

    /// Returns whether one more message is accepted.
    pub(super) fn takes(&mut self, now: Instant) -> bool {
        const EVERY: Duration = Duration::from_millis(TYPED_EVERY_MS);
        while self.left < TYPED_AT_ONCE_MAX && now.duration_since(self.since) >= EVERY {
            self.left += 1;
            self.since += EVERY;
        }
        if self.left == TYPED_AT_ONCE_MAX {
            self.since = now;
        }
        let is_taken = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_messages_pass_at_once_then_one_per_interval() {
        let began = Instant::now();
        let after = |ms: u64| began + Duration::from_millis(ms);
        let mut pace = TypingPace::new(began);
        let taken = (0..1_000).filter(|_| pace.takes(began)).count();
        assert_eq!(taken, TYPED_AT_ONCE_MAX as usize);
        assert!(!pace.takes(after(TYPED_EVERY_MS - 1)));
        assert!(pace.takes(after(TYPED_EVERY_MS)));
        assert!(!pace.takes(after(TYPED_EVERY_MS)));
        let taken = (0..1_000).filter(|_| pace.takes(after(1_000_000))).count();
        assert_eq!(taken, TYPED_AT_ONCE_MAX as usize, "a long wait saves no more than that");
    }
}
