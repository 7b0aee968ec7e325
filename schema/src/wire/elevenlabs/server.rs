//! Messages of ElevenLabs.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::audio::{Law, SampleRate, WireFormat};
use crate::wire::event::{BadEvent, Head};

/// An event of the server that a call uses.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerEvent<'a> {
    /// The conversation has begun.
    Started {
        /// Its id.
        conversation_id: String,
        /// Format of the agent's audio, as [`format_of`] reads it.
        output: String,
        /// Format that the caller's audio must have.
        input: String,
    },
    /// A piece of the agent's audio.
    Audio {
        /// Its number, to which an interruption refers.
        event_id: u64,
        /// Base64 in the output format.
        audio: Cow<'a, str>,
        /// The words in it, if they are sent.
        words: Option<String>,
    },
    /// The caller has interrupted the agent.
    Interruption {
        /// Audio up to this number must not be played.
        event_id: u64,
    },
    /// The agent's words, in full.
    AgentResponse {
        /// The words.
        text: String,
        /// Its number, in the same series as those of audio and interruptions; none if it isn't sent.
        event_id: Option<u64>,
    },
    /// The part of the answer that the caller heard, in the server's estimate.
    Correction {
        /// The planned words.
        original: String,
        /// The heard words.
        corrected: String,
    },
    /// The caller's words.
    UserTranscript {
        /// The words.
        text: String,
    },
    /// The caller's words so far, as recognized.
    Tentative,
    /// A keep-alive.
    Ping {
        /// The number for the answer.
        event_id: u64,
        /// Round trip of the last one, in ms.
        ping_ms: Option<u64>,
    },
    /// A tool of ours is called.
    ToolCall {
        /// Id of the request.
        tool_call_id: String,
        /// The tool.
        name: String,
        /// Its arguments.
        parameters: Value,
    },
    /// The agent has started a tool of its own, which runs at its provider.
    OwnToolBegan {
        /// Id of the request.
        tool_call_id: String,
    },
    /// A tool has ended: one of its own, or one of ours.
    ToolEnded {
        /// Id of the request.
        tool_call_id: String,
        /// Whether it has ended the conversation.
        hangs_up: bool,
    },
    /// An error; the end follows.
    Error(ErrorReport),
    /// Any other event.
    Other {
        /// Its type.
        kind: Cow<'a, str>,
    },
}

/// Report of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ErrorReport {
    /// The connection's close code: 1000, 1002, 1008 or 1011.
    pub code: Option<i64>,
    /// Kind of the error, as `override_error`.
    pub error_type: Option<String>,
    /// Description.
    pub message: Option<String>,
    /// Further description.
    pub reason: Option<String>,
}

/// Returns the audio format of that name; none if it isn't known.
pub fn format_of(name: &str) -> Option<WireFormat> {
    if name == "ulaw_8000" {
        return Some(WireFormat::g711(Law::Mu));
    }
    let hz: u32 = name.strip_prefix("pcm_")?.parse().ok()?;
    SampleRate::try_from(hz).ok().map(WireFormat::pcm)
}

#[derive(Deserialize)]
struct AudioEvent<'a> {
    #[serde(borrow)]
    audio_event: Audio<'a>,
}

#[derive(Deserialize)]
struct Audio<'a> {
    #[serde(borrow, default)]
    audio_base_64: Cow<'a, str>,
    #[serde(default)]
    event_id: u64,
    #[serde(default)]
    alignment: Option<Alignment>,
}

#[derive(Deserialize)]
struct Alignment {
    #[serde(default)]
    chars: Vec<String>,
}

#[derive(Deserialize)]
struct Rare {
    conversation_initiation_metadata_event: Option<Metadata>,
    interruption_event: Option<Numbered>,
    agent_response_event: Option<Response>,
    agent_response_correction_event: Option<Correction>,
    user_transcription_event: Option<Transcript>,
    ping_event: Option<Ping>,
    client_tool_call: Option<ToolCall>,
    agent_tool_request: Option<ToolRequest>,
    agent_tool_response: Option<ToolResponse>,
    error_event: Option<ErrorReport>,
}

#[derive(Deserialize)]
struct Metadata {
    conversation_id: String,
    agent_output_audio_format: String,
    user_input_audio_format: Option<String>,
}

#[derive(Deserialize)]
struct Numbered {
    event_id: u64,
}

#[derive(Deserialize)]
struct Response {
    agent_response: String,
    #[serde(default)]
    event_id: Option<u64>,
}

#[derive(Deserialize)]
struct Correction {
    #[serde(default)]
    original_agent_response: String,
    corrected_agent_response: String,
}

