//! Bounds of a backup that is restored: its file may come from anybody.

/// Bytes of a member with rows, as JSON: 4 MiB of rows, plus a last row that may be large.
pub const RESTORE_ROWS_BYTES_MAX: u64 = 268_435_456;

/// Rows of such a member.
pub const RESTORE_ROWS_MAX: usize = 500;

/// Columns of a row.
pub const RESTORE_COLUMNS_MAX: usize = 256;

/// Bytes of a backup's manifest, and of its seal: a list of all tables with their columns has about 50,000.
pub const RESTORE_MANIFEST_BYTES_MAX: u64 = 1_048_576;

/// Bytes of a member's name.
pub const RESTORE_NAME_BYTES_MAX: u64 = 4_096;

/// Bytes that may follow the end of the members: a tar is filled up with zeros.
pub const RESTORE_TAIL_BYTES_MAX: u64 = 65_536;
