//! A secret: never shown, compared in constant time.

use std::fmt;

use serde::{Serialize, Serializer};
use subtle::ConstantTimeEq;

use crate::listing::{SettingValue, Sight};

/// Shown instead of a secret.
const MASK: &str = "********";

/// The longest secret, in bytes. It must fit into an HTTP header with room to spare.
const SECRET_BYTES_MAX: usize = 512;

/// A token. `Debug`, `Display` and `Serialize` show a mask.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns whether a candidate equals this secret, in a time that does not depend on where they differ.
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }

    /// The secret itself, for the place that stores or sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl SettingValue for Secret {
    const SIGHT: Sight = Sight::Secret;

    fn expected() -> String {
        format!("a token of 1 to {SECRET_BYTES_MAX} visible ASCII characters")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible {
            return Err("it contains characters that an HTTP header can't contain".to_owned());
        }
        match text.len() {
            0 => Err("it is empty".to_owned()),
            1..=SECRET_BYTES_MAX => Ok(Self::new(text)),
            length => Err(format!("it is {length} characters long")),
        }
    }

    fn shown(&self) -> String {
        MASK.to_owned()
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_nowhere_and_matches_only_itself() {
        let secret = Secret::new("tiger-77");
        let shown =
            format!("{secret} {secret:?} {} {}", serde_json::to_string(&secret).unwrap(), secret.shown());
        assert!(!shown.contains("tiger"), "{shown}");
        assert!(secret.matches("tiger-77"));
        assert!(!secret.matches("tiger-7"));
        assert!(!secret.matches("tiger-78"));
        assert!(!secret.matches(""));
    }
}
