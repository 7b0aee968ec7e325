//! Common fields of messages with their kind in `type`, as voice providers send them.

use std::borrow::Cow;

use serde::Deserialize;

/// A text that can't be read as an event.
#[derive(Debug, thiserror::Error)]
pub enum BadEvent {
    /// It isn't a JSON object with a `type`.
    #[error("not an event: {0}")]
    NotAnEvent(serde_json::Error),
    /// An event of a known type has another shape.
    #[error("{kind}: {cause}")]
    Malformed {
        /// Its type.
        kind: String,
        /// The cause.
        cause: serde_json::Error,
    },
}

/// Fields that every message has.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
}
