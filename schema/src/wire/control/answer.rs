//! Messages of the server: an answer to each command, and events.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CommandId, EventKind};

/// The one answer to a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The command's id; null if it had no valid one.
    pub id: Option<CommandId>,
    /// Whether the command was carried out; then there is a `result`, otherwise an `error`.
    pub ok: bool,
    /// The result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it wasn't carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CommandError>,
}

impl Answer {
    /// Returns the answer to a command that was carried out.
    pub fn done(id: CommandId, result: Value) -> Self {
        Self { id: Some(id), ok: true, result: Some(result), error: None }
    }

    /// Returns the answer to a command that was refused.
    pub fn refused(id: Option<CommandId>, error: CommandError) -> Self {
        Self { id, ok: false, result: None, error: Some(error) }
    }
}

/// Why a command wasn't carried out: the problem with which the HTTP API would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommandError {
    /// Kind of the error, as one word for programs: the `code` of the HTTP API's problems, such as `not_found`.
    #[cfg_attr(feature = "openapi", schema(example = "call_over"))]
    pub kind: String,
    /// Title of the problem, in words.
    #[cfg_attr(feature = "openapi", schema(example = "Conflict"))]
    pub title: String,
    /// The error, in words.
    pub detail: String,
    /// Each invalid value; only if `kind` is `invalid`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldFault>,
    /// The thing as it is now; only if `kind` is `edited_meanwhile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub current: Option<Value>,
}

/// An invalid value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldFault {
    /// The value's name, as `speed_percent`.
    pub field: String,
    /// What is wrong with the value, as it follows its name: `must be 25 to 150`.
    pub reason: String,
}

/// A message of the server, as a program reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerMessage {
    /// An answer.
    Answer(Answer),
    /// An event.
    Event {
        /// Its number.
        seq: u64,
        /// Kind of the event; the other members follow.
        kind: EventKind,
    },
}

impl ServerMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// The text isn't a message of a control socket.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Event {
            seq: u64,
            kind: EventKind,
        }
        match serde_json::from_str(text) {
            Ok(Event { seq, kind }) => Ok(Self::Event { seq, kind }),
            Err(_) => serde_json::from_str(text).map(Self::Answer),
        }
    }
}
