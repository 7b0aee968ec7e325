//! Connections: one for writing, a small pool for reading.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, DATABASE_READERS};
use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};

use super::connection::Connection;
use super::postgres::Postgres;
use super::read_turns::{ReadTurn, ReadTurns};
use super::settings::Access;
use super::{StoreError, StoreSettings, sqlite};
use crate::config::Database;
use crate::priority;

/// Opens connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Connector {
    /// To an SQLite file.
    Sqlite(PathBuf),
    /// To PostgreSQL.
    Postgres(Arc<Postgres>),
}

impl Connector {
    /// A connector for the database of `settings`. Does not connect yet.
    pub(super) fn of(settings: &StoreSettings) -> Result<Self, StoreError> {
        Ok(match settings.database.clone() {
            Database::Sqlite(path) => Self::Sqlite(path),
            Database::Postgres(url) => Self::Postgres(Arc::new(Postgres::new(url)?)),
        })
    }

    /// Opens a connection.
    pub(super) fn open(&self, access: Access) -> Result<Connection, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Connection::Sqlite(sqlite::open(path, access)?),
            Self::Postgres(postgres) => Connection::Postgres(postgres.open(access)?),
        })
    }
}

/// Reads of the database: a pool of connections that can't write. Cheap to clone.
#[derive(Clone)]
pub struct Reads {
    pool: Pool<Readers>,
    turns: ReadTurns,
}

impl Reads {
    /// Creates a pool for the database of `settings`, which must exist. Opens no connection yet.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::by(Connector::of(settings)?)
    }

    pub(super) fn by(connector: Connector) -> Result<Self, StoreError> {
        if let Connector::Sqlite(path) = &connector
            && !path.exists()
        {
            let cause = "there is no such file".to_owned();
            return Err(StoreError::Open { path: path.display().to_string(), cause });
        }
        let pool = Pool::builder()
            .max_size(DATABASE_READERS)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_millis(DATABASE_READ_WAIT_MS))
            .build_unchecked(Readers(connector));
        Ok(Self { pool, turns: ReadTurns::new() })
    }

    /// Reserves a turn for the first organization's requests, whatever others read.
    pub(super) fn leave_a_turn_to(&self, first: OrganizationId) {
        self.turns.leave_one_to(first);
    }

    /// Runs `query` on a thread that may block, never on the caller's. A request's read waits for its organization's turn.
    pub async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::before_read().await;
        let turn = self.turns.turn().await?;
        self.run_in(turn, query).await
    }

    /// Runs `query` for an unidentified client, to look up what it sent. It waits for one of the turns for strangers.
    pub async fn run_for_stranger<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::before_read().await;
        let turn = self.turns.strangers_turn().await?;
        self.run_in(Some(turn), query).await
    }

    async fn run_in<T: Send + 'static>(
        &self,
        turn: Option<ReadTurn>,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reads = self.clone();
        let read = move || {
            // Held until the connection is free, even if the caller has stopped waiting.
            let _until_read = turn;
            reads.run_blocking(query)
        };
        priority::blocking(read).await.unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    /// Runs `query` on this thread. Blocks: for commands and the start, not for an arbiter.
    pub fn run_blocking<T>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::refused()?;
        let mut connection = self.pool.get().map_err(|cause| StoreError::NoConnection(cause.to_string()))?;
        query(&mut connection)
    }
}

/// Opens the pool's connections, and checks them before they are used. Diesel's own manager takes one string for both databases, and tries each in
/// turn.
#[derive(Debug)]
struct Readers(Connector);

impl ManageConnection for Readers {
    type Connection = Connection;
    type Error = StoreError;

    fn connect(&self) -> Result<Connection, StoreError> {
        self.0.open(Access::Read)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), StoreError> {
        match connection {
            // A file has no other end that could have disconnected.
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(_) => Ok(connection.ping()?),
        }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use cordboard_schema::limits::{DATABASE_READS_OF_ORGANIZATION_MAX, DATABASE_READS_OF_STRANGERS_MAX};
    use tokio::sync::mpsc;
    use uuid::Uuid;

    use super::*;
    use crate::store::{Asker, asked_by};

    /// How long a read waits for the test: a test that fails must end.
    const GATE_WAIT: Duration = Duration::from_secs(20);

    fn requests_of(number: u128) -> Asker {
        Asker::Requests(OrganizationId(Uuid::from_u128(number)))
    }

    /// The clock stands still while a read is under way, so reads that wait for a turn keep waiting.
    #[tokio::test(start_paused = true)]
    async fn an_organizations_long_reads_leave_connections_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.db");
        std::fs::write(&path, "").unwrap();
        let reads = Reads::by(Connector::Sqlite(path)).unwrap();
        reads.leave_a_turn_to(OrganizationId(Uuid::from_u128(1)));
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let (begins, mut begun) = mpsc::unbounded_channel();
        let mut long_ones = Vec::new();
        for _ in 0..2 * DATABASE_READERS {
            let (reads, gate, begins) = (reads.clone(), Arc::clone(&gate), begins.clone());
            let read = move |_: &mut Connection| {
                begins.send(()).unwrap();
                let (is_open, opened) = &*gate;
                let is_open = is_open.lock().unwrap();
                drop(opened.wait_timeout_while(is_open, GATE_WAIT, |is_open| !*is_open).unwrap());
                Ok(())
            };
            long_ones.push(tokio::spawn(async move { asked_by(requests_of(2), reads.run(read)).await }));
        }
        for _ in 0..DATABASE_READS_OF_ORGANIZATION_MAX {
            begun.recv().await.unwrap();
        }
        // Its other reads wait without occupying a connection.
        let another = asked_by(requests_of(1), reads.run(|_| Ok("another's"))).await;
        assert_eq!(another.unwrap(), "another's");
        assert_eq!(reads.run(|_| Ok("a call's")).await.unwrap(), "a call's");
        assert!(begun.try_recv().is_err(), "it has at most its share");
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        for read in long_ones {
            read.await.unwrap().unwrap();
        }
    }

    /// Many strangers look something up at the same time: others still find connections.
    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_strangers_leaves_connections_to_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.db");
        std::fs::write(&path, "").unwrap();
        let reads = Reads::by(Connector::Sqlite(path)).unwrap();
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let (begins, mut begun) = mpsc::unbounded_channel();
        let mut reads_waiting = Vec::new();
        for _ in 0..2 * DATABASE_READERS {
            let (reads, gate, begins) = (reads.clone(), Arc::clone(&gate), begins.clone());
            let read = move |_: &mut Connection| {
                begins.send(()).unwrap();
                let (is_open, opened) = &*gate;
                let is_open = is_open.lock().unwrap();
                drop(opened.wait_timeout_while(is_open, GATE_WAIT, |is_open| !*is_open).unwrap());
                Ok(())
            };
            reads_waiting.push(tokio::spawn(async move { reads.run_for_stranger(read).await }));
        }
        for _ in 0..DATABASE_READS_OF_STRANGERS_MAX {
            begun.recv().await.unwrap();
        }
        assert_eq!(reads.run(|_| Ok("a call's")).await.unwrap(), "a call's");
        assert!(begun.try_recv().is_err(), "at most as many strangers read as have turns");
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        for read in reads_waiting {
            read.await.unwrap().unwrap();
        }
    }
}
