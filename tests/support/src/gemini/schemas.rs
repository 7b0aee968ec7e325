//! The schemas of the wire.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::message_schemas::held;
use crate::openai::schemas::Sender;

const UNREADABLE: &str = "the schema can't be read";

static CLIENT: LazyLock<Option<Validator>> =
    LazyLock::new(|| whole(include_str!("../../../captures/gemini/live-client-message.schema.json")));
static SERVER: LazyLock<Option<Validator>> =
    LazyLock::new(|| whole(include_str!("../../../captures/gemini/live-server-message.schema.json")));
/// Of the parameters of a function.
static PARAMETERS: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let text = include_str!("../../../captures/gemini/live-client-message.schema.json");
    let schema: Value = serde_json::from_str(text).ok()?;
    let part = json!({ "$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": "#/$defs/Schema" });
    jsonschema::validator_for(&part).ok()
});

fn whole(text: &str) -> Option<Validator> {
    jsonschema::validator_for(&serde_json::from_str(text).ok()?).ok()
}

/// Checks one message.
///
/// # Errors
/// The fault, with its place in the message.
pub fn check(message: &Value, from: Sender) -> Result<(), String> {
    let validator = match from {
        Sender::Client => &*CLIENT,
        Sender::Server => &*SERVER,
    };
    held(validator.as_ref().ok_or(UNREADABLE)?, message)?;
    let members = message.as_object().map(serde_json::Map::len).unwrap_or_default();
    match from {
        Sender::Client if members != 1 => Err(format!("a message of {members} members: it has one")),
        _ => Ok(()),
    }
}

/// Checks how a function's parameters are described.
///
/// # Errors
/// The fault, with its place in the description.
pub fn check_parameters(parameters: &Value) -> Result<(), String> {
    held(PARAMETERS.as_ref().ok_or(UNREADABLE)?, parameters)?;
    let has_some = parameters["properties"].as_object().is_some_and(|properties| !properties.is_empty());
    if parameters["type"] == "OBJECT" && has_some {
        Ok(())
    } else {
        Err("parameters that are no object with properties".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_fit_and_a_misspelled_name_is_found() {
        for text in [
            include_str!("../../../captures/gemini/examples/live-call.json"),
            include_str!("../../../captures/gemini/examples/live-resume-and-manual-activity.json"),
        ] {
            for entry in serde_json::from_str::<Vec<Value>>(text).unwrap() {
                let from = if entry["direction"] == "client" { Sender::Client } else { Sender::Server };
                assert_eq!(check(&entry["message"], from), Ok(()), "{}", entry["message"]);
            }
        }
        let fault = check(&json!({ "setup": { "modell": "models/x" } }), Sender::Client).unwrap_err();
        assert!(fault.contains("/setup"), "{fault}");
        let two = json!({ "setup": { "model": "models/x" }, "clientContent": { "turns": [] } });
        assert!(check(&two, Sender::Client).is_err());
        assert!(
            check_parameters(&json!({ "type": "object", "properties": { "a": { "type": "string" } } }))
                .is_err()
        );
    }
}
