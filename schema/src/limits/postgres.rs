//! Bounds of the communication with PostgreSQL.

/// Seconds within which PostgreSQL must answer a connection, including the sign-in.
pub const POSTGRES_CONNECT_S_MAX: u64 = 5;

/// How many of those seconds are for the connection to it, so that its error can still be reported.
pub const POSTGRES_TLS_S_MAX: u64 = 4;

/// Milliseconds that sent data may wait for the network's acknowledgement before the connection counts as lost.
pub const POSTGRES_SEND_MS_MAX: u64 = 10_000;

/// Milliseconds of one statement of the writer; after that its transaction is retried.
pub const POSTGRES_WRITE_MS_MAX: u64 = 5_000;

/// Milliseconds of one statement of a reader.
pub const POSTGRES_READ_MS_MAX: u64 = 10_000;

/// Milliseconds that the writer waits for another session's lock, as `busy_timeout` on SQLite.
pub const POSTGRES_LOCK_MS_MAX: u64 = 250;

/// Milliseconds that a start waits for another server's migrations.
pub const POSTGRES_MIGRATION_WAIT_MS_MAX: u64 = 60_000;

/// Milliseconds after which PostgreSQL ends an idle transaction of ours, for example of a process that hangs.
pub const POSTGRES_IDLE_MS_MAX: u64 = 10_000;

/// Bytes of the first message on a connection, which has the names of role and database; PostgreSQL's own bound.
pub const POSTGRES_STARTUP_BYTES_MAX: usize = 10_000;

/// Bytes of a message of PostgreSQL before a connection is signed in: a list of authentication methods, or an error.
pub const POSTGRES_SIGN_IN_BYTES_MAX: usize = 30_000;

/// Seconds that a start waits until another server of its database has ended. PostgreSQL notices that a server's machine is gone
/// within `POSTGRES_GONE_IDLE_S` plus 6 s.
pub const POSTGRES_SERVER_WAIT_S: u64 = 20;

/// Seconds of silence after which PostgreSQL probes whether a server that holds its database is still there: three times, 2 s
/// apart.
pub const POSTGRES_GONE_IDLE_S: u64 = 8;

/// Seconds between two checks of a server that it still locks others out of its PostgreSQL.
pub const POSTGRES_SERVER_POLL_S: u64 = 10;

/// Seconds for which a start that has met another server leaves a free database to it. That server may only have lost the connection that locks it,
/// for example when PostgreSQL restarted, and locks it again at its next check.
pub const POSTGRES_SERVER_LEAVE_S: u64 = 20;
