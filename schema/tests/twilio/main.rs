//! Twilio: its signature with the official vectors, its webhooks and streams from its documentation's examples, and what we send
//! against the strict schema and the API's specification.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod properties;
mod rest;
mod signature;
mod stream;
mod twiml;
mod webhooks;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Returns a file of `tests/captures/twilio` (see its README).
fn capture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/twilio").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Returns every message from Twilio in the examples of streams, file by file.
fn streams() -> Vec<(&'static str, Vec<Value>)> {
    let files = [
        "media-stream-bidirectional",
        "media-stream-caller-hangs-up-early",
        "media-stream-unidirectional-both-tracks",
    ];
    files
        .into_iter()
        .map(|file| {
            let lines = capture(&format!("examples/{file}.json"));
            let theirs = lines.as_array().unwrap().iter().filter(|line| line["direction"] == "server");
            (file, theirs.map(|line| line["message"].clone()).collect())
        })
        .collect()
}

/// Returns the webhooks of the examples.
fn requests() -> Vec<Value> {
    let file = capture("examples/webhooks.json");
    file["requests"].as_array().unwrap().clone()
}
