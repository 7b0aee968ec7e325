//! Events of a server, read leniently.
//!
//! Audio is the hot path: its event is read in one pass, and its text is borrowed.

mod response;
mod shapes;

use std::borrow::Cow;

pub use response::{ErrorReport, OutputItem, OutputItemKind, ResponseReport, ResponseStatus};
use serde::Deserialize;
use serde::de::DeserializeOwned;
pub use shapes::{RateLimit, SessionReport};

use super::audio::Text;
use super::usage::token_usage;
use crate::limits::PROVIDER_ID_BYTES_MAX;
use crate::usage::TokenUsage;

/// One event of a server, as far as a phone call needs it.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerEvent<'a> {
    /// The session is up, with the server's default settings.
    SessionCreated(SessionReport),
    /// The session accepted an update; these are its new settings.
    SessionUpdated(SessionReport),
    /// The caller begins to speak.
    SpeechStarted {
        /// The item that their words will get.
        item_id: String,
        /// Position of the beginning in the appended audio, in ms.
        audio_start_ms: Option<u64>,
    },
    /// The caller stops speaking.
    SpeechStopped {
        /// The item that their words will get.
        item_id: String,
        /// Position of the end in the appended audio, in ms.
        audio_end_ms: Option<u64>,
    },
    /// An item was added to the conversation.
    ItemAdded {
        /// Its id.
        item_id: String,
    },
    /// Transcript of the caller's words. It may come after the answer to them.
    Transcribed {
        /// The item.
        item_id: String,
        /// The words; none if nothing was understood.
        text: String,
        /// Usage of the transcription, if the server reports it.
        usage: Option<TokenUsage>,
    },
    /// The caller's words can't be transcribed.
    NotTranscribed {
        /// The item.
        item_id: String,
        /// The error.
        error: ErrorReport,
    },
    /// An answer begins.
    ResponseCreated(ResponseReport),
    /// An item of an answer begins.
    OutputItemAdded {
        /// The answer.
        response_id: String,
        /// The item.
        item: OutputItem,
    },
    /// An item of an answer is complete.
    OutputItemDone {
        /// The answer.
        response_id: String,
        /// The item.
        item: OutputItem,
    },
    /// Audio of an answer.
    AudioDelta {
        /// The answer.
        response_id: Cow<'a, str>,
        /// The item.
        item_id: Cow<'a, str>,
        /// Base64 in the session's output format: [`decode_audio`](super::decode_audio).
        audio: Cow<'a, str>,
    },
    /// More words of an answer.
    TranscriptDelta {
        /// The item.
        item_id: Cow<'a, str>,
        /// The words, which follow the earlier ones.
        text: Cow<'a, str>,
    },
    /// All words of an item.
    TranscriptDone {
        /// The item.
        item_id: String,
        /// The words.
        text: String,
    },
    /// An answer is over, however it ended.
    ResponseDone(ResponseReport),
    /// Remaining rates of the account.
    RateLimits(Vec<RateLimit>),
    /// An error. The session usually goes on.
    Error(ErrorReport),
    /// An event that a call doesn't use, or that is unknown.
    Other {
        /// Its type.
        kind: Cow<'a, str>,
    },
}

/// A message that isn't an event.
#[derive(Debug, thiserror::Error)]
pub enum BadEvent {
    /// It isn't a JSON object with a string as its `type`.
    #[error("the message isn't an event: {0}")]
    NotAnEvent(#[source] serde_json::Error),
    /// A required member of a known event is missing.
    #[error("the event {kind} is malformed: {cause}")]
    Malformed {
        /// Its type.
        kind: String,
        /// The cause.
        cause: serde_json::Error,
    },
    /// An id or a name that is too long to be kept for the whole call.
    #[error("an id or a name has {bytes} bytes, at most {PROVIDER_ID_BYTES_MAX} are accepted")]
    LongId {
        /// Its length.
        bytes: usize,
    },
}

/// Fields that the frequent events have.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    response_id: Option<Text<'a>>,
    #[serde(borrow)]
    item_id: Option<Text<'a>>,
    #[serde(borrow)]
    delta: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
}

