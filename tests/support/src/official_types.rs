//! The providers' own Python packages, used as readers of their protocols: what was sent on a call has to match their types. They are installed
//! from PyPI into a folder below the test cache.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::openai::Entry;
use crate::openai::schemas::Sender;
use crate::pypi;

/// The packages, in the versions from which the schemas of `tests/captures` were made.
const PACKAGES: [&str; 4] =
    ["openai==3.51.0", "elevenlabs==2.78.0", "deepgram-sdk==7.16.0", "google-genai==3.3.0"];
/// A part of the folder's name; a different list needs a different version.
const VERSION: &str = "1";
/// Members of messages that contain sound; a log keeps only its length.
const SOUNDS: [&str; 5] =
    ["/realtimeInput/audio/data", "/user_audio_chunk", "/audio_event/audio_base_64", "/audio", "/delta"];
/// The placeholder for the sound.
const SOUND: &str = "AAAA";

/// A message that was sent on a connection to a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    provider: &'static str,
    from: Sender,
    message: Value,
}

impl Recorded {
    /// Entry of a stand-in's log.
    #[must_use]
    pub fn of(provider: &'static str, entry: &Entry) -> Self {
        let mut message = entry.event.clone();
        for place in SOUNDS {
            if let Some(sound) = message.pointer_mut(place).filter(|sound| sound.is_number()) {
                *sound = json!(SOUND);
            }
        }
        Self { provider, from: entry.from, message }
    }

    fn line(&self) -> String {
        let from = match self.from {
            Sender::Client => "client",
            Sender::Server => "server",
        };
        json!({ "provider": self.provider, "from": from, "message": self.message }).to_string()
    }
}

/// Lets the packages read these messages. Returns what they have read: a line for each provider, sender and kind.
///
/// # Panics
/// A package refuses a message, or does not know it; or they can't be installed.
#[must_use]
pub fn read(messages: &[Recorded]) -> Vec<String> {
    let (python, folder) = (installed(), tempfile::tempdir().unwrap());
    let script = folder.path().join("read.py");
    fs::write(&script, include_str!("official_types.py")).unwrap();
    let mut reading = Command::new(python)
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = messages.iter().map(|message| message.line() + "\n").collect();
    let mut input = reading.stdin.take().unwrap();
    // It reads all of them before it prints much.
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let output = reading.wait_with_output().unwrap();
    let (refused, told) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{told}");
    assert!(refused.is_empty(), "the providers' packages can't read this:\n{refused}");
    told.lines().map(str::to_owned).collect()
}

/// Returns a Python that has the packages, and installs them first where they are missing.
fn installed() -> PathBuf {
    pypi::installed(&format!("official-types-{VERSION}"), &PACKAGES).join("python")
}
