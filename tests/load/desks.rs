//! Desks, and visitors who find agents at them.

use serde_json::json;

use super::load;

#[test]
fn desks_are_measured_and_every_visitor_has_an_agent() {
    let loaded = load(&["--desks", "5", "--calls", "2", "--rounds", "2", "--seconds", "2"]);
    loaded.assert_succeeded();
    let figures = &loaded.report["desks"][0];
    assert_eq!((&figures["desks"], &figures["failures"]), (&json!(5), &json!([])), "{figures:#}");
    for spread in ["first_ring", "profile", "two_way"] {
        assert_eq!(figures[spread]["count"], 4, "{spread}: {figures:#}");
        assert!(figures[spread]["p50_ms"].as_f64() > Some(0.0), "{spread}: {figures:#}");
    }
    assert!(figures["rss_kib"].as_u64().is_some() && figures["idle_cpu_percent"].as_f64().is_some());
    let table = loaded.table();
    assert!(table.contains("5 DESKS OF 5 AGENTS") && table.contains("accept to two-way audio"), "{table}");
}
