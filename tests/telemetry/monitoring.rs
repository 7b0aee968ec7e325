//! The files for Prometheus and Grafana that we ship.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cordboard_test_support::promtool::promtool;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/monitoring")
}

/// The names of figures in a text, without what Prometheus adds to them.
fn figures(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named = words.filter(|word| word.starts_with("cordboard_") || word.starts_with("process_"));
    named.map(|word| word.trim_end_matches("_total").trim_end_matches("_bucket")).collect()
}

#[test]
fn prometheus_takes_the_configuration_and_the_alerts_fire_when_they_should() {
    for arguments in [["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]] {
        let output = promtool(&folder(), &arguments).unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn prometheus_takes_every_question_of_the_dashboard() {
    let text = fs::read_to_string(folder().join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let questions: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap())
        // Grafana puts these in before it asks.
        .map(|expr| expr.replace("$__rate_interval", "5m").replace("$instance", "a"))
        .collect();
    assert!(questions.len() > 15, "{questions:?}");
    let rules: Vec<Value> =
        questions.iter().map(|expr| serde_json::json!({ "record": "asked", "expr": expr })).collect();
    // JSON is YAML.
    let file = serde_json::json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("rules.yml"), file.to_string()).unwrap();
    let output = promtool(scratch.path(), &["check", "rules", "--lint=none", "rules.yml"]).unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn every_figure_of_alerts_and_dashboard_is_one_that_the_server_has() {
    let documentation = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
    let documentation = fs::read_to_string(documentation).unwrap();
    for (file, least) in [("alerts.yml", 10), ("dashboard.json", 15)] {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        let named = figures(&text);
        assert!(named.len() >= least, "{file}: {named:?}");
        for name in named {
            assert!(documentation.contains(&format!("`{name}`")), "{file}: docs/metrics.md has no {name}");
        }
    }
}

/// All Rust code below a folder.
fn code(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&code(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    text
}

/// A figure is missing at `/metrics` until its event has happened, and some are there in some configurations alone.
#[test]
fn every_figure_of_alerts_and_dashboard_is_registered_by_the_server() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = code(&root.join("src")) + &code(&root.join("actors/src"));
    for file in ["alerts.yml", "dashboard.json"] {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        for name in figures(&text) {
            let (_, registered) = name.split_once('_').unwrap();
            let without_unit =
                ["_seconds", "_bytes"].map(|unit| registered.strip_suffix(unit).unwrap_or(registered));
            let is_there = |name: &str| code.contains(&format!("\"{name}\""));
            assert!(is_there(registered) || without_unit.into_iter().any(is_there), "{file}: {name}");
        }
    }
}

#[test]
fn every_panel_asks_the_source_that_was_chosen() {
    let text = fs::read_to_string(folder().join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${source}", "{}", panel["title"]);
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
    }
}
