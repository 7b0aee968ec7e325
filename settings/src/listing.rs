//! Settings as a list: for `cordboard config`, `.env.example` and the list of known names.

use std::path::PathBuf;

use crate::sources::Origin;

/// A type of settings: parsed from a text, and shown as one.
pub trait SettingValue: Sized {
    /// Describes a good value, as it follows the word "give": `an address and port, such as 127.0.0.1:8080`.
    fn expected() -> String;

    /// Parses the value.
    ///
    /// # Errors
    /// Describes what is wrong with the text. The text of a secret is never repeated.
    fn parse(text: &str) -> Result<Self, String>;

    /// Returns the value as `parse` reads it, empty if it is unset. A secret is masked.
    fn shown(&self) -> String;

    /// Whether the value may be shown.
    const SIGHT: Sight = Sight::Open;

    /// Returns the parts of the value that no text may show.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a setting's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// To everyone who may see the configuration.
    Open,
    /// To nobody. Only whether it is set is shown.
    Secret,
}

impl<V: SettingValue> SettingValue for Option<V> {
    const SIGHT: Sight = V::SIGHT;

    fn expected() -> String {
        V::expected()
    }

    fn parse(text: &str) -> Result<Self, String> {
        V::parse(text).map(Some)
    }

    fn shown(&self) -> String {
        self.as_ref().map(V::shown).unwrap_or_default()
    }

    fn secrets(&self) -> Vec<String> {
        self.as_ref().map(V::secrets).unwrap_or_default()
    }
}

impl SettingValue for String {
    fn expected() -> String {
        "a name".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
    }

    fn shown(&self) -> String {
        self.clone()
    }
}

impl SettingValue for PathBuf {
    fn expected() -> String {
        "a path".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        String::parse(text).map(Self::from)
    }

    fn shown(&self) -> String {
        self.display().to_string()
    }
}

/// One setting in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The dotted name, such as `calls.max`.
    pub name: String,
    /// The value, empty if it is unset. A secret is masked.
    pub value: String,
    /// Origin of the value.
    pub origin: Origin,
    /// Description of the setting.
    pub doc: String,
    /// Description of the values that it takes.
    pub expected: String,
    /// Whether the value may be shown.
    pub sight: Sight,
}

impl Listed {
    /// Makes the entry of a setting with its current value.
    pub fn of<V: SettingValue>(name: &str, doc: &str, value: &V) -> Self {
        Self {
            name: name.to_owned(),
            value: value.shown(),
            origin: Origin::Default,
            doc: doc.trim().to_owned(),
            expected: V::expected(),
            sight: V::SIGHT,
        }
    }

    /// Returns the value for programs: for a secret only `set` or `unset`, for others the value, empty if it is unset.
    pub fn redacted(&self) -> String {
        match (self.sight, self.value.is_empty()) {
            (Sight::Secret, true) => "unset".to_owned(),
            (Sight::Secret, false) => "set".to_owned(),
            (Sight::Open, _) => self.value.clone(),
        }
    }
}
