//! Settings as a list: for `cordboard config`, `.env.example` and the names that are known.

use std::path::PathBuf;

use crate::sources::Origin;

/// A type that a setting can have: read from a text, shown as one.
pub trait SettingValue: Sized {
    /// Description of a good value, as it follows the word "give": `an address and port, as 127.0.0.1:8080`.
    fn expected() -> String;

    /// Reads the value.
    ///
    /// # Errors
    /// The fault of the text, in words. The text of a secret is never repeated.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value as `parse` would read it, empty if it is unset; a secret is masked.
    fn shown(&self) -> String;

    /// Whether the value may be seen.
    const SIGHT: Sight = Sight::Open;

    /// Parts of the value that no text may show.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a setting's value may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// By everybody who may see the configuration.
    Open,
    /// By nobody: only that there is one.
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
    /// The dotted name, as `calls.max`.
    pub name: String,
    /// The value, empty if it is unset; a secret is masked.
    pub value: String,
    /// Origin of the value.
    pub origin: Origin,
    /// Description of the setting.
    pub doc: String,
    /// Description of the values that it takes.
    pub expected: String,
    /// Whether the value may be seen.
    pub sight: Sight,
}

impl Listed {
    /// A setting with its present value.
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

    /// The value for a program: of a secret only `set` or `unset`, of others empty if they are unset.
    pub fn told(&self) -> String {
        match (self.sight, self.value.is_empty()) {
            (Sight::Secret, true) => "unset".to_owned(),
            (Sight::Secret, false) => "set".to_owned(),
            (Sight::Open, _) => self.value.clone(),
        }
    }
}
