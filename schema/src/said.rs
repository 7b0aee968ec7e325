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
