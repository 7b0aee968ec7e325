//! The recorded examples, judged by the stand-in's own schemas and referee.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cordboard_test_support::openai::schemas::{self, Members, Sender};
use cordboard_test_support::openai::{Dialect, Referee};
use serde_json::{Value, json};

fn examples() -> Vec<(String, Vec<Value>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../captures/openai/examples");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // Those of the Live API are judged by its own stand-in.
    files.retain(|path| path.file_stem().unwrap().to_str().unwrap().starts_with("realtime-"));
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_message_of_the_examples_fits_its_schema() {
    let examples = examples();
    assert_eq!(examples.len(), 9);
    for (name, entries) in examples {
        for entry in entries {
            let message = &entry["message"];
            if entry["direction"] == "client" {
                for members in [Members::Any, Members::Named] {
                    assert_eq!(schemas::check(message, Sender::Client, members), Ok(()), "{name}");
                }
            } else {
                assert_eq!(schemas::check_as_sent_by_a_server(message), Ok(()), "{name}");
            }
        }
    }
}

#[test]
fn the_examples_keep_the_rules_in_order() {
    for (name, entries) in examples() {
        // A list of errors, which belong to no single conversation.
        if name == "realtime-errors" {
            continue;
        }
        let mut referee = Referee::new(Dialect::Ga);
        let mut now = Instant::now();
        for entry in &entries {
            // Slow enough that nothing counts as having crossed on the wire.
            now += Duration::from_secs(1);
            let message = &entry["message"];
            if entry["direction"] == "client" {
                assert_eq!(referee.received(message, now), Ok(()), "{name}: {message}");
            } else {
                referee.sent(message, now);
            }
        }
        assert_eq!(referee.violations, [], "{name}");
    }
}

#[test]
fn after_the_examples_memory_has_only_what_was_heard() {
    let (_, entries) = examples().into_iter().find(|(name, _)| name == "realtime-barge-in-truncate").unwrap();
    let mut referee = Referee::new(Dialect::Ga);
    for entry in entries.iter().filter(|entry| entry["direction"] == "server") {
        referee.sent(&entry["message"], Instant::now());
    }
    // 40 of 80 ms were heard, and half of the words remain.
    assert_eq!(
        referee.conversation.lines(),
        [
            "model: Our opening hours are Monday to",
            "caller: Stop, I only need the address.",
            "model: We are at 12 Main Street."
        ]
    );
}

/// The referee reports the same as the provider for each mistake in the example of errors.
#[test]
fn the_referee_reports_the_examples_errors() {
    let (_, entries) = examples().into_iter().find(|(name, _)| name == "realtime-errors").unwrap();
    let messages: Vec<&Value> = entries.iter().map(|entry| &entry["message"]).collect();
    let sent = |event_id: &str| *messages.iter().find(|m| m["event_id"] == event_id).unwrap();
    let answer = |event_id: &str| {
        let error = messages.iter().find(|m| m["error"]["event_id"] == event_id).unwrap();
        (error["error"]["code"].as_str().unwrap(), error["error"]["message"].as_str().unwrap().to_owned())
    };

    let mut referee = Referee::new(Dialect::Ga);
    let now = Instant::now();
    for event in &messages[..3] {
        if event["type"] == "session.update" {
            assert_eq!(referee.received(event, now), Ok(()));
        } else {
            referee.sent(event, now);
        }
    }
    assert_eq!(referee.received(sent("cb_25"), now), Err(answer("cb_25")));
    let created = json!({ "type": "response.created", "response": { "id": "resp_0401" } });
    referee.sent(&created, now);
    assert_eq!(referee.received(sent("cb_21"), now), Err(answer("cb_21")));
    let spoken = json!({ "id": "item_a1", "type": "message", "role": "assistant", "content": [] });
    referee.sent(&json!({ "type": "conversation.item.added", "item": spoken }), now);
    let delta = BASE64.encode(vec![0xFF; 3700 * 8]);
    let delta = json!({ "type": "response.output_audio.delta", "item_id": "item_a1", "delta": delta });
    referee.sent(&delta, now);
    assert_eq!(referee.received(sent("cb_22"), now), Err(answer("cb_22")));
    let silent = json!({ "id": "item_a2", "type": "message", "role": "assistant", "content": [] });
    referee.sent(&json!({ "type": "conversation.item.added", "item": silent }), now);
    assert_eq!(referee.received(sent("cb_23"), now), Err(answer("cb_23")));
}
