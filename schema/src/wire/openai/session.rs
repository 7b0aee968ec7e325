//! `session.update`: how a session listens and speaks, in both dialects.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize as SerializeDerive;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::Dialect;
use super::audio::AudioFormat;
use crate::profile::{Eagerness, NoiseReduction, TurnDetection};

/// Prefix of the names of a provider's custom voices, which are referred to by id.
const OWN_VOICE: &str = "voice_";

/// Settings of a session. `None` leaves a field unchanged: updates are partial.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionUpdate {
    /// The dialect to write it in.
    pub dialect: Dialect,
    /// Persona, rules and knowledge.
    pub instructions: Option<String>,
    /// Format of the caller's audio.
    pub input_format: Option<AudioFormat>,
    /// Format of the assistant's audio.
    pub output_format: Option<AudioFormat>,
    /// Noise reduction on the caller's audio.
    pub noise_reduction: Option<NoiseReduction>,
    /// Model that transcribes the caller's words, and the language (ISO 639-1) that it may expect.
    pub transcription: Option<(String, Option<String>)>,
    /// Detection of turns, and the server's reaction.
    pub turn_detection: Option<TurnDetectionUpdate>,
    /// The provider's name of a voice.
    pub voice: Option<String>,
    /// Speed of speech in percent.
    pub speed_percent: Option<u16>,
    /// The functions that the model may call.
    pub tools: Option<Arc<[ToolSpec]>>,
    /// Maximum length of an answer, in tokens.
    pub max_output_tokens: Option<u32>,
    /// Whether it answers in text, without audio in either direction.
    pub is_written: bool,
}

/// A server's detection of turns, and its reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnDetectionUpdate {
    /// Detection of turns.
    pub how: TurnDetection,
    /// Whether the server answers a finished turn, and cuts off its answer if the caller interrupts. Otherwise it only reports
    /// speech.
    pub answers: bool,
}

/// A function that the model may call.
#[derive(Clone, Debug, PartialEq, SerializeDerive)]
pub struct ToolSpec {
    #[serde(rename = "type")]
    kind: FunctionTag,
    /// Its name.
    pub name: Cow<'static, str>,
    /// When to use it.
    pub description: Cow<'static, str>,
    /// JSON schema of its arguments, shared by all sessions that get it.
    pub parameters: Arc<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeDerive)]
#[serde(rename_all = "snake_case")]
enum FunctionTag {
    Function,
}

impl ToolSpec {
    /// Returns a function of this name, purpose and arguments.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        parameters: Arc<Value>,
    ) -> Self {
        Self { kind: FunctionTag::Function, name: name.into(), description: description.into(), parameters }
    }
}

impl SessionUpdate {
    /// Returns an update that changes nothing yet.
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            instructions: None,
            input_format: None,
            output_format: None,
            noise_reduction: None,
            transcription: None,
            turn_detection: None,
            voice: None,
            speed_percent: None,
            tools: None,
            max_output_tokens: None,
            is_written: false,
        }
    }

    /// Returns the modalities of its answers, if they are set.
    fn modalities(&self, spoken: &[&str]) -> Option<Value> {
        match (self.is_written, self.output_format) {
            (true, _) => Some(json!(["text"])),
            (false, Some(_)) => Some(json!(spoken)),
            (false, None) => None,
        }
    }

    fn ga(&self) -> Value {
        let input = object([
            ("format", self.input_format.map(|format| json!(format))),
            ("noise_reduction", self.noise_reduction.map(|kind| json!({ "type": kind }))),
            ("transcription", self.transcription.as_ref().map(transcription)),
            ("turn_detection", self.turn_detection.map(turn_detection)),
        ]);
        let voice = |name: &String| match name.starts_with(OWN_VOICE) {
            true => json!({ "id": name }),
            false => json!(name),
        };
        let output = object([
            ("format", self.output_format.map(|format| json!(format))),
            ("voice", self.voice.as_ref().map(voice)),
            ("speed", self.speed_percent.map(speed)),
        ]);
        let audio = object([("input", non_empty(input)), ("output", non_empty(output))]);
        object([
            ("type", Some(json!("realtime"))),
            ("output_modalities", self.modalities(&["audio"])),
            ("instructions", self.instructions.as_ref().map(|text| json!(text))),
            ("audio", non_empty(audio)),
            ("tools", self.tools.as_ref().map(|tools| json!(tools))),
            ("tool_choice", self.tools.as_ref().map(|_| json!("auto"))),
            ("max_output_tokens", self.max_output_tokens.map(|tokens| json!(tokens))),
        ])
    }

    fn beta(&self) -> Value {
        object([
            ("modalities", self.modalities(&["audio", "text"])),
            ("instructions", self.instructions.as_ref().map(|text| json!(text))),
            ("voice", self.voice.as_ref().map(|name| json!(name))),
            ("input_audio_format", self.input_format.map(|format| json!(format.beta_name()))),
            ("output_audio_format", self.output_format.map(|format| json!(format.beta_name()))),
            ("input_audio_transcription", self.transcription.as_ref().map(transcription)),
            ("turn_detection", self.turn_detection.map(turn_detection)),
            ("tools", self.tools.as_ref().map(|tools| json!(tools))),
            ("tool_choice", self.tools.as_ref().map(|_| json!("auto"))),
            ("max_response_output_tokens", self.max_output_tokens.map(|tokens| json!(tokens))),
        ])
    }
}

impl Serialize for SessionUpdate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let session = match self.dialect {
            Dialect::Ga => self.ga(),
            Dialect::Beta => self.beta(),
        };
        let mut map = serializer.serialize_map(None)?;
        if let Value::Object(members) = session {
            for (name, value) in members {
                map.serialize_entry(&name, &value)?;
            }
        }
        map.end()
    }
}

/// Returns an object of the members that are set.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn non_empty(value: Value) -> Option<Value> {
    value.as_object().is_some_and(|members| !members.is_empty()).then_some(value)
}

fn speed(percent: u16) -> Value {
    json!(f64::from(percent) / 100.0)
}

fn transcription((model, language): &(String, Option<String>)) -> Value {
    object([("model", Some(json!(model))), ("language", language.as_ref().map(|tag| json!(tag)))])
}

fn turn_detection(update: TurnDetectionUpdate) -> Value {
    let mut value = match update.how {
        TurnDetection::ServerVad { threshold_percent, prefix_padding_ms, silence_duration_ms } => json!({
            "type": "server_vad",
            "threshold": f64::from(threshold_percent) / 100.0,
            "prefix_padding_ms": prefix_padding_ms,
            "silence_duration_ms": silence_duration_ms,
        }),
        TurnDetection::SemanticVad { eagerness } => {
            json!({ "type": "semantic_vad", "eagerness": eagerness_word(eagerness) })
        }
    };
    value["create_response"] = json!(update.answers);
    value["interrupt_response"] = json!(update.answers);
    value
}

const fn eagerness_word(eagerness: Eagerness) -> &'static str {
    match eagerness {
        Eagerness::Low => "low",
        Eagerness::Medium => "medium",
        Eagerness::High => "high",
        Eagerness::Auto => "auto",
    }
}
