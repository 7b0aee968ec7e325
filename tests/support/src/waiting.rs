//! Waiting for a condition with a deadline: tests never sleep and hope.

use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The awaited event did not happen in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{awaited} did not happen within {limit:?}")]
pub struct TimedOut {
    /// The awaited event, as the test names it.
    pub awaited: String,
    /// How long was waited.
    pub limit: Duration,
}

/// Asks `condition` every 5 ms until it gives a value.
///
/// # Errors
/// [`TimedOut`] when there is none after `limit`.
pub fn wait_until<T>(
    awaited: &str,
    limit: Duration,
    condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    wait_until_every(POLL_INTERVAL, awaited, limit, condition)
}

/// As [`wait_until`], for a condition that is dear to look at: it is asked every `interval`.
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

/// As [`wait_until`], for a condition that costs whoever is asked something, and that may be long in coming: it is asked every
/// `interval` at first, and more rarely the longer it takes, up to four times that.
///
/// # Errors
/// As [`wait_until`].
pub fn wait_until_easing<T>(
    interval: Duration,
    awaited: &str,
    limit: Duration,
    condition: impl FnMut() -> Option<T>,
) -> Result<T, TimedOut> {
    // A tenth of what was waited so far is no loss to anybody.
    wait_with(|waited| (waited / 10).clamp(interval, 4 * interval), awaited, limit, condition)
}

/// Pauses as `pause` says of the time that was waited already.
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
    fn gives_the_value_or_names_what_did_not_happen() {
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
