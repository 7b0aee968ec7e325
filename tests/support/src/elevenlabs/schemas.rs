//! The schemas of the wire, one message at a time.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::openai::schemas::Sender;

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/elevenlabs/agents-ws-client.strict.schema.json"))
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
    let kind = match message["type"].as_str() {
        Some(kind) => kind,
        None if message.get("user_audio_chunk").is_some() => "user_audio_chunk",
        None => return Err("no object with a `type`".to_owned()),
    };
    let validator = schema.branch(kind).ok_or_else(|| format!("nobody knows the type `{kind}`"))?;
    // To say what is wrong costs more than to say whether anything is.
    if validator.is_valid(message) {
        return Ok(());
    }
    let faults: Vec<String> = validator
        .iter_errors(message)
        .map(|error| format!("{kind}: at `{}`: {}", error.instance_path(), error.masked()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

/// All messages of one direction. A branch is compiled when its first message comes.
struct Schema {
    definitions: Value,
    /// The definition of each `type`.
    names: HashMap<String, String>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Schema {
    fn read(text: &str) -> Self {
        let schema: Value = serde_json::from_str(text).unwrap_or_default();
        let definitions = schema["$defs"].clone();
        let of = |name: &str| {
            let properties = &definitions[name]["properties"];
            let kind = properties["type"]["const"].as_str();
            kind.or_else(|| properties.get("user_audio_chunk").map(|_| "user_audio_chunk")).map(str::to_owned)
        };
        let root = schema["$ref"].as_str().and_then(|root| root.strip_prefix("#/$defs/")).unwrap_or_default();
        let names = definitions[root]["anyOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|branch| branch["$ref"].as_str()?.strip_prefix("#/$defs/"))
            .filter_map(|name| Some((of(name)?, name.to_owned())))
            .collect();
        Self { definitions, names, compiled: Mutex::default() }
    }

    fn branch(&self, kind: &str) -> Option<Arc<Validator>> {
        let name = self.names.get(kind)?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(kind) {
            return Some(Arc::clone(validator));
        }
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/$defs/{name}"),
            "$defs": self.definitions,
        });
        let validator = Arc::new(jsonschema::validator_for(&schema).ok()?);
        compiled.insert(kind.to_owned(), Arc::clone(&validator));
        Some(validator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_branch_and_a_misspelled_name_is_found() {
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
