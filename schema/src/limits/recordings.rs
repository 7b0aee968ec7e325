//! Bounds of recordings of calls that are over.

/// Milliseconds from the end of a call until its recording is touched: by then nobody writes to it any more.
pub const RECORDING_SETTLED_MS: u64 = 30_000;
/// Milliseconds between two looks for recordings that are to be encoded or moved.
pub const RECORDINGS_LOOK_MS: u64 = 30_000;
/// Recordings that are read at a time where some are to be encoded or moved.
pub const RECORDINGS_AT_ONCE: i64 = 100;
/// Milliseconds that a request to the object store of recordings may take, and 10 ms more for each 1,000 bytes that it moves.
pub const OBJECT_STORE_MS_MAX: u64 = 30_000;
/// Milliseconds that a connection to that store may take.
pub const OBJECT_STORE_CONNECT_MS_MAX: u64 = 5_000;
/// Milliseconds after which a request to that store is not sent again.
pub const OBJECT_STORE_RETRY_MS_MAX: u64 = 20_000;
/// Bytes of that store's answer to anything but a question for an object, which is read in pieces of a known length.
pub const OBJECT_STORE_ANSWER_BYTES_MAX: usize = 65_536;
/// Bytes of that store's error that are read and told.
pub const OBJECT_STORE_ERROR_BYTES_MAX: usize = 4_096;
/// Recordings in a row that can't be moved: after those the store is thought to be away until the next look.
pub const RECORDINGS_UNMOVED_MAX: u32 = 3;
/// Milliseconds between two lines of the log that say how many recordings wait for the store.
pub const RECORDINGS_WAITING_TOLD_MS: u64 = 3_600_000;
