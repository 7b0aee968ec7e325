//! Bounds of recordings of ended calls.

/// Milliseconds after the end of a call during which its recording is left alone: after that nothing writes to it any more.
pub const RECORDING_SETTLED_MS: u64 = 30_000;
/// Milliseconds between two checks for recordings that are to be encoded or moved.
pub const RECORDINGS_POLL_MS: u64 = 30_000;
/// Recordings that are read at a time when some are to be encoded or moved.
pub const RECORDINGS_AT_ONCE: i64 = 100;
/// Milliseconds that a request to the object store of recordings may take, plus 10 ms for each 1,000 bytes that it moves. A part of an upload has twice
/// that time for its bytes, because two are sent at once.
pub const OBJECT_STORE_MS_MAX: u64 = 30_000;
/// Milliseconds that a connection to that store may take.
pub const OBJECT_STORE_CONNECT_MS_MAX: u64 = 5_000;
/// Milliseconds that the store may be silent, and after which a request to it isn't retried any more.
pub const OBJECT_STORE_RETRY_MS_MAX: u64 = 20_000;
/// Bytes of that store's answer to any request except for an object, which is read in pieces of a known length.
pub const OBJECT_STORE_ANSWER_BYTES_MAX: usize = 65_536;
/// Bytes of that store's error that are read and reported.
pub const OBJECT_STORE_ERROR_BYTES_MAX: usize = 4_096;
/// Recordings in a row that the store refuses to take or to delete; after those it counts as unreachable until the next check.
pub const RECORDINGS_UNMOVED_MAX: u32 = 3;
/// Milliseconds between two log lines that say how many recordings wait for the store.
pub const RECORDINGS_WAITING_REPORT_MS: u64 = 3_600_000;
