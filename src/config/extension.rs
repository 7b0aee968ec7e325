//! Extensions: the places in the dialplan that a call may be passed to, known by a name.
//!
//! What stands here ends in a dialplan's `Goto`, so each part has a strict alphabet: nothing that separates arguments,
//! quotes, begins an expression or ends a line can get through.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::layers::Layers;
use super::listing::{Listed, SettingValue};

/// The longest name, context or exten, in characters (Asterisk's own bound is 79).
const PART_CHARS_MAX: usize = 79;

/// The largest priority of a dialplan line.
const PRIORITY_MAX: u16 = 9_999;

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
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if is_part(text, letters) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is no name of an extension"))
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

/// A place in the dialplan; displayed as `context,exten,priority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    context: String,
    exten: String,
    priority: u16,
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.context, self.exten, self.priority)
    }
}

impl FromStr for Extension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(|part| part.trim_matches(' '));
        let (Some(context), Some(exten), Some(priority), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("{text:?} does not have three parts"));
        };
        if !is_part(context, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(format!("{context:?} is no context"));
        }
        if !is_part(exten, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '#' | '+')) {
            return Err(format!("{exten:?} is no exten"));
        }
        let digits = priority.bytes().all(|byte| byte.is_ascii_digit());
        match priority.parse() {
            Ok(priority @ 1..=PRIORITY_MAX) if digits => {
                Ok(Self { context: context.to_owned(), exten: exten.to_owned(), priority })
            }
            _ => Err(format!("{priority:?} is no priority, a number from 1 to {PRIORITY_MAX}")),
        }
    }
}

impl SettingValue for Extension {
    fn expected() -> String {
        "context,exten,priority, as internal,2001,1, of letters, digits, _ and - (in exten also * # +)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

fn is_part(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    (1..=PART_CHARS_MAX).contains(&text.len()) && text.chars().all(allowed)
}

/// The extensions by name. Nothing else can be dialled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extensions(BTreeMap<ExtensionName, Extension>);

impl Extensions {
    /// The extension of a name.
    pub fn get(&self, name: &ExtensionName) -> Option<&Extension> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ExtensionName, &Extension)> {
        self.0.iter()
    }

    pub(super) fn read(layers: &mut Layers) -> Self {
        let mut extensions = BTreeMap::new();
        for written in layers.names_below(PREFIX) {
            // A name that is none stays among the unknown settings.
            let Ok(name) = ExtensionName::from_str(&written) else { continue };
            if let Some(extension) = layers.take(&format!("{PREFIX}{written}")) {
                extensions.insert(name, extension);
            }
        }
        Self(extensions)
    }

    /// The extensions as settings; where there is none, the form in which one is written.
    pub(super) fn list(&self) -> Vec<Listed> {
        let doc = "A place in the dialplan that a call may be passed to, by its name (operator is the one of key 0).";
        if self.0.is_empty() {
            return vec![Listed::of(&format!("{PREFIX}<name>"), doc, &None::<Extension>)];
        }
        self.0
            .iter()
            .map(|(name, extension)| Listed::of(&format!("{PREFIX}{name}"), doc, extension))
            .collect()
    }
}

impl FromIterator<(ExtensionName, Extension)> for Extensions {
    fn from_iter<I: IntoIterator<Item = (ExtensionName, Extension)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_what_goto_takes() {
        for text in ["internal,2001,1", "from-inside,*72#,12", "a_b,+4930123,1", "internal, 2001, 1"] {
            let extension: Extension = text.parse().unwrap();
            assert_eq!(extension.to_string(), text.replace(' ', ""));
        }
    }

    #[test]
    fn nothing_that_means_something_to_a_dialplan_gets_through() {
        let bad = [
            "",
            "internal",
            "internal,2001",
            "internal,2001,1,2",
            "internal,2001,0",
            "internal,2001,+1",
            "internal,2001,10000",
            "internal,2001,start",
            ",2001,1",
            "internal,,1",
            "internal,20 01,1",
        ];
        for text in bad {
            assert!(text.parse::<Extension>().is_err(), "{text:?}");
        }
        for character in
            ['\r', '\n', '"', '\'', '&', '|', '(', ')', '$', '{', '[', '\\', '/', ';', '\0', 'é', '^']
        {
            for text in [
                format!("in{character},2001,1"),
                format!("in,20{character},1"),
                format!("in,2001,1{character}"),
            ] {
                assert!(text.parse::<Extension>().is_err(), "{text:?}");
            }
            assert!(format!("operator{character}").parse::<ExtensionName>().is_err(), "{character:?}");
        }
    }
}
