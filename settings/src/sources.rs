//! Sources of settings: a TOML file, `.env` in the working directory, the environment.
//!
//! All three are converted to one form, a dotted name and a text, so that each setting has one parser.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;

/// Prefix of every variable of Cordboard.
const PREFIX: &str = "CORDBOARD_";

/// The variable that names the TOML file where no `--config` does. Service managers and container platforms set variables more easily than arguments,
/// and not every setting can be a variable: its name may have a hyphen or a plus.
pub const FILE_VARIABLE: &str = "CORDBOARD_CONFIG";

/// Variables with our prefix that are not settings: the one above, those that container platforms set for a service named `cordboard`
/// ([`announces_service`] knows those of others), those of the tests, and those that only the build reads.
const IGNORED: [&str; 5] =
    [FILE_VARIABLE, "CORDBOARD_SERVICE_", "CORDBOARD_PORT", "CORDBOARD_TEST_", "CORDBOARD_STATIC_DIR"];

/// Settings whose variables have names that are established in other programs.
#[derive(Clone, Debug, Default)]
pub struct KnownVariables(Vec<(&'static str, &'static str)>);

impl KnownVariables {
    /// Makes the list of these settings, each with its variable.
    pub fn of(pairs: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// Returns the variable of a setting: `CORDBOARD_HTTP__LISTEN` for `http.listen`.
    pub fn variable_of(&self, name: &str) -> String {
        self.0.iter().find(|(setting, _)| *setting == name).map_or_else(
            || format!("{PREFIX}{}", name.replace('.', "__").to_uppercase()),
            |(_, variable)| (*variable).to_owned(),
        )
    }

    /// Returns the setting of a variable; `None` if the variable is not one of Cordboard's.
    fn setting_of(&self, variable: &str) -> Option<String> {
        if let Some((setting, _)) = self.0.iter().find(|(_, known)| *known == variable) {
            return Some((*setting).to_owned());
        }
        if IGNORED.iter().any(|prefix| variable.starts_with(prefix)) {
            return None;
        }
        let rest = variable.strip_prefix(PREFIX)?;
        let name = rest.replace("__", ".").to_lowercase();
        // A setting with an established variable has only that one. Otherwise ours would be a second, silent name.
        let second_name = self.0.iter().any(|(setting, _)| *setting == name);
        Some(if second_name { rest.to_owned() } else { name })
    }
}

/// Sources of a configuration. Tests name their own.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file of `--config`; without it, the one that a variable of the environment or else of `dotenv` names.
    pub file: Option<PathBuf>,
    /// The file of variables. It need not exist.
    pub dotenv: Option<PathBuf>,
    /// The environment's variables.
    pub environment: Vec<(OsString, OsString)>,
}

impl Sources {
    /// Returns this process's sources: `--config`, `.env` of the working directory (and of no other), the environment.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        Self { file, dotenv: Some(PathBuf::from(".env")), environment: env::vars_os().collect() }
    }

    /// Reads all values of the sources, weakest first, and notes the unreadable parts.
    pub(crate) fn read(&self, known: &KnownVariables) -> (Vec<Entry>, Vec<Problem>) {
        let mut entries = Vec::new();
        let mut problems = Vec::new();
        let dotenv = self.dotenv.as_deref().map_or_else(|| Ok(Vec::new()), read_dotenv);
        let named = || file_of(&self.environment).or_else(|| file_of(dotenv.as_ref().ok()?));
        let file = self.file.clone().or_else(named);
        let layers = [
            file.as_deref().map(read_toml),
            Some(dotenv.map(|variables| entries_of_dotenv(variables, known))),
            Some(read_environment(&self.environment, known)),
        ];
        for layer in layers.into_iter().flatten() {
            match layer {
                Ok(read) => entries.extend(read),
                Err(problem) => problems.push(problem),
            }
        }
        (entries, problems)
    }
}

/// One setting, as found in a source.
pub(crate) struct Entry {
    /// The dotted name.
    pub(crate) name: String,
    /// The value. The elements of a TOML array are joined by commas.
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// Origin of a setting's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// It is not set.
    #[default]
    Default,
    /// A configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// Line of the value, from 1.
        line: usize,
    },
    /// The `.env` of the working directory.
    Dotenv {
        /// The variable.
        variable: String,
    },
    /// The process's environment.
    Environment {
        /// The variable.
        variable: String,
    },
}

impl Origin {
    /// Returns a setting's name as it is written in this source.
    pub(crate) fn spell(&self, name: &str, known: &KnownVariables) -> String {
        match self {
            Self::Default | Self::File { .. } => name.to_owned(),
            Self::Dotenv { .. } | Self::Environment { .. } => known.variable_of(name),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Dotenv { variable } => write!(f, "{variable} in .env"),
            Self::Environment { variable } => write!(f, "{variable} in the environment"),
        }
    }
}