impl<'a> ServerEvent<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// [`BadEvent`]; the connection can go on.
    pub fn parse(text: &'a str) -> Result<Self, BadEvent> {
        let event = Self::parse_any(text)?;
        match event.longest_id() {
            bytes if bytes > PROVIDER_ID_BYTES_MAX => Err(BadEvent::LongId { bytes }),
            _ => Ok(event),
        }
    }

    /// Returns the bytes of its longest id or name.
    fn longest_id(&self) -> usize {
        let of_answer = |report: &ResponseReport| {
            report.items.iter().map(OutputItem::longest_id).max().unwrap_or_default().max(report.id.len())
        };
        match self {
            Self::SpeechStarted { item_id, .. }
            | Self::SpeechStopped { item_id, .. }
            | Self::ItemAdded { item_id }
            | Self::Transcribed { item_id, .. }
            | Self::NotTranscribed { item_id, .. }
            | Self::TranscriptDone { item_id, .. } => item_id.len(),
            Self::AudioDelta { response_id, item_id, .. } => response_id.len().max(item_id.len()),
            Self::TranscriptDelta { item_id, .. } => item_id.len(),
            Self::OutputItemAdded { response_id, item } | Self::OutputItemDone { response_id, item } => {
                response_id.len().max(item.longest_id())
            }
            Self::ResponseCreated(report) | Self::ResponseDone(report) => of_answer(report),
            Self::SessionCreated(_)
            | Self::SessionUpdated(_)
            | Self::RateLimits(_)
            | Self::Error(_)
            | Self::Other { .. } => 0,
        }
    }

    fn parse_any(text: &'a str) -> Result<Self, BadEvent> {
        let peek: Peek<'a> = match serde_json::from_str(text) {
            Ok(peek) => peek,
            // An unknown event may use the same names for something else.
            Err(cause) => {
                let Head { kind } = serde_json::from_str(text).map_err(BadEvent::NotAnEvent)?;
                if is_delta(&kind.0) {
                    return Err(BadEvent::Malformed { kind: kind.0.into_owned(), cause });
                }
                return Self::parse_rare(kind.0, text);
            }
        };
        let Peek { kind: Text(kind), response_id, item_id, delta } = peek;
        let id = |id: Option<Text<'a>>| id.map(|Text(id)| id).unwrap_or_default();
        match &*kind {
            "response.output_audio.delta" | "response.audio.delta" => {
                Ok(Self::AudioDelta { response_id: id(response_id), item_id: id(item_id), audio: id(delta) })
            }
            "response.output_audio_transcript.delta" | "response.audio_transcript.delta" => {
                Ok(Self::TranscriptDelta { item_id: id(item_id), text: id(delta) })
            }
            _ => Self::parse_rare(kind, text),
        }
    }

    fn parse_rare(kind: Cow<'a, str>, text: &'a str) -> Result<Self, BadEvent> {
        let event = match &*kind {
            "session.created" => Self::SessionCreated(read::<shapes::SessionEvent>(&kind, text)?.into()),
            "session.updated" => Self::SessionUpdated(read::<shapes::SessionEvent>(&kind, text)?.into()),
            "input_audio_buffer.speech_started" => {
                let shapes::SpeechEvent { item_id, audio_start_ms, .. } = read(&kind, text)?;
                Self::SpeechStarted { item_id: item_id.unwrap_or_default(), audio_start_ms }
            }
            "input_audio_buffer.speech_stopped" => {
                let shapes::SpeechEvent { item_id, audio_end_ms, .. } = read(&kind, text)?;
                Self::SpeechStopped { item_id: item_id.unwrap_or_default(), audio_end_ms }
            }
            "conversation.item.added" | "conversation.item.created" => {
                let shapes::ItemEvent { item } = read(&kind, text)?;
                Self::ItemAdded { item_id: OutputItem::from(item).id }
            }
            "conversation.item.input_audio_transcription.completed" => {
                let shapes::TranscriptEvent { item_id, transcript, usage, .. } = read(&kind, text)?;
                Self::Transcribed {
                    item_id: item_id.unwrap_or_default(),
                    text: transcript.unwrap_or_default().trim().to_owned(),
                    usage: usage.as_ref().map(token_usage),
                }
            }
            "conversation.item.input_audio_transcription.failed" => {
                let shapes::TranscriptEvent { item_id, error, .. } = read(&kind, text)?;
                let error = error.unwrap_or_default();
                Self::NotTranscribed { item_id: item_id.unwrap_or_default(), error }
            }
            "response.created" => {
                let response::ResponseEvent { response } = read(&kind, text)?;
                Self::ResponseCreated(response.into())
            }
            "response.done" => {
                let response::ResponseEvent { response } = read(&kind, text)?;
                Self::ResponseDone(response.into())
            }
            "response.output_item.added" => {
                let response::OutputItemEvent { response_id, item } = read(&kind, text)?;
                Self::OutputItemAdded { response_id: response_id.unwrap_or_default(), item: item.into() }
            }
            "response.output_item.done" => {
                let response::OutputItemEvent { response_id, item } = read(&kind, text)?;
                Self::OutputItemDone { response_id: response_id.unwrap_or_default(), item: item.into() }
            }
            "response.output_audio_transcript.done" | "response.audio_transcript.done" => {
                let shapes::TranscriptEvent { item_id, transcript, .. } = read(&kind, text)?;
                Self::TranscriptDone {
                    item_id: item_id.unwrap_or_default(),
                    text: transcript.unwrap_or_default(),
                }
            }
            "rate_limits.updated" => {
                let shapes::RateLimitsEvent { rate_limits } = read(&kind, text)?;
                Self::RateLimits(rate_limits)
            }
            "error" => {
                let shapes::ErrorEvent { error } = read(&kind, text)?;
                Self::Error(error)
            }
            // LocalAI sends this instead of a session.
            "model_load_error" => Self::Error(ErrorReport {
                kind: kind.clone().into_owned(),
                code: kind.clone().into_owned(),
                message: "the server could not load the model".to_owned(),
                event_id: None,
            }),
            _ => Self::Other { kind },
        };
        Ok(event)
    }
}

fn is_delta(kind: &str) -> bool {
    matches!(
        kind,
        "response.output_audio.delta"
            | "response.audio.delta"
            | "response.output_audio_transcript.delta"
            | "response.audio_transcript.delta"
    )
}

fn read<T: DeserializeOwned>(kind: &str, text: &str) -> Result<T, BadEvent> {
    serde_json::from_str(text).map_err(|cause| BadEvent::Malformed { kind: kind.to_owned(), cause })
}
