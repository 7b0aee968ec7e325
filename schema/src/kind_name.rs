//! Names of kinds that are declared elsewhere: this module knows the form of a name, not which names exist.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Maximum length of a name in bytes.
pub const KIND_NAME_BYTES_MAX: usize = 24;

/// A name of lower case letters, digits and hyphens, such as `openai-live`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindName {
    /// Zeros follow the name, so that names sort like texts.
    bytes: [u8; KIND_NAME_BYTES_MAX],
}

/// The text is not a name of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kind's name has 1 to {KIND_NAME_BYTES_MAX} lower case letters, digits and hyphens")]
pub struct BadKindName;

impl KindName {
    /// Returns a name that is a constant of the program.
    ///
    /// # Panics
    /// It is not a valid name. A test of the kind finds such a mistake, or the compiler does if the name is a constant.
    #[expect(clippy::panic, reason = "only for constants, where the compiler reports it")]
    pub const fn known(name: &'static str) -> Self {
        match Self::read(name) {
            Some(name) => name,
            None => panic!("not a name of a kind"),
        }
    }

    const fn read(name: &str) -> Option<Self> {
        let from = name.as_bytes();
        if from.is_empty() || from.len() > KIND_NAME_BYTES_MAX {
            return None;
        }
        let mut bytes = [0; KIND_NAME_BYTES_MAX];
        let mut at = 0;
        while at < from.len() {
            if !matches!(from[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
                return None;
            }
            bytes[at] = from[at];
            at += 1;
        }
        Some(Self { bytes })
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        let length = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(KIND_NAME_BYTES_MAX);
        std::str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }
}

impl FromStr for KindName {
    type Err = BadKindName;

    fn from_str(text: &str) -> Result<Self, BadKindName> {
        Self::read(text).ok_or(BadKindName)
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for KindName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for KindName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_like_their_text() {
        for name in ["openai-live", "a", "abcdefghijklmnopqrstuvwx"] {
            let read: KindName = name.parse().unwrap();
            assert_eq!((read.as_str(), read), (name, serde_json::from_value(name.into()).unwrap()));
        }
        for bad in ["", "OpenAI", "a b", "a\0", "abcdefghijklmnopqrstuvwxy", "é"] {
            assert_eq!(bad.parse::<KindName>(), Err(BadKindName), "{bad:?}");
        }
        assert!(KindName::known("openai") < KindName::known("openai-live"));
    }
}
