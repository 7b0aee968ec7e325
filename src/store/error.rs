//! Errors of the database.

use cordboard_actors::messages::StoreFault;
use cordboard_tables::rows::BadRow;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

use super::postgres::holder_and_fix;
use super::{LockHolder, Unknown};

/// The databases' messages for a value that they never accept, if diesel has no kind for it. A PostgreSQL that speaks another language names the byte
/// 0, the only one that it refuses in our texts, in the same way.
const TOO_MUCH: [&str; 5] = ["too big", "invalid byte sequence", "0x00", "out of range", "exceeds btree"];

/// Tells whether the database never accepts a value, by an error for which diesel has no kind. In every language, PostgreSQL names the index whose
/// rows can't be as large as the value.
fn is_too_much(cause: &dyn DatabaseErrorInformation) -> bool {
    cause.constraint_name().is_some() || TOO_MUCH.iter().any(|words| cause.message().contains(words))
}

/// Words of SQLite's errors when it opens a file, and the fix for each.
const FILE_FIXES: [(&str, &str); 4] = [
    ("not a database", "set another one with data_dir or DATABASE_URL, or move it away and restore a backup"),
    ("malformed", "set another one with data_dir or DATABASE_URL, or move it away and restore a backup"),
    ("locked", "end the other program that uses it, such as `sqlite3` (`fuser` with that path names it)"),
    ("is full", "free space on its disk"),
];

/// The fix if SQLite can't open a file. Most often its permissions are wrong.
fn file_fix(cause: &str) -> &'static str {
    let known = FILE_FIXES.iter().find(|(words, _)| cause.contains(words));
    known.map_or("check that the file and its folder are writable", |(_, fix)| fix)
}

/// Why the store can't be opened, read or written. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's folder can't be created.
    #[error("the folder of the database `{path}` can't be made: {cause}; make it, or set another `data_dir`")]
    Folder {
        /// The database.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// A complete database can't be renamed to its final name.
    #[error(
        "the database is written, but can't be renamed to `{path}`: {cause}; check that its folder is writable, and try again"
    )]
    Name {
        /// The database.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// A file of an earlier attempt can't be removed.
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
        /// SQLite's message.
        cause: String,
    },
    /// PostgreSQL can't be reached, or refuses the login.
    #[error(
        "the database `{database}` can't be reached: {cause}; check that PostgreSQL is running and that DATABASE_URL is right"
    )]
    Unreachable {
        /// Its address, without the password.
        database: String,
        /// The message of PostgreSQL or its library, without the password.
        cause: String,
    },
    /// Another server uses the PostgreSQL database.
    #[error(
        "the database `{database}` is in use by another Cordboard server{}",
        holder_and_fix(.holder.as_deref())
    )]
    InUse {
        /// Its address, without the password.
        database: String,
        /// The session that holds the lock, if it is known.
        holder: Option<Box<LockHolder>>,
    },
    /// The tables can't be created or changed.
    #[error("a migration failed and was rolled back: {0}; remove the cause and start again")]
    Migration(String),
    /// The tables are too old for this version to upgrade.
    #[error(
        "a development build from before 30 November 2026 made this database, and this version can't upgrade it; \
         start with an empty database, or first start a build of commit bb1f61e1 once with this database"
    )]
    Unreleased,
    /// A newer version has changed the tables.
    #[error("the records are too new: {}; {}", .0, .0.fix())]
    Newer(Unknown),
    /// All connections are in use, or none can be opened.
    #[error("no connection to the database: {0}")]
    NoConnection(String),
    /// A change timed out during its COMMIT, or the connection was lost then.
    #[error(
        "nobody knows whether it was done: the database did not confirm the commit in time; check before you repeat the request"
    )]
    OutcomeUnknown,
    /// A request with the same key is being done, or was.
    #[error("a request with this Idempotency-Key is being answered: send it again in a few seconds")]
    KeyInUse,
    /// An organization, or one of its users or tokens, has reached its limit of stored keys.
    #[error(
        "{of} has used {max} Idempotency-Keys within 24 h, which is the maximum; try again in {retry_after_s} s"
    )]
    KeysUsedUp {
        /// The limit.
        max: i64,
        /// The owner of the keys, in words.
        of: &'static str,
        /// In how many seconds the oldest key expires.
        retry_after_s: u64,
    },
    /// The limit of waiting changes for this caller is reached.
    #[error(
        "{share} changes of this organization are waiting to be written, which is its share: try again in a moment"
    )]
    ShareUsedUp {
        /// The limit.
        share: usize,
    },
    /// The limit of concurrent reads for requests of one organization is reached.
    #[error("{share} reads of this organization are under way, which is its share: try again in a moment")]
    ReadsUsedUp {
        /// The limit.
        share: usize,
    },
    /// The limit of concurrent reads for requests of all organizations, or of all except the first, is reached.
    #[error("other requests are using all connections for reading: try again in a moment")]
    ReadsTaken,
    /// A database that should be filled has records.
    #[error("{0} has records already: name an empty database")]
    NotEmpty(String),
    /// Rows that can't be copied from one database to another.
    #[error("{0}")]
    CantCopy(String),
    /// The database returned an error.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// An appointment's time is taken by others.
    #[error("another appointment overlaps with this time: choose another one")]
    TimeTaken,
    /// A row with invalid content.
    #[error("bad row: {0}")]
    BadRow(#[from] BadRow),
    /// A journal entry whose call has no row, because its first entry is missing.
    #[error("the journal of this call has no beginning")]
    NoBeginning,
    /// A journal entry whose call belongs to another organization.
    #[error("the call belongs to another organization")]
    OtherOrganization,
    /// Work on the database panicked.
    #[error("the store panicked: {0}")]
    Panicked(String),
}

