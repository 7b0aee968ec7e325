//! Log lines that peers of a port could cause without limit.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Shortest time between two lines of a kind.
const PAUSE: Duration = Duration::from_secs(60);

/// One kind of line: the first is logged at once, and then at most one a minute.
#[derive(Debug, Default)]
pub(crate) struct LineAMinute(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    last: Option<Instant>,
    left_out: u64,
}

impl LineAMinute {
    /// Notes another event. If it is to be logged now, returns how many were left out since the last line.
    pub(crate) fn again(&self) -> Option<u64> {
        let (now, mut lines) = (Instant::now(), self.lines());
        if lines.last.is_some_and(|last| now.duration_since(last) < PAUSE) {
            lines.left_out += 1;
            return None;
        }
        lines.last = Some(now);
        Some(std::mem::take(&mut lines.left_out))
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_logged_then_one_a_minute_with_counts() {
        let line = LineAMinute::default();
        assert_eq!(line.again(), Some(0));
        for _ in 0..49 {
            assert_eq!(line.again(), None);
        }
        tokio::time::advance(PAUSE - Duration::from_millis(1)).await;
        assert_eq!(line.again(), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!((line.again(), line.again()), (Some(50), None));
    }
}
