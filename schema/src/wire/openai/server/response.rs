//! Answers and their items, and errors.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::usage::token_usage;
use crate::limits::PROVIDER_ITEMS_MAX;
use crate::usage::TokenUsage;

/// Status of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// In progress. For a finished answer it means that the server sends no status, or one of its own.
    InProgress,
    /// Complete.
    Completed,
    /// Stopped, by us or because the caller spoke.
    Cancelled,
    /// Cut off: too long, or not allowed.
    Incomplete,
    /// Failed.
    Failed,
}

/// An answer, as `response.created` and `response.done` report it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseReport {
    /// The server's id.
    pub id: String,
    /// Status of the response.
    pub status: ResponseStatus,
    /// Why it was cancelled or incomplete, as `turn_detected`.
    pub reason: Option<String>,
    /// Why it failed.
    pub error: Option<ErrorReport>,
    /// Its items.
    pub items: Vec<OutputItem>,
    /// Its usage, reported at its end, even for a cancelled one.
    pub usage: Option<TokenUsage>,
    /// Metadata of our request.
    pub metadata: BTreeMap<String, String>,
}

/// An item of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputItem {
    /// The server's id.
    pub id: String,
    /// Whether the server says that it is complete, whatever happened to the rest of its answer.
    pub is_whole: bool,
    /// Kind of the item.
    pub kind: OutputItemKind,
}

/// Kind of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputItemKind {
    /// Spoken words.
    Message {
        /// The words, once they are known.
        text: String,
    },
    /// A function is called.
    FunctionCall {
        /// The server's id of the call.
        call_id: String,
        /// The function, as the model wrote it.
        name: String,
        /// The arguments, as the model wrote them.
        arguments: String,
    },
    /// Something else.
    Other,
}

/// An error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorReport {
    /// Its type, as `invalid_request_error`.
    pub kind: String,
    /// Its code, as `session_expired`; empty if the server gives none.
    pub code: String,
    /// The server's text.
    pub message: String,
    /// Our event to which it refers.
    pub event_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ResponseEvent {
    pub(super) response: RawResponse,
}

#[derive(Deserialize)]
pub(super) struct OutputItemEvent {
    #[serde(default, deserialize_with = "if_as_expected")]
    pub(super) response_id: Option<String>,
    pub(super) item: RawItem,
}

#[derive(Deserialize)]
pub(super) struct RawResponse {
    #[serde(default, deserialize_with = "if_as_expected")]
    id: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    status: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    status_details: Option<StatusDetails>,
    #[serde(default, deserialize_with = "if_as_expected")]
    output: Option<Vec<Value>>,
    usage: Option<Value>,
    #[serde(default, deserialize_with = "if_as_expected")]
    metadata: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct StatusDetails {
    #[serde(default, deserialize_with = "if_as_expected")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    error: Option<ErrorReport>,
}

#[derive(Deserialize)]
pub(super) struct RawItem {
    #[serde(default, deserialize_with = "if_as_expected")]
    id: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "if_as_expected")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    status: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    content: Option<Vec<RawPart>>,
    #[serde(default, deserialize_with = "if_as_expected")]
    call_id: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    name: Option<String>,
    // Some servers write the object itself.
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct RawPart {
    #[serde(default, deserialize_with = "if_as_expected")]
    transcript: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    text: Option<String>,
}

#[derive(Deserialize)]
struct RawError {
    #[serde(rename = "type", default, deserialize_with = "if_as_expected")]
    kind: Option<String>,
    // Some servers write a number.
    code: Option<Value>,
    #[serde(default, deserialize_with = "if_as_expected")]
    message: Option<String>,
    #[serde(default, deserialize_with = "if_as_expected")]
    event_id: Option<String>,
}

/// Returns the value of a field; none if it is of an unexpected type. That doesn't make the event malformed, because its other
/// fields still count.
fn if_as_expected<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}

