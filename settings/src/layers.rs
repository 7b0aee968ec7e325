//! The merged layers of the configuration: the value of each name, and the unknown names.

use std::collections::BTreeMap;

use crate::listing::SettingValue;
use crate::nearest::{form_of, nearest};
use crate::problem::{ConfigError, Problem};
use crate::sources::{KnownVariables, Origin, Sources};

/// A setting's text, and where it was found.
struct SettingFound {
    text: String,
    origin: Origin,
}

/// Values of all sources, by setting. Each section takes its own. Settings that are left at the end are unknown.
pub struct Layers {
    left: BTreeMap<String, SettingFound>,
    taken: BTreeMap<String, Origin>,
    problems: Vec<Problem>,
    variables: KnownVariables,
}

impl Layers {
    /// Merges the values of the sources. Stronger sources override weaker ones.
    pub fn of(sources: &Sources, variables: KnownVariables) -> Self {
        let (entries, problems) = sources.read(&variables);
        let mut layers =
            Self { left: BTreeMap::new(), taken: BTreeMap::new(), problems: Vec::new(), variables };
        layers.problems = problems;
        for entry in entries {
            layers.left.insert(entry.name, SettingFound { text: entry.text, origin: entry.origin });
        }
        layers
    }

    /// Takes the value of a setting; `None` if no source has it, or if it is bad (which is noted).
    pub fn take<V: SettingValue>(&mut self, name: &str) -> Option<V> {
        let found = self.left.remove(name)?;
        self.taken.insert(name.to_owned(), found.origin.clone());
        match V::parse(&found.text) {
            Ok(value) => Some(value),
            Err(cause) => {
                let fix = format!("give {}", V::expected());
                self.problems.push(Problem::Setting {
                    name: name.to_owned(),
                    origin: found.origin,
                    cause,
                    fix,
                });
                None
            }
        }
    }

    /// Returns whether a source has this setting and no section has taken it yet.
    pub fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Returns the names below a section that the sources have, such as `operator` of `extensions.operator`.
    pub fn names_below(&self, prefix: &str) -> Vec<String> {
        self.left.keys().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// Notes a setting that contradicts others.
    pub fn contradiction(&mut self, name: &str, cause: String, fix: String) {
        let origin = self.taken.get(name).cloned().unwrap_or_default();
        self.problems.push(Problem::Setting { name: name.to_owned(), origin, cause, fix });
    }

    /// Returns the origin of each setting, or all problems. `known` has the names of all settings that exist.
    ///
    /// # Errors
    /// Fails with every unknown or bad setting.
    pub fn finish(mut self, known: &[String]) -> Result<BTreeMap<String, Origin>, ConfigError> {
        for (name, found) in self.left {
            let fix = match (form_of(&name, known), nearest(&name.to_lowercase(), known)) {
                (Some(form), _) => format!("write <name> of {form} in lower case letters, digits, _ and -"),
                (None, Some(nearest)) => {
                    format!("did you mean {}?", found.origin.spell(nearest, &self.variables))
                }
                (None, None) => "remove it; `cordboard config` lists the settings".to_owned(),
            };
            let cause = "there is no such setting".to_owned();
            self.problems.push(Problem::Setting { name, origin: found.origin, cause, fix });
        }
        if self.problems.is_empty() { Ok(self.taken) } else { Err(ConfigError { problems: self.problems }) }
    }
}
