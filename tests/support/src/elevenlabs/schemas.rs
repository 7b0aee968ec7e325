//! The schemas of the wire, one message at a time.

use std::sync::LazyLock;

use serde_json::Value;

use crate::message_schemas::Schema;
use crate::openai::schemas::Sender;

/// The kind of the only message without a `type`.
const AUDIO: &str = "user_audio_chunk";

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    let text = include_str!("../../../captures/elevenlabs/agents-ws-client.strict.schema.json");
    Schema::read_by(text, |definition| {
        let properties = &definition["properties"];
        properties["type"]["const"].as_str().or(properties.get(AUDIO).map(|_| AUDIO))
    })
});
static SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/elevenlabs/agents-ws-server.strict.schema.json"))
});

/// Checks one message against the branch of the strict schema that its `type` names.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*CLIENT,
        Sender::Server => &*SERVER,
    };
    match message.get(AUDIO) {
        Some(_) if message.get("type").is_none() => schema.check_as(AUDIO, message),
        _ => schema.check(message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_has_a_branch_and_misspellings_are_found() {
        assert_eq!((CLIENT.names.len(), SERVER.names.len()), (10, 27));
        for schema in [&CLIENT, &SERVER] {
            for kind in schema.names.keys() {
                assert!(schema.branch(kind).is_some(), "{kind}");
            }
        }
        assert_eq!(check(&json!({ "type": "pong", "event_id": 1 }), Sender::Client), Ok(()));
        let fault = check(&json!({ "type": "pong", "id": 1 }), Sender::Client).unwrap_err();
        assert!(fault.starts_with("pong: at"), "{fault}");
    }

    #[test]
    fn the_examples_fit() {
        for text in [
            include_str!("../../../captures/elevenlabs/examples/agents-call-greeting-and-turn.json"),
            include_str!("../../../captures/elevenlabs/examples/agents-client-tools.json"),
            include_str!("../../../captures/elevenlabs/examples/agents-context-and-pcm.json"),
            include_str!("../../../captures/elevenlabs/examples/agents-error-max-duration.json"),
            include_str!("../../../captures/elevenlabs/examples/agents-interruption.json"),
        ] {
            for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
                let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
                assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
            }
        }
    }
}
