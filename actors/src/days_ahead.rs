//! A calendar that is days ahead of the system's, as tests ask for it. Compiled only with the feature `fault-injection`.
//!
//! It is that of a process, from its beginning on: a test that has people called needs a day on which they may be called, and has a real
//! binary, which has no world of its own.

use std::env;
use std::sync::LazyLock;

use chrono::TimeDelta;

/// The variable with the days; without it there are none.
const VARIABLE: &str = "CALENDAR_DAYS_AHEAD";

static DAYS: LazyLock<TimeDelta> = LazyLock::new(|| {
    let days = env::var(VARIABLE).ok().and_then(|days| days.parse().ok());
    days.and_then(TimeDelta::try_days).unwrap_or_default()
});

/// By how much the calendar is ahead.
pub(crate) fn get() -> TimeDelta {
    *DAYS
}
