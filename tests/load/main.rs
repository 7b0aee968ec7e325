//! `cordboard load` on a small scale: every figure is present, and a load with failed calls says so and why. Realistic figures need a quiet machine.
//!
//! On a machine that stalls for seconds, calls fail, and the load reports that. So these loads are small: 1 to 3 calls of 1 to 2 s.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod browsers;
mod desks;
mod failures;
mod freeswitch;
mod relay;
mod twilio;

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

/// The parts of a report that have failures.
const PARTS: [&str; 4] = ["runs", "arrivals", "desks", "bridged"];

/// The output of a load: its text, and its JSON; none if nothing could be measured.
struct Loaded {
    output: Output,
    report: Option<Value>,
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
    let text = fs::read_to_string(&json).unwrap();
    let report = if text.is_empty() { None } else { Some(serde_json::from_str(&text).unwrap()) };
    let loaded = Loaded { output, report };
    loaded.assert_told();
    loaded
}

/// Runs a load in which no call fails, and whose report is complete.
fn load_whole(arguments: &[&str], lacking: impl Fn(&Value) -> Vec<String>) -> Loaded {
    let loaded = load(arguments);
    let lacks = loaded.report.as_ref().map(lacking).unwrap_or_default();
    let is_whole = loaded.output.status.success() && lacks.is_empty();
    assert!(is_whole, "missing: {lacks:?}\n{}\n{}", loaded.table(), loaded.said());
    loaded
}

/// Loads two calls for 2 s.
fn load_two_calls(arguments: &[&str], lacking: impl Fn(&Value) -> Vec<String>) -> Loaded {
    load_whole(&[&["--calls", "2", "--seconds", "2"], arguments].concat(), |report| {
        runs(report).iter().flat_map(&lacking).collect()
    })
}

impl Loaded {
    /// The figures of each measurement.
    fn runs(&self) -> &[Value] {
        runs(self.report.as_ref().unwrap())
    }

    fn table(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The failures of all measurements, as text.
    fn failures(&self) -> Vec<String> {
        let all = parts(self.report.as_ref()).filter_map(|part| part["failures"].as_array());
        all.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Checks that exit code, text and JSON of a load agree, whether or not its calls failed.
    fn assert_told(&self) {
        let (table, said) = (self.table(), self.said());
        let counts = parts(self.report.as_ref()).map(|part| part["failure_count"].as_u64().unwrap());
        let count: u64 = counts.sum();
        let is_measured = self.report.is_some() && !said.contains("measurements have no figures: ");
        let is_good = is_measured && count == 0;
        assert_eq!(self.output.status.success(), is_good, "{table}\n{said}");
        assert_eq!(self.failures().is_empty(), count == 0, "{table}\n{said}");
        if is_measured && count > 0 {
            let sum = format!("{count} failures; the table names the first of them");
            assert!(said.contains(&sum), "{table}\n{said}");
        }
        for why in self.failures() {
            assert!(table.contains(&why), "{why:?} is missing: {table}");
        }
    }
}

fn runs(report: &Value) -> &[Value] {
    report["runs"].as_array().unwrap()
}

/// Every measurement of a report.
fn parts(report: Option<&Value>) -> impl Iterator<Item = &Value> {
    let parts = PARTS.iter().filter_map(move |part| report?[*part].as_array());
    parts.flatten()
}

/// The fields of a measurement that were not counted this often, each with its figures.
fn not_counted(figures: &Value, spreads: &[&str], wanted: u64) -> Vec<String> {
    let is_right = |spread: &&&str| figures[**spread]["count"] == wanted;
    let wrong = spreads.iter().filter(|spread| !is_right(spread));
    wrong.map(|spread| format!("{spread} {wanted} times: {}", figures[*spread])).collect()
}

/// The fields that are missing in a measurement of two marked calls, over any transport. Answers take up to 5 s, so there may be none in its window.
fn lacking(figures: &Value) -> Vec<String> {
    // Each end is counted once.
    let mut all = not_counted(figures, &["hang_up", "sound_stop", "ended"], 2);
    for spread in ["to_provider", "to_caller", "spacing"] {
        let count = figures[spread]["count"].as_u64();
        if count.is_none() || spread == "to_provider" && count == Some(0) {
            all.push(format!("{spread}: {}", figures[spread]));
        }
    }
    for figure in ["cpu_percent", "idle_rss_kib", "rss_kib", "pss_kib"] {
        if figures["process"][figure].as_f64().is_none_or(|figure| figure <= 0.0) {
            all.push(format!("{figure}: {}", figures["process"]));
        }
    }
    all
}
