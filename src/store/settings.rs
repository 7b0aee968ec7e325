//! Where the database is.

use std::path::{Path, PathBuf};

use super::StoreError;

/// What the store needs to know.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// A path, or `sqlite:PATH`, or `sqlite://PATH` (`DATABASE_URL`; by default `cordboard.db` in
    /// `data_dir`).
    pub database: String,
}

impl StoreSettings {
    /// The settings of the database file at `path`.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { database: path.as_ref().to_string_lossy().into_owned() }
    }

    /// The file, or why the setting names none.
    pub(super) fn path(&self) -> Result<PathBuf, StoreError> {
        let database = self.database.as_str();
        let path = match database.split_once(':') {
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(StoreError::Unsupported(format!(
                    "`DATABASE_URL` names a `{scheme}` database, which this version does not speak; leave it unset, or give the path of an SQLite file"
                )));
            }
            _ => database,
        };
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::Unsupported(
                "`DATABASE_URL` names no file; leave it unset, or give the path of an SQLite file".to_owned(),
            ));
        }
        Ok(PathBuf::from(path))
    }
}

/// How a connection opens the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Reads and writes; makes the file.
    Create,
    /// Reads and writes a file that is there.
    Write,
    /// Only reads a file that is there.
    Read,
}

/// The URI by which SQLite opens `path`.
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
    fn a_database_is_a_path_or_an_sqlite_url() {
        let path = |database: &str| StoreSettings { database: database.to_owned() }.path();
        for (database, file) in [
            ("/var/lib/cordboard/a.db", "/var/lib/cordboard/a.db"),
            ("a.db", "a.db"),
            ("sqlite:a.db", "a.db"),
            ("sqlite:///tmp/a.db", "/tmp/a.db"),
        ] {
            assert_eq!(path(database).unwrap(), PathBuf::from(file), "{database}");
        }
        for bad in
            ["", "sqlite:", "sqlite://:memory:", ":memory:", "postgres://u:secret@host/db", "redis://x"]
        {
            let said = path(bad).unwrap_err().to_string();
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_path_can_hold_what_a_uri_can_not() {
        assert_eq!(sqlite_uri(Path::new("/a b/50%?#.db"), Access::Read), "file:/a b/50%25%3f%23.db?mode=ro");
    }
}
