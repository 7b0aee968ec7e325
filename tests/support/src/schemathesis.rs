//! Schemathesis, which generates requests from an API's document. It is installed from PyPI into a folder below the test cache.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::pypi;
use crate::waiting::wait_until_every;

const VERSION: &str = "4.32.5";

/// Its checks.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      negative_data_rejection,unsupported_method,use_after_free,ensure_resource_availability,ignored_auth";

/// 503 is not a failure of the server: it names what is unavailable, and when to ask again. A body that is too long may be refused for that,
/// whatever else is wrong with it.
const CONFIGURATION: &str = r#"
hooks = "hooks.py"
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "414", "415", "422", "428", "429", "431", "5xx"]
"#;

/// It has to be told that a description of a session (SDP) is text.
const HOOKS: &str = r#"
import schemathesis
schemathesis.serializer.alias(["application/sdp", "application/trickle-ice-sdpfrag"], "text/plain")
"#;

/// Cases for each operation, besides those of the phase `coverage`: one for each limit and each member that it knows of.
const CASES_OF_OPERATION: &str = "40";

/// The variable with the seed of the cases; it is 1 by default.
const SEED: &str = "CORDBOARD_TEST_SEED";

/// A run takes some minutes on two quiet cores; one that is not done by then hangs.
const LIMIT: Duration = Duration::from_secs(1_800);

/// Lets it send requests to this server, for everything in its document except `left_out` (paths, as a regular expression), with this token.
/// Prints a summary.
///
/// # Panics
/// It has found something, is not done in time, or can't be installed.
pub fn run(server: SocketAddr, token: &str, left_out: &str) {
    let program = installed();
    let folder = tempfile::tempdir().unwrap();
    let (configuration, report) = (folder.path().join("schemathesis.toml"), folder.path().join("report"));
    fs::write(&configuration, CONFIGURATION).unwrap();
    fs::write(folder.path().join("hooks.py"), HOOKS).unwrap();
    let mut running = Command::new(program)
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(&configuration)
        .args(["run", &format!("http://{server}/api/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--phases", "coverage,fuzzing,stateful", "--max-examples", CASES_OF_OPERATION])
        .args(["--seed", &std::env::var(SEED).unwrap_or_else(|_| "1".to_owned())])
        .args(["--checks", CHECKS, "--exclude-path-regex", left_out])
        .args(["--suppress-health-check", "all", "--request-timeout", "20"])
        .args(["--continue-on-failure", "--no-shrink", "--warnings", "off"])
        .stdout(File::create(&report).unwrap())
        .spawn()
        .unwrap();
    let ended = wait_until_every(Duration::from_millis(200), "the end of Schemathesis", LIMIT, || {
        running.try_wait().unwrap()
    });
    let _ = running.kill();
    let report = fs::read_to_string(&report).unwrap_or_default();
    assert!(ended.is_ok_and(|status| status.success()), "{report}");
    // It bypasses libtest's capture, so that the run's output shows how much was tried.
    let summary = report.split_once(" SUMMARY ").map_or(&*report, |(_, summary)| summary);
    for line in summary.lines().filter(|line| line.starts_with("  ") || line.starts_with("Seed")) {
        let _ = writeln!(std::io::stderr(), "    {}", line.trim());
    }
}

/// Returns the program, and installs it first where it is missing.
fn installed() -> PathBuf {
    let package = format!("schemathesis=={VERSION}");
    pypi::installed(&format!("schemathesis-{VERSION}"), &[&package]).join("schemathesis")
}
