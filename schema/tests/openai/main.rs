//! The wire format of OpenAI Realtime: our messages against the strict schema, the server's against captures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod examples;
mod properties;
mod sending;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Returns a file of `tests/captures/openai` (see its README).
fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/openai").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns every example conversation: file name and messages, each with its direction.
fn examples() -> Vec<(String, Vec<(String, Value)>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/openai/examples");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let messages: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let messages = messages
            .into_iter()
            .map(|line| (line["direction"].as_str().unwrap().to_owned(), line["message"].clone()));
        found.push((path.file_name().unwrap().to_str().unwrap().to_owned(), messages.collect()));
    }
    assert!(found.len() >= 9, "the examples have moved");
    found
}

/// Returns every message of a server in the examples.
fn server_messages() -> Vec<Value> {
    let messages = examples().into_iter().flat_map(|(_, messages)| messages);
    messages.filter(|(direction, _)| direction == "server").map(|(_, message)| message).collect()
}
