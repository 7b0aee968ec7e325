//! Client events: all that a phone call needs, except for audio (`audio.rs`).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::Dialect;
use super::session::SessionUpdate;

/// A client event with the id to which an `error` refers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientMessage {
    /// Our id, unique in the session.
    pub event_id: String,
    /// The event.
    #[serde(flatten)]
    pub event: ClientEvent,
}

impl ClientMessage {
    /// Returns the JSON text of a WebSocket message.
    pub fn to_text(&self) -> String {
        // The types have no values that JSON can't represent.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A request to the server.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ClientEvent {
    /// Changes the session.
    #[serde(rename = "session.update")]
    SessionUpdate {
        /// The changes.
        session: Box<SessionUpdate>,
    },
    /// Adds an item at the end of the conversation.
    #[serde(rename = "conversation.item.create")]
    ItemCreate {
        /// The item.
        item: NewItem,
    },
    /// Removes an item from the conversation.
    #[serde(rename = "conversation.item.delete")]
    ItemDelete {
        /// The server's id of the item.
        item_id: String,
    },
    /// Removes the end of what the assistant said.
    #[serde(rename = "conversation.item.truncate")]
    ItemTruncate {
        /// The server's id of the message.
        item_id: String,
        /// Index of its part: 0, the audio.
        content_index: u32,
        /// Milliseconds that were heard.
        audio_end_ms: u64,
    },
    /// Requests an answer now.
    #[serde(rename = "response.create")]
    ResponseCreate {
        /// Parameters of this response.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<ResponseParams>,
    },
    /// Stops an answer.
    #[serde(rename = "response.cancel")]
    ResponseCancel {
        /// The response.
        #[serde(skip_serializing_if = "Option::is_none")]
        response_id: Option<String>,
    },
}

/// Parameters of one response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResponseParams {
    /// Instructions instead of the session's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Metadata that comes back in `response.created` and `response.done`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whether tools may be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
}

/// Whether a model may call tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it decides.
    Auto,
    /// Not in this answer.
    None,
}

/// Author of a message that is added to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one who configured the assistant.
    System,
    /// The caller.
    User,
    /// The assistant.
    Assistant,
}

/// An item that is added to a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NewItem {
    /// Words.
    Message {
        /// `system`, `user` or `assistant`.
        role: &'static str,
        /// One part with the words.
        content: [Value; 1],
    },
    /// A function call, as the model requested it.
    FunctionCall {
        /// The server's id of the call.
        call_id: String,
        /// The function.
        name: String,
        /// Its arguments, as the model wrote them.
        arguments: String,
    },
    /// Result of a function.
    FunctionCallOutput {
        /// The id of the call.
        call_id: String,
        /// A text, by convention JSON.
        output: String,
    },
}

impl NewItem {
    /// Returns a message with these words. Audio of an assistant can't be added to a conversation, but its words can.
    pub fn message(role: Role, text: &str, dialect: Dialect) -> Self {
        let (role, kind) = match (role, dialect) {
            (Role::System, _) => ("system", "input_text"),
            (Role::User, _) => ("user", "input_text"),
            (Role::Assistant, Dialect::Ga) => ("assistant", "output_text"),
            (Role::Assistant, Dialect::Beta) => ("assistant", "text"),
        };
        Self::Message { role, content: [json!({ "type": kind, "text": text })] }
    }
}
