//! The server with visitors in browsers together with callers of an Asterisk, and visitors with agents.

use serde_json::Value;

use super::{load_two_calls, load_whole, not_counted};

#[test]
fn visitors_over_both_transports_are_measured_with_audiosocket() {
    let lacking = |figures: &Value| {
        let process = &figures["process"];
        let is_measured = ["cpu_percent", "rss_kib_per_call"].iter().all(|figure| process[*figure].is_f64());
        // Answers take 2 to 5 s, and callers speak for 1 to 2 s: hardly any window of both belongs to one party alone.
        let is_heard = figures["heard_percent"].as_f64() > Some(0.0);
        if is_measured && is_heard { Vec::new() } else { vec![format!("{figures:#}")] }
    };
    let loaded = load_two_calls(&["--switch", "audiosocket,web,webrtc"], lacking);
    let ways: Vec<&Value> = loaded.runs().iter().map(|figures| &figures["switch"]).collect();
    assert_eq!(ways, ["audiosocket", "web", "webrtc"]);
    let table = loaded.table();
    assert!(table.contains("WS/AUDIO TO AUDIOSOCKET") && table.contains("WEBRTC TO AUDIOSOCKET"), "{table}");
    assert!(table.lines().any(|line| line.starts_with("CPU of a call-second, ms")), "{table}");
}

#[test]
fn visitors_agents_and_a_supervisor_hear_each_other_over_webrtc() {
    let lacking = |report: &Value| {
        let figures = &report["bridged"][0];
        let mut lacks = not_counted(figures, &["whisper", "barge", "listen"], 1);
        let silent = figures["ways"].as_array().unwrap().iter().filter(|way| {
            let count = way["mouth_to_ear"]["count"].as_u64();
            count.is_none_or(|count| count == 0)
        });
        lacks.extend(silent.map(|way| format!("nobody heard anybody: {way:#}")));
        lacks
    };
    let loaded = load_whole(&["--bridged", "1", "--seconds", "2", "--switches", "3"], lacking);
    let figures = &loaded.report.as_ref().unwrap()["bridged"][0];
    let losses: Vec<&Value> =
        figures["ways"].as_array().unwrap().iter().map(|way| &way["loss_percent"]).collect();
    assert_eq!(losses, [0, 5]);
    let table = loaded.table();
    assert!(
        table.contains("mouth to ear at 5 % of loss") && table.contains("heard by the visitor"),
        "{table}"
    );
}
