//! What the switch's dialplan is told to do next with a caller.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A place in a dialplan, `context,extension,priority`. Only configuration makes one: nothing that a model, a
/// caller or a user types ever becomes a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DialplanTarget {
    context: String,
    extension: String,
    priority: String,
}

/// Why a text is no [`DialplanTarget`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Not three parts between commas.
    #[error("`{0}` is not `context,extension,priority`, as in `internal,2001,1`")]
    Parts(String),
    /// A part is empty, too long, or has a character that a dialplan could take for syntax.
    #[error(
        "`{0}` has a part with other characters than letters, digits, `_`, `-`, `+`, `.`, `*`, `#` (1 to 79 of them)"
    )]
    Characters(String),
}

impl FromStr for DialplanTarget {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let parts: Vec<&str> = text.split(',').collect();
        let [context, extension, priority] = parts[..] else {
            return Err(BadTarget::Parts(text.to_owned()));
        };
        let plain = |part: &str| {
            (1..=79).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+.*#".contains(&b))
        };
        if [context, extension, priority].into_iter().all(plain) {
            Ok(Self {
                context: context.to_owned(),
                extension: extension.to_owned(),
                priority: priority.to_owned(),
            })
        } else {
            Err(BadTarget::Characters(text.to_owned()))
        }
    }
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
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// The conversation is over: hang up.
    #[default]
    Hangup,
    /// The call is interrupted: dial AudioSocket once more with the same UUID.
    Again,
    /// Go on elsewhere, as with an operator.
    Goto(DialplanTarget),
}

impl fmt::Display for NextStep {
    /// As the dialplan reads it: `hangup`, `again` or `goto context,extension,priority`.
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
    fn a_target_is_three_plain_parts() {
        let target: DialplanTarget = "internal,2001,1".parse().unwrap();
        assert_eq!(NextStep::Goto(target).to_string(), "goto internal,2001,1");
        for bad in ["", "internal", "a,b", "a,b,1,2", "a,,1", "a,b\r\nc,1", "a,${X},1", "a,b&c,1", "a b,c,1"]
        {
            assert!(bad.parse::<DialplanTarget>().is_err(), "{bad:?} was taken");
        }
    }
}
