//! Bounds of what is asked of a dialler.

/// Remote agents that one `assignAgents` gives to campaigns.
pub const OSDIAL_ASSIGNMENTS_MAX: usize = 1_000;

/// Bytes of the body of such a request: 1,000 assignments of some 60 bytes each, with room for blanks.
pub const OSDIAL_ASSIGNMENTS_BYTES_MAX: usize = 131_072;

/// Characters of an id of the dialler: its columns have so many.
pub const OSDIAL_ID_CHARS_MAX: usize = 20;

/// Leads that `repair-charset` looks at with one statement.
pub const OSDIAL_REPAIR_BATCH_ROWS: usize = 500;

/// Time-out of the question about a dialler's call at its beginning, in ms: the caller hears nothing meanwhile.
pub const DIALLER_ASK_MS_MAX: u64 = 1_000;

/// Time after our own end of a call that the dialler's report of its end is waited for, in ms.
pub const DIALLER_END_WAIT_MS: u64 = 20_000;

/// The same where the caller was sent on, so that the dialler's call goes on without us, in ms.
pub const DIALLER_PASSED_ON_WAIT_MS: u64 = 4 * 3_600_000;

/// Longest life of a dialler's call, in ms: a result that is owed for a call without a journalled end is checked then.
pub const DIALLER_LIVE_MS_MAX: u64 = 365 * 24 * 3_600_000;

/// Time for which the result of a call is retried to a dialler, in ms.
pub const DIALLER_GIVE_UP_MS: u64 = 7 * 24 * 3_600_000;

/// The longest pause between two tries of that, in ms.
pub const DIALLER_PAUSE_MS_MAX: u64 = 60_000;

/// Milliseconds from now within which the result of a call that is over is tried again at the latest. One whose time lies further ahead was put off by a
/// clock that was ahead.
pub const DIALLER_AHEAD_MS_MAX: u64 = 5 * 60_000;

/// Fields of a lead that a call is announced with.
pub const DIALLER_FIELDS_MAX: usize = 100;

/// Characters of such a field.
pub const DIALLER_FIELD_CHARS_MAX: usize = 255;

/// Statuses that an assistant may choose from.
pub const DIALLER_STATUSES_MAX: usize = 100;

/// How far ahead a dialler's call-back may be, in days.
pub const DIALLER_CALL_BACK_DAYS_MAX: u64 = 365;

/// Time-out of one request of a dialler's agent API, in ms.
pub const DIALLER_API_MS_MAX: u64 = 4_000;

/// The same for its connection alone, in ms.
pub const DIALLER_API_CONNECT_MS_MAX: u64 = 2_000;

/// Bytes of its answer that are read. It says one line, behind some 10 kB of warnings where its PHP shows these.
pub const DIALLER_API_ANSWER_BYTES_MAX: usize = 65_536;

/// Between two signs of life of the calls that a dialler has given, in ms: it forgets calls of 10 minutes without one.
pub const DIALLER_KEEP_ALIVE_MS: u64 = 240_000;

/// Bytes of a packet of the dialler's database, as a row is: a lead of 200 columns that are full of text has 13 MB.
pub const OSDIAL_PACKET_BYTES_MAX: usize = 16_777_216;

/// Rows of an answer of the dialler's database: more than the most lines that one statement reads.
pub const OSDIAL_ANSWER_ROWS_MAX: usize = 100_000;

/// Bytes of memory that such an answer takes: 50,000 lines take some 28 MB.
pub const OSDIAL_ANSWER_BYTES_MAX: usize = 67_108_864;

/// Bytes of a cell of it that are read: a text column has as many. The rest is left in the database.
pub const OSDIAL_CELL_BYTES_MAX: usize = 65_535;
