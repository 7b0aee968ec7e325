//! How many keys of a party are taken in a second.

use std::time::Duration;

use cordboard_schema::limits::AUDIOSOCKET_DIGITS_PER_S_MAX;
use tokio::time::Instant;

/// Counts digits by the second, so that a peer can't fill the call's mailbox with them.
#[derive(Debug)]
pub(crate) struct DigitRate {
    second_began: Instant,
    digits: u32,
}

impl DigitRate {
    pub(crate) fn new(now: Instant) -> Self {
        Self { second_began: now, digits: 0 }
    }

    /// Whether one more is taken now.
    pub(crate) fn admits(&mut self, now: Instant) -> bool {
        if now.duration_since(self.second_began) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        self.digits += 1;
        self.digits <= AUDIOSOCKET_DIGITS_PER_S_MAX
    }
}
