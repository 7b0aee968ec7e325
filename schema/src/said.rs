//! The conversation so far, for an assistant that joins it.

use serde::{Deserialize, Serialize};

use crate::fold::Role;

/// One line of a conversation; for the assistant, only the words that were heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpokenLine {
    /// The speaker.
    pub role: Role,
    /// The words.
    pub text: String,
}

/// Whether this line of a transcript only says that somebody has spoken: `(speech)` or `(speech, 2.1 s)`. A visitor may write
/// about speech.
pub fn is_without_words(text: &str) -> bool {
    let length = text.strip_prefix("(speech, ").and_then(|rest| rest.strip_suffix(" s)"));
    let is_number = |length: &str| length.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text == "(speech)" || length.is_some_and(is_number)
}
