//! Times as columns store them.

use chrono::NaiveDateTime;
use cordboard_schema::time::UnixMs;

/// The time in UTC, as columns of both databases store it.
pub(super) fn column(moment: UnixMs) -> NaiveDateTime {
    moment.to_utc().naive_utc()
}
