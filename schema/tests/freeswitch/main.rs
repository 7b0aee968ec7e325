//! FreeSWITCH's two wire formats against captured traffic, tables and random bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod audio;
mod commands;
mod events;
mod frames;
mod lists;
mod properties;
mod readers;
mod websocket;

use std::fs;
use std::path::{Path, PathBuf};

use cordboard_schema::wire::esl::{Decoder, EslError, Event, Frame};

/// Returns the folder of the captures, next to the checkout.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/freeswitch")
}

/// Returns the bytes of a capture, such as `out_basic_plain.fs2app.bin`.
fn bytes(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the names of all captures of ESL, without their suffix.
fn esl_captures() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".fs2app.bin").filter(|name| !name.ends_with(".ws")).map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// Returns everything that `input` completes, each with the position after it, up to an error.
fn drain(decoder: &mut Decoder, mut input: &[u8]) -> Vec<(u64, Result<Frame, EslError>)> {
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

/// Returns the frames of bytes that decode completely and without an error.
fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    let frames: Vec<Frame> =
        drain(&mut decoder, bytes).into_iter().map(|(_, frame)| frame.unwrap()).collect();
    assert_eq!((decoder.position(), decoder.buffered_bytes()), (bytes.len() as u64, 0), "something is left");
    frames
}

/// Returns the frames that FreeSWITCH sent in a capture.
fn captured(name: &str) -> Vec<Frame> {
    frames(&bytes(&format!("{name}.fs2app.bin")))
}

/// Returns the events of a capture, without the answer to `connect`.
fn captured_events(name: &str) -> Vec<Event> {
    let frames = captured(name).into_iter();
    frames.filter_map(|frame| if let Frame::Event(event) = frame { Some(event) } else { None }).collect()
}
