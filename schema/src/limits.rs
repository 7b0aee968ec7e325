//! Every bound of the system in one table, so that nothing grows without one.

/// AudioSocket connections that may be between their accepting and their UUID at once. An Asterisk sends its UUID
/// within 10 ms, so this many are there only when somebody connects and stays silent; the oldest makes room.
pub const AUDIOSOCKET_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds for all the bytes of an AudioSocket connection's UUID message.
pub const AUDIOSOCKET_HANDSHAKE_MS_MAX: u64 = 5_000;

/// AudioSocket connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const AUDIOSOCKET_BACKLOG: i32 = 1_024;

/// Milliseconds that a listener waits after an error of `accept` before it tries again, at most.
pub const ACCEPT_BACKOFF_MS_MAX: u64 = 1_000;

/// Refused AudioSocket connections that are being ended in order at once; the next one is closed as it is.
pub const AUDIOSOCKET_REFUSALS_MAX: usize = 256;
