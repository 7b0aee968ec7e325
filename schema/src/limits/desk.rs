//! Bounds of desks.

/// Messages for a desk that wait to be written: more than a floor of a thousand agents makes in a second.
pub const DESK_EVENTS_WAITING_MAX: usize = 256;

/// Desks that are open at once.
pub const DESKS_MAX: usize = 5_000;
