//! A whole installation in one file, and out of it again: the rows of its database, its key and tokens, its recordings.
//!
//! The file is a gzipped tar, so that anybody can look into it:
//!
//! ```text
//! manifest.json                  which version made it when, the migrations and tables of its database
//! tables/NAME/000001.json        rows of a table, at most 500 in a member
//! files/secret.key, ...          files of data_dir; files/recordings/ where they were asked for
//! seal.json                      how many rows and files there are: a file without it was cut off
//! ```
//!
//! Its input is not trusted: names are checked, sizes bounded, and nothing is in its place before the seal is read.

mod backup;
mod moving;
mod restore;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Database;
use crate::store::copying::Table;
use crate::store::{StoreError, StoreSettings, migrate};

pub(crate) use backup::Archive;
pub use backup::back_up;
pub use moving::move_rows;
pub use restore::restore;

/// The only form of the file that there has been.
const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const SEAL: &str = "seal.json";

/// Files of `data_dir` without which a restored installation would not be the same: secrets in the database are sealed with the
/// first, programs and dialplans know the others.
const KEYS: [&str; 3] = ["secret.key", "admin_token", "dialplan_token"];

/// The folder of recordings below `data_dir`.
const RECORDINGS: &str = "recordings";

/// Why an archive could not be made or taken in. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of ours.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The archive itself can't be read or written.
    #[error("the backup can't be read or written: {0}")]
    Stream(#[from] io::Error),
    /// The database, a file or the archive failed, as where a disk is full, before anything was in its place.
    #[error("{0}; nothing was restored")]
    NotRestored(Box<Self>),
    /// Files are in their place, and the database failed before its rows counted.
    #[error(
        "{0}; no record was restored, but keys and recordings of the backup may be in data_dir already: restore once more"
    )]
    Unfinished(Box<Self>),
    /// The rows count, and the database could not be brought up to this version.
    #[error(
        "{0}; all records are there, but the database is not of this version yet: run `cordboard migrate`"
    )]
    OfOldVersion(StoreError),
    /// It is no archive of ours, or was cut off.
    #[error("this is no whole backup of Cordboard: {0}; nothing was restored")]
    Bad(String),
}

impl ArchiveError {
    /// The failure at this path: for `map_err`.
    pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |cause| Self::File { path: path.to_owned(), cause }
    }
}

/// Brings a filled database up to this version; an SQLite file was before its rows counted.
fn bring_up(settings: &StoreSettings) -> Result<(), ArchiveError> {
    match &settings.database {
        Database::Sqlite(_) => Ok(()),
        Database::Postgres(_) => migrate(settings).map(drop).map_err(ArchiveError::OfOldVersion),
    }
}

/// First entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// The form of the file.
    format: u32,
    /// The version of Cordboard that made it.
    version: String,
    /// When, RFC 3339.
    made_at: String,
    /// The database's migrations.
    migrations: Vec<String>,
    /// Its tables.
    tables: Vec<Table>,
}

/// Contents of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveContents {
    /// Rows by table; tables without a row, too.
    pub rows: BTreeMap<String, u64>,
    /// How many files.
    pub files: u64,
}

impl ArchiveContents {
    /// All rows together.
    #[must_use]
    pub fn rows_total(&self) -> u64 {
        self.rows.values().sum()
    }
}
