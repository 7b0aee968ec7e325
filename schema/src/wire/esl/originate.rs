//! Calling somebody from the switch.

use std::fmt;

use super::value::{BadValue, EslWord, refuse};

/// `originate`: a call to somebody, who waits parked once they answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originate {
    /// The id of the channel to be, so that it can be hung up while it rings.
    pub channel: DialText,
    /// How long it rings, in seconds. FreeSWITCH counts whole ones, and gives up to 0.6 s less.
    pub timeout_s: u32,
    /// Further variables of the channel.
    pub variables: Vec<(DialText, DialText)>,
    /// Who, as `user/1002@example.com`.
    pub target: DialText,
}

/// A part of a dial string: an [`EslWord`] that holds none of the characters that separate its parts, so that a target
/// stays one target and a variable's value stays that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DialText(EslWord);

impl DialText {
    /// Takes the text where it can be a part of a dial string.
    ///
    /// # Errors
    /// As [`EslWord::new`], or it holds a separator: `,` `|` `:_:` `=` `;` `^` `&` `$`, or a bracket.
    pub fn new(text: impl Into<String>) -> Result<Self, BadValue> {
        let word = EslWord::new(text)?;
        refuse(word.as_str(), |found| ",|=;^&$(){}[]<>".contains(found))?;
        match word.as_str().find(":_:") {
            Some(at) => Err(BadValue::Separator { at, found: ':' }),
            None => Ok(Self(word)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<uuid::Uuid> for DialText {
    fn from(id: uuid::Uuid) -> Self {
        Self(id.into())
    }
}

impl From<DialText> for EslWord {
    fn from(text: DialText) -> Self {
        text.0
    }
}

impl fmt::Display for DialText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Originate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, timeout_s, variables, target } = self;
        write!(f, "originate {{origination_uuid={channel},originate_timeout={timeout_s}")?;
        for (name, value) in variables {
            write!(f, ",{name}={value}")?;
        }
        write!(f, "}}{target} &park()")
    }
}
