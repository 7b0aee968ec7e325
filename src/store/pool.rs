//! Connections: one for writing, a small pool for reading.

use std::path::Path;
use std::time::Duration;

use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, DATABASE_READERS};
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::{Connection as _, SqliteConnection};

use super::settings::{Access, sqlite_uri};
use super::{StoreError, StoreSettings};

/// The connection that all queries take.
pub type Connection = SqliteConnection;

/// A commit is a `write` to the WAL, not an `fsync`: it survives the death of the process at any moment.
/// After a loss of power the file is whole, but the last commits before it may be missing.
/// `busy_timeout` is short: a locked database is a fault that the writer reports and tries again.
const WRITER_PRAGMAS: &str = "PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864;";

const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 1000; PRAGMA query_only = ON;";

/// Opens `path` for the writer or a migration.
pub(super) fn open_writer(path: &Path, access: Access) -> Result<Connection, StoreError> {
    open(path, access, WRITER_PRAGMAS)
}

/// Opens `path` for one who only looks.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, Access::Read, READER_PRAGMAS)
}

fn open(path: &Path, access: Access, pragmas: &str) -> Result<Connection, StoreError> {
    let fault = |cause: String| StoreError::Open { path: path.display().to_string(), cause };
    let mut connection =
        Connection::establish(&sqlite_uri(path, access)).map_err(|cause| fault(cause.to_string()))?;
    connection.batch_execute(pragmas).map_err(|cause| fault(cause.to_string()))?;
    Ok(connection)
}

/// Reads of the database: a pool of connections that can't write. Cheap to clone.
#[derive(Clone)]
pub struct Reads {
    pool: Pool<ConnectionManager<Connection>>,
}

impl Reads {
    /// A pool for the database of `settings`, which must be there. Opens no connection yet.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let path = &settings.file;
        if !path.exists() {
            let cause = "there is no such file".to_owned();
            return Err(StoreError::Open { path: path.display().to_string(), cause });
        }
        let pool = Pool::builder()
            .max_size(DATABASE_READERS)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_millis(DATABASE_READ_WAIT_MS))
            .connection_customizer(Box::new(Reader))
            .build_unchecked(ConnectionManager::new(sqlite_uri(path, Access::Read)));
        Ok(Self { pool })
    }

    /// Runs `query` on a thread that may block, never on the caller's.
    pub async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reads = self.clone();
        tokio::task::spawn_blocking(move || reads.run_blocking(query))
            .await
            .unwrap_or_else(|panic| Err(StoreError::Panicked(panic.to_string())))
    }

    /// Runs `query` here and now. Blocks: for commands and start-up, not for an arbiter.
    pub fn run_blocking<T>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.pool.get().map_err(|cause| StoreError::NoConnection(cause.to_string()))?;
        query(&mut connection)
    }
}

/// Sets up each connection of the pool.
#[derive(Debug)]
struct Reader;

impl CustomizeConnection<Connection, diesel::r2d2::Error> for Reader {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(READER_PRAGMAS).map_err(diesel::r2d2::Error::QueryError)
    }
}
