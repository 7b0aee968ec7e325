//! Warns when the machine's calendar has diverged from the clock of calls.
//!
//! That clock ([`Clock`]) runs steadily from the start, so that nothing can put a call's events out of order. If a time service sets the calendar
//! after the start, or the machine was suspended, calls have wrong times, and opening hours and daily limits are judged by these until the next
//! start.

use std::time::Duration;

use cordboard_actors::clock::Clock;
use cordboard_actors::world;
use cordboard_schema::time::UnixMs;
use tokio::time::sleep;

/// Interval of the comparisons.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// How far the two may differ, in ms. Opening hours have whole minutes.
const APART_MS_MAX: u64 = 30_000;

/// Compares both repeatedly, for as long as it is polled.
pub(crate) async fn follow(clock: Clock) {
    let mut comparison = Comparison { clock, is_apart: false };
    loop {
        sleep(CHECK_INTERVAL).await;
        match comparison.compare() {
            None => {}
            Some(Change::Apart { ahead_ms, behind_ms }) => tracing::warn!(
                ahead_s = ahead_ms / 1_000,
                behind_s = behind_ms / 1_000,
                "the machine's clock was set, or the machine was suspended, since this server started: calls keep the time of the start, and opening hours and daily limits use it; restart the server"
            ),
            Some(Change::Together) => {
                tracing::info!("the machine's clock and the clock of calls agree again");
            }
        }
    }
}

/// Result of a comparison.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// By how much the calendar is ahead of the clock of calls, or behind it.
    Apart { ahead_ms: u64, behind_ms: u64 },
    /// Both agree again.
    Together,
}

/// The clock of calls, and the result of the last comparison.
struct Comparison {
    clock: Clock,
    is_apart: bool,
}

impl Comparison {
    /// Compares both once. Returns a change; a lasting condition is reported once.
    fn compare(&mut self) -> Option<Change> {
        let (calendar, calls) = (UnixMs::from(world::now()), self.clock.now());
        let (ahead_ms, behind_ms) = (calendar.ms_since(calls), calls.ms_since(calendar));
        let is_apart = ahead_ms.max(behind_ms) > APART_MS_MAX;
        let was_apart = std::mem::replace(&mut self.is_apart, is_apart);
        match (was_apart, is_apart) {
            (false, true) => Some(Change::Apart { ahead_ms, behind_ms }),
            (true, false) => Some(Change::Together),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_changed_calendar_is_reported_once() {
        let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
        let mut comparison = Comparison { clock: Clock::system(), is_apart: false };
        sleep(1_440 * CHECK_INTERVAL).await;
        assert_eq!(comparison.compare(), None, "both went on for a day");
        world::set_calendar(TimeDelta::seconds(20));
        assert_eq!(comparison.compare(), None, "no opening hour is missed");
        world::set_calendar(TimeDelta::hours(-2));
        assert_eq!(comparison.compare(), Some(Change::Apart { ahead_ms: 0, behind_ms: 7_180_000 }));
        sleep(CHECK_INTERVAL).await;
        assert_eq!(comparison.compare(), None, "it is reported already");
        world::set_calendar(TimeDelta::hours(2));
        assert_eq!(comparison.compare(), Some(Change::Together));
        world::set_calendar(TimeDelta::days(1));
        assert_eq!(comparison.compare(), Some(Change::Apart { ahead_ms: 86_420_000, behind_ms: 0 }));
    }
}
