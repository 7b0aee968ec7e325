//! Bounds of what we ask of addresses that users typed.

/// Bytes of an address that a user types.
pub const OUTSIDE_URL_BYTES_MAX: usize = 2_048;

/// Milliseconds until a connection to an address that a user typed stands, looking its name up included.
pub const OUTSIDE_CONNECT_MS_MAX: u64 = 5_000;
