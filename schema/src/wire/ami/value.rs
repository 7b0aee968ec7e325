//! Values that an action may contain.

use std::fmt;

use uuid::Uuid;

use crate::hex::hex;
use crate::limits::AMI_LINE_BYTES_MAX;

/// Bytes of a line for its name, colon and end.
const NAME_BYTES: usize = 24;

/// Prefix of the ids of channels that we make.
const OURS: &str = "cb-";

/// A text that can be a header's value: no line break, no NUL, and short enough for a line.
///
/// Only such values get into an [`Action`](super::Action), so nothing from outside can end the line and begin a header of its
/// own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AmiValue(String);

/// A text that can't be in an action. The error doesn't show the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAmiValue {
    /// CR, LF, NUL or another control character.
    #[error("a value has a line break or another control character at byte {at}")]
    Control {
        /// The position.
        at: usize,
    },
    /// The line would be longer than [`AMI_LINE_BYTES_MAX`], which Asterisk refuses.
    #[error("a value has {bytes} bytes; Asterisk accepts lines of up to {AMI_LINE_BYTES_MAX}")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
}

impl AmiValue {
    /// Accepts the text if it may be in an action.
    ///
    /// # Errors
    /// It has a control character, or is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, BadAmiValue> {
        let text = text.into();
        if let Some(at) = text.find(char::is_control) {
            return Err(BadAmiValue::Control { at });
        }
        if text.len() > AMI_LINE_BYTES_MAX - NAME_BYTES {
            return Err(BadAmiValue::TooLong { bytes: text.len() });
        }
        Ok(Self(text))
    }

    /// Returns the bytes in hexadecimal.
    pub(super) fn from_hex(bytes: &[u8]) -> Self {
        Self(hex(bytes))
    }

    /// Returns the id for a channel that we create under this name: Asterisk returns it as the channel's `Uniqueid`.
    pub fn channel_of_ours(uuid: Uuid) -> Self {
        Self(format!("{OURS}{uuid}"))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the name in the id of a channel that we have created.
pub fn uuid_of_ours(unique_id: &str) -> Option<Uuid> {
    Uuid::try_parse(unique_id.strip_prefix(OURS)?).ok()
}

impl From<Uuid> for AmiValue {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl From<u64> for AmiValue {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for AmiValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
