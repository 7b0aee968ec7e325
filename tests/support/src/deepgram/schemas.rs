//! The schemas of the wire, one message at a time.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::openai::schemas::Sender;

static CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/agent-v1-client.strict.schema.json"))
});
static SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/agent-v1-server.strict.schema.json"))
});

static LISTEN_CLIENT: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/listen-v1-client.strict.schema.json"))
});
static LISTEN_SERVER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::read(include_str!("../../../captures/deepgram/listen-v1-server.strict.schema.json"))
});

/// As [`check`], of a message of the streaming recognition.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check_listen(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*LISTEN_CLIENT,
        Sender::Server => &*LISTEN_SERVER,
    };
    schema.check(message)
}

/// Checks one message against those branches of the strict schema that its `type` names.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check(message: &Value, from: Sender) -> Result<(), String> {
    let schema = match from {
        Sender::Client => &*CLIENT,
        Sender::Server => &*SERVER,
    };
    schema.check(message)
}

/// All messages of one direction. Branches are compiled when their first message comes.
struct Schema {
    definitions: Value,
    /// The definitions of each `type`: some have several.
    names: HashMap<String, Vec<String>>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Schema {
    fn read(text: &str) -> Self {
        let schema: Value = serde_json::from_str(text).unwrap_or_default();
        let definitions = schema["$defs"].clone();
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for branch in schema["anyOf"].as_array().into_iter().flatten() {
            let name = branch["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
            let kind = name.and_then(|name| definitions[name]["properties"]["type"]["const"].as_str());
            if let (Some(name), Some(kind)) = (name, kind) {
                names.entry(kind.to_owned()).or_default().push(name.to_owned());
            }
        }
        Self { definitions, names, compiled: Mutex::default() }
    }

    fn check(&self, message: &Value) -> Result<(), String> {
        let kind = message["type"].as_str().ok_or("no object with a `type`")?;
        let validator = self.branch(kind).ok_or_else(|| format!("nobody knows the type `{kind}`"))?;
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

    fn branch(&self, kind: &str) -> Option<Arc<Validator>> {
        let names = self.names.get(kind)?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(kind) {
            return Some(Arc::clone(validator));
        }
        let refs: Vec<Value> =
            names.iter().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": self.definitions,
        });
        match &refs[..] {
            // The fault is reported where it is, and not as one of several branches.
            [only] => schema["$ref"] = only["$ref"].clone(),
            _ => schema["anyOf"] = json!(refs),
        }
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
        assert!(CLIENT.names.len() > 8 && SERVER.names.len() > 15);
        for schema in [&CLIENT, &SERVER] {
            for kind in schema.names.keys() {
                assert!(schema.branch(kind).is_some(), "{kind}");
            }
        }
        assert_eq!(check(&json!({ "type": "KeepAlive" }), Sender::Client), Ok(()));
        let fault = check(&json!({ "type": "UpdatePrompt", "promt": "x" }), Sender::Client).unwrap_err();
        assert!(fault.starts_with("UpdatePrompt: at"), "{fault}");
    }

    #[test]
    fn the_example_of_the_recognition_fits() {
        let text = include_str!("../../../captures/deepgram/examples/listen-v1-call.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check_listen(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
    }

    #[test]
    fn the_example_fits() {
        let text = include_str!("../../../captures/deepgram/examples/agent-call.json");
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
            let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
            assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
        }
    }
}
