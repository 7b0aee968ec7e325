//! The server compared with the bare relay, with callers of an Asterisk.

use serde_json::Value;

use super::{lacking, load_two_calls};

#[test]
fn the_relay_is_measured() {
    let loaded = load_two_calls(&["--subject", "relay"], lacking);
    assert_eq!(loaded.runs().len(), 1);
    let table = loaded.table();
    assert!(table.contains("2 CALLS") && table.contains("CPU per call, % of a core"), "{table}");
}

#[test]
fn the_server_is_compared_with_the_relay() {
    let loaded = load_two_calls(&["--compare"], lacking);
    let subjects: Vec<&Value> = loaded.runs().iter().map(|figures| &figures["subject"]).collect();
    assert_eq!(subjects, ["server", "relay"]);
    let table = loaded.table();
    assert!(table.lines().any(|line| line.starts_with("CPU per call") && line.contains(" x ")), "{table}");
}
