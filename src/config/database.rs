//! The database of the records, as a setting.

use std::fmt;
use std::path::PathBuf;

use super::postgres::PostgresUrl;
use cordboard_settings::SettingValue;

/// The database of the records.
#[derive(Clone, Debug, PartialEq)]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

impl Database {
    /// Parses a database that the command line names.
    ///
    /// # Errors
    /// Describes the fault and the right form. The text is not repeated, because it may contain a password.
    pub fn of_argument(text: &str) -> Result<Self, String> {
        <Self as SettingValue>::parse(text).map_err(|why| format!("{why}; give {}", Self::expected()))
    }
}

impl fmt::Display for Database {
    /// Shows the file's path, or the address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => write!(f, "{url}"),
        }
    }
}

impl SettingValue for Database {
    fn expected() -> String {
        "sqlite:PATH, as sqlite:/var/lib/cordboard/cordboard.db, or postgres://USER:PASSWORD@HOST/DATABASE"
            .to_owned()
    }

    // The text is not repeated, because it may contain a password.
    fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.split(':').next().unwrap_or_default();
        if matches!(scheme, "postgres" | "postgresql") {
            return PostgresUrl::parse(text).map(Self::Postgres);
        }
        let Some(path) = text.strip_prefix("sqlite:") else {
            return Err("it names neither an SQLite file nor a PostgreSQL database".to_owned());
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(":memory:") || path.contains('?') {
            return Err("it does not name a plain file, and records must outlive the process".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.to_string(),
        }
    }

    fn secrets(&self) -> Vec<String> {
        match self {
            Self::Sqlite(_) => Vec::new(),
            Self::Postgres(url) => url.password.iter().map(|password| password.expose().to_owned()).collect(),
        }
    }
}
