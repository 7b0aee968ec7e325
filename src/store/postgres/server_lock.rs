//! The lock of a PostgreSQL database: only one server at a time uses it, on any machine. A second server would resume the first one's calls as those
//! of a dead process.
//!
//! It is an advisory lock of a connection of its own, so it ends with the process, however that ends: PostgreSQL sees that the connection is closed
//! or, if the machine has gone, gets no more answers.

use std::fmt;
use std::time::Duration;

use cordboard_schema::limits::{POSTGRES_GONE_IDLE_S, POSTGRES_SERVER_POLL_S};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection as _;
use diesel::sql_types::{Bool, Integer, Nullable, Text};

use super::Postgres;
use crate::config::PostgresUrl;
use crate::store::StoreError;
use crate::store::settings::Access;

/// The key of the lock that a server holds while it uses a database. PostgreSQL has a separate lock with this key for each database.
const SERVER_LOCK: i64 = 0x0063_6f72_6462_6f63;

/// The PostgreSQL session that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct LockHolder {
    /// The PostgreSQL process that serves it.
    #[diesel(sql_type = Integer)]
    pub process: i32,
    /// The application name of its client.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    /// The client's address; none over a Unix socket.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    /// When it began, in UTC.
    #[diesel(sql_type = Nullable<Text>)]
    pub since: Option<String>,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} of PostgreSQL", self.process)?;
        let name = self.name.as_ref().filter(|name| !name.is_empty()).map(|name| format!("`{name}`"));
        let address = self.address.as_ref().map(|address| format!("from {address}"));
        let since = self.since.as_ref().map(|since| format!("since {since} UTC"));
        let known: Vec<String> = [name, address, since].into_iter().flatten().collect();
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}

/// The text after "is in use by another Cordboard server": the session, and the fix.
pub(in crate::store) fn holder_and_fix(holder: Option<&LockHolder>) -> String {
    let fix = "stop that server, or set DATABASE_URL to another database";
    match holder {
        None => format!("; {fix}"),
        Some(holder) => format!(
            ", by {holder}; {fix}; if that server has gone, `SELECT pg_terminate_backend({})` frees the database",
            holder.process
        ),
    }
}

/// The lock, which is held while this exists, unless its connection is lost.
pub(crate) struct ServerLock {
    /// None while the lock is lost. Dropped before the tunnel to the server, which ends with all its connections.
    connection: Option<PgConnection>,
    /// The PostgreSQL process that served the connection.
    process: i32,
    postgres: Postgres,
}

/// The result of checking the lock.
pub(crate) enum LockState {
    /// It is held.
    Held,
    /// Its connection was lost, and a new one holds it.
    TakenAgain,
    /// Its connection is lost, and there is no new one yet. The next check tries again.
    Lost(StoreError),
    /// Its connection was lost, and another server has taken the lock.
    Others(StoreError),
}

impl ServerLock {
    /// Takes the lock of this database. If another server has it, waits up to `wait` for it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another server still has it.
    pub(crate) fn take(url: &PostgresUrl, wait: Duration) -> Result<Self, StoreError> {
        let postgres = Postgres::new(url.clone())?;
        let (connection, process) = locked(&postgres, Some(wait))?;
        Ok(Self { connection: Some(connection), process, postgres })
    }

    /// Checks whether the lock is held, and takes it again if its connection was lost. Blocks.
    pub(crate) fn check(&mut self) -> LockState {
        if self.connection.as_mut().is_some_and(|connection| connection.ping().is_ok()) {
            return LockState::Held;
        }
        self.free();
        match locked(&self.postgres, None) {
            Ok((connection, process)) => {
                (self.connection, self.process) = (Some(connection), process);
                LockState::TakenAgain
            }
            Err(error) if self.is_of_another(&error) => LockState::Others(error),
            Err(error) => LockState::Lost(error),
        }
    }

    /// Releases the lock.
    pub(crate) fn free(&mut self) {
        self.connection = None;
    }

    /// Tells whether another server has the lock. PostgreSQL may not have noticed yet that our own earlier connection has gone. If it has just
    /// noticed, there is no holder, and the next check takes the lock.
    fn is_of_another(&self, error: &StoreError) -> bool {
        let StoreError::InUse { holder, .. } = error else { return false };
        holder.as_ref().is_some_and(|holder| holder.process != self.process)
    }
}

