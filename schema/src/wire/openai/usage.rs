//! Token counts as servers write them.

use serde_json::Value;

use crate::usage::TokenUsage;

/// Returns the usage of an answer, or of a transcription (which may be counted by duration). Missing counts are 0; tokens of a
/// kind that the server doesn't name are text.
pub(in crate::wire) fn token_usage(usage: &Value) -> TokenUsage {
    if usage["type"] == "duration" {
        let audio_ms = usage["seconds"].as_f64().unwrap_or(0.0).max(0.0) * 1000.0;
        return TokenUsage { audio_ms: audio_ms.round() as u64, ..TokenUsage::default() };
    }
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (input, output) = (&usage["input_token_details"], &usage["output_token_details"]);
    let audio = count(&input["audio_tokens"]);
    let text = text_tokens(&usage["input_tokens"], input);
    // The cached tokens are included.
    let cached = &input["cached_tokens_details"];
    let (text_cached, audio_cached) = match cached {
        Value::Object(_) => (count(&cached["text_tokens"]), count(&cached["audio_tokens"])),
        _ => (count(&input["cached_tokens"]), count(&input["cached_tokens"]).saturating_sub(text)),
    };
    let (text_cached, audio_cached) = (text_cached.min(text), audio_cached.min(audio));
    TokenUsage {
        text_input: text - text_cached,
        text_input_cached: text_cached,
        audio_input: audio - audio_cached,
        audio_input_cached: audio_cached,
        text_output: text_tokens(&usage["output_tokens"], output),
        audio_output: count(&output["audio_tokens"]),
        audio_ms: 0,
    }
}

/// Returns the tokens of text: those that `details` calls text, and those of `total` that it doesn't name.
fn text_tokens(total: &Value, details: &Value) -> u64 {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (text, audio) = (count(&details["text_tokens"]), count(&details["audio_tokens"]));
    text.max(count(total).saturating_sub(audio))
}