impl<'de> Deserialize<'de> for ErrorReport {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = match Value::deserialize(deserializer)? {
            Value::String(message) => return Ok(Self { message, ..Self::default() }),
            raw => RawError::deserialize(raw).map_err(D::Error::custom)?,
        };
        let RawError { kind, code, message, event_id } = raw;
        let code = match code {
            Some(Value::String(code)) => code,
            Some(Value::Null) | None => String::new(),
            Some(code) => code.to_string(),
        };
        let (kind, message) = (kind.unwrap_or_default(), message.unwrap_or_default());
        Ok(Self { kind, code, message, event_id })
    }
}

impl From<RawResponse> for ResponseReport {
    fn from(raw: RawResponse) -> Self {
        let (reason, error) = match raw.status_details {
            Some(StatusDetails { reason, error }) => (reason, error),
            None => (None, None),
        };
        let status = match raw.status.as_deref() {
            Some("completed") => ResponseStatus::Completed,
            Some("cancelled" | "canceled") => ResponseStatus::Cancelled,
            Some("incomplete") => ResponseStatus::Incomplete,
            Some("failed") => ResponseStatus::Failed,
            _ => ResponseStatus::InProgress,
        };
        let texts = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
        Self {
            id: raw.id.unwrap_or_default(),
            status,
            reason,
            error,
            items: raw
                .output
                .unwrap_or_default()
                .into_iter()
                .take(PROVIDER_ITEMS_MAX)
                .filter_map(|item| RawItem::deserialize(item).ok())
                .map(OutputItem::from)
                .collect(),
            usage: raw.usage.filter(Value::is_object).as_ref().map(token_usage),
            metadata: raw.metadata.unwrap_or_default().into_iter().filter_map(texts).collect(),
        }
    }
}

impl ResponseReport {
    /// Returns the status of a finished answer. If the server sends none, the content of the answer shows how it ended;
    /// `was_heard` says that some of it was heard.
    pub fn status_at_end(&self, was_heard: bool) -> ResponseStatus {
        let is_something = was_heard || !self.items.is_empty();
        match (self.status, self.reason.as_deref()) {
            (ResponseStatus::InProgress, _) if self.error.is_some() => ResponseStatus::Failed,
            (ResponseStatus::InProgress, Some("turn_detected" | "client_cancelled")) => {
                ResponseStatus::Cancelled
            }
            (ResponseStatus::InProgress, Some("max_output_tokens" | "content_filter")) => {
                ResponseStatus::Incomplete
            }
            (ResponseStatus::InProgress, _) if is_something => ResponseStatus::Completed,
            (ResponseStatus::InProgress, _) => ResponseStatus::Failed,
            (known, _) => known,
        }
    }
}

impl OutputItem {
    /// Returns the bytes of its longest id or name.
    pub(super) fn longest_id(&self) -> usize {
        let of_call = match &self.kind {
            OutputItemKind::FunctionCall { call_id, name, .. } => call_id.len().max(name.len()),
            OutputItemKind::Message { .. } | OutputItemKind::Other => 0,
        };
        self.id.len().max(of_call)
    }
}

impl From<RawItem> for OutputItem {
    fn from(raw: RawItem) -> Self {
        let kind = match raw.kind.as_deref() {
            Some("message") => {
                let words = |part: RawPart| part.transcript.or(part.text);
                let words: Vec<String> =
                    raw.content.unwrap_or_default().into_iter().filter_map(words).collect();
                OutputItemKind::Message { text: words.join(" ").trim().to_owned() }
            }
            Some("function_call") => OutputItemKind::FunctionCall {
                call_id: raw.call_id.unwrap_or_default(),
                name: raw.name.unwrap_or_default(),
                arguments: match raw.arguments {
                    Some(Value::String(arguments)) => arguments,
                    Some(Value::Null) | None => String::new(),
                    Some(arguments) => arguments.to_string(),
                },
            },
            _ => OutputItemKind::Other,
        };
        let is_whole = raw.status.as_deref() == Some("completed");
        Self { id: raw.id.unwrap_or_default(), is_whole, kind }
    }
}
