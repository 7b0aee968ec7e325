//! A calendar that is days ahead of the system's, for tests. Compiled only with the feature `fault-injection`.
//!
//! It applies to a whole process, from its start: a test that has people called needs a day on which they may be
//! called, and runs a real binary, which has no simulated world.

use std::env;
use std::sync::LazyLock;

use chrono::TimeDelta;

/// The variable with the number of days; 0 if it is not set.
const VARIABLE: &str = "CALENDAR_DAYS_AHEAD";

static DAYS: LazyLock<TimeDelta> = LazyLock::new(|| {
    let days = env::var(VARIABLE).ok().and_then(|days| days.parse().ok());
    days.and_then(TimeDelta::try_days).unwrap_or_default()
});

/// How far the calendar is ahead.
pub(crate) fn get() -> TimeDelta {
    *DAYS
}
