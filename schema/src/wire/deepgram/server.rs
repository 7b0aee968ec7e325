//! Messages of Deepgram.

use std::borrow::Cow;

use serde::Deserialize;

use crate::wire::event::{BadEvent, Head};

/// A function that the agent calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FunctionCall {
    /// Id of the request.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments, as JSON text.
    #[serde(default)]
    pub arguments: String,
    /// Whether we have to run it. Deepgram runs the others itself.
    #[serde(default)]
    pub client_side: bool,
}

/// An event of the server that a call uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEvent<'a> {
    /// The connection is up.
    Welcome {
        /// Its id.
        request_id: String,
    },
    /// The settings are accepted: audio may be sent.
    SettingsApplied,
    /// Words of either side.
    ConversationText {
        /// Whether the agent said them; otherwise the caller did.
        by_agent: bool,
        /// The words.
        content: String,
    },
    /// The caller is speaking: nothing that the agent has said so far should be played any more.
    UserStartedSpeaking,
    /// The agent's sound follows.
    AgentStartedSpeaking,
    /// All sound of what the agent says was sent.
    AgentAudioDone,
    /// Functions are called.
    FunctionCallRequest {
        /// The functions.
        functions: Vec<FunctionCall>,
    },
    /// Function calls are withdrawn.
    FunctionCallCancelled {
        /// Ids of the requests.
        ids: Vec<String>,
    },
    /// The agent refuses to say a text word for word.
    InjectionRefused {
        /// The reason.
        message: String,
    },
    /// A warning.
    Warning {
        /// Code, as `SLOW_THINK_REQUEST`.
        code: String,
        /// Description.
        description: String,
    },
    /// An error; the end follows.
    Error {
        /// Code, as `CLIENT_MESSAGE_TIMEOUT`.
        code: String,
        /// Description.
        description: String,
    },
    /// Any other event.
    Other {
        /// Its type.
        kind: Cow<'a, str>,
    },
}

#[derive(Deserialize)]
struct Welcome {
    #[serde(default)]
    request_id: String,
}

#[derive(Deserialize)]
struct SaidText {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct FunctionRequest {
    functions: Vec<FunctionCall>,
}

#[derive(Deserialize)]
struct Cancelled {
    functions: Vec<CancelledCall>,
}

#[derive(Deserialize)]
struct CancelledCall {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    message: String,
}

/// An `Error` or a `Warning`; older servers send no code.
#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    code: String,
    #[serde(default, alias = "message")]
    description: String,
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
            "Welcome" => {
                let Welcome { request_id } = serde_json::from_str(text).map_err(malformed)?;
                Self::Welcome { request_id }
            }
            "SettingsApplied" => Self::SettingsApplied,
            "ConversationText" => {
                let SaidText { role, content } = serde_json::from_str(text).map_err(malformed)?;
                match role.as_str() {
                    "assistant" => Self::ConversationText { by_agent: true, content },
                    "user" => Self::ConversationText { by_agent: false, content },
                    _ => Self::Other { kind },
                }
            }
            "UserStartedSpeaking" => Self::UserStartedSpeaking,
            "AgentStartedSpeaking" => Self::AgentStartedSpeaking,
            "AgentAudioDone" => Self::AgentAudioDone,
            "FunctionCallRequest" => {
                let FunctionRequest { functions } = serde_json::from_str(text).map_err(malformed)?;
                Self::FunctionCallRequest { functions }
            }
            "FunctionCallCancelled" => {
                let Cancelled { functions } = serde_json::from_str(text).map_err(malformed)?;
                Self::FunctionCallCancelled { ids: functions.into_iter().map(|call| call.id).collect() }
            }
            "InjectionRefused" => {
                let Refused { message } = serde_json::from_str(text).map_err(malformed)?;
                Self::InjectionRefused { message }
            }
            "Warning" => {
                let Report { code, description } = serde_json::from_str(text).map_err(malformed)?;
                Self::Warning { code, description }
            }
            "Error" => {
                let Report { code, description } = serde_json::from_str(text).map_err(malformed)?;
                Self::Error { code, description }
            }
            _ => Self::Other { kind },
        })
    }
}
