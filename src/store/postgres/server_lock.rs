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
use diesel::sql_types::{Bool, Integer, Nullable, Text};

use super::Postgres;
use crate::config::PostgresUrl;
use crate::store::StoreError;
use crate::store::connection::READ_ONLY;
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

/// How long others come first when the lock is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How long it is waited for if another server has it.
    pub(crate) wait: Duration,
    /// How long a free lock is left to a server that had it.
    pub(crate) leave: Option<Duration>,
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
    /// Takes the lock of this database. If another server has it, calls `met` and waits for it. Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another server still has it.
    pub(crate) fn take(
        url: &PostgresUrl,
        patience: Patience,
        met: impl FnOnce(),
    ) -> Result<Self, StoreError> {
        let postgres = Postgres::new(url.clone())?;
        let mut connection = open(&postgres)?;
        if let Some(leave) = patience.leave
            && holder(&mut connection)?.is_none()
        {
            leave_to_others(&mut connection, leave);
        }
        let mut tried = try_lock(&mut connection)?;
        if !tried.is_locked {
            met();
            let seconds = patience.wait.as_secs();
            tracing::info!(database = %postgres.url, seconds, "another server uses the database: waiting for it to end");
            tried.is_locked = wait_for_lock(&mut connection, patience.wait)?;
        }
        let (connection, process) = locked(&postgres, connection, &tried)?;
        Ok(Self { connection: Some(connection), process, postgres })
    }

    /// Checks whether a server could take the lock, and takes nothing. Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if a server has it; [`StoreError::NoConnection`] if the PostgreSQL that answers takes no changes.
    pub(crate) fn look(url: &PostgresUrl) -> Result<(), StoreError> {
        let postgres = Postgres::new(url.clone())?;
        let mut connection = postgres.open(Access::Write)?;
        demand_changes(&mut connection)?;
        match holder(&mut connection)? {
            None => Ok(()),
            Some(holder) => {
                let holder = Some(Box::new(holder));
                Err(StoreError::InUse { database: postgres.url.to_string(), holder })
            }
        }
    }

    /// Checks whether the lock is held, and takes it again if its connection was lost. Blocks.
    pub(crate) fn check(&mut self) -> LockState {
        if self.connection.as_mut().is_some_and(|connection| matches!(takes_changes(connection), Ok(true))) {
            return LockState::Held;
        }
        self.free();
        match take_free(&self.postgres) {
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

/// Takes the lock if it is free. Returns its connection, and the PostgreSQL process that serves it.
fn take_free(postgres: &Postgres) -> Result<(PgConnection, i32), StoreError> {
    let mut connection = open(postgres)?;
    let tried = try_lock(&mut connection)?;
    locked(postgres, connection, &tried)
}

/// A connection for the lock.
fn open(postgres: &Postgres) -> Result<PgConnection, StoreError> {
    let mut connection = postgres.open(Access::Create)?;
    keep_session_alive(&mut connection);
    demand_changes(&mut connection)?;
    Ok(connection)
}

/// Demands that a connection leads to the PostgreSQL that takes changes: one whose place another has taken may still answer, and has locks of its
/// own, which keep nobody out.
fn demand_changes(connection: &mut PgConnection) -> Result<(), StoreError> {
    if takes_changes(connection)? { Ok(()) } else { Err(StoreError::NoConnection(READ_ONLY.to_owned())) }
}

/// The connection that holds the lock, and the PostgreSQL process that serves it.
fn locked(
    postgres: &Postgres,
    mut connection: PgConnection,
    tried: &Tried,
) -> Result<(PgConnection, i32), StoreError> {
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
struct Checked {
    #[diesel(sql_type = Bool)]
    takes_changes: bool,
}

/// Tells whether the server of this connection takes changes.
fn takes_changes(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let query = "SELECT current_setting('transaction_read_only') = 'off' AS takes_changes";
    let checked: Checked = diesel::sql_query(query).get_result(connection)?;
    Ok(checked.takes_changes)
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

/// Leaves a free lock for a while to the server that had it: that one takes it at its next check, unless it has ended. PostgreSQL itself waits.
fn leave_to_others(connection: &mut PgConnection, leave: Duration) {
    tracing::info!(
        seconds = leave.as_secs(),
        "the last start met another server, which may only have lost its connection: the database is left to it for a while"
    );
    if let Err(cause) = connection.batch_execute(&format!("SELECT pg_sleep({})", leave.as_secs_f64())) {
        // If the connection was lost, the next statement reports it.
        tracing::debug!(%cause, "the database was left to another server for less long");
    }
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
    use std::thread;

    use cordboard_test_support::postgres;
    use cordboard_test_support::waiting::wait_until;

    use super::*;

    const AT_ONCE: Patience = Patience { wait: Duration::ZERO, leave: None };
    /// A test that fails must end.
    const LIMIT: Duration = Duration::from_secs(60);

    fn empty_database() -> PostgresUrl {
        let name = postgres::empty_database().unwrap();
        PostgresUrl::parse(&postgres::shared().unwrap().url(&name, "?sslmode=disable")).unwrap()
    }

    fn observer(url: &PostgresUrl) -> PgConnection {
        Postgres::new(url.clone()).unwrap().open(Access::Create).unwrap()
    }

    /// Checks a lock until PostgreSQL has noticed that its previous connection is gone.
    fn check_until_known(lock: &mut ServerLock) -> LockState {
        let known = || Some(lock.check()).filter(|state| !matches!(state, LockState::Lost(_)));
        wait_until("a lock that is held", LIMIT, known).unwrap()
    }

    #[derive(QueryableByName)]
    struct Sleeper {
        #[diesel(sql_type = Integer)]
        process: i32,
    }

    /// The session that leaves the database to others.
    fn sleeper(connection: &mut PgConnection) -> Option<i32> {
        let query = "SELECT pid AS process FROM pg_stat_activity WHERE datname = current_database() \
                     AND state = 'active' AND query LIKE 'SELECT pg_sleep%'";
        let found: Option<Sleeper> = diesel::sql_query(query).get_result(connection).optional().unwrap();
        found.map(|sleeper| sleeper.process)
    }

    #[test]
    fn a_free_database_is_left_to_its_former_server() {
        let url = empty_database();
        let mut first = ServerLock::take(&url, AT_ONCE, || panic!("nobody else is there")).unwrap();
        let mut observer = observer(&url);
        // Its connection is lost, as when PostgreSQL restarts.
        first.free();
        wait_until("a free lock", LIMIT, || holder(&mut observer).unwrap().is_none().then_some(())).unwrap();
        let second = thread::spawn(move || {
            let (patience, mut has_met) = (Patience { leave: Some(LIMIT), ..AT_ONCE }, false);
            let taken = ServerLock::take(&url, patience, || has_met = true);
            (taken.err(), has_met)
        });
        let asleep = wait_until("a server that leaves it", LIMIT, || sleeper(&mut observer)).unwrap();
        assert!(matches!(first.check(), LockState::TakenAgain));
        // Its time is over.
        observer.batch_execute(&format!("SELECT pg_cancel_backend({asleep})")).unwrap();
        let (refused, has_met) = second.join().unwrap();
        assert!(has_met);
        let Some(StoreError::InUse { holder: Some(holder), .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(holder.process, first.process);
        assert!(matches!(first.check(), LockState::Held));
    }

    /// A server that was replaced still answers, and its DNS name or address then leads to the new one.
    #[test]
    fn a_lock_of_a_read_only_server_does_not_count() {
        let url = empty_database();
        let mut lock = ServerLock::take(&url, AT_ONCE, || ()).unwrap();
        let retired = lock.process;
        let retire = "SET default_transaction_read_only = on";
        lock.connection.as_mut().unwrap().batch_execute(retire).unwrap();
        assert!(matches!(check_until_known(&mut lock), LockState::TakenAgain));
        assert_ne!(lock.process, retired);
        assert!(matches!(lock.check(), LockState::Held));

        let name = url.database.as_deref().unwrap();
        observer(&url).batch_execute(&format!("ALTER DATABASE {name} {retire}")).unwrap();
        lock.free();
        let state = lock.check();
        assert!(matches!(state, LockState::Lost(StoreError::NoConnection(_))));
        let refused = ServerLock::take(&url, AT_ONCE, || ()).err().unwrap().to_string();
        assert!(refused.contains("is read-only"), "{refused}");
    }

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
