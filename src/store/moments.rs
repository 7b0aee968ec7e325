//! Moments as columns hold them.

use chrono::NaiveDateTime;
use cordboard_schema::time::UnixMs;

/// The moment in UTC, as columns of both databases hold it.
pub(super) fn column(moment: UnixMs) -> NaiveDateTime {
    moment.to_utc().naive_utc()
}
