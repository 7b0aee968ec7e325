//! Limits on dialling: the organization's dial policy, and what it allows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::call::CallPolicy;
use crate::dialplan::DialplanTarget;
use crate::extension::is_extension_name;
use crate::phone::{E164, without_zero_before};

/// Maximum number of digits of a number (E.164 allows 15), with some room for prefixes of a switch.
const PATTERN_DIGITS_MAX: usize = 24;

/// Limits on what calls may dial. People in the list of extensions are always allowed; a number needs a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct DialPolicy {
    /// Patterns of the numbers that may be dialled; if empty, only the list of extensions may.
    pub numbers_allowed: Vec<NumberPattern>,
    /// Maximum number of people and numbers that one call may dial, hand-offs and transfers together.
    pub per_call_max: u32,
    /// Maximum number of people and numbers that all calls of a day (UTC) may dial.
    pub per_day_max: u32,
}

impl Default for DialPolicy {
    fn default() -> Self {
        Self { numbers_allowed: Vec::new(), per_call_max: 5, per_day_max: 1_000 }
    }
}

impl DialPolicy {
    /// Returns the policy that allows nobody.
    #[must_use]
    pub fn none() -> Self {
        Self { numbers_allowed: Vec::new(), per_call_max: 0, per_day_max: 0 }
    }

    /// Returns the intersection: the lower limits, and the numbers that both policies allow.
    #[must_use]
    pub fn within(&self, ceiling: &Self) -> Self {
        let mut numbers_allowed: Vec<NumberPattern> = Vec::new();
        for own in &self.numbers_allowed {
            for pattern in ceiling.numbers_allowed.iter().filter_map(|of_ceiling| own.and(of_ceiling)) {
                if !numbers_allowed.contains(&pattern) {
                    numbers_allowed.push(pattern);
                }
            }
        }
        Self {
            numbers_allowed,
            per_call_max: self.per_call_max.min(ceiling.per_call_max),
            per_day_max: self.per_day_max.min(ceiling.per_day_max),
        }
    }

    /// Whether all numbers of this pattern are allowed by one of ours.
    pub fn admits_all_of(&self, pattern: &NumberPattern) -> bool {
        self.numbers_allowed.iter().any(|own| own.and(pattern).as_ref() == Some(pattern))
    }
}

/// Numbers with the same beginning: digits, optionally after `+`, and optionally `*` for any further digits, such as `+4930*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NumberPattern(String);

/// Why a text is not a [`NumberPattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a pattern of numbers: write 1 to {PATTERN_DIGITS_MAX} digits, with + before and * after them as needed"
)]
pub struct BadPattern(pub String);

impl NumberPattern {
    /// Whether a number matches the pattern.
    pub fn admits(&self, number: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => is_number(number) && number.starts_with(beginning),
            None => number == self.0,
        }
    }

    /// Returns the numbers that match both; none if there is no such number. If two patterns have a number in common, one of them
    /// includes the other.
    fn and(&self, other: &Self) -> Option<Self> {
        let has_all_of =
            |wide: &Self, narrow: &Self| match (wide.0.strip_suffix('*'), narrow.0.strip_suffix('*')) {
                (Some(wide), Some(narrow)) => narrow.starts_with(wide),
                (Some(_), None) => wide.admits(&narrow.0),
                (None, _) => wide == narrow,
            };
        match (has_all_of(self, other), has_all_of(other, self)) {
            (true, _) => Some(other.clone()),
            (false, true) => Some(self.clone()),
            (false, false) => None,
        }
    }
}

/// A telephone number: 1 to 24 digits, optionally after `+`. It contains nothing that has a meaning in a dialplan or a dial
/// string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// The text is not a [`PhoneNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number: 1 to {PATTERN_DIGITS_MAX} digits, with + before them as needed")]
pub struct BadNumber;

impl PhoneNumber {
    /// Returns the number, as it is dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number without the zero that is dialled before it only within its country (see
    /// [`E164::without_national_zero`]).
    #[must_use]
    pub fn without_national_zero(self) -> Self {
        let plain = without_zero_before(&self.0).filter(|text| text.parse::<E164>().is_ok());
        plain.map_or(self, Self)
    }
}

impl FromStr for PhoneNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        if is_number(text) { Ok(Self(text.to_owned())) } else { Err(BadNumber) }
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadNumber;

    fn try_from(text: String) -> Result<Self, BadNumber> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A party that may be dialled. Only [`DialTarget::find`] makes one, from the list of extensions or from a number that the dial
/// policy allows. Reading a journal restores one that was made before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct DialTarget(Dialable);

/// The party that a [`DialTarget`] names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "dial", rename_all = "snake_case")]
pub enum Dialable {
    /// An entry of the list.
    Extension {
        /// Its name.
        name: String,
        /// Its place in the dialplan.
        place: DialplanTarget,
    },
    /// A number.
    Number {
        /// The number.
        number: PhoneNumber,
    },
}

/// Why a requested party can't be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDialable {
    /// It is a name that is not in the list.
    #[error("there is no extension of that name")]
    NoSuchName,
    /// It is a number that no pattern allows.
    #[error(
        "the dial policy does not admit that number: add a pattern for it to `numbers_allowed` at /api/v1/dial-policy"
    )]
    NotAllowed,
    /// It is neither a name nor a number.
    #[error(
        "must be the name of an extension, or a number of 1 to {PATTERN_DIGITS_MAX} digits with + before them as needed"
    )]
    Neither,
}

impl DialTarget {
    /// Whether a text can name a party at all, regardless of what may be dialled.
    ///
    /// # Errors
    /// [`NotDialable::Neither`].
    pub fn could_be(said: &str) -> Result<(), NotDialable> {
        match is_extension_name(said) || is_number(said) {
            true => Ok(()),
            false => Err(NotDialable::Neither),
        }
    }

