//! The lock of a PostgreSQL's database: one server at a time uses it, on whatever machine. A second one would take up the calls of the first as
//! those of a dead process.
//!
//! It is an advisory lock of a connection of its own. So it ends with the process, however that ends: PostgreSQL sees the connection closed or,
//! where the machine has gone, hears no answer any more.

use std::fmt;
use std::time::Duration;

use cordboard_schema::limits::{POSTGRES_GONE_IDLE_S, POSTGRES_SERVER_LOOK_S};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection as _;
use diesel::sql_types::{Bool, Integer, Nullable, Text};

use super::Postgres;
use crate::config::PostgresUrl;
use crate::store::StoreError;
use crate::store::settings::Access;

/// Key of the lock that a server holds as long as it uses a database. PostgreSQL has one of this key in each database.
const SERVER_LOCK: i64 = 0x0063_6f72_6462_6f63;

/// Session of a PostgreSQL that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct LockHolder {
    /// Process of PostgreSQL that serves it.
    #[diesel(sql_type = Integer)]
    pub process: i32,
    /// Name that its program gave itself.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    /// Address that it comes from; none over a Unix socket.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    /// Its beginning, in UTC.
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

/// Text behind "is in use by another Cordboard server": its session, and the fix.
pub(in crate::store) fn holder_and_fix(holder: Option<&LockHolder>) -> String {
    let fix = "stop that server, or set DATABASE_URL to another database";
    match holder {
        None => format!("; {fix}"),
        Some(holder) => format!(
            ", by {holder}; {fix}; where that server has gone, `SELECT pg_terminate_backend({})` frees the database",
            holder.process
        ),
    }
}

/// The lock, held as long as this is, unless its connection is lost.
pub(crate) struct ServerLock {
    /// None while it is lost. It is closed before the way to the server, which ends with all its connections.
    connection: Option<PgConnection>,
    /// Process of PostgreSQL that served the connection.
    process: i32,
    postgres: Postgres,
}

/// Result of a look at a lock.
pub(crate) enum LockLook {
    /// It is held.
    Held,
    /// Its connection was lost; it is held by a new one.
    TakenAgain,
    /// Its connection is lost, and there is no other one yet. The next look tries again.
    Lost(StoreError),
    /// Its connection was lost, and another server has taken it.
    Others(StoreError),
}

impl ServerLock {
    /// Takes the lock of this database. Where another one has it, its end is waited for so long. Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another one still has it.
    pub(crate) fn take(url: &PostgresUrl, wait: Duration) -> Result<Self, StoreError> {
        let postgres = Postgres::new(url.clone())?;
        let (connection, process) = locked(&postgres, Some(wait))?;
        Ok(Self { connection: Some(connection), process, postgres })
    }

    /// Looks whether it is held, and takes it again where its connection was lost. Blocks.
    pub(crate) fn look(&mut self) -> LockLook {
        if self.connection.as_mut().is_some_and(|connection| connection.ping().is_ok()) {
            return LockLook::Held;
        }
        self.free();
        match locked(&self.postgres, None) {
            Ok((connection, process)) => {
                (self.connection, self.process) = (Some(connection), process);
                LockLook::TakenAgain
            }
            Err(error) if self.is_of_another(&error) => LockLook::Others(error),
            Err(error) => LockLook::Lost(error),
        }
    }

    /// Gives it up.
    pub(crate) fn free(&mut self) {
        self.connection = None;
    }

    /// Whether another server has it. PostgreSQL may not have noticed yet that our own connection of before has gone; where it has just noticed,
    /// there is no holder, and the next look takes the lock.
    fn is_of_another(&self, error: &StoreError) -> bool {
        let StoreError::InUse { holder, .. } = error else { return false };
        holder.as_ref().is_some_and(|holder| holder.process != self.process)
    }
}

/// A connection that has the lock, and the process of PostgreSQL that serves it.
fn locked(postgres: &Postgres, wait: Option<Duration>) -> Result<(PgConnection, i32), StoreError> {
    let mut connection = postgres.open(Access::Create)?;
    stay(&mut connection);
    let mut tried = try_lock(&mut connection)?;
    if let Some(wait) = wait
        && !tried.is_locked
    {
        tracing::info!(database = %postgres.url, seconds = wait.as_secs(), "another server has the database: its end is waited for");
        tried.is_locked = wait_for_lock(&mut connection, wait)?;
    }
    if tried.is_locked {
        // A PostgreSQL that answers nothing holds up no look at the lock for longer than the time between two.
        connection.batch_execute(&format!("SET statement_timeout = {}", POSTGRES_SERVER_LOOK_S * 1_000))?;
        return Ok((connection, tried.process));
    }
    let holder = holder(&mut connection)?.map(Box::new);
    Err(StoreError::InUse { database: postgres.url.to_string(), holder })
}

/// Has PostgreSQL end the session soon where we have gone, and not while we are there. A pooler, or an old PostgreSQL, may not know
/// a setting; then it has its own times.
fn stay(connection: &mut PgConnection) {
    let settings = [
        ("tcp_keepalives_idle", POSTGRES_GONE_IDLE_S),
        ("tcp_keepalives_interval", 2),
        ("tcp_keepalives_count", 3),
        ("idle_session_timeout", 0),
    ];
    for (name, value) in settings {
        if let Err(cause) = connection.batch_execute(&format!("SET {name} = {value}")) {
            tracing::debug!(%cause, name, "PostgreSQL does not take a setting of a session");
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

/// Whether the lock was freed in time. PostgreSQL itself waits: so it is taken at once, and no clock of ours is asked.
fn wait_for_lock(connection: &mut PgConnection, wait: Duration) -> Result<bool, StoreError> {
    // None would be without end.
    let wait_ms = wait.as_millis().max(1);
    connection.batch_execute(&format!("SET lock_timeout = {wait_ms}"))?;
    match connection.batch_execute(&format!("SELECT pg_advisory_lock({SERVER_LOCK})")) {
        Ok(()) => Ok(true),
        Err(cause) => {
            // The time is over; or the connection was lost, as the next statement says.
            tracing::debug!(%cause, "the lock of the database was not freed");
            Ok(try_lock(connection)?.is_locked)
        }
    }
}

/// The session that holds the lock of this connection's database; none where it has just been freed.
fn holder(connection: &mut PgConnection) -> Result<Option<LockHolder>, StoreError> {
    // The halves of the key, as `pg_locks` shows them.
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
             (`cordboard`, from 192.0.2.7, since 2026-11-29 14:00:00 UTC); stop that server, or set DATABASE_URL to another database; where that \
             server has gone, `SELECT pg_terminate_backend(4711)` frees the database"
        );
    }

    #[test]
    fn a_holder_is_told_even_if_little_is_known() {
        let hidden = LockHolder { process: 4711, name: Some(String::new()), address: None, since: None };
        assert!(said(Some(hidden)).contains("server, by process 4711 of PostgreSQL; stop that server"));
        assert!(said(None).ends_with(
            "another Cordboard server; stop that server, or set DATABASE_URL to another database"
        ));
    }
}
