//! Desks, and visitors who reach agents at them.

use serde_json::{Value, json};

use super::{load_whole, not_counted};

#[test]
fn desks_are_measured_and_every_visitor_has_an_agent() {
    let lacking = |report: &Value| not_counted(&report["desks"][0], &["first_ring", "profile", "two_way"], 2);
    let loaded = load_whole(&["--desks", "3", "--calls", "2", "--rounds", "1", "--seconds", "1"], lacking);
    let figures = &loaded.report.as_ref().unwrap()["desks"][0];
    assert_eq!((&figures["desks"], &figures["failures"]), (&json!(3), &json!([])), "{figures:#}");
    for spread in ["first_ring", "profile", "two_way"] {
        assert!(figures[spread]["p50_ms"].as_f64() > Some(0.0), "{spread}: {figures:#}");
    }
    assert!(figures["rss_kib"].as_u64().is_some() && figures["idle_cpu_percent"].as_f64().is_some());
    let table = loaded.table();
    assert!(table.contains("3 DESKS OF 3 AGENTS") && table.contains("accept to two-way audio"), "{table}");
}
