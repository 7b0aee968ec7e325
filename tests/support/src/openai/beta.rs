//! Translates GA's events to beta's names.

use serde_json::{Value, json};

/// Names that changed.
const NAMES: [(&str, &str); 6] = [
    ("response.output_audio.delta", "response.audio.delta"),
    ("response.output_audio.done", "response.audio.done"),
    ("response.output_audio_transcript.delta", "response.audio_transcript.delta"),
    ("response.output_audio_transcript.done", "response.audio_transcript.done"),
    ("response.output_text.delta", "response.text.delta"),
    ("conversation.item.added", "conversation.item.created"),
];

/// The event in beta's form; `None` for an event that beta does not have.
pub(super) fn event(mut event: Value) -> Option<Value> {
    let kind = event["type"].as_str()?.to_owned();
    if kind == "conversation.item.done" {
        return None;
    }
    if let Some((_, beta)) = NAMES.iter().find(|(ga, _)| *ga == kind) {
        event["type"] = json!(beta);
    }
    if let Some(item) = event.get_mut("item") {
        rename_content(item);
    }
    for item in event.pointer_mut("/response/output").and_then(Value::as_array_mut).into_iter().flatten() {
        rename_content(item);
    }
    if let Some(response) = event.get_mut("response").and_then(Value::as_object_mut) {
        response.remove("output_modalities");
        response.insert("modalities".to_owned(), json!(["audio", "text"]));
    }
    Some(event)
}

fn rename_content(item: &mut Value) {
    let Some(parts) = item.get_mut("content").and_then(Value::as_array_mut) else { return };
    for part in parts {
        match part["type"].as_str() {
            Some("output_audio") => part["type"] = json!("audio"),
            Some("output_text") => part["type"] = json!("text"),
            _ => {}
        }
    }
}
