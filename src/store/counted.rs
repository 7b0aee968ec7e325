//! Counts and sums of the database, which knows signed numbers alone.

/// A count or a sum that can't be below 0.
pub(super) fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
