//! The object `session`: its defaults, its partial updates, and how it is shown in each dialect.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::format::{AudioFormat, PCM_HZ};
use super::script::Dialect;

/// The silence that ends a turn by default.
const SILENCE_MS: u64 = 500;
/// Members that beta's `session.update` may hold.
const BETA_MEMBERS: [&str; 12] = [
    "modalities",
    "instructions",
    "voice",
    "input_audio_format",
    "output_audio_format",
    "input_audio_transcription",
    "turn_detection",
    "tools",
    "tool_choice",
    "temperature",
    "max_response_output_tokens",
    "speed",
];

/// The settings of a session. They are kept by GA's names, whatever the dialect.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    dialect: Dialect,
    ga: Value,
}

impl Settings {
    /// A new session's settings; `expires_at` is in seconds since 1970.
    pub(super) fn new(dialect: Dialect, id: &str, model: &str, expires_at: u64) -> Self {
        let pcm = json!({ "type": "audio/pcm", "rate": PCM_HZ });
        let ga = json!({
            "type": "realtime", "object": "realtime.session", "id": id, "model": model,
            "output_modalities": ["audio"], "instructions": "(server default)",
            "audio": {
                "input": {
                    "format": pcm, "noise_reduction": null, "transcription": null,
                    "turn_detection": {
                        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300,
                        "silence_duration_ms": SILENCE_MS, "create_response": true,
                        "interrupt_response": true,
                    },
                },
                "output": { "format": pcm, "voice": "marin", "speed": 1.0 },
            },
            "tools": [], "tool_choice": "auto", "max_output_tokens": "inf", "truncation": "auto",
            "expires_at": expires_at, "include": null, "prompt": null, "tracing": null,
        });
        Self { dialect, ga }
    }

    /// Applies an update; members that it omits stay.
    ///
    /// # Errors
    /// The members that the dialect does not know.
    pub(super) fn update(&mut self, update: &Value) -> Result<(), String> {
        let update = if self.dialect == Dialect::Beta { from_beta(update)? } else { update.clone() };
        merge(&mut self.ga, &update, "");
        Ok(())
    }

    /// The session as the referee and the log see it.
    pub(super) fn ga(&self) -> &Value {
        &self.ga
    }

    /// The session as a client of this dialect sees it.
    pub(super) fn shown(&self) -> Value {
        if self.dialect == Dialect::Beta { to_beta(&self.ga) } else { self.ga.clone() }
    }

    pub(super) fn input(&self) -> AudioFormat {
        self.format("input")
    }

    pub(super) fn output(&self) -> AudioFormat {
        self.format("output")
    }

    fn format(&self, side: &str) -> AudioFormat {
        let asked = &self.ga["audio"][side]["format"];
        match AudioFormat::from_ga(asked) {
            Some(format @ AudioFormat::Pcm { .. }) => format,
            Some(format) if self.dialect != Dialect::LocalAi => format,
            _ => AudioFormat::Pcm { rate: PCM_HZ },
        }
    }

    /// Whether the model answers in text.
    pub(super) fn is_written(&self) -> bool {
        self.ga["output_modalities"] == json!(["text"])
    }

    pub(super) fn transcribes(&self) -> bool {
        !self.ga["audio"]["input"]["transcription"].is_null()
    }

    /// Whether the server detects turns; otherwise the client does.
    pub(super) fn detects_turns(&self) -> bool {
        !self.turn_detection().is_null()
    }

    /// Whether the end of a turn begins a response.
    pub(super) fn creates_responses(&self) -> bool {
        self.turn_detection()["create_response"] != false
    }

    /// Whether the caller's speech cancels a response.
    pub(super) fn interrupts_responses(&self) -> bool {
        self.turn_detection()["interrupt_response"] != false
    }

    /// The silence that ends a turn.
    pub(super) fn silence(&self) -> Duration {
        let asked_ms = self.turn_detection()["silence_duration_ms"].as_u64();
        Duration::from_millis(asked_ms.unwrap_or(SILENCE_MS))
    }

    fn turn_detection(&self) -> &Value {
        &self.ga["audio"]["input"]["turn_detection"]
    }
}

/// Objects that contain settings are merged; everything else is replaced as a whole.
fn merge(into: &mut Value, update: &Value, path: &str) {
    let (Some(known), Some(news)) = (into.as_object_mut(), update.as_object()) else { return };
    for (name, value) in news {
        let path = format!("{path}/{name}");
        if matches!(path.as_str(), "/audio" | "/audio/input" | "/audio/output") && value.is_object() {
            merge(known.entry(name.clone()).or_insert_with(|| json!({})), value, &path);
        } else {
            known.insert(name.clone(), value.clone());
        }
    }
}

/// Translates an update to GA's names.
fn from_beta(update: &Value) -> Result<Value, String> {
    let members = update.as_object().ok_or("session is no object")?;
    if let Some(stranger) = members.keys().find(|name| !BETA_MEMBERS.contains(&name.as_str())) {
        return Err(format!("Unknown parameter: 'session.{stranger}'."));
    }
    let (mut ga, mut input, mut output) = (Map::new(), Map::new(), Map::new());
    for (name, value) in members {
        let format = || {
            let format = AudioFormat::from_beta(value).ok_or(format!("Invalid value: '{value}'."))?;
            Ok::<Value, String>(format.to_ga())
        };
        match name.as_str() {
            "modalities" => {
                let is_spoken = value.as_array().is_some_and(|ways| ways.contains(&json!("audio")));
                let way = if is_spoken { "audio" } else { "text" };
                ga.insert("output_modalities".to_owned(), json!([way]));
            }
            "input_audio_format" => drop(input.insert("format".to_owned(), format()?)),
            "output_audio_format" => drop(output.insert("format".to_owned(), format()?)),
            "input_audio_transcription" => drop(input.insert("transcription".to_owned(), value.clone())),
            "turn_detection" => drop(input.insert("turn_detection".to_owned(), value.clone())),
            "voice" | "speed" => drop(output.insert(name.clone(), value.clone())),
            "max_response_output_tokens" => drop(ga.insert("max_output_tokens".to_owned(), value.clone())),
            _ => drop(ga.insert(name.clone(), value.clone())),
        }
    }
    ga.insert("audio".to_owned(), json!({ "input": input, "output": output }));
    Ok(Value::Object(ga))
}

fn to_beta(ga: &Value) -> Value {
    let name = |format: &Value| match AudioFormat::from_ga(format) {
        Some(AudioFormat::Pcmu) => "g711_ulaw",
        Some(AudioFormat::Pcma) => "g711_alaw",
        _ => "pcm16",
    };
    let (input, output) = (&ga["audio"]["input"], &ga["audio"]["output"]);
    json!({
        "id": ga["id"], "object": "realtime.session", "model": ga["model"], "modalities": ["audio", "text"],
        "instructions": ga["instructions"], "voice": output["voice"], "speed": output["speed"],
        "input_audio_format": name(&input["format"]), "output_audio_format": name(&output["format"]),
        "input_audio_transcription": input["transcription"], "turn_detection": input["turn_detection"],
        "tools": ga["tools"], "tool_choice": ga["tool_choice"], "temperature": 0.8,
        "max_response_output_tokens": ga["max_output_tokens"],
    })
}
