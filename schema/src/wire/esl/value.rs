//! Values that a command may contain.

use std::fmt;

use crate::limits::ESL_VALUE_BYTES_MAX;

/// A text that can be in a command's line: no line break, no NUL, and nothing that FreeSWITCH would expand.
///
/// Only such values and their narrower kinds get into a [`Command`](super::Command), so nothing from outside can end the line and
/// begin a command of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EslValue(String);

/// One word of a command: a non-empty [`EslValue`] without white space and quotes, so that it stays one argument. Used for ids of
/// channels, jobs and events, and for names of headers and variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EslWord(String);

/// A text that can't be in a command. The error doesn't show the text, which may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// CR, LF or NUL.
    #[error("a value has a line break or a NUL at byte {at}")]
    LineEnd {
        /// The position.
        at: usize,
    },
    /// `${`: FreeSWITCH replaces it with a variable, or with the output of an API command.
    #[error("a value has ${{ at byte {at}, which FreeSWITCH would expand")]
    Expansion {
        /// The position.
        at: usize,
    },
    /// White space, a quote or a backslash in a single word; in a dial string also a separator of its parts.
    #[error("a word has {found:?} at byte {at}")]
    Separator {
        /// The position.
        at: usize,
        /// The character.
        found: char,
    },
    /// An empty word.
    #[error("a word is empty")]
    Empty,
    /// More than [`ESL_VALUE_BYTES_MAX`].
    #[error("a value has {bytes} bytes, at most {ESL_VALUE_BYTES_MAX} are accepted")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
}

impl EslValue {
    /// Accepts the text if it may be in a command.
    ///
    /// # Errors
    /// It has a line break, a NUL or `${`, or is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, BadValue> {
        let text = text.into();
        check(&text)?;
        Ok(Self(text))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EslWord {
    /// Accepts the text if it may be one word of a command.
    ///
    /// # Errors
    /// Like [`EslValue::new`], or it is empty, or has a separator.
    pub fn new(text: impl Into<String>) -> Result<Self, BadValue> {
        let text = text.into();
        check(&text)?;
        refuse(&text, |found| found.is_whitespace() || matches!(found, '"' | '\'' | '`' | '\\'))?;
        if text.is_empty() { Err(BadValue::Empty) } else { Ok(Self(text)) }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), BadValue> {
    if text.len() > ESL_VALUE_BYTES_MAX {
        return Err(BadValue::TooLong { bytes: text.len() });
    }
    if let Some(at) = text.find(['\r', '\n', '\0']) {
        return Err(BadValue::LineEnd { at });
    }
    match text.find("${") {
        Some(at) => Err(BadValue::Expansion { at }),
        None => Ok(()),
    }
}

/// Fails at the first character that is one of `separators`.
pub(super) fn refuse(text: &str, separators: impl Fn(char) -> bool) -> Result<(), BadValue> {
    match text.char_indices().find(|(_, found)| separators(*found)) {
        Some((at, found)) => Err(BadValue::Separator { at, found }),
        None => Ok(()),
    }
}

impl fmt::Display for EslValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EslWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<uuid::Uuid> for EslWord {
    fn from(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }
}

impl From<EslWord> for EslValue {
    fn from(word: EslWord) -> Self {
        Self(word.0)
    }
}
