//! Waiting for a condition with a deadline: tests never sleep and hope.

use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is checked at first and later. Many checks are a request to a server, which costs both sides at least a ms of CPU.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
const POLL_INTERVAL_MAX: Duration = Duration::from_millis(25);
/// A check may come late by a tenth of the time so far.
const SHARE: u32 = 10;

/// The awaited event did not happen in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{awaited} did not happen within {limit:?}")]
pub struct TimedOut {
    /// The awaited event, as the test names it.
    pub awaited: String,
    /// How long the test waited.
    pub limit: Duration,
}

/// Checks `condition` until it returns a value: every 5 ms at first, and every 25 ms after a quarter of a second.
///
/// # Errors
/// [`TimedOut`] when there is none after `limit`.
pub fn wait_until<T>(
    awaited: &str,
    limit: Duration,
    condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    let pause = |waited: Duration| (waited / SHARE).clamp(POLL_INTERVAL, POLL_INTERVAL_MAX);
    wait_with(pause, awaited, limit, condition)
}

/// Like [`wait_until`], for a condition that is expensive to check: it is checked every `interval`.
///
/// # Errors
/// As [`wait_until`].
pub fn wait_until_every<T>(
    interval: Duration,
    awaited: &str,
    limit: Duration,
    condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    wait_with(|_| interval, awaited, limit, condition)
}

/// Like [`wait_until`], for a condition whose check costs the server something, and that may take long: it is checked every `interval` at first,
/// and less often the longer it takes, up to four times that.
///
/// # Errors
/// As [`wait_until`].
pub fn wait_until_easing<T>(
    interval: Duration,
    awaited: &str,
    limit: Duration,
    condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    wait_with(|waited| (waited / SHARE).clamp(interval, 4 * interval), awaited, limit, condition)
}

/// `pause` returns the next pause from the time so far.
fn wait_with<T>(
    pause: impl Fn(Duration) -> Duration,
    awaited: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    let began = Instant::now();
    loop {
        if let Some(value) = condition() {
            return Ok(value);
        }
        let waited = began.elapsed();
        if waited >= limit {
            return Err(TimedOut { awaited: awaited.to_owned(), limit });
        }
        thread::sleep(pause(waited));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_returns_the_value_or_names_what_is_missing() {
        let mut asked = 0;
        let third = wait_until("a third look", Duration::from_secs(5), || {
            asked += 1;
            (asked == 3).then_some(asked)
        });
        assert_eq!(third, Ok(3));

        asked = 0;
        let third =
            wait_until_easing(Duration::from_millis(1), "a third look", Duration::from_secs(5), || {
                asked += 1;
                (asked == 3).then_some(asked)
            });
        assert_eq!(third, Ok(3));

        let never = wait_until::<()>("a miracle", Duration::from_millis(10), || None);
        assert_eq!(never.unwrap_err().to_string(), "a miracle did not happen within 10ms");
    }
}
