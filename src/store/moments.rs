//! Times as columns store them.

use chrono::NaiveDateTime;
use cordboard_schema::time::UnixMs;

/// The time in UTC, as columns of both databases store it.
pub(super) fn column(moment: UnixMs) -> NaiveDateTime {
    moment.to_utc().naive_utc()
}

/// Returns the beginning and the end of a moment's day (UTC). Counts of a day need both, because a clock that was ahead has left rows of later days.
pub(super) fn day_of(moment: UnixMs) -> (NaiveDateTime, NaiveDateTime) {
    (column(moment.utc_day()), column(moment.utc_day_end()))
}
