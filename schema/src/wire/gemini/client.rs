//! Messages that we send.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::parameters::parameters_of;
use crate::audio::SampleRate;

/// A function of ours that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Arc<Value>,
}

/// Sensitivity for speech, or for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// High sensitivity.
    High,
    /// Low sensitivity.
    Low,
}

/// Detection of the caller's turns by the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnDetection {
    /// Sensitivity for the beginning of speech; none for the server's default.
    pub start: Option<Sensitivity>,
    /// Sensitivity for the end of speech; none for the server's default.
    pub end: Option<Sensitivity>,
    /// Silence in ms that ends a turn; none for the server's default.
    pub silence_ms: Option<u32>,
}

/// The first message of a connection. Its settings can't be changed later.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The model, without `models/`.
    pub model: String,
    /// Its voice.
    pub voice: String,
    /// The language that it speaks, as `de-DE`; none if it detects it.
    pub language: Option<String>,
    /// The model's instructions.
    pub instruction: String,
    /// Functions that it may call.
    pub functions: Vec<Function>,
    /// Detection of the caller's turns.
    pub turns: TurnDetection,
    /// Maximum length of an answer, in tokens; none for the model's limit.
    pub max_output_tokens: Option<u32>,
    /// Whether it transcribes the caller's words.
    pub transcribes_input: bool,
    /// The session to continue; none for a new one.
    pub handle: Option<String>,
}

/// Words of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whether the model said them; otherwise the caller did.
    pub by_model: bool,
    /// The words.
    pub text: String,
}

/// Words for the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The turns, oldest first.
    pub turns: Vec<Turn>,
    /// Whether the model should answer.
    pub turn_complete: bool,
}

/// The answer to a function call.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionResponse {
    /// Id of the request; none if it came without one.
    pub id: Option<String>,
    /// The function.
    pub name: String,
    /// Its result: a JSON object.
    pub response: Value,
}

/// A message, except for audio.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Configures the session, once.
    Setup(Box<Setup>),
    /// Adds words. They end the model's current speech.
    Content(Content),
    /// No audio follows for a while.
    AudioStreamEnd,
    /// Answers a function call, once.
    ToolResponse(FunctionResponse),
}

impl ClientMessage {
    /// Returns the message as it is sent.
    pub fn to_text(&self) -> String {
        match self {
            Self::Setup(setup) => setup.to_json(),
            Self::Content(Content { turns, turn_complete }) => {
                let turns: Vec<Value> = turns.iter().map(Turn::to_json).collect();
                json!({ "clientContent": { "turns": turns, "turnComplete": turn_complete } })
            }
            Self::AudioStreamEnd => json!({ "realtimeInput": { "audioStreamEnd": true } }),
            Self::ToolResponse(FunctionResponse { id, name, response }) => {
                let mut answer = json!({ "name": name, "response": response });
                if let Some(id) = id {
                    answer["id"] = json!(id);
                }
                json!({ "toolResponse": { "functionResponses": [answer] } })
            }
        }
        .to_string()
    }
}

impl Turn {
    fn to_json(&self) -> Value {
        let role = if self.by_model { "model" } else { "user" };
        json!({ "role": role, "parts": [{ "text": self.text }] })
    }
}

impl Setup {
    fn to_json(&self) -> Value {
        let mut speech = json!({ "voiceConfig": { "prebuiltVoiceConfig": { "voiceName": self.voice } } });
        if let Some(language) = &self.language {
            speech["languageCode"] = json!(language);
        }
        let mut generation = json!({ "responseModalities": ["AUDIO"], "speechConfig": speech });
        if let Some(tokens) = self.max_output_tokens {
            generation["maxOutputTokens"] = json!(tokens);
        }
        let mut setup = json!({
            "model": format!("models/{}", self.model),
            "generationConfig": generation,
            "systemInstruction": { "parts": [{ "text": self.instruction }] },
            "sessionResumption": match &self.handle {
                Some(handle) => json!({ "handle": handle }),
                None => json!({}),
            },
            // Without this, a session with audio ends after 15 minutes.
            "contextWindowCompression": { "slidingWindow": {} },
            "outputAudioTranscription": {},
        });
        if self.transcribes_input {
            setup["inputAudioTranscription"] = json!({});
        }
        if !self.functions.is_empty() {
            let functions: Vec<Value> = self.functions.iter().map(Function::to_json).collect();
            setup["tools"] = json!([{ "functionDeclarations": functions }]);
        }
        if self.turns != TurnDetection::default() {
            setup["realtimeInputConfig"] = json!({ "automaticActivityDetection": self.turns.to_json() });
        }
        json!({ "setup": setup })
    }
}

impl Function {
    fn to_json(&self) -> Value {
        let Self { name, description, parameters } = self;
        let mut function = json!({ "name": name, "description": description });
        // An object without properties is refused, so such a function has no parameters.
        if parameters["properties"].as_object().is_some_and(|properties| !properties.is_empty()) {
            function["parameters"] = parameters_of(parameters);
        }
        function
    }
}

impl TurnDetection {
    fn to_json(self) -> Value {
        let word = |sensitivity: Sensitivity| match sensitivity {
            Sensitivity::High => "HIGH",
            Sensitivity::Low => "LOW",
        };
        let mut detection = Map::new();
        if let Some(start) = self.start {
            let word = format!("START_SENSITIVITY_{}", word(start));
            detection.insert("startOfSpeechSensitivity".to_owned(), word.into());
        }
        if let Some(end) = self.end {
            detection
                .insert("endOfSpeechSensitivity".to_owned(), format!("END_SENSITIVITY_{}", word(end)).into());
        }
        if let Some(silence_ms) = self.silence_ms {
            detection.insert("silenceDurationMs".to_owned(), silence_ms.into());
        }
        Value::Object(detection)
    }
}

/// Returns the message with this audio of the caller: 16-bit little-endian samples at this rate.
pub fn write_audio(audio: &[u8], rate: SampleRate) -> String {
    const TAIL: &str = r#""}}}"#;
    let head = format!(r#"{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm;rate={}","data":""#, rate.hz());
    let mut text = String::with_capacity(head.len() + audio.len().div_ceil(3) * 4 + TAIL.len());
    text.push_str(&head);
    STANDARD.encode_string(audio, &mut text);
    text.push_str(TAIL);
    text
}
