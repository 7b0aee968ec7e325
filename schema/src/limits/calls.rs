//! Bounds of what people write about calls.

/// Different tags of an organization's calls that are listed, the most frequent ones first.
pub const KNOWN_CALL_TAGS_MAX: i64 = 200;

/// Notes of one call.
pub const CALL_NOTES_MAX: usize = 200;

/// Colleagues with whom one call is shared and who haven't opened it yet.
pub const CALL_SHARES_MAX: usize = 50;

/// Calls shared with one user that are listed at once, the newest first.
pub const CALLS_SHARED_MAX: i64 = 100;

/// Saved views of one user, and shared views of an organization.
pub const CALL_VIEWS_MAX: usize = 50;

/// Characters of one filter of a saved view.
pub const VIEW_FILTER_CHARS_MAX: usize = 100;

/// Filters of a saved view, and its columns.
pub const VIEW_PARTS_MAX: usize = 20;

/// Calls of one CSV file.
pub const CSV_CALLS_MAX: usize = 100_000;

/// Calls of a CSV file that are in memory at a time.
pub const CSV_CALLS_AT_ONCE: i64 = 500;

/// The longest that a caller and agents are joined, in ms. No conversation is that long, but a forgotten browser tab would be.
pub const TOGETHER_MS_MAX: u64 = 12 * 3_600_000;
