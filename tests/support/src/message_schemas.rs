//! A provider's messages and the schemas that they are checked against.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Checks a message against a schema.
///
/// # Errors
/// The faults, with their places in the message.
pub(crate) fn held(validator: &Validator, message: &Value) -> Result<(), String> {
    // Describing an error costs more than finding out whether there is one.
    if validator.is_valid(message) {
        return Ok(());
    }
    let faults: Vec<String> = validator
        .iter_errors(message)
        .map(|error| format!("at `{}`: {}", error.instance_path(), error.masked()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

/// All messages of one direction, by kind. A branch is compiled when its first message arrives.
pub(crate) struct Schema {
    definitions: Value,
    /// The definitions of each kind; some have several.
    pub(crate) names: HashMap<String, Vec<String>>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Schema {
    /// Reads a schema whose messages have their kinds in `type`.
    pub(crate) fn read(text: &str) -> Self {
        Self::read_by(text, |definition| definition["properties"]["type"]["const"].as_str())
    }

    /// Reads a schema; `kind_of` returns the kind of a message's definition.
    pub(crate) fn read_by(text: &str, kind_of: fn(&Value) -> Option<&str>) -> Self {
        let schema: Value = serde_json::from_str(text).unwrap_or_default();
        let definitions = schema["$defs"].clone();
        // Some schemas list the messages in a definition of its own.
        let root = schema["$ref"].as_str().and_then(|root| root.strip_prefix("#/$defs/"));
        let messages = root.map_or(&schema, |root| &definitions[root]);
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for branch in messages["anyOf"].as_array().into_iter().flatten() {
            let name = branch["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
            if let Some(name) = name
                && let Some(kind) = kind_of(&definitions[name])
            {
                names.entry(kind.to_owned()).or_default().push(name.to_owned());
            }
        }
        Self { definitions, names, compiled: Mutex::default() }
    }

    /// Checks a message against the branch of its `type`.
    ///
    /// # Errors
    /// The faults, with their places in the message.
    pub(crate) fn check(&self, message: &Value) -> Result<(), String> {
        self.check_as(message["type"].as_str().ok_or("no object with a `type`")?, message)
    }

    /// Checks a message against the branch of its kind.
    ///
    /// # Errors
    /// The faults, with their places in the message.
    pub(crate) fn check_as(&self, kind: &str, message: &Value) -> Result<(), String> {
        let validator = self.branch(kind).ok_or_else(|| format!("unknown type `{kind}`"))?;
        held(&validator, message).map_err(|faults| format!("{kind}: {faults}"))
    }

    /// The validator of messages of this kind.
    pub(crate) fn branch(&self, kind: &str) -> Option<Arc<Validator>> {
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
            // The fault is then reported where it is, and not as a fault of one of several branches.
            [only] => schema["$ref"] = only["$ref"].clone(),
            _ => schema["anyOf"] = json!(refs),
        }
        let validator = Arc::new(jsonschema::validator_for(&schema).ok()?);
        compiled.insert(kind.to_owned(), Arc::clone(&validator));
        Some(validator)
    }
}
