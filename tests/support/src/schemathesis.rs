//! Schemathesis, which makes requests of an API's document: installed from PyPI into a folder below the test cache.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian::cache_folder;

const VERSION: &str = "4.32.5";

/// What it looks for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      negative_data_rejection";

/// 503 is no failure of the server: it says what is away, and when to ask again.
const CONFIGURATION: &str =
    "[checks.not_a_server_error]\nexpected-statuses = [\"2xx\", \"3xx\", \"4xx\", \"503\"]\n";

/// Has it ask this server, all that its document names but for `left_out` (paths, as a regular expression), with this token.
///
/// # Panics
/// It has found something, or can't be installed.
pub fn run(server: SocketAddr, token: &str, left_out: &str) {
    let program = installed();
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("schemathesis.toml");
    fs::write(&configuration, CONFIGURATION).unwrap();
    let output = Command::new(program)
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(&configuration)
        .args(["run", &format!("http://{server}/api/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--phases", "coverage,fuzzing", "--max-examples", "20", "--seed", "1", "--checks", CHECKS])
        .args(["--exclude-path-regex", left_out, "--suppress-health-check", "all", "--request-timeout", "20"])
        .args(["--continue-on-failure", "--no-shrink", "--warnings", "off"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The program, installed where it is not.
fn installed() -> PathBuf {
    let folder = cache_folder().join(format!("schemathesis-{VERSION}"));
    let program = folder.join("bin/schemathesis");
    if !folder.join("is-whole").is_file() {
        let _ = fs::remove_dir_all(&folder);
        must(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = folder.join("bin/pip");
        must(Command::new(pip).args(["install", "--quiet", &format!("schemathesis=={VERSION}")]));
        fs::write(folder.join("is-whole"), VERSION).unwrap();
    }
    assert!(Path::new(&program).is_file(), "{}", program.display());
    program
}

fn must(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
