//! Extensions: named places in the dialplan to which calls may be transferred.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::extension::is_extension_name;

use cordboard_settings::{Layers, Listed, SettingValue};

const PREFIX: &str = "extensions.";

/// The name that a profile, a key or a model uses for an extension: `operator`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionName(String);

impl ExtensionName {
    /// The name as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExtensionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ExtensionName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_extension_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not a name of an extension"))
        }
    }
}

impl SettingValue for ExtensionName {
    fn expected() -> String {
        "a name of [extensions], in lower case letters, digits, _ and -".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// The extensions by name. No other place can be dialled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extensions(BTreeMap<ExtensionName, DialplanTarget>);

impl Extensions {
    /// Returns the extension with this name.
    pub fn get(&self, name: &ExtensionName) -> Option<&DialplanTarget> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ExtensionName, &DialplanTarget)> {
        self.0.iter()
    }

    /// Returns all targets by plain names, for a call's policy.
    pub fn targets(&self) -> BTreeMap<String, DialplanTarget> {
        self.iter().map(|(name, target)| (name.to_string(), target.clone())).collect()
    }

    pub(super) fn read(layers: &mut Layers) -> Self {
        let mut extensions = BTreeMap::new();
        for written in layers.names_below(PREFIX) {
            // An invalid name stays among the unknown settings.
            let Ok(name) = ExtensionName::from_str(&written) else { continue };
            if let Some(extension) = layers.take(&format!("{PREFIX}{written}")) {
                extensions.insert(name, extension);
            }
        }
        Self(extensions)
    }

    /// Parts of them that no text may show.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.0.values().flat_map(SettingValue::secrets).collect()
    }

    /// Lists the extensions as settings. If there is none, lists the form in which one is written.
    pub(super) fn list(&self) -> Vec<Listed> {
        let doc = "A place in the dialplan to which calls may be transferred, by its name (operator is the target of key 0).";
        if self.0.is_empty() {
            return vec![Listed::of(&format!("{PREFIX}<name>"), doc, &None::<DialplanTarget>)];
        }
        self.0
            .iter()
            .map(|(name, extension)| Listed::of(&format!("{PREFIX}{name}"), doc, extension))
            .collect()
    }
}

impl FromIterator<(ExtensionName, DialplanTarget)> for Extensions {
    fn from_iter<I: IntoIterator<Item = (ExtensionName, DialplanTarget)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_word() {
        for name in ["operator", "second-line", "desk_2"] {
            assert_eq!(name.parse::<ExtensionName>().unwrap().as_str(), name);
        }
        for name in ["", "Operator", "a b", "a.b", "a,b", "${X}", "a\nb", "é"] {
            assert!(name.parse::<ExtensionName>().is_err(), "{name:?}");
        }
    }
}
