//! The address of the database.

use std::path::{Path, PathBuf};

use cordboard_schema::known_caller::OwnNumbers;

use crate::config::Database;

/// The settings of the store.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The database. The configuration reads `DATABASE_URL`.
    pub database: Database,
    /// The configuration's numbers: they don't identify a caller.
    pub configured_numbers: OwnNumbers,
}

impl StoreSettings {
    /// The settings of this database.
    pub fn of(database: Database) -> Self {
        Self { database, configured_numbers: OwnNumbers::default() }
    }

    /// The same with these numbers of the configuration.
    #[must_use]
    pub fn with_numbers(self, configured_numbers: OwnNumbers) -> Self {
        Self { configured_numbers, ..self }
    }

    /// The settings of the database file at `path`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::of(Database::Sqlite(path.into()))
    }
}

/// How a connection opens the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Reads and writes; creates the file.
    Create,
    /// Reads and writes an existing file.
    Write,
    /// Only reads an existing file.
    Read,
}

/// The URI with which SQLite opens `path`.
pub(super) fn sqlite_uri(path: &Path, access: Access) -> String {
    let mode = match access {
        Access::Create => "rwc",
        Access::Write => "rw",
        Access::Read => "ro",
    };
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?mode={mode}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_characters_that_uris_reserve_are_escaped() {
        assert_eq!(sqlite_uri(Path::new("/a b/50%?#.db"), Access::Read), "file:/a b/50%25%3f%23.db?mode=ro");
    }
}
