//! Messages of the server.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::audio::{Law, SampleRate, WireFormat};
use crate::time::UnixMs;
use crate::usage::TokenUsage;
use crate::wire::event::{BadEvent, Head};

/// A piece of spoken words, with its position in the session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Words {
    /// The words.
    pub delta: String,
    /// Beginning of the words, in ms from the session's start.
    #[serde(default)]
    pub start_ms: u64,
    /// End of the words, in ms from the session's start.
    #[serde(default)]
    pub end_ms: u64,
}

/// An error report of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Report {
    /// Type, as `invalid_request_error`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Code, as `rate_limit_exceeded`.
    #[serde(default, deserialize_with = "or_nothing")]
    pub code: String,
    /// Description.
    #[serde(default, deserialize_with = "or_nothing")]
    pub message: String,
    /// Our message to which it refers, if that message has an id.
    #[serde(default)]
    pub client_event_id: Option<String>,
}

/// An action of the backend, as the Responses API reports it.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseEvent {
    /// It calls a function of ours.
    FunctionCall {
        /// Id of the request.
        call_id: String,
        /// The function.
        name: String,
        /// Its arguments, as JSON text.
        arguments: String,
    },
    /// A response is over, however it ended. The functions that it called may still be pending.
    Finished {
        /// Its id.
        id: String,
        /// The model.
        model: String,
        /// Its usage.
        usage: TokenUsage,
    },
    /// Any other event.
    Other,
}

/// An event of the server that a call uses.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerEvent<'a> {
    /// The session is up: audio and commands may be sent.
    Started {
        /// Its id.
        session: String,
        /// When it ends in any case; none if that isn't sent.
        expires_at: Option<UnixMs>,
        /// Audio format in both directions: none if it isn't sent, an error text if it is unknown.
        format: Option<Result<WireFormat, String>>,
    },
    /// A piece of the model's sound, including silence, as base64.
    Audio(Cow<'a, str>),
    /// Words of the caller.
    CallerSays(Words),
    /// Words of the model.
    ModelSays(Words),
    /// The model has delegated a task; its content isn't reported.
    Delegated {
        /// Its id.
        id: String,
        /// The worker: `client`, `responses` or `decisions`.
        target: String,
    },
    /// An action of the backend.
    Response {
        /// Id of the delegation, if known.
        delegation_id: Option<String>,
        /// The event.
        event: ResponseEvent,
    },
    /// Time of the session that was used so far, in ms.
    Used(u64),
    /// The session has ended.
    Closed {
        /// Reason, as `expired`.
        reason: String,
        /// Time of the session that was used, in ms; none if it isn't sent.
        used_ms: Option<u64>,
    },
    /// An error.
    Error(Report),
    /// Information for an operator.
    Info {
        /// Code, as `audio_dropped`.
        code: String,
        /// Description.
        message: String,
    },
    /// Any other event.
    Other {
        /// Its type.
        kind: Cow<'a, str>,
    },
}

#[derive(Deserialize)]
struct Started {
    session: Session,
}

#[derive(Deserialize)]
struct Session {
    #[serde(default)]
    id: String,
    #[serde(default)]
    expires_at: Option<f64>,
    #[serde(default)]
    audio: Option<Audio>,
}

#[derive(Deserialize)]
struct Audio {
    #[serde(default)]
    format: Option<Format>,
}

#[derive(Deserialize)]
struct Format {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    rate: Option<u32>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    delta: Cow<'a, str>,
}

#[derive(Deserialize)]
struct DelegationCreated {
    delegation: Delegation,
}

#[derive(Deserialize)]
struct Delegation {
    id: String,
    #[serde(default)]
    target: String,
}

#[derive(Deserialize)]
struct Nested {
    #[serde(default)]
    delegation_id: Option<String>,
    event: Value,
}

#[derive(Deserialize)]
struct Usage {
    seconds: f64,
}

#[derive(Deserialize)]
struct UsageUpdated {
    usage: Usage,
}

