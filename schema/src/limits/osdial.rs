//! Bounds of requests to a dialler.

/// Remote agents that one `assignAgents` assigns to campaigns.
pub const OSDIAL_ASSIGNMENTS_MAX: usize = 1_000;

/// Bytes of the body of such a request: 1,000 assignments of about 60 bytes each, with room for spaces.
pub const OSDIAL_ASSIGNMENTS_BYTES_MAX: usize = 131_072;

/// Characters of an id of the dialler: the size of its columns.
pub const OSDIAL_ID_CHARS_MAX: usize = 20;

/// Leads that `repair-charset` checks with one statement.
pub const OSDIAL_REPAIR_BATCH_ROWS: usize = 500;

/// Timeout for the query about a dialler's call at its start, in ms: the caller hears nothing meanwhile.
pub const DIALLER_ASK_MS_MAX: u64 = 1_000;

/// Milliseconds after we end a call during which we wait for the dialler's report of its end.
pub const DIALLER_END_WAIT_MS: u64 = 20_000;

/// The same if the caller was sent on, so that the dialler's call continues without us, in ms.
pub const DIALLER_PASSED_ON_WAIT_MS: u64 = 4 * 3_600_000;

/// Longest duration of a dialler's call, in ms: after it, a result that is due for a call without a journalled end is checked.
pub const DIALLER_LIVE_MS_MAX: u64 = 365 * 24 * 3_600_000;

/// Milliseconds for which sending a call's result to a dialler is retried.
pub const DIALLER_GIVE_UP_MS: u64 = 7 * 24 * 3_600_000;

/// Longest pause between two such attempts, in ms.
pub const DIALLER_PAUSE_MS_MAX: u64 = 60_000;

/// Maximum milliseconds until the result of an ended call is tried again. If its time is further ahead, it was postponed by a
/// clock that was ahead.
pub const DIALLER_AHEAD_MS_MAX: u64 = 5 * 60_000;

/// Fields of a lead with which a call is announced.
pub const DIALLER_FIELDS_MAX: usize = 100;

/// Characters of such a field.
pub const DIALLER_FIELD_CHARS_MAX: usize = 255;

/// Statuses that an assistant may choose from.
pub const DIALLER_STATUSES_MAX: usize = 100;

/// Maximum days ahead of a dialler's call-back.
pub const DIALLER_CALL_BACK_DAYS_MAX: u64 = 365;

/// Timeout for one request to a dialler's agent API, in ms.
pub const DIALLER_API_MS_MAX: u64 = 4_000;

/// Timeout for its connection alone, in ms.
pub const DIALLER_API_CONNECT_MS_MAX: u64 = 2_000;

/// Bytes of its answer that are read. The answer is one line, after about 10 kB of warnings if its PHP shows them.
pub const DIALLER_API_ANSWER_BYTES_MAX: usize = 65_536;

/// Milliseconds between two keep-alives for the calls that a dialler has given us: it drops calls after 10 minutes without one.
pub const DIALLER_KEEP_ALIVE_MS: u64 = 240_000;

/// Bytes of a packet of the dialler's database, such as a row: a lead of 200 columns full of text has 13 MB.
pub const OSDIAL_PACKET_BYTES_MAX: usize = 16_777_216;

/// Rows of an answer of the dialler's database: more than any single statement reads.
pub const OSDIAL_ANSWER_ROWS_MAX: usize = 100_000;

/// Bytes of memory that such an answer takes: 50,000 rows take about 28 MB.
pub const OSDIAL_ANSWER_BYTES_MAX: usize = 67_108_864;

/// Bytes of one cell that are read: the size of a text column. The rest stays in the database.
pub const OSDIAL_CELL_BYTES_MAX: usize = 65_535;
