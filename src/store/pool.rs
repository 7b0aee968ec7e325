//! Connections: one for writing, a small pool for reading.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, DATABASE_READERS};
use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};

use super::connection::Connection;
use super::postgres::Postgres;
use super::settings::Access;
use super::{StoreError, StoreSettings, sqlite};
use crate::config::Database;
use crate::priority;

/// Opens connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Connector {
    /// To an SQLite file.
    Sqlite(PathBuf),
    /// To a PostgreSQL.
    Postgres(Arc<Postgres>),
}

impl Connector {
    /// For the database of `settings`. Connects to nothing yet.
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
}

impl Reads {
    /// A pool for the database of `settings`, which must be there. Opens no connection yet.
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
        Ok(Self { pool })
    }

    /// Runs `query` on a thread that may block, never on the caller's.
    pub async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::before_read().await;
        let reads = self.clone();
        priority::blocking(move || reads.run_blocking(query))
            .await
            .unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    /// Runs `query` here and now. Blocks: for commands and start-up, not for an arbiter.
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

/// Opens the pool's connections, and checks them before they are lent. Not diesel's own manager: that takes one text for both
/// kinds of database, and tries each in turn.
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
            // A file has no other end that could have gone.
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(_) => Ok(connection.ping()?),
        }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}
