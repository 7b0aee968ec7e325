//! Calling somebody from the switch.

use std::fmt;
use std::str::FromStr;

use super::value::{BadValue, EslWord, refuse};
use crate::dial::PhoneNumber;
use crate::limits::TRUNK_BYTES_MAX;

/// `originate`: a call to a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originate {
    /// The id of the future channel, so that it can be hung up while it rings.
    pub channel: DialText,
    /// Ring time, in seconds. FreeSWITCH counts whole seconds, and may ring up to 0.6 s less.
    pub timeout_s: u32,
    /// Further variables of the channel.
    pub variables: Vec<(DialText, DialText)>,
    /// The phone to ring, as `user/1002@example.com`.
    pub target: DialText,
    /// Destination of the channel once it is answered.
    pub answered: Answered,
}

/// Destination of a called channel that has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Parked, waiting.
    Park,
    /// A control connection that the switch opens to this address, as `192.0.2.7:8022`.
    Socket(DialText),
}

/// Dialling over a trunk: a dial string with `{number}` in place of the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    before: String,
    after: String,
}

/// The text isn't a [`Trunk`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a trunk is one word of letters, digits and _ - . / @ : that has {PLACE} once, as sofia/gateway/NAME/{PLACE}"
)]
pub struct BadTrunk;

/// Placeholder of the number.
const PLACE: &str = "{number}";

impl Trunk {
    /// Returns the dial string for a number.
    ///
    /// # Errors
    /// It is too long.
    pub fn dial(&self, number: &PhoneNumber) -> Result<DialText, BadValue> {
        DialText::new(format!("{}{number}{}", self.before, self.after))
    }
}

impl FromStr for Trunk {
    type Err = BadTrunk;

    fn from_str(text: &str) -> Result<Self, BadTrunk> {
        let (before, after) = text.split_once(PLACE).ok_or(BadTrunk)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@:".contains(c);
        let is_whole = before.contains('/') && [before, after].iter().all(|part| part.chars().all(plain));
        match is_whole && text.len() <= TRUNK_BYTES_MAX {
            true => Ok(Self { before: before.to_owned(), after: after.to_owned() }),
            false => Err(BadTrunk),
        }
    }
}

impl fmt::Display for Trunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{PLACE}{}", self.before, self.after)
    }
}

/// A part of a dial string: an [`EslWord`] without the characters that separate its parts, so that it can't become two targets or
/// two variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DialText(EslWord);

impl DialText {
    /// Accepts the text if it may be a part of a dial string.
    ///
    /// # Errors
    /// Like [`EslWord::new`], or it has a separator: `,` `|` `:_:` `=` `;` `^` `&` `$`, or a bracket.
    pub fn new(text: impl Into<String>) -> Result<Self, BadValue> {
        let word = EslWord::new(text)?;
        refuse(word.as_str(), |found| ",|=;^&$(){}[]<>".contains(found))?;
        match word.as_str().find(":_:") {
            Some(at) => Err(BadValue::Separator { at, found: ':' }),
            None => Ok(Self(word)),
        }
    }

    /// Returns the text.
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
        let Self { channel, timeout_s, variables, target, answered } = self;
        write!(f, "originate {{origination_uuid={channel},originate_timeout={timeout_s}")?;
        for (name, value) in variables {
            write!(f, ",{name}={value}")?;
        }
        match answered {
            Answered::Park => write!(f, "}}{target} &park()"),
            // Quoted, because its argument has spaces.
            Answered::Socket(address) => write!(f, "}}{target} '&socket({address} async full)'"),
        }
    }
}
