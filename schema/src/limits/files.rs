//! Bounds of open files: what a call needs, what the process needs, and the rest for HTTP clients.
//!
//! A process without free file descriptors can't accept a switch's connection or begin a recording. So each part has a share, and
//! HTTP, to which anybody may connect, gets what the others leave.

/// Maximum files of one call: the audio and the control link of the caller, the same for the person who helps, the recording and
/// the assistant's provider.
pub const FILES_PER_CALL: u64 = 6;

/// Files of the process itself: listeners, database, cache, connections to switches and to outside addresses, log.
pub const FILES_OF_PROCESS: u64 = 256;

/// Files of each core's threads: the runtime of each has some.
pub const FILES_PER_CORE: u64 = 8;

/// Minimum files for HTTP, however few there are in total.
pub const HTTP_FILES_MIN: u64 = 64;

/// Minimum connections of a listener that may be accepted and haven't sent anything yet, however few files there are.
pub const HANDSHAKES_MIN: u64 = 16;
