//! Opens an SQLite file.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, SqliteConnection};

use super::StoreError;
use super::settings::{Access, sqlite_uri};

/// A commit is a `write` to the WAL, not an `fsync`: it survives the death of the process at any moment. After a power failure the file is intact,
/// but the last commits before it may be missing. `busy_timeout` is short: a locked database is an error that the writer reports and retries. A
/// negative `cache_size` is in KiB: the system already caches pages that are read again.
const WRITER_PRAGMAS: &str = "PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -1024;";

const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 1000; PRAGMA query_only = ON;";

/// Opens the file at `path`.
pub(super) fn open(path: &Path, access: Access) -> Result<SqliteConnection, StoreError> {
    let fault = |cause: String| StoreError::Open { path: path.display().to_string(), cause };
    let mut connection =
        SqliteConnection::establish(&sqlite_uri(path, access)).map_err(|cause| fault(cause.to_string()))?;
    let pragmas = if access == Access::Read { READER_PRAGMAS } else { WRITER_PRAGMAS };
    connection.batch_execute(pragmas).map_err(|cause| fault(cause.to_string()))?;
    Ok(connection)
}
