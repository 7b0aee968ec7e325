//! `cordboard load` on a small scale: every figure is there and no call failed. How large the figures are is for a quiet
//! machine to say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it can't go on")]

mod browsers;
mod desks;
mod freeswitch;
mod relay;
mod twilio;

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

/// Output of a load: its text, and its JSON.
struct Loaded {
    output: Output,
    report: Value,
}

/// Runs a load with a folder of its own.
fn load(arguments: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let output = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .arg("load")
        .args(arguments)
        .arg("--json")
        .arg(&json)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let report = serde_json::from_str(&fs::read_to_string(&json).unwrap())
        .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    Loaded { output, report }
}

/// Loads two calls for 8 s, in which each is answered at least once.
fn load_two_calls(arguments: &[&str]) -> Loaded {
    load(&[&["--calls", "2", "--seconds", "8"], arguments].concat())
}

impl Loaded {
    /// The figures of each measurement.
    fn runs(&self) -> &[Value] {
        self.report["runs"].as_array().unwrap()
    }

    fn table(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    fn assert_succeeded(&self) {
        assert!(self.output.status.success(), "{}\n{}", self.table(), said(&self.output));
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Members of every measurement, whoever brings the callers.
fn assert_measured(figures: &Value) {
    assert_eq!(figures["failures"], serde_json::json!([]), "{figures:#}");
    for spread in ["to_provider", "to_caller", "spacing", "hang_up", "sound_stop", "ended"] {
        assert!(figures[spread]["count"].as_u64() > Some(0), "{spread} was not measured: {figures:#}");
    }
    for spread in ["hang_up", "sound_stop", "ended"] {
        assert_eq!(figures[spread]["count"], 2, "each end is seen once: {figures:#}");
    }
    for figure in ["cpu_percent", "idle_rss_kib", "rss_kib", "pss_kib"] {
        assert!(figures["process"][figure].as_f64() > Some(0.0), "no {figure}: {figures:#}");
    }
}