#[derive(Deserialize)]
struct Closed {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Failed {
    error: Report,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

fn or_nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

impl Usage {
    /// Returns the duration in ms; an invalid value counts as 0.
    fn ms(&self) -> u64 {
        // A float that is NaN or out of range becomes the nearest integer.
        (self.seconds * 1_000.0).round() as u64
    }
}

impl Format {
    fn read(&self) -> Result<WireFormat, String> {
        let unknown = || format!("{} at {:?} Hz", self.kind.chars().take(40).collect::<String>(), self.rate);
        match (self.kind.as_str(), self.rate) {
            ("audio/pcmu", None | Some(8_000)) => Ok(WireFormat::g711(Law::Mu)),
            ("audio/pcma", None | Some(8_000)) => Ok(WireFormat::g711(Law::A)),
            ("audio/pcm", Some(16_000)) => Ok(WireFormat::pcm(SampleRate::HZ_16000)),
            ("audio/pcm", None | Some(24_000)) => Ok(WireFormat::pcm(SampleRate::HZ_24000)),
            _ => Err(unknown()),
        }
    }
}

impl ResponseEvent {
    /// Reads an event of the Responses API. Events of an unexpected shape are skipped: the session goes on.
    fn read(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap_or_default() {
            "response.output_item.done" if event["item"]["type"] == "function_call" => {
                let item = &event["item"];
                Self::FunctionCall {
                    call_id: text(&item["call_id"]),
                    name: text(&item["name"]),
                    arguments: text(&item["arguments"]),
                }
            }
            "response.completed" | "response.failed" | "response.incomplete" | "response.cancelled" => {
                let response = &event["response"];
                Self::Finished {
                    id: text(&response["id"]),
                    model: text(&response["model"]),
                    usage: token_usage(&response["usage"]),
                }
            }
            _ => Self::Other,
        }
    }
}

fn token_usage(usage: &Value) -> TokenUsage {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let cached = count(&usage["input_tokens_details"]["cached_tokens"]);
    TokenUsage {
        text_input: count(&usage["input_tokens"]).saturating_sub(cached),
        text_input_cached: cached,
        text_output: count(&usage["output_tokens"]),
        ..TokenUsage::default()
    }
}

impl<'a> ServerEvent<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// The text isn't an event, or a known type has another shape.
    pub fn parse(text: &'a str) -> Result<Self, BadEvent> {
        let Head { kind } = serde_json::from_str(text).map_err(BadEvent::NotAnEvent)?;
        let malformed = |cause| BadEvent::Malformed { kind: kind.to_string(), cause };
        Ok(match &*kind {
            "session.started" => {
                let Started { session } = serde_json::from_str(text).map_err(malformed)?;
                let format = session.audio.and_then(|audio| audio.format).map(|format| format.read());
                // A time that isn't positive is ignored.
                let expires_at = session.expires_at.filter(|seconds| *seconds > 0.0);
                let expires_at = expires_at.map(|seconds| UnixMs((seconds * 1_000.0) as i64));
                Self::Started { session: session.id, expires_at, format }
            }
            "session.output_audio.delta" => {
                let Delta { delta } = serde_json::from_str(text).map_err(malformed)?;
                Self::Audio(delta)
            }
            "session.input_transcript.delta" => {
                Self::CallerSays(serde_json::from_str(text).map_err(malformed)?)
            }
            "session.output_transcript.delta" => {
                Self::ModelSays(serde_json::from_str(text).map_err(malformed)?)
            }
            "session.delegation.created" => {
                let DelegationCreated { delegation } = serde_json::from_str(text).map_err(malformed)?;
                Self::Delegated { id: delegation.id, target: delegation.target }
            }
            "response.event" => {
                let Nested { delegation_id, event } = serde_json::from_str(text).map_err(malformed)?;
                Self::Response { delegation_id, event: ResponseEvent::read(&event) }
            }
            "session.usage.updated" => {
                let UsageUpdated { usage } = serde_json::from_str(text).map_err(malformed)?;
                Self::Used(usage.ms())
            }
            "session.closed" => {
                let Closed { reason, usage } = serde_json::from_str(text).map_err(malformed)?;
                Self::Closed { reason, used_ms: usage.map(|usage| usage.ms()) }
            }
            "error" => {
                let Failed { error } = serde_json::from_str(text).map_err(malformed)?;
                Self::Error(error)
            }
            "info" => {
                let Info { code, message } = serde_json::from_str(text).map_err(malformed)?;
                Self::Info { code, message }
            }
            _ => Self::Other { kind },
        })
    }
}
