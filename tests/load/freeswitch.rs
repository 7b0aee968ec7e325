//! The server with callers of a FreeSWITCH: beside those of an Asterisk, and arriving with their halves in random order.

use super::{assert_measured, load, load_two_calls};

#[test]
fn both_ways_of_a_freeswitch_are_measured_beside_audiosocket() {
    let loaded = load_two_calls(&["--switch", "audiosocket,freeswitch", "--audio", "websocket,unicast"]);
    loaded.assert_succeeded();
    let switches: Vec<&str> = loaded.runs().iter().filter_map(|figures| figures["switch"].as_str()).collect();
    assert_eq!(switches, ["audiosocket", "freeswitch_websocket", "freeswitch_unicast"]);
    loaded.runs().iter().for_each(assert_measured);
    for figures in &loaded.runs()[1..] {
        assert_eq!(figures["key_answered"]["count"], 2, "each caller's key works: {figures:#}");
    }
    let table = loaded.table();
    assert!(
        table.contains("WEBSOCKET TO AUDIOSOCKET") && table.contains("UNICAST TO AUDIOSOCKET"),
        "{table}"
    );
    for row in ["hang-up to both p99, ms", "key to action p99, ms"] {
        assert!(table.lines().any(|line| line.starts_with(row)), "no {row}: {table}");
    }
    let per_call = table.lines().find(|line| line.starts_with("CPU per call")).unwrap_or_default();
    assert_eq!(per_call.matches(" x ").count(), 2, "both stand in proportion to AudioSocket: {table}");
}

#[test]
fn no_call_is_lost_in_whatever_order_its_halves_come() {
    for audio in ["websocket", "unicast"] {
        // A call that is lost is told with its lines in the server's log.
        let told = ["--env", "CORDBOARD_LOG__LEVEL=debug"];
        let arriving = ["--switch", "freeswitch", "--audio", audio, "--arrivals", "40", "--within", "2"];
        let loaded = load(&[&arriving[..], &told[..]].concat());
        loaded.assert_succeeded();
        let figures = &loaded.report["arrivals"][0];
        assert_eq!(
            (&figures["arrived"], &figures["met"], &figures["lost"]),
            (&40.into(), &40.into(), &0.into())
        );
        let orders = figures["orders"].as_array().unwrap();
        let arrived = orders.iter().filter_map(|order| order["arrived"].as_u64());
        assert_eq!(arrived.sum::<u64>(), 40, "{figures:#}");
        for order in orders {
            for spread in ["heard", "answered"] {
                assert_eq!(
                    order[spread]["count"], order["arrived"],
                    "{spread} is timed of each call: {figures:#}"
                );
            }
        }
        assert!(loaded.table().contains("40 CALLS WITHIN 2 S"), "{}", loaded.table());
    }
}
