//! `/metrics`, before and after a call.

use std::collections::BTreeMap;

use cordboard_test_support::server::{Server, Token};
use uuid::Uuid;

use crate::stage::{caller, json, serve, wait_call, wait_entry, words};

/// Every sample, by its name and labels.
fn figures(server: &Server) -> BTreeMap<String, f64> {
    let answer = server.get("/metrics", Token::None).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap_or_else(|error| panic!("{error}: {line}")))
        })
        .collect()
}

#[test]
fn a_call_is_counted_and_measured() {
    let server = serve(&[]);
    let before = figures(&server);
    assert_eq!((before["cordboard_calls_started_total"], before["cordboard_calls_live"]), (0.0, 0.0));
    assert_eq!((before["cordboard_admitting"], before["cordboard_calls_admitted_max"]), (1.0, 200.0));

    let uuid = Uuid::new_v4();
    let caller = caller(&server, uuid);
    let call = wait_call(&server, uuid, "live");
    caller.say(&words());
    wait_entry(&server, &call, "barge_in");
    caller.wait_said(crate::stage::LIMIT).unwrap();
    wait_entry(&server, &call, "speech_stopped");
    let during = figures(&server);
    for name in ["calls_live", "legs_live", "assistants_live", "recordings_open"] {
        assert_eq!(during[&format!("cordboard_{name}")], 1.0, "{name}");
    }
    caller.hang_up();
    wait_call(&server, uuid, "ended");
    wait_entry(&server, &call, "recording_finished");

    let after = figures(&server);
    let once = [
        "calls_started_total",
        "calls_answered_total",
        "calls_ended_total{cause=\"normal_clearing\"}",
        "legs_left_total{how=\"closed\"}",
        "barge_ins_total",
        "barge_in_seconds_count",
        "audiosocket_connections_total{outcome=\"arrived\"}",
    ];
    for name in once {
        assert_eq!(after[&format!("cordboard_{name}")], 1.0, "{name}: {after:#?}");
    }
    for (name, least) in [
        ("audio_wait_seconds_count", 50.0),
        ("tick_lateness_seconds_count", 50.0),
        ("first_audio_seconds_count{provider=\"builtin\"}", 1.0),
        ("http_requests_total{status=\"2xx\"}", 5.0),
    ] {
        assert!(after[&format!("cordboard_{name}")] >= least, "{name}: {after:#?}");
    }
    // The caller's voice passes without delay, however busy the machine is.
    let waited = after["cordboard_audio_wait_seconds_sum"] / after["cordboard_audio_wait_seconds_count"];
    assert!(waited < 0.05, "{waited} s on average");
    assert_eq!(
        (after["cordboard_journal_rows_lost_total"], after["cordboard_line_messages_lost_total"]),
        (0.0, 0.0)
    );
    assert!(after["process_cpu_seconds_total"] > 0.0 && after["process_resident_memory_bytes"] > 1e6);
    assert_eq!(json(&server, "/api/v1/admin/actors")["failures"], serde_json::json!([]));
}

#[test]
fn every_metric_is_documented() {
    let server = serve(&[]);
    let text = server.get("/metrics", Token::Admin).unwrap().text();
    let documentation = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
    let documentation = std::fs::read_to_string(documentation).unwrap();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(documentation.contains(&format!("`{name}`")), "docs/metrics.md does not say what {name} is");
    }
    for help in text.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
        assert!(help.split_whitespace().count() > 2, "{help}");
    }
}
