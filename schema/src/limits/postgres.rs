//! Bounds of talking with a PostgreSQL.

/// Seconds for one to answer a connection, its sign-in included.
pub const POSTGRES_CONNECT_S_MAX: u64 = 5;

/// Seconds of those for the connection to it, so that its fault can still be reported.
pub const POSTGRES_TLS_S_MAX: u64 = 4;

/// Milliseconds that what was sent to one may wait for the network's acknowledgement before the connection counts as lost.
pub const POSTGRES_SEND_MS_MAX: u64 = 10_000;

/// Milliseconds of one statement of the writer; then its transaction is tried anew.
pub const POSTGRES_WRITE_MS_MAX: u64 = 5_000;

/// Milliseconds of one statement of a reader.
pub const POSTGRES_READ_MS_MAX: u64 = 10_000;

/// Milliseconds that the writer waits for somebody's lock, as `busy_timeout` on SQLite.
pub const POSTGRES_LOCK_MS_MAX: u64 = 250;

/// Milliseconds that a start waits for another server's migrations.
pub const POSTGRES_MIGRATION_WAIT_MS_MAX: u64 = 60_000;

/// Milliseconds after which PostgreSQL ends a transaction of ours that does nothing, as of a process that stands still.
pub const POSTGRES_IDLE_MS_MAX: u64 = 10_000;

/// Bytes of the first message on a connection, which holds names of role and database; PostgreSQL's own bound.
pub const POSTGRES_STARTUP_BYTES_MAX: usize = 10_000;

/// Bytes of a message of PostgreSQL before a connection is signed in: a list of ways to do that, or an error.
pub const POSTGRES_SIGN_IN_BYTES_MAX: usize = 30_000;

/// Seconds that a start waits for the end of another server of its database. PostgreSQL misses one whose machine has gone within
/// `POSTGRES_GONE_IDLE_S` and 6 s more.
pub const POSTGRES_SERVER_WAIT_S: u64 = 20;

/// Seconds without a word after which PostgreSQL asks whether a server that holds its database is still there: three times, 2 s apart.
pub const POSTGRES_GONE_IDLE_S: u64 = 8;

/// Seconds from one look of a server to the next whether it still keeps others off its PostgreSQL.
pub const POSTGRES_SERVER_LOOK_S: u64 = 10;