#[derive(Deserialize)]
struct Transcript {
    user_transcript: String,
}

#[derive(Deserialize)]
struct Ping {
    event_id: u64,
    #[serde(default)]
    ping_ms: Option<u64>,
}

#[derive(Deserialize)]
struct ToolCall {
    tool_name: String,
    tool_call_id: String,
    #[serde(default)]
    parameters: Value,
}

#[derive(Deserialize)]
struct ToolRequest {
    #[serde(default)]
    tool_call_id: String,
    /// `client` for a tool of ours.
    #[serde(default)]
    tool_type: String,
}

#[derive(Deserialize)]
struct ToolResponse {
    tool_name: String,
    #[serde(default)]
    tool_call_id: String,
    /// `client` for a tool of ours.
    #[serde(default)]
    tool_type: String,
    #[serde(default)]
    is_error: bool,
}

impl<'a> ServerEvent<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// [`BadEvent`]; the connection can go on.
    pub fn parse(text: &'a str) -> Result<Self, BadEvent> {
        let Head { kind } = serde_json::from_str(text).map_err(BadEvent::NotAnEvent)?;
        let malformed = |cause| BadEvent::Malformed { kind: kind.clone().into_owned(), cause };
        let error = || {
            let cause = <serde_json::Error as serde::de::Error>::custom("its own member is missing");
            malformed(cause)
        };
        if kind == "audio" {
            let AudioEvent { audio_event } = serde_json::from_str(text).map_err(malformed)?;
            let Audio { audio_base_64, event_id, alignment } = audio_event;
            let words = alignment.map(|alignment| alignment.chars.concat());
            return Ok(Self::Audio { event_id, audio: audio_base_64, words });
        }
        let is_known = matches!(
            &*kind,
            "conversation_initiation_metadata"
                | "interruption"
                | "agent_response"
                | "agent_response_correction"
                | "user_transcript"
                | "ping"
                | "client_tool_call"
                | "agent_tool_request"
                | "agent_tool_response"
                | "error"
        );
        if !is_known {
            return Ok(match &*kind {
                "tentative_user_transcript" => Self::Tentative,
                _ => Self::Other { kind },
            });
        }
        let rare: Rare = serde_json::from_str(text).map_err(malformed)?;
        Ok(match &*kind {
            "conversation_initiation_metadata" => {
                let Metadata { conversation_id, agent_output_audio_format, user_input_audio_format } =
                    rare.conversation_initiation_metadata_event.ok_or_else(error)?;
                let input = user_input_audio_format.unwrap_or_else(|| agent_output_audio_format.clone());
                Self::Started { conversation_id, output: agent_output_audio_format, input }
            }
            "interruption" => {
                Self::Interruption { event_id: rare.interruption_event.ok_or_else(error)?.event_id }
            }
            "agent_response" => {
                let Response { agent_response: text, event_id } =
                    rare.agent_response_event.ok_or_else(error)?;
                Self::AgentResponse { text, event_id }
            }
            "agent_response_correction" => {
                let Correction { original_agent_response, corrected_agent_response } =
                    rare.agent_response_correction_event.ok_or_else(error)?;
                Self::Correction { original: original_agent_response, corrected: corrected_agent_response }
            }
            "user_transcript" => {
                let text = rare.user_transcription_event.ok_or_else(error)?.user_transcript;
                Self::UserTranscript { text: text.trim().to_owned() }
            }
            "ping" => {
                let Ping { event_id, ping_ms } = rare.ping_event.ok_or_else(error)?;
                Self::Ping { event_id, ping_ms }
            }
            "client_tool_call" => {
                let ToolCall { tool_name, tool_call_id, parameters } =
                    rare.client_tool_call.ok_or_else(error)?;
                Self::ToolCall { tool_call_id, name: tool_name, parameters }
            }
            "agent_tool_request" => match rare.agent_tool_request.ok_or_else(error)? {
                // A separate message follows, with everything that we need to run it.
                ToolRequest { tool_type, .. } if tool_type == "client" => Self::Other { kind },
                ToolRequest { tool_call_id, .. } => Self::OwnToolBegan { tool_call_id },
            },
            "agent_tool_response" => {
                let ToolResponse { tool_name, tool_call_id, tool_type, is_error } =
                    rare.agent_tool_response.ok_or_else(error)?;
                // Our own tool of that name ends the call, and not the conversation: the goodbye may follow.
                let is_hangup = tool_name == "end_call" && tool_type != "client";
                Self::ToolEnded { tool_call_id, hangs_up: !is_error && is_hangup }
            }
            _ => Self::Error(rare.error_event.unwrap_or_default()),
        })
    }
}
