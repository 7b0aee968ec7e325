//! The schemas of ElevenLabs' streaming speech, one message at a time, with every object closed.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::message_schemas::held;
use crate::openai::schemas::Sender;

static CLIENT: LazyLock<Option<Validator>> = LazyLock::new(|| {
    closed(include_str!("../../../captures/elevenlabs/tts-stream-input-client.schema.json"))
});
static SERVER: LazyLock<Option<Validator>> = LazyLock::new(|| {
    closed(include_str!("../../../captures/elevenlabs/tts-stream-input-server.schema.json"))
});

/// Checks one message. The lengths of letters may also have the name that published examples use.
///
/// # Errors
/// The fault, with its place in the message.
pub(super) fn check(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*CLIENT,
        Sender::Server => &*SERVER,
    };
    let schema = schema.as_ref().ok_or("the schema can't be read")?;
    let mut message = message.clone();
    for name in ["alignment", "normalizedAlignment"] {
        if let Some(alignment) = message[name].as_object_mut()
            && let Some(lengths) = alignment.remove("charsDurationsMs")
        {
            alignment.insert("charDurationsMs".to_owned(), lengths);
        }
        if message[name].is_null()
            && let Some(message) = message.as_object_mut()
        {
            message.remove(name);
        }
    }
    held(schema, &message).map_err(|faults| format!("{message}: {faults}"))
}

fn closed(text: &str) -> Option<Validator> {
    let mut schema: Value = serde_json::from_str(text).ok()?;
    close(&mut schema);
    jsonschema::validator_for(&schema).ok()
}

/// Forbids unknown members in every object.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => close_object(members),
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn close_object(members: &mut Map<String, Value>) {
    if members.get("additionalProperties") == Some(&Value::Bool(true)) {
        members.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    members.values_mut().for_each(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_fits_and_a_misspelled_name_is_found() {
        let text = include_str!("../../../captures/elevenlabs/examples/tts-stream-input.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
        assert!(check(&json!({ "text": "a ", "flsh": true }), Sender::Client).is_err());
        assert!(check(&json!({ "audio": "", "alignmnt": null }), Sender::Server).is_err());
    }
}
