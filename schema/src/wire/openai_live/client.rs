//! Messages that we send.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::audio::{Law, WireFormat, g711};

const APPEND_HEAD: &str = r#"{"type":"session.input_audio.append","audio":""#;
const APPEND_TAIL: &str = r#""}"#;

/// A function of ours that the backend may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Arc<Value>,
}

/// A message of the history with which a session begins; each has one part of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitialItem {
    /// From the application.
    Developer(String),
    /// From the caller.
    User(String),
    /// From the model.
    Assistant(String),
}

/// Worker for tasks that the model delegates: a model of the Responses API with our functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// The model, as `gpt-4.1-mini`.
    pub model: String,
    /// The model's instructions.
    pub instructions: String,
    /// Functions that it may call.
    pub functions: Vec<Function>,
}

/// The requested session. Its model, voice, format and instructions don't change.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The model, as `gpt-live-1`.
    pub model: String,
    /// The model's instructions.
    pub instructions: String,
    /// Audio format, in both directions.
    pub format: WireFormat,
    /// The voice, as `marin`.
    pub voice: String,
    /// Worker for tasks that it delegates.
    pub tasks: Tasks,
    /// The conversation so far, oldest first: at most 128 messages.
    pub input: Vec<InitialItem>,
}

/// A message, except for the caller's audio.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Requests a session. It is the first message.
    Start(Box<Start>),
    /// This many ms of silence instead of the caller's audio.
    Silence(WireFormat, u32),
    /// Mutes the audio for the model.
    Mute,
    /// Unmutes it.
    Unmute,
    /// Adds instructions for the model, which stay in the conversation. At most 500 tokens.
    Instructions {
        /// The words.
        content: String,
    },
    /// Makes the model say something. At most 500 tokens.
    Commentary {
        /// Id to which an error refers.
        event_id: String,
        /// The content.
        content: String,
    },
    /// Replaces the available functions.
    Functions(Vec<Function>),
    /// Result of a function.
    FunctionOutput {
        /// Id of the request.
        call_id: String,
        /// The function's result.
        output: String,
    },
    /// Lets the backend continue: it has everything that it requested.
    CreateResponse,
    /// Ends the session.
    Close,
}

impl ClientMessage {
    /// Returns the message as it is sent.
    pub fn to_text(&self) -> String {
        match self {
            Self::Start(start) => json!({ "type": "session.start", "session": start.to_json() }),
            Self::Silence(format, ms) => return write_audio(&silence(*format, *ms)),
            Self::Mute => json!({ "type": "session.input_audio.mute" }),
            Self::Unmute => json!({ "type": "session.input_audio.unmute" }),
            Self::Instructions { content } => {
                json!({ "type": "session.instructions.append", "delegation_id": null, "content": content })
            }
            Self::Commentary { event_id, content } => json!({
                "type": "session.commentary.append", "event_id": event_id, "delegation_id": null,
                "content": content,
            }),
            Self::Functions(functions) => json!({ "type": "session.update", "session": {
                "delegation": { "type": "responses", "responses": { "tools": tools(functions) } },
            } }),
            Self::FunctionOutput { call_id, output } => json!({ "type": "response.item.create", "item": {
                "type": "function_call_output", "call_id": call_id, "output": output,
            } }),
            Self::CreateResponse => json!({ "type": "response.create" }),
            Self::Close => json!({ "type": "session.close" }),
        }
        .to_string()
    }
}

/// Returns the message with this audio of the caller. It has no `event_id`, because the server never acknowledges it.
pub fn write_audio(audio: &[u8]) -> String {
    let mut text = String::with_capacity(APPEND_HEAD.len() + audio.len().div_ceil(3) * 4 + APPEND_TAIL.len());
    text.push_str(APPEND_HEAD);
    STANDARD.encode_string(audio, &mut text);
    text.push_str(APPEND_TAIL);
    text
}

fn silence(format: WireFormat, ms: u32) -> Vec<u8> {
    let samples = format.rate.samples_in_ms(ms);
    match format.law {
        Some(law) => vec![g711::silence(law); samples],
        None => vec![0; 2 * samples],
    }
}

fn tools(functions: &[Function]) -> Value {
    let tool = |Function { name, description, parameters }: &Function| {
        json!({ "type": "function", "name": name, "description": description,
            "parameters": **parameters, "strict": false })
    };
    functions.iter().map(tool).collect()
}

/// Returns a format for the request: always with its rate.
fn audio_format(format: WireFormat) -> Value {
    let kind = match format.law {
        Some(Law::Mu) => "audio/pcmu",
        Some(Law::A) => "audio/pcma",
        None => "audio/pcm",
    };
    json!({ "type": kind, "rate": format.rate.hz() })
}

impl Start {
    fn to_json(&self) -> Value {
        let Self { model, instructions, format, voice, tasks, input } = self;
        let mut session = json!({
            "model": model,
            "instructions": instructions,
            "audio": { "format": audio_format(*format), "output": { "voice": voice } },
            "delegation": { "type": "responses", "responses": {
                "model": tasks.model,
                "instructions": tasks.instructions,
                "tools": tools(&tasks.functions),
            } },
        });
        if !input.is_empty() {
            session["input"] = input.iter().map(InitialItem::to_json).collect();
        }
        session
    }
}

impl InitialItem {
    fn to_json(&self) -> Value {
        let (role, kind, text) = match self {
            Self::Developer(text) => ("developer", "input_text", text),
            Self::User(text) => ("user", "input_text", text),
            Self::Assistant(text) => ("assistant", "output_text", text),
        };
        json!({ "type": "message", "role": role, "content": [{ "type": kind, "text": text }] })
    }
}
