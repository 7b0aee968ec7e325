//! Common fields of messages that name their kind in `type`, as providers of voices send them.

use std::borrow::Cow;

use serde::Deserialize;

/// A text is no event.
#[derive(Debug, thiserror::Error)]
pub enum BadEvent {
    /// It is no JSON object with a `type`.
    #[error("no event: {0}")]
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
