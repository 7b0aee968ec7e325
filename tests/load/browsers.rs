//! The server with visitors in browsers beside callers of an Asterisk, and visitors with agents.

use serde_json::{Value, json};

use super::{load, load_two_calls};

#[test]
fn visitors_over_both_ways_are_measured_beside_audiosocket() {
    let loaded = load_two_calls(&["--switch", "audiosocket,web,webrtc"]);
    loaded.assert_succeeded();
    let ways: Vec<&Value> = loaded.runs().iter().map(|figures| &figures["switch"]).collect();
    assert_eq!(ways, ["audiosocket", "web", "webrtc"]);
    for figures in loaded.runs() {
        assert_eq!(figures["failures"], json!([]), "{figures:#}");
        // Answers last for 2 to 5 s, and callers speak for 1 to 2 s: some of the time is theirs.
        assert!(figures["heard_percent"].as_f64() > Some(20.0), "callers hear the provider: {figures:#}");
        for figure in ["cpu_percent", "rss_kib_per_call"] {
            assert!(figures["process"][figure].is_f64(), "no {figure}: {figures:#}");
        }
    }
    let table = loaded.table();
    assert!(table.contains("WS/AUDIO TO AUDIOSOCKET") && table.contains("WEBRTC TO AUDIOSOCKET"), "{table}");
    assert!(table.lines().any(|line| line.starts_with("CPU of a call-second, ms")), "{table}");
}

#[test]
fn visitors_agents_and_a_supervisor_hear_each_other_over_webrtc() {
    let loaded = load(&["--bridged", "1", "--seconds", "3", "--switches", "3"]);
    loaded.assert_succeeded();
    let figures = &loaded.report["bridged"][0];
    let losses: Vec<&Value> =
        figures["ways"].as_array().unwrap().iter().map(|way| &way["loss_percent"]).collect();
    assert_eq!(losses, [0, 5]);
    for way in figures["ways"].as_array().unwrap() {
        assert!(way["mouth_to_ear"]["count"].as_u64() > Some(0), "nobody heard anybody: {figures:#}");
    }
    for switch in ["whisper", "barge", "listen"] {
        assert_eq!(figures[switch]["count"], 1, "{switch}: {figures:#}");
    }
    let table = loaded.table();
    assert!(
        table.contains("mouth to ear at 5 % of loss") && table.contains("heard by the visitor"),
        "{table}"
    );
}
