//! A whole installation in one file: the rows of its database, its key and tokens, and its recordings. It is written here and read again.
//!
//! The file is a gzipped tar, so that anyone can look into it:
//!
//! ```text
//! manifest.json                  which version made it when, the migrations and tables of its database
//! tables/NAME/000001.json        rows of a table, at most 500 in a member
//! files/secret.key, ...          files of data_dir, files/waiting-reports/; files/recordings/ if requested
//! seal.json                      the numbers of rows and files: a file without it was cut off
//! ```
//!
//! Its input is not trusted: names are checked, sizes are limited, and nothing is put in place before the seal is read.

mod backup;
mod moving;
mod restore;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Database;
use crate::recordings::NOTE_OF_FOLDERS;
use crate::store::copying::Table;
use crate::store::{StoreError, StoreSettings, migrate};
use crate::web::{WAITING_REPORT, WAITING_REPORTS};

pub(crate) use backup::Archive;
pub use backup::back_up;
pub use moving::move_rows;
pub use restore::restore;

/// The only format so far.
const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const SEAL: &str = "seal.json";

/// Files of `data_dir` that a restored installation needs: secrets in the database are encrypted with the first, programs and dialplans know the
/// tokens, and the last says which folders have recordings, so that one whose disk is not mounted on another machine is not taken for an empty one.
const SMALL_FILES: [&str; 4] = [SECRET_KEY, "admin_token", "dialplan_token", NOTE_OF_FOLDERS];

/// The file of the secret key.
const SECRET_KEY: &str = "secret.key";

/// Whether a file of this name below `data_dir` is a report that waits for the end of its call. ElevenLabs doesn't send it again.
fn is_waiting_report(name: &Path) -> bool {
    let is_there = name.parent() == Some(Path::new(WAITING_REPORTS));
    is_there && name.extension().is_some_and(|extension| extension == WAITING_REPORT)
}

/// The folder of recordings below `data_dir`, and the table that names their files.
const RECORDINGS: &str = "recordings";

/// Why an archive could not be written or restored. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the installation can't be read or written.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The data folder has another secret key than the backup.
    #[error(
        "{} is the key of another installation, which could not open its secrets without it; set another data_dir, or move that file away first",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// The archive itself can't be read or written.
    #[error("the backup can't be read or written: {0}")]
    Stream(#[from] io::Error),
    /// The database, a file or the archive failed, for example on a full disk, before anything was put in place.
    #[error("{0}; nothing was restored")]
    NotRestored(Box<Self>),
    /// Files are in place, and the database failed before its rows counted.
    #[error(
        "{0}; no record was restored, but keys and recordings of the backup may be in data_dir already: restore again"
    )]
    Unfinished(Box<Self>),
    /// The rows count, and the database could not be migrated to this version.
    #[error(
        "{0}; all records are there, but the database is not of this version yet: run `cordboard migrate`"
    )]
    OfOldVersion(StoreError),
    /// The file is not an archive of Cordboard, or was cut off.
    #[error("this is not a complete backup of Cordboard: {0}; nothing was restored")]
    Bad(String),
}

impl ArchiveError {
    /// Returns a function for `map_err` that names this path.
    pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |cause| Self::File { path: path.to_owned(), cause }
    }
}

/// Migrates a restored database to this version. An SQLite file was migrated before its rows counted.
fn bring_up(settings: &StoreSettings) -> Result<(), ArchiveError> {
    match &settings.database {
        Database::Sqlite(_) => Ok(()),
        Database::Postgres(_) => migrate(settings).map(drop).map_err(ArchiveError::OfOldVersion),
    }
}

/// The first entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// The format of the file.
    format: u32,
    /// The version of Cordboard that made it.
    version: String,
    /// When it was made, in RFC 3339.
    made_at: String,
    /// The database's migrations.
    migrations: Vec<String>,
    /// Its tables.
    tables: Vec<Table>,
}

/// Contents of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveContents {
    /// Rows by table, including empty tables.
    pub rows: BTreeMap<String, u64>,
    /// Number of files.
    pub files: u64,
}

impl ArchiveContents {
    /// Total number of rows.
    #[must_use]
    pub fn rows_total(&self) -> u64 {
        self.rows.values().sum()
    }
}
