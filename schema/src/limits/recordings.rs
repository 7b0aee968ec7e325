//! Bounds of recordings of calls that are over.

/// Milliseconds from the end of a call until its recording is touched: by then nobody writes to it any more.
pub const RECORDING_SETTLED_MS: u64 = 30_000;
/// Milliseconds between two looks for recordings that are to be encoded or moved.
pub const RECORDINGS_LOOK_MS: u64 = 30_000;
/// Recordings that are read at a time where some are to be encoded or moved.
pub const RECORDINGS_AT_ONCE: i64 = 100;
