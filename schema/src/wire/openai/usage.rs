//! Token counts as servers write them.

use serde_json::Value;

use crate::usage::TokenUsage;

/// The usage of an answer, or of a transcription (which may be counted by its length). Missing counts are 0.
pub(super) fn token_usage(usage: &Value) -> TokenUsage {
    if usage["type"] == "duration" {
        let audio_ms = usage["seconds"].as_f64().unwrap_or(0.0).max(0.0) * 1000.0;
        return TokenUsage { audio_ms: audio_ms.round() as u64, ..TokenUsage::default() };
    }
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let input = &usage["input_token_details"];
    let cached = &input["cached_tokens_details"];
    let output = &usage["output_token_details"];
    let (text_cached, audio_cached) = match cached {
        Value::Object(_) => (count(&cached["text_tokens"]), count(&cached["audio_tokens"])),
        _ => (count(&input["cached_tokens"]), 0),
    };
    let (text, audio) = match input {
        Value::Object(_) => (count(&input["text_tokens"]), count(&input["audio_tokens"])),
        _ => (count(&usage["input_tokens"]), 0),
    };
    let (text_output, audio_output) = match output {
        Value::Object(_) => (count(&output["text_tokens"]), count(&output["audio_tokens"])),
        _ => (count(&usage["output_tokens"]), 0),
    };
    TokenUsage {
        text_input: text.saturating_sub(text_cached),
        text_input_cached: text_cached,
        audio_input: audio.saturating_sub(audio_cached),
        audio_input_cached: audio_cached,
        text_output,
        audio_output,
        audio_ms: 0,
    }
}
