//! The server with callers of a FreeSWITCH: together with those of an Asterisk, and with their halves arriving in random order.

use serde_json::Value;

use super::{lacking, load_two_calls, load_whole, not_counted};

#[test]
fn both_transports_of_a_freeswitch_are_measured_with_audiosocket() {
    let of_run = |figures: &Value| {
        let mut lacks = lacking(figures);
        if figures["switch"] != "audiosocket" {
            // Each caller's key works.
            lacks.extend(not_counted(figures, &["key_answered"], 2));
        }
        lacks
    };
    let arguments = ["--switch", "audiosocket,freeswitch", "--audio", "websocket,unicast"];
    let loaded = load_two_calls(&arguments, of_run);
    let switches: Vec<&str> = loaded.runs().iter().filter_map(|figures| figures["switch"].as_str()).collect();
    assert_eq!(switches, ["audiosocket", "freeswitch_websocket", "freeswitch_unicast"]);
    let table = loaded.table();
    assert!(
        table.contains("WEBSOCKET TO AUDIOSOCKET") && table.contains("UNICAST TO AUDIOSOCKET"),
        "{table}"
    );
    for row in ["hang-up to both p99, ms", "key to action p99, ms"] {
        assert!(table.lines().any(|line| line.starts_with(row)), "no {row}: {table}");
    }
    let per_call = table.lines().find(|line| line.starts_with("CPU per call")).unwrap_or_default();
    assert_eq!(per_call.matches(" x ").count(), 2, "both are compared with AudioSocket: {table}");
}

#[test]
fn no_call_is_lost_whatever_the_order_of_its_halves() {
    for audio in ["websocket", "unicast"] {
        // A lost call is reported with its lines in the server's log.
        let told = ["--env", "CORDBOARD_LOG__LEVEL=debug"];
        let arriving = ["--switch", "freeswitch", "--audio", audio, "--arrivals", "3", "--within", "1"];
        let loaded = load_whole(&[&arriving[..], &told[..]].concat(), not_timed);
        let figures = &loaded.report.as_ref().unwrap()["arrivals"][0];
        assert_eq!(
            (&figures["arrived"], &figures["met"], &figures["lost"]),
            (&3.into(), &3.into(), &0.into())
        );
        let orders = figures["orders"].as_array().unwrap();
        let arrived = orders.iter().filter_map(|order| order["arrived"].as_u64());
        assert_eq!(arrived.sum::<u64>(), 3, "{figures:#}");
        assert!(loaded.table().contains("3 CALLS WITHIN 1 S"), "{}", loaded.table());
    }
}

/// Both spreads of an order are measured for each of its calls.
fn not_timed(report: &Value) -> Vec<String> {
    let orders = report["arrivals"][0]["orders"].as_array().unwrap();
    let of_order = |order: &Value| {
        not_counted(order, &["heard", "answered"], order["arrived"].as_u64().unwrap_or_default())
    };
    orders.iter().flat_map(of_order).collect()
}
