//! AMI against captured traffic, tables and random bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod actions;
mod captures;
mod properties;
mod readers;

use std::fs;
use std::path::{Path, PathBuf};

use cordboard_schema::wire::ami::{AmiError, Decoder, Frame, Message};

/// Returns the folder of the captures.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/asterisk/ami")
}

/// Returns one of its files.
fn bytes(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the names of all scenarios.
fn scenarios() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".ami2app.bin").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// Returns everything that `input` completes, each with the position after it, up to an error.
fn drain(decoder: &mut Decoder, mut input: &[u8]) -> Vec<(u64, Result<Frame, AmiError>)> {
    let (mut drained, bytes) = (Vec::new(), input.len());
    while let Some(result) = decoder.decode(&mut input).transpose() {
        assert!(drained.len() <= bytes, "no input was used for {result:?}");
        let is_lost = result.is_err();
        drained.push((decoder.position(), result));
        if is_lost {
            break;
        }
    }
    assert!(input.is_empty(), "the decoder left {} bytes", input.len());
    drained
}

/// Returns the messages of a scenario, which may come from several connections in a row.
fn messages(scenario: &str) -> Vec<Message> {
    let bytes = bytes(&format!("{scenario}.ami2app.bin"));
    let frames = drain(&mut Decoder::new(), &bytes);
    frames
        .into_iter()
        .filter_map(|(_, frame)| match frame.unwrap_or_else(|error| panic!("{scenario}: {error}")) {
            Frame::Banner(_) => None,
            Frame::Message(message) => Some(message),
        })
        .collect()
}

/// Returns one message with these lines.
fn message(lines: &str) -> Message {
    let bytes = format!("Asterisk Call Manager/11.0.0\r\n{}\r\n\r\n", lines.trim().replace('\n', "\r\n"));
    match drain(&mut Decoder::new(), bytes.as_bytes()).pop() {
        Some((_, Ok(Frame::Message(message)))) => message,
        other => panic!("{other:?}"),
    }
}
