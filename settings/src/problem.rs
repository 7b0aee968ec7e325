//! Problems of a configuration, described with their fixes.

use std::fmt;
use std::path::PathBuf;

use crate::sources::Origin;

/// All problems of the configuration. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration can't be used")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}\n    fix: {}", problem.fix())?;
        }
        Ok(())
    }
}

/// One problem. Its text names the cause; [`Problem::fix`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting is unknown, bad, or contradicts another one.
    #[error("{name}, {origin}: {cause}")]
    Setting {
        /// Name of the setting, such as `calls.max`.
        name: String,
        /// Origin of the setting.
        origin: Origin,
        /// The cause.
        cause: String,
        /// The fix.
        fix: String,
    },
    /// A file of settings can't be read.
    #[error("{} can't be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: String,
    },
    /// The configuration file is not TOML.
    #[error("{}, line {line}: {cause}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Line of the mistake, from 1.
        line: usize,
        /// The parser's error.
        cause: String,
    },
    /// A line of `.env` is not `NAME=value`.
    #[error(".env, line {line}: it can't be read")]
    NotDotenv {
        /// Line of the mistake, from 1.
        line: usize,
    },
    /// A variable of Cordboard contains bytes that are not UTF-8.
    #[error("the environment variable {variable} is not UTF-8")]
    NotText {
        /// The variable's name.
        variable: String,
    },
}

impl Problem {
    /// Returns what the operator should do.
    pub fn fix(&self) -> String {
        match self {
            Self::Setting { fix, .. } => fix.clone(),
            Self::Unreadable { path, .. } => {
                format!("check that {} exists and that this user may read it", path.display())
            }
            Self::NotToml { .. } => "write settings as [section] and name = value".to_owned(),
            Self::NotDotenv { .. } => {
                "write one NAME=value per line, in single quotes if it has spaces, quotes, # or $".to_owned()
            }
            Self::NotText { variable } => format!("set {variable} again, in UTF-8"),
        }
    }
}