    /// Returns the party that the organization means by these words: an entry of its list, by name or number, else a number that
    /// its policy allows. A number is dialled without the zero of its country, as in "+44 07911 123456": no network knows it with
    /// that zero.
    ///
    /// # Errors
    /// [`NotDialable`].
    pub fn find(said: &str, policy: &CallPolicy) -> Result<Self, NotDialable> {
        Self::could_be(said)?;
        if let Some((name, place)) = policy.extension(said) {
            return Ok(Self(Dialable::Extension { name: name.to_owned(), place: place.clone() }));
        }
        let typed: PhoneNumber = said.parse().map_err(|_| NotDialable::NoSuchName)?;
        let number = typed.without_national_zero();
        if let Some((name, place)) = policy.extension(number.as_str()) {
            return Ok(Self(Dialable::Extension { name: name.to_owned(), place: place.clone() }));
        }
        match policy.dial.numbers_allowed.iter().any(|pattern| pattern.admits(number.as_str())) {
            true => Ok(Self(Dialable::Number { number })),
            false => Err(NotDialable::NotAllowed),
        }
    }

    /// Returns the party that this target names.
    pub fn who(&self) -> &Dialable {
        &self.0
    }

    /// Returns the number that is dialled, for an extension as well.
    pub fn number(&self) -> &str {
        match &self.0 {
            Dialable::Extension { place, .. } => place.extension(),
            Dialable::Number { number } => number.as_str(),
        }
    }
}

impl fmt::Display for DialTarget {
    /// Writes the name or the number, as the requester would say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Dialable::Extension { name, .. } => f.write_str(name),
            Dialable::Number { number } => f.write_str(number.as_str()),
        }
    }
}

/// Whether the text is digits, optionally after `+`.
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
    fn a_pattern_allows_numbers_with_its_beginning() {
        let berlin: NumberPattern = "+4930*".parse().unwrap();
        assert!(berlin.admits("+49301234") && berlin.admits("+4930"));
        assert!(!berlin.admits("+491511234") && !berlin.admits("+4930,12") && !berlin.admits("+4930*"));
        let police: NumberPattern = "110".parse().unwrap();
        assert!(police.admits("110") && !police.admits("1101"));
    }

    fn policy(numbers: &[&str], per_call_max: u32, per_day_max: u32) -> DialPolicy {
        let numbers_allowed = numbers.iter().map(|pattern| pattern.parse().unwrap()).collect();
        DialPolicy { numbers_allowed, per_call_max, per_day_max }
    }

    #[test]
    fn a_policy_within_a_ceiling_allows_no_more_than_either() {
        let ceiling = policy(&["+4930*", "+49401234", "110", "0*"], 3, 100);
        let table: [(&[&str], &[&str]); 9] = [
            (&["+49*"], &["+4930*", "+49401234"]),
            (&["+4930123*"], &["+4930123*"]),
            (&["+4930*", "+4930*"], &["+4930*"]),
            (&["+49301"], &["+49301"]),
            (&["+4940*"], &["+49401234"]),
            (&["+44*", "9011*", "112"], &[]),
            (&["110", "011447700900123"], &["110", "011447700900123"]),
            (&["4930*"], &[]),
            (&[], &[]),
        ];
        for (own, both) in table {
            let within = policy(own, 5, 50).within(&ceiling);
            assert_eq!(within, policy(both, 3, 50), "{own:?}");
            // Each policy has to allow the number.
            for number in
                ["+4930", "+49301", "+4930123", "+49401234", "+494012345", "110", "1100", "+44770", "0123"]
            {
                let admits =
                    |policy: &DialPolicy| policy.numbers_allowed.iter().any(|one| one.admits(number));
                let by_both = admits(&policy(own, 5, 50)) && admits(&ceiling);
                assert_eq!(admits(&within), by_both, "{own:?} {number}");
            }
        }
        assert!(
            ceiling.admits_all_of(&"+49305*".parse().unwrap())
                && ceiling.admits_all_of(&"110".parse().unwrap())
        );
        assert!(
            !ceiling.admits_all_of(&"+49*".parse().unwrap())
                && !ceiling.admits_all_of(&"+44*".parse().unwrap())
        );
    }

    #[test]
    fn numbers_are_dialled_without_the_zero_of_their_country() {
        let policy: CallPolicy = serde_json::from_value(serde_json::json!({
            "meet_timeout_ms": 1, "resume_window_ms": 1, "max_duration_ms": 1, "silence_prompt_ms": 1,
            "silence_goodbye_ms": 1, "unannounced": "accept", "extensions": { "desk": "internal,+442079460000,1" },
            "fallback_extension": null, "dial": { "numbers_allowed": ["+447911*", "+3906*", "030*"] },
        }))
        .unwrap();
        let dialled = |said: &str| DialTarget::find(said, &policy).map(|target| target.to_string());
        for (said, expected) in [
            ("+4407911123456", "+447911123456"),
            ("+447911123456", "+447911123456"),
            ("+390612345678", "+390612345678"),
            ("03012345", "03012345"),
            ("+4402079460000", "desk"),
        ] {
            assert_eq!(dialled(said).as_deref(), Ok(expected), "{said}");
        }
        assert_eq!(dialled("+4902012345678"), Err(NotDialable::NotAllowed));
    }

    #[test]
    fn anything_else_is_not_a_pattern() {
        for text in ["", "*", "+", "+*", "12*3", "12 3", "12\r\n", "user/1", "1234567890123456789012345"] {
            assert!(text.parse::<NumberPattern>().is_err(), "{text:?}");
        }
    }
}