impl StoreError {
    /// Tells whether a row was refused because another one has the same name.
    pub fn is_taken_name(&self) -> bool {
        matches!(self, Self::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Tells whether no connection can be opened, or the only one was lost: the next query would wait as long.
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

    /// Tells whether other reads come first: this read can be made when one of them ends.
    pub(crate) fn is_of_the_turn(&self) -> bool {
        matches!(self, Self::ReadsUsedUp { .. } | Self::ReadsTaken)
    }

    /// Tells whether the row is the cause, so that retrying can't help. Every other error is the database's (locked, disk full, I/O), and the row
    /// waits.
    pub(super) fn is_of_the_row(&self) -> bool {
        match self {
            Self::BadRow(_) | Self::NoBeginning | Self::OtherOrganization | Self::Panicked(_) => true,
            Self::Query(QueryError::DatabaseError(kind, cause)) => match kind {
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation => true,
                _ => is_too_much(&**cause),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of PostgreSQL's without a kind of diesel's: its message, and the index that it names.
    struct Said(&'static str, Option<&'static str>);

    impl DatabaseErrorInformation for Said {
        fn message(&self) -> &str {
            self.0
        }

        fn details(&self) -> Option<&str> {
            None
        }

        fn hint(&self) -> Option<&str> {
            None
        }

        fn table_name(&self) -> Option<&str> {
            self.1.map(|_| "call_words")
        }

        fn column_name(&self) -> Option<&str> {
            None
        }

        fn constraint_name(&self) -> Option<&str> {
            self.1
        }

        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    #[test]
    fn a_value_too_much_is_known_in_every_language() {
        let is_of_the_row = |message, index| {
            let said = Box::new(Said(message, index));
            StoreError::from(QueryError::DatabaseError(DatabaseErrorKind::Unknown, said)).is_of_the_row()
        };
        let index = Some("call_words_word");
        for (message, index) in [
            ("invalid byte sequence for encoding \"UTF8\": 0x00", None),
            ("ungültige Byte-Sequenz für Kodierung »UTF8«: 0x00", None),
            ("index row size 2832 exceeds btree version 4 maximum 2704 for index \"call_words_word\"", index),
            (
                "Größe 2832 der Indexzeile überschreitet btree-Version 4 Maximum 2704 für Index »call_words_word«",
                index,
            ),
            ("integer out of range", None),
            ("string or blob too big", None),
        ] {
            assert!(is_of_the_row(message, index), "{message}");
        }
        for message in
            ["Platte voll", "deadlock detected", "Verklemmung (Deadlock) entdeckt", "disk I/O error"]
        {
            assert!(!is_of_the_row(message, None), "{message}");
        }
    }

    #[test]
    fn a_file_that_cant_be_opened_has_a_fitting_fix() {
        for (cause, fix) in [
            ("file is not a database", "restore a backup"),
            ("database disk image is malformed", "restore a backup"),
            ("database is locked", "end the other program that uses it"),
            ("database or disk is full", "free space on its disk"),
            ("unable to open database file", "its folder are writable"),
            ("attempt to write a readonly database", "its folder are writable"),
        ] {
            let error = StoreError::Open { path: "calls.db".to_owned(), cause: cause.to_owned() }.to_string();
            assert!(error.contains(cause) && error.contains(fix), "{error}");
        }
    }
}
