//! The sound that a caller hears, compared with the recordings that Cordboard ships, and the callers' own words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails where something that it needs is missing"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::audio::{Share, Sound, share_heard};
use crate::book::LIMIT;
use crate::waiting::wait_until_every;

/// How much of a prompt may be lost between its first word and its last.
const LOST_MS_MAX: f64 = 100.0;
/// The same for what Asterisk has recorded. When a stalled machine puts the two directions out of step by more than 100 ms, Asterisk's recorder
/// throws away what waits (the tolerance of `audiohook.c`).
const MONITOR_LOST_MS_MAX: f64 = 500.0;
/// How often a wait checks whether a prompt was heard.
const LOOK: Duration = Duration::from_millis(300);

fn sounds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/sounds")
}

/// A recording that the built-in assistant speaks with.
#[must_use]
pub fn prompt(name: &str) -> Sound {
    Sound::read_wav(&sounds().join(format!("prompts/{name}.wav"))).unwrap()
}

/// Its words.
#[must_use]
pub fn words(name: &str) -> String {
    let list = std::fs::read_to_string(sounds().join("prompts.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    crate::book::text(&list["lines"][name])
}

/// Something that a caller says.
#[must_use]
pub fn speech(name: &str) -> Sound {
    Sound::read_wav(&sounds().join(format!("caller/{name}.wav"))).unwrap()
}

/// How much of a prompt is in what was heard; a test that heard nothing of it fails.
#[must_use]
pub fn share_of(heard: &Sound, name: &str) -> Share {
    let prompt = prompt(name).resampled(heard.rate);
    share_heard(heard, &prompt).unwrap_or_else(|| panic!("nothing of {name} in {:?}", heard.length()))
}

/// Checks that a prompt was heard from its first word to its last. Tests in virtual time check that it is whole to the sample and at its own
/// speed (`tests/virtual/hearing.rs`).
pub fn assert_heard_out(heard: &Sound, name: &str) -> Share {
    assert_heard_but(heard, name, LOST_MS_MAX)
}

/// Waits until a prompt was heard, and checks it: when the server has said it, its last word is still on its way.
pub fn wait_heard_out(ear: impl Fn() -> Sound, name: &str) -> Share {
    let prompt = prompt(name);
    let is_heard = || {
        let heard = ear();
        share_heard(&heard, &prompt.resampled(heard.rate)).filter(Share::is_all).map(drop)
    };
    // If it times out, the check below reports what was heard instead.
    let _ = wait_until_every(LOOK, "a prompt in a telephone's ear", LIMIT, is_heard);
    assert_heard_out(&ear(), name)
}

/// Like [`assert_heard_out`], for what Asterisk's `MixMonitor` has recorded.
pub fn assert_monitored(recorded: &Sound, name: &str) -> Share {
    assert_heard_but(recorded, name, MONITOR_LOST_MS_MAX)
}

fn assert_heard_but(heard: &Sound, name: &str, lost_ms_max: f64) -> Share {
    let share = share_of(heard, name);
    let (percent, drift) = (share.heard * 100.0, share.drift_ms);
    figure(&format!("{name}: {percent:.0} % heard at {:.2} s, drift {drift:.1} ms", share.at.as_secs_f64()));
    assert!(share.is_all(), "{name}: {share:?}");
    // How much later it ends than at its own speed depends on how busy the machine is.
    assert!(share.drift_ms >= -lost_ms_max, "{name}: {share:?}");
    share
}

/// Checks that nothing of a prompt was heard.
pub fn assert_not_heard(heard: &Sound, name: &str) {
    let share = share_heard(heard, &prompt(name).resampled(heard.rate));
    assert!(share.as_ref().is_none_or(|share| share.heard < 0.3), "{name} was heard: {share:?}");
}

/// Prints a measurement for readers of the run's output. It bypasses the capture, so that it is also visible when the test passes.
pub fn figure(text: &str) {
    let case = std::thread::current().name().unwrap_or_default().to_owned();
    // Without an output nobody reads it.
    let _ = writeln!(std::io::stderr(), "    {case}: {text}");
}
