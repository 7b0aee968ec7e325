//! Counts and sums from the database, which has only signed integers.

/// A count or a sum that can't be below 0.
pub(super) fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
