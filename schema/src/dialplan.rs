//! Next steps of a caller, which the switch's dialplan asks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Maximum length of a context or extension, in characters: Asterisk's own limit.
const PART_CHARS_MAX: usize = 79;

/// The largest priority of a dialplan line.
const PRIORITY_MAX: u16 = 9_999;

/// A place in a dialplan, `context,extension,priority`. Only configuration makes one: nothing that a model, a caller or a user
/// types ever becomes a target.
///
/// It becomes the argument of a dialplan's `Goto`, so each part has a strict alphabet: no character that separates arguments,
/// quotes, begins an expression or ends a line is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DialplanTarget {
    context: String,
    extension: String,
    priority: u16,
}

/// Why a text is not a [`DialplanTarget`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It is not three parts separated by commas.
    #[error("{0:?} does not have three parts")]
    Parts(String),
    /// It is too short or too long, or has characters other than letters, digits, `_`, `-` and `.`: FusionPBX names contexts after domains.
    #[error("{0:?} is not a context")]
    Context(String),
    /// It is too short or too long, or has characters other than letters, digits, `_`, `*`, `#` and `+`.
    #[error("{0:?} is not an extension")]
    Extension(String),
    /// It is not a number in the range.
    #[error("{0:?} is not a priority: a number from 1 to {PRIORITY_MAX}")]
    Priority(String),
}

impl DialplanTarget {
    /// Returns the context.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// Returns the extension: the number that is dialled.
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// Returns the priority: the line of the extension, from 1.
    pub fn priority(&self) -> u16 {
        self.priority
    }
}

impl FromStr for DialplanTarget {
    type Err = BadTarget;

    /// Parses the three parts. Spaces around a part are ignored.
    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let parts: Vec<&str> = text.split(',').map(|part| part.trim_matches(' ')).collect();
        let [context, extension, priority] = parts[..] else {
            return Err(BadTarget::Parts(text.to_owned()));
        };
        if !is_part(context, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return Err(BadTarget::Context(context.to_owned()));
        }
        if !is_part(extension, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '#' | '+')) {
            return Err(BadTarget::Extension(extension.to_owned()));
        }
        // `parse` alone would accept a sign.
        let is_number = priority.bytes().all(|byte| byte.is_ascii_digit());
        match priority.parse() {
            Ok(priority @ 1..=PRIORITY_MAX) if is_number => {
                Ok(Self { context: context.to_owned(), extension: extension.to_owned(), priority })
            }
            _ => Err(BadTarget::Priority(priority.to_owned())),
        }
    }
}

fn is_part(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    (1..=PART_CHARS_MAX).contains(&text.len()) && text.chars().all(allowed)
}

impl TryFrom<String> for DialplanTarget {
    type Error = BadTarget;

    fn try_from(text: String) -> Result<Self, BadTarget> {
        text.parse()
    }
}

impl From<DialplanTarget> for String {
    fn from(target: DialplanTarget) -> Self {
        target.to_string()
    }
}

impl fmt::Display for DialplanTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.context, self.extension, self.priority)
    }
}

/// The answer to a dialplan that asks `/calls/{uuid}/next` after its AudioSocket leg ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// The conversation is over: hang up.
    #[default]
    Hangup,
    /// The call is interrupted: dial AudioSocket again with the same UUID.
    Again,
    /// Continue elsewhere, for example with an operator.
    Goto(DialplanTarget),
}

impl fmt::Display for NextStep {
    /// Writes it as the dialplan reads it: `hangup`, `again` or `goto context,extension,priority`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hangup => f.write_str("hangup"),
            Self::Again => f.write_str("again"),
            Self::Goto(target) => write!(f, "goto {target}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_argument_of_goto() {
        for text in [
            "internal,2001,1",
            "from-inside,*72#,12",
            "a_b,+4930123,1",
            "pbx.example,2001,1",
            "internal, 2001, 1",
        ] {
            let target: DialplanTarget = text.parse().unwrap();
            assert_eq!(NextStep::Goto(target).to_string(), format!("goto {}", text.replace(' ', "")));
        }
    }

    #[test]
    fn nothing_with_a_meaning_to_a_dialplan_is_accepted() {
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
            assert!(text.parse::<DialplanTarget>().is_err(), "{text:?}");
        }
        let special =
            ['\r', '\n', '"', '\'', '&', '|', '(', ')', '$', '{', '[', '\\', '/', ';', '\0', 'é', '^'];
        for character in special {
            for text in [
                format!("in{character},2001,1"),
                format!("in,20{character},1"),
                format!("in,2001,1{character}"),
            ] {
                assert!(text.parse::<DialplanTarget>().is_err(), "{text:?}");
            }
        }
    }
}
