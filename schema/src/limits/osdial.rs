//! Bounds of what is asked of a dialler.

/// Remote agents that one `assignAgents` gives to campaigns.
pub const OSDIAL_ASSIGNMENTS_MAX: usize = 1_000;

/// Bytes of the body of such a request: 1,000 assignments of some 60 bytes each, with room for blanks.
pub const OSDIAL_ASSIGNMENTS_BYTES_MAX: usize = 131_072;

/// Characters of an id of the dialler: its columns have so many.
pub const OSDIAL_ID_CHARS_MAX: usize = 20;

/// Leads that `repair-charset` looks at with one statement.
pub const OSDIAL_REPAIR_BATCH_ROWS: usize = 500;
