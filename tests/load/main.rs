//! `cordboard load` on a small scale: every figure is there and no call failed. How large the figures are is for a quiet
//! machine to say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it can't go on")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Loads two calls for 8 s, in which each is answered at least once; its output, and the figures of each measurement.
fn load(folder: &Path, arguments: &[&str]) -> (Output, Vec<Value>) {
    let json = folder.join("figures.json");
    let output = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["load", "--calls", "2", "--seconds", "8", "--json"])
        .arg(&json)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let report: Value = serde_json::from_str(&fs::read_to_string(json).unwrap())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let runs = report["runs"].as_array().unwrap().clone();
    (output, runs)
}

fn assert_measured(output: &Output, figures: &Value) {
    assert_eq!(figures["failures"], serde_json::json!([]), "{figures:#}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for spread in ["to_provider", "to_caller", "spacing", "hang_up"] {
        assert!(figures[spread]["count"].as_u64() > Some(0), "{spread} was not measured: {figures:#}");
    }
    assert_eq!(figures["hang_up"]["count"], 2, "each end is seen once");
    for figure in ["cpu_percent", "idle_rss_kib", "rss_kib", "pss_kib"] {
        assert!(figures["process"][figure].as_f64() > Some(0.0), "no {figure}: {figures:#}");
    }
}

#[test]
fn the_relay_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (output, runs) = load(folder.path(), &["--subject", "relay"]);
    assert_eq!(runs.len(), 1);
    assert_measured(&output, &runs[0]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("2 CALLS") && table.contains("CPU per call, % of a core"), "{table}");
}

#[test]
fn the_server_is_measured_beside_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let (output, runs) = load(folder.path(), &["--compare"]);
    let subjects: Vec<&Value> = runs.iter().map(|figures| &figures["subject"]).collect();
    assert_eq!(subjects, ["server", "relay"]);
    for figures in &runs {
        assert_measured(&output, figures);
    }
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().any(|line| line.starts_with("CPU per call") && line.contains(" x ")), "{table}");
}
