//! A listener's reaction to a failed `accept`.

use std::io;
use std::time::Duration;

use cordboard_schema::limits::ACCEPT_BACKOFF_MS_MAX;

/// The wait after the first error of a burst; each further error doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_millis(ACCEPT_BACKOFF_MS_MAX);

/// The waits of a listener whose `accept` fails, and the log lines of each burst of failures: at its start and its end.
#[derive(Debug)]
pub struct AcceptBackoff {
    /// Name of the connecting side, for the log.
    kind: &'static str,
    failures: u32,
}

impl AcceptBackoff {
    /// Returns the backoff of a listener for connections of this kind.
    pub const fn new(kind: &'static str) -> Self {
        Self { kind, failures: 0 }
    }

    /// Notes that `accept` worked.
    pub fn accepted(&mut self) {
        let failures = std::mem::take(&mut self.failures);
        if failures > 0 {
            tracing::info!(kind = self.kind, failures, "connections are accepted again");
        }
    }

    /// Notes that `accept` failed; returns how long to wait before the next try. Waits even after an error of a single
    /// connection, so that a failing loop never spins.
    pub fn failed(&mut self, error: &io::Error) -> Duration {
        if self.failures == 0 {
            tracing::error!(
                kind = self.kind,
                %error,
                "no connection can be accepted; if the process has run out of files, raise the open-file limit (ulimit -n)"
            );
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_second_and_reset_after_success() {
        let mut backoff = AcceptBackoff::new("test");
        let mut wait_ms = || backoff.failed(&io::ErrorKind::OutOfMemory.into()).as_millis();
        let waits: Vec<u128> = (0..9).map(|_| wait_ms()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
        backoff.accepted();
        assert_eq!(backoff.failed(&io::ErrorKind::OutOfMemory.into()), FIRST_WAIT);
    }
}
