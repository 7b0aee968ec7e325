//! Errors of the database.

use cordboard_actors::messages::StoreFault;
use cordboard_tables::rows::BadRow;
use diesel::result::{DatabaseErrorKind, Error as QueryError};

use super::postgres::holder_and_fix;
use super::{LockHolder, Unknown};

/// Databases' messages about a value that they will never take, where diesel has no kind for it.
const TOO_MUCH: [&str; 4] = ["too big", "invalid byte sequence", "out of range", "exceeds btree"];

/// The fix where SQLite opens no file: rights are of no help with one that is no database.
fn file_fix(cause: &str) -> &'static str {
    if cause.contains("not a database") || cause.contains("malformed") {
        "name another by data_dir or DATABASE_URL, or move it away and restore a backup"
    } else {
        "see that the file and its folder can be written"
    }
}

/// Why the store could not open, read or write. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file's folder can't be made.
    #[error("the folder of the database `{path}` can't be made: {cause}; make it, or set another `data_dir`")]
    Folder {
        /// The database.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// A whole database can't be given its name.
    #[error(
        "the database is written and can't be given its name `{path}`: {cause}; see that its folder can be written, and try again"
    )]
    Name {
        /// The database.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// The rest of a database that was begun can't be removed.
    #[error("the file `{path}` of an earlier try can't be removed: {cause}; remove it")]
    Rest {
        /// The file.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// The file can't be opened as a database.
    #[error("the database `{path}` can't be opened: {cause}; {}", file_fix(.cause))]
    Open {
        /// The database.
        path: String,
        /// Message of SQLite.
        cause: String,
    },
    /// There is no PostgreSQL where it should be, or it does not let us in.
    #[error(
        "the database `{database}` can't be reached: {cause}; see that PostgreSQL runs and that DATABASE_URL is right"
    )]
    Unreachable {
        /// Its address, without the password.
        database: String,
        /// Message of PostgreSQL or its library, without the password.
        cause: String,
    },
    /// Another server uses the PostgreSQL's database.
    #[error(
        "the database `{database}` is in use by another Cordboard server{}",
        holder_and_fix(.holder.as_deref())
    )]
    InUse {
        /// Its address, without the password.
        database: String,
        /// Session that keeps us off it, where it is known.
        holder: Option<Box<LockHolder>>,
    },
    /// The tables can't be made or changed.
    #[error("a migration failed and was taken back: {0}; remove the cause and start again")]
    Migration(String),
    /// The tables are older than this version can change.
    #[error(
        "a development build from before 30 November 2026 made this database, and this version can't upgrade it; \
         start with an empty database, or first start a build of commit bb1f61e1 once with this database"
    )]
    Unreleased,
    /// A newer version has changed the tables.
    #[error("the records are too new: {}; {}", .0, .0.fix())]
    Newer(Unknown),
    /// All connections are taken, or none can be made.
    #[error("no connection to the database: {0}")]
    NoConnection(String),
    /// The time for a change was over while it was being committed, or the database was lost then.
    #[error(
        "nobody knows whether it was done: the database has not said in time whether it was committed; look before you ask again"
    )]
    OutcomeUnknown,
    /// A request with the same key is being done, or was.
    #[error("a request with this Idempotency-Key is being answered")]
    KeyInUse,
    /// As many keys of requests are kept as an organization, or one of its users or tokens, may have.
    #[error("{max} Idempotency-Keys of {of} were used within 24 h, the most there may be")]
    KeysUsedUp {
        /// How many that is.
        max: i64,
        /// Whose they are, in words.
        of: &'static str,
        /// In how many seconds the oldest of them is forgotten.
        retry_after_s: u64,
    },
    /// As many changes wait as whoever asks may have waiting.
    #[error("{share} changes of this organization wait to be written, its share: ask again in a moment")]
    ShareUsedUp {
        /// How many that is.
        share: usize,
    },
    /// As many reads are made as requests of one organization may make at a time.
    #[error("{share} reads of this organization are under way, its share: ask again in a moment")]
    ReadsUsedUp {
        /// How many that is.
        share: usize,
    },
    /// As many reads are made as requests of all organizations, or of all but the first, may make at a time.
    #[error("other requests read the database, as many as may at a time: ask again in a moment")]
    ReadsTaken,
    /// A database that was to be filled has records.
    #[error("{0} has records already: name a database that is empty")]
    NotEmpty(String),
    /// Rows that can't go from one database to another.
    #[error("{0}")]
    CantCopy(String),
    /// The database refused.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// A row that holds what it can't.
    #[error("bad row: {0}")]
    BadRow(#[from] BadRow),
    /// An entry of a journal whose call has no row, because its first entry is missing.
    #[error("the journal of this call has no beginning")]
    NoBeginning,
    /// An entry of a journal whose call belongs to somebody else.
    #[error("the call belongs to another organization")]
    OtherOrganization,
    /// Work on the database panicked.
    #[error("the store panicked: {0}")]
    Panicked(String),
}

impl StoreError {
    /// Whether a row was refused because another one has the same name.
    pub fn is_taken_name(&self) -> bool {
        matches!(self, Self::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Whether no connection can be had, or the only one was lost: what is asked next would wait as long.
    pub fn is_of_the_connection(&self) -> bool {
        matches!(
            self,
            Self::Open { .. }
                | Self::Unreachable { .. }
                | Self::NoConnection(_)
                | Self::ReadsTaken
                | Self::OutcomeUnknown
        )
    }

    /// Whether other reads are made first: the same read can be made when one of them ends.
    pub(crate) fn is_of_the_turn(&self) -> bool {
        matches!(self, Self::ReadsUsedUp { .. } | Self::ReadsTaken)
    }

    /// Whether the row is at fault, so that trying again can't help. Everything that is not known to be the
    /// row's fault is the database's (locked, disk full, I/O): there the row waits.
    pub(super) fn is_of_the_row(&self) -> bool {
        match self {
            Self::BadRow(_) | Self::NoBeginning | Self::OtherOrganization | Self::Panicked(_) => true,
            Self::Query(QueryError::DatabaseError(kind, cause)) => match kind {
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation => true,
                _ => TOO_MUCH.iter().any(|words| cause.message().contains(words)),
            },
            Self::Query(QueryError::SerializationError(_) | QueryError::DeserializationError(_)) => true,
            _ => false,
        }
    }
}

impl From<StoreError> for StoreFault {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}
