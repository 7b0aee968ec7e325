//! Messages that we send.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Tags of the languages that an agent can be set to, as the API names them.
const LANGUAGES: [&str; 72] = [
    "en", "ja", "zh", "de", "hi", "fr", "ko", "pt", "pt-br", "it", "es", "id", "nl", "tr", "pl", "sv", "bg",
    "ro", "ar", "cs", "el", "fi", "ms", "da", "ta", "uk", "ru", "hu", "hr", "sk", "no", "vi", "tl", "af",
    "hy", "as", "az", "be", "bn", "bs", "ca", "et", "gl", "ka", "gu", "ha", "he", "is", "ga", "jv", "kn",
    "kk", "ky", "lv", "lt", "lb", "mk", "ml", "mr", "ne", "ps", "fa", "pa", "sr", "sd", "sl", "so", "sw",
    "te", "th", "ur", "cy",
];

/// Returns the API's name of a language, by its BCP 47 tag; none if the API doesn't support it.
pub fn language_of(tag: &str) -> Option<&'static str> {
    let tag = tag.to_lowercase();
    let primary = tag.split('-').next().unwrap_or_default();
    let known = |wanted: &str| LANGUAGES.into_iter().find(|known| *known == wanted);
    known(&tag).or_else(|| known(primary))
}

/// Settings of an agent that are overridden for one conversation. The agent's settings must allow each of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The agent's instructions.
    pub prompt: Option<String>,
    /// Its greeting.
    pub first_message: Option<String>,
    /// The language, as [`language_of`] gives it.
    pub language: Option<&'static str>,
    /// Id of a voice.
    pub voice_id: Option<String>,
    /// Speed of speech in percent.
    pub speed_percent: Option<u16>,
}

impl Overrides {
    /// Whether nothing is overridden.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn to_json(&self) -> Value {
        let object = |members: Vec<(&str, Option<Value>)>| -> Option<Value> {
            let members: Map<String, Value> =
                members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        };
        let agent = object(vec![
            ("prompt", self.prompt.as_ref().map(|prompt| json!({ "prompt": prompt }))),
            ("first_message", self.first_message.as_ref().map(|text| json!(text))),
            ("language", self.language.map(|language| json!(language))),
        ]);
        let tts = object(vec![
            ("voice_id", self.voice_id.as_ref().map(|id| json!(id))),
            ("speed", self.speed_percent.map(|percent| json!(f64::from(percent) / 100.0))),
        ]);
        object(vec![("agent", agent), ("tts", tts)]).unwrap_or_else(|| json!({}))
    }
}

/// The first message of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Initiation {
    /// The overridden settings.
    pub overrides: Overrides,
    /// Variables that the agent's texts may use, as `{{name}}`.
    pub variables: BTreeMap<String, String>,
    /// Version of the program, for ElevenLabs' statistics.
    pub version: &'static str,
}

/// A message, except for audio: [`write_audio`].
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Begins the conversation; it is the first message.
    Initiation(Box<Initiation>),
    /// Answers a ping.
    Pong {
        /// The ping's number.
        event_id: u64,
    },
    /// Answers a tool call, once.
    ToolResult {
        /// Id of the request.
        tool_call_id: String,
        /// The answer, as text.
        result: String,
        /// Whether the tool failed.
        is_error: bool,
    },
    /// Adds information without asking for an answer.
    ContextualUpdate {
        /// The information, in words.
        text: String,
    },
    /// Adds words of the caller, which the agent answers.
    UserMessage {
        /// The words.
        text: String,
    },
    /// Keeps the agent from asking whether somebody is there.
    UserActivity,
}

impl ClientMessage {
    /// Returns the message as it is sent.
    pub fn to_text(&self) -> String {
        match self {
            Self::Initiation(initiation) => initiation.to_json(),
            Self::Pong { event_id } => json!({ "type": "pong", "event_id": event_id }),
            Self::ToolResult { tool_call_id, result, is_error } => json!({
                "type": "client_tool_result", "tool_call_id": tool_call_id, "result": result,
                "is_error": is_error,
            }),
            Self::ContextualUpdate { text } => json!({ "type": "contextual_update", "text": text }),
            Self::UserMessage { text } => json!({ "type": "user_message", "text": text }),
            Self::UserActivity => json!({ "type": "user_activity" }),
        }
        .to_string()
    }
}

impl Initiation {
    fn to_json(&self) -> Value {
        let mut message = json!({
            "type": "conversation_initiation_client_data",
            "source_info": { "source": "cordboard", "version": self.version },
        });
        if !self.overrides.is_empty() {
            message["conversation_config_override"] = self.overrides.to_json();
        }
        if !self.variables.is_empty() {
            message["dynamic_variables"] = json!(self.variables);
        }
        message
    }
}

/// Returns the message with this audio of the caller. It has no type.
pub fn write_audio(audio: &[u8]) -> String {
    const HEAD: &str = r#"{"user_audio_chunk":""#;
    const TAIL: &str = r#""}"#;
    let mut text = String::with_capacity(HEAD.len() + audio.len().div_ceil(3) * 4 + TAIL.len());
    text.push_str(HEAD);
    STANDARD.encode_string(audio, &mut text);
    text.push_str(TAIL);
    text
}
