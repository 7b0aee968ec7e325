//! The JSON of the other events, and the result of a session's setup.

use serde::Deserialize;
use serde_json::Value;

use super::response::{ErrorReport, RawItem};
use crate::wire::openai::{AudioFormat, Dialect};

/// A session in the server's view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// The dialect of the message.
    pub dialect: Dialect,
    /// Format of the caller's audio; `None` if the server names none that we know.
    pub input_format: Option<AudioFormat>,
    /// Format of the assistant's audio; `None` in the same case.
    pub output_format: Option<AudioFormat>,
    /// Whether the server detects turns by itself; `None` if it doesn't say.
    pub finds_turns: Option<bool>,
    /// When the session ends at the latest, in Unix seconds.
    pub expires_at: Option<u64>,
}

/// Remaining budget of one of an account's rate limits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RateLimit {
    /// `requests` or `tokens`.
    #[serde(default)]
    pub name: String,
    /// The maximum within its period.
    #[serde(default)]
    pub limit: f64,
    /// The remainder.
    #[serde(default)]
    pub remaining: f64,
    /// Seconds until it is reset.
    #[serde(default)]
    pub reset_seconds: f64,
}

#[derive(Deserialize)]
pub(super) struct SessionEvent {
    session: Value,
}

#[derive(Deserialize)]
pub(super) struct SpeechEvent {
    pub(super) item_id: Option<String>,
    pub(super) audio_start_ms: Option<u64>,
    pub(super) audio_end_ms: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct ItemEvent {
    pub(super) item: RawItem,
}

#[derive(Deserialize)]
pub(super) struct TranscriptEvent {
    pub(super) item_id: Option<String>,
    pub(super) transcript: Option<String>,
    pub(super) usage: Option<Value>,
    pub(super) error: Option<ErrorReport>,
}

#[derive(Deserialize)]
pub(super) struct RateLimitsEvent {
    pub(super) rate_limits: Vec<RateLimit>,
}

#[derive(Deserialize)]
pub(super) struct ErrorEvent {
    pub(super) error: ErrorReport,
}

impl From<SessionEvent> for SessionReport {
    fn from(SessionEvent { session }: SessionEvent) -> Self {
        let is_ga = session["type"].is_string() || session["audio"].is_object();
        let dialect = if is_ga { Dialect::Ga } else { Dialect::Beta };
        let (audio_in, audio_out) = (&session["audio"]["input"], &session["audio"]["output"]);
        let (input_format, output_format, turns) = match dialect {
            Dialect::Ga => (
                format_of(&audio_in["format"]),
                format_of(&audio_out["format"]),
                audio_in.get("turn_detection"),
            ),
            Dialect::Beta => (
                beta_format(&session["input_audio_format"]),
                beta_format(&session["output_audio_format"]),
                session.get("turn_detection"),
            ),
        };
        Self {
            dialect,
            input_format,
            output_format,
            finds_turns: turns.map(Value::is_object),
            expires_at: session["expires_at"].as_u64().filter(|at| *at > 0),
        }
    }
}

fn format_of(value: &Value) -> Option<AudioFormat> {
    AudioFormat::deserialize(value).ok()
}

fn beta_format(value: &Value) -> Option<AudioFormat> {
    AudioFormat::of_beta_name(value.as_str()?)
}
