//! The files for Prometheus and Grafana that we ship.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::promtool::promtool;
use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use serde_json::Value;

use crate::stage::{LIMIT, serve};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/monitoring")
}

/// The names of metrics in a text, without the suffixes that Prometheus adds.
fn figures(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named = words.filter(|word| word.starts_with("cordboard_") || word.starts_with("process_"));
    named.map(|word| word.trim_end_matches("_total").trim_end_matches("_bucket")).collect()
}

#[test]
fn prometheus_accepts_the_configuration_and_alerts_fire_as_intended() {
    for arguments in [["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]] {
        let output = promtool(&folder(), &arguments).unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn each_alert_has_a_case_with_and_without_firing() {
    let read = |file: &str| fs::read_to_string(folder().join(file)).unwrap();
    let (alerts, tests) = (read("alerts.yml"), read("alerts.test.yml"));
    let names: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let fires = format!("alertname: {name}\n        exp_alerts: [{{ exp_labels:");
        assert!(tests.contains(&fires), "no case in which {name} fires");
        assert!(tests.contains(&format!("alertname: {name} }}\n")), "no case in which {name} does not fire");
    }
}

#[test]
fn prometheus_accepts_every_query_of_the_dashboard() {
    let text = fs::read_to_string(folder().join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let questions: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap())
        // Grafana replaces these before it sends the query.
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
fn alerts_and_dashboard_name_only_existing_metrics() {
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

/// Only a server with a certificate of its own has this; `tests/command_line/own_tls.rs` tries it.
const OF_TLS: &str = "cordboard_certificate_expires_timestamp_seconds";

/// With every optional part that has metrics of its own, except TLS: leased ports and a switch, which need not be reachable.
#[test]
fn every_metric_of_alerts_and_dashboard_is_exported() {
    let ports = free_ports(2).unwrap();
    let range = format!("{}-{}", ports.start, ports.end - 1);
    let server = serve(&[
        ("audiosocket.port_range", range.as_str()),
        ("freeswitch.servers.pbx1.host", "127.0.0.1"),
        ("freeswitch.servers.pbx1.port", "9"),
        ("freeswitch.servers.pbx1.password", "secret"),
    ]);
    for file in ["alerts.yml", "dashboard.json"] {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        let mut named = figures(&text);
        named.remove(OF_TLS);
        let mut missing = Vec::new();
        let all_there = wait_until("every figure", LIMIT, || {
            let shown = server.get("/metrics", Token::Admin).unwrap().text();
            let types = shown.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
            let there: BTreeSet<&str> = types.collect();
            missing = named.iter().filter(|name| !there.contains(*name)).map(ToString::to_string).collect();
            missing.is_empty().then_some(())
        });
        assert!(all_there.is_ok(), "{file} names metrics that are not at /metrics: {missing:?}");
    }
}

#[test]
fn every_panel_uses_the_selected_source() {
    let text = fs::read_to_string(folder().join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 10);
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${source}", "{}", panel["title"]);
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
    }
}
