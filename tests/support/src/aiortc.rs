//! A caller that uses aiortc, an independent WebRTC implementation in Python.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where a package can't be installed")]

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::audio::Sound;
use crate::pypi;

/// The release that is installed from PyPI.
const VERSION: &str = "1.16.0";

/// The rate of the sound that it sends and receives, in Hz.
const RATE: u32 = 48_000;

/// The sound and messages that a caller received.
#[derive(Debug)]
pub struct Talked {
    /// The sound that arrived.
    pub heard: Sound,
    /// The texts that arrived on the data channel.
    pub told: Vec<Value>,
}

/// Talks with a server for this long: says `says` one second after the connection is up, and hangs up at the end.
///
/// # Panics
/// aiortc can't be installed, or no connection is made.
#[must_use]
pub fn talk(server: SocketAddr, token: &str, says: &Sound, length: Duration) -> Talked {
    let (python, folder) = (installed(), tempfile::tempdir().unwrap());
    let of = |name: &str| folder.path().join(name);
    let (script, said, heard) = (of("caller.py"), of("said.wav"), of("heard.wav"));
    fs::write(&script, include_str!("aiortc_caller.py")).unwrap();
    says.resampled(RATE).write_wav(&said).unwrap();
    let output = Command::new(python)
        .arg(&script)
        .args([format!("http://{server}"), token.to_owned()])
        .args([&said, &heard])
        .arg(length.as_secs_f64().to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Talked { heard: Sound::read_wav(&heard).unwrap(), told: serde_json::from_slice(&output.stdout).unwrap() }
}

/// Installs aiortc early, so that no test waits for it later.
///
/// # Panics
/// It can't be installed.
pub fn install() {
    let _ = installed();
}

/// Returns a Python that has aiortc, and installs aiortc first where it is missing.
fn installed() -> PathBuf {
    pypi::installed(&format!("aiortc-{VERSION}"), &[&format!("aiortc=={VERSION}")]).join("python")
}
