//! What may be dialled, and how often: the organization's dial policy.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most digits that a number has (E.164 allows 15), with some room for prefixes of a switch.
const PATTERN_DIGITS_MAX: usize = 24;

/// Limits on what calls may dial. People of the list of extensions are always allowed; a number needs a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct DialPolicy {
    /// The numbers that may be dialled; none where only the list of extensions may.
    pub numbers_allowed: Vec<NumberPattern>,
    /// How many people and numbers one call may dial: hand-offs and transfers together.
    pub per_call_max: u32,
    /// How many all calls of a day may dial, by UTC.
    pub per_day_max: u32,
}

impl Default for DialPolicy {
    fn default() -> Self {
        Self { numbers_allowed: Vec::new(), per_call_max: 5, per_day_max: 1_000 }
    }
}

/// Numbers that begin alike: digits, perhaps behind `+`, and perhaps `*` for any rest, as `+4930*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NumberPattern(String);

/// Why a text is no [`NumberPattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no pattern of numbers: write 1 to {PATTERN_DIGITS_MAX} digits, with + before and * behind as needed"
)]
pub struct BadPattern(pub String);

impl NumberPattern {
    /// Whether a number is one of these.
    pub fn admits(&self, number: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => is_number(number) && number.starts_with(beginning),
            None => number == self.0,
        }
    }
}

/// `+` or nothing, then digits.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (1..=PATTERN_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for NumberPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        match is_number(text.strip_suffix('*').unwrap_or(text)) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadPattern(text.chars().take(64).collect())),
        }
    }
}

impl TryFrom<String> for NumberPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        text.parse()
    }
}

impl From<NumberPattern> for String {
    fn from(pattern: NumberPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_admits_what_begins_like_it() {
        let berlin: NumberPattern = "+4930*".parse().unwrap();
        assert!(berlin.admits("+49301234") && berlin.admits("+4930"));
        assert!(!berlin.admits("+491511234") && !berlin.admits("+4930,12") && !berlin.admits("+4930*"));
        let police: NumberPattern = "110".parse().unwrap();
        assert!(police.admits("110") && !police.admits("1101"));
    }

    #[test]
    fn nothing_else_is_a_pattern() {
        for text in ["", "*", "+", "+*", "12*3", "12 3", "12\r\n", "user/1", "1234567890123456789012345"] {
            assert!(text.parse::<NumberPattern>().is_err(), "{text:?}");
        }
    }
}