/// Returns the TOML file that one of these variables names.
fn file_of(variables: &[(impl AsRef<OsStr>, impl AsRef<OsStr>)]) -> Option<PathBuf> {
    let (_, path) = variables.iter().find(|(variable, _)| variable.as_ref() == FILE_VARIABLE)?;
    let path: &OsStr = path.as_ref();
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Returns whether a container platform announces another service with a variable, one whose name begins with `cordboard-`, as
/// `CORDBOARD_AUDIOSOCKET_SERVICE_HOST` or `CORDBOARD_AUDIOSOCKET_PORT_9092_TCP_ADDR`. Kubernetes sets them in each pod of the namespace that does
/// not refuse them. The value tells `CORDBOARD_SMTP_PORT`, which somebody has misspelled, from the port of a service `cordboard-smtp`.
fn announces_service(variable: &str, value: &str) -> bool {
    const ADDRESSES: [&str; 3] = ["tcp://", "udp://", "sctp://"];
    const PARTS: [&str; 3] = ["_PROTO", "_PORT", "_ADDR"];
    // A section and its setting are separated by two underscores.
    let Some(rest) = variable.strip_prefix(PREFIX).filter(|rest| !rest.contains("__")) else { return false };
    let is_address = ADDRESSES.iter().any(|scheme| value.starts_with(scheme));
    let is_part = PARTS.iter().any(|part| {
        rest.strip_suffix(part)
            .is_some_and(|port| ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| port.ends_with(protocol)))
    });
    rest.ends_with("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT")
        || (rest.contains("_PORT") && (is_address || is_part))
}

fn read_environment(
    variables: &[(OsString, OsString)],
    known: &KnownVariables,
) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    for (variable, value) in variables {
        let Some(variable) = variable.to_str() else { continue };
        let Some(name) = known.setting_of(variable) else { continue };
        let Some(text) = value.to_str() else {
            return Err(Problem::NotText { variable: variable.to_owned() });
        };
        if announces_service(variable, text) {
            continue;
        }
        let origin = Origin::Environment { variable: variable.to_owned() };
        entries.extend(entry_of_variable(name, text, origin));
    }
    Ok(entries)
}

/// Reads the names and values of a file of variables.
fn read_dotenv(path: &Path) -> Result<Vec<(String, String)>, Problem> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Problem::Unreadable { path: path.to_owned(), cause: error.to_string() });
        }
    };
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let pairs = dotenvy::from_read_iter(text.as_bytes());
    pairs.map(|pair| pair.map_err(|error| dotenv_mistake(text, &error))).collect()
}

fn entries_of_dotenv(variables: Vec<(String, String)>, known: &KnownVariables) -> Vec<Entry> {
    let entry = |(variable, value): (String, String)| {
        let name = known.setting_of(&variable)?;
        entry_of_variable(name, &value, Origin::Dotenv { variable })
    };
    variables.into_iter().filter_map(entry).collect()
}

/// Locates a bad line. The line is not repeated, because it may contain a secret.
fn dotenv_mistake(text: &str, error: &dotenvy::Error) -> Problem {
    let line = match error {
        dotenvy::Error::LineParse(piece, _) => {
            let piece = piece.lines().next().unwrap_or_default();
            text.find(piece).map_or(1, |offset| line_at(text, offset))
        }
        _ => 1,
    };
    Problem::NotDotenv { line }
}

/// Makes the entry of a variable. An empty variable counts as unset, because compose files write it like that (`${X:-}`).
fn entry_of_variable(name: String, text: &str, origin: Origin) -> Option<Entry> {
    let text = text.trim();
    (!text.is_empty()).then(|| Entry { name, text: text.to_owned(), origin })
}

fn read_toml(path: &Path) -> Result<Vec<Entry>, Problem> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::Unreadable { path: path.to_owned(), cause: error.to_string() })?;
    let table = DeTable::parse(&text).map_err(|error| Problem::NotToml {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_at(&text, span.start)),
        cause: error.message().to_owned(),
    })?;
    let mut entries = Vec::new();
    flatten("", table.get_ref(), &mut |name, value| {
        let origin = Origin::File { path: path.to_owned(), line: line_at(&text, value.span().start) };
        entries.push(Entry { name, text: text_of(value.get_ref()), origin });
    });
    Ok(entries)
}

fn flatten(prefix: &str, table: &DeTable<'_>, found: &mut dyn FnMut(String, &Spanned<DeValue<'_>>)) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => flatten(&format!("{name}."), inner, found),
            _ => found(name, value),
        }
    }
}

/// Returns a TOML value in the form that a variable would have.
fn text_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().to_owned(), |n| n.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(elements) => {
            elements.iter().map(|element| text_of(element.get_ref())).collect::<Vec<_>>().join(",")
        }
        DeValue::Table(_) => "{ a table }".to_owned(),
    }
}

/// Returns the line, from 1, of a byte of a text.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