/// A connection that holds the lock, and the PostgreSQL process that serves it.
fn locked(postgres: &Postgres, wait: Option<Duration>) -> Result<(PgConnection, i32), StoreError> {
    let mut connection = postgres.open(Access::Create)?;
    keep_session_alive(&mut connection);
    let mut tried = try_lock(&mut connection)?;
    if let Some(wait) = wait
        && !tried.is_locked
    {
        tracing::info!(database = %postgres.url, seconds = wait.as_secs(), "another server uses the database: waiting for it to end");
        tried.is_locked = wait_for_lock(&mut connection, wait)?;
    }
    if tried.is_locked {
        // If PostgreSQL does not answer, a check of the lock takes at most the time between two checks.
        connection.batch_execute(&format!("SET statement_timeout = {}", POSTGRES_SERVER_POLL_S * 1_000))?;
        return Ok((connection, tried.process));
    }
    let holder = holder(&mut connection)?.map(Box::new);
    Err(StoreError::InUse { database: postgres.url.to_string(), holder })
}

/// Makes PostgreSQL end the session soon if this process is gone, and not before. A pooler or an old PostgreSQL may not know a setting, and then uses
/// its own timeouts.
fn keep_session_alive(connection: &mut PgConnection) {
    let settings = [
        ("tcp_keepalives_idle", POSTGRES_GONE_IDLE_S),
        ("tcp_keepalives_interval", 2),
        ("tcp_keepalives_count", 3),
        ("idle_session_timeout", 0),
    ];
    for (name, value) in settings {
        if let Err(cause) = connection.batch_execute(&format!("SET {name} = {value}")) {
            tracing::debug!(%cause, name, "PostgreSQL does not accept a session setting");
        }
    }
}

#[derive(QueryableByName)]
struct Tried {
    #[diesel(sql_type = Bool)]
    is_locked: bool,
    #[diesel(sql_type = Integer)]
    process: i32,
}

fn try_lock(connection: &mut PgConnection) -> Result<Tried, StoreError> {
    let query =
        format!("SELECT pg_try_advisory_lock({SERVER_LOCK}) AS is_locked, pg_backend_pid() AS process");
    Ok(diesel::sql_query(query).get_result(connection)?)
}

/// Tells whether the lock was released in time. PostgreSQL itself waits, so the lock is taken at once, without a clock of ours.
fn wait_for_lock(connection: &mut PgConnection, wait: Duration) -> Result<bool, StoreError> {
    // A timeout of 0 would wait forever.
    let wait_ms = wait.as_millis().max(1);
    connection.batch_execute(&format!("SET lock_timeout = {wait_ms}"))?;
    match connection.batch_execute(&format!("SELECT pg_advisory_lock({SERVER_LOCK})")) {
        Ok(()) => Ok(true),
        Err(cause) => {
            // The timeout is over; or the connection was lost, which the next statement reports.
            tracing::debug!(%cause, "the lock of the database was not released");
            Ok(try_lock(connection)?.is_locked)
        }
    }
}

/// The session that holds the lock of this connection's database; none if it was just released.
fn holder(connection: &mut PgConnection) -> Result<Option<LockHolder>, StoreError> {
    // Both halves of the key, as in `pg_locks`.
    let (high, low) = (SERVER_LOCK >> 32, SERVER_LOCK & 0xffff_ffff);
    let query = format!(
        "SELECT held.pid AS process, activity.application_name AS name, host(activity.client_addr) AS address, \
         to_char(activity.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since \
         FROM pg_locks AS held LEFT JOIN pg_stat_activity AS activity ON activity.pid = held.pid \
         WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 \
         AND held.classid = {high} AND held.objid = {low} \
         AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    Ok(diesel::sql_query(query).get_result(connection).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(holder: Option<LockHolder>) -> String {
        let database = "postgres://cordboard@db.example:5432/calls".to_owned();
        StoreError::InUse { database, holder: holder.map(Box::new) }.to_string()
    }

    #[test]
    fn a_database_in_use_names_its_holder_and_the_fix() {
        let text = |text: &str| Some(text.to_owned());
        let known = LockHolder {
            process: 4711,
            name: text("cordboard"),
            address: text("192.0.2.7"),
            since: text("2026-11-29 14:00:00"),
        };
        assert_eq!(
            said(Some(known)),
            "the database `postgres://cordboard@db.example:5432/calls` is in use by another Cordboard server, by process 4711 of PostgreSQL \
             (`cordboard`, from 192.0.2.7, since 2026-11-29 14:00:00 UTC); stop that server, or set DATABASE_URL to another database; if that \
             server has gone, `SELECT pg_terminate_backend(4711)` frees the database"
        );
    }

    #[test]
    fn a_lock_holder_is_named_even_if_little_is_known() {
        let hidden = LockHolder { process: 4711, name: Some(String::new()), address: None, since: None };
        assert!(said(Some(hidden)).contains("server, by process 4711 of PostgreSQL; stop that server"));
        assert!(said(None).ends_with(
            "another Cordboard server; stop that server, or set DATABASE_URL to another database"
        ));
    }
}
