//! Bounds of open files: the needs of a call, the needs of the process, and the rest for clients of HTTP.
//!
//! A process that has no file left hears nothing: a switch's connection can't be accepted and no recording can be begun. So
//! each part has a share, and HTTP, which anybody may connect to, gets what the others leave.

/// Files of one call at most: the audio and the control link of the caller, the same of the person who helps, the recording
/// and the assistant's provider.
pub const FILES_PER_CALL: u64 = 6;

/// Files of the process for itself: listeners, database, cache, connections to switches and to addresses outside, log.
pub const FILES_OF_PROCESS: u64 = 256;

/// Files of each core's threads: the runtime of each has some.
pub const FILES_PER_CORE: u64 = 8;

/// Files for HTTP at least, however few there are.
pub const HTTP_FILES_MIN: u64 = 64;

/// Connections of a listener at least that may be between their accepting and their first word, however few files there are.
pub const HANDSHAKES_MIN: u64 = 16;
