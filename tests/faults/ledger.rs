//! The ledger against what is there.

use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use serde_json::json;

use crate::listening::Witness;
use crate::peer::{Peer, hello};
use crate::stage::{LIMIT, Stage};

#[test]
fn a_call_stands_in_the_ledger_with_all_that_it_has_while_it_lives() {
    let stage = Stage::open(&[("calls.meet_timeout_s", "1")]);
    let before = stage.held();
    let open = |kind: &str| stage.server.open_of(kind).unwrap();
    let witnesses = [Witness::join(&stage), Witness::join(&stage)];
    let kinds = ["calls", "call_timers", "legs_audiosocket", "assistants", "recordings"];
    let all_there = || kinds.iter().all(|kind| open(kind) == Some(2)).then_some(());
    wait_until("two calls in the ledger", LIMIT, all_there).unwrap();
    for kind in ["legs_freeswitch", "control_links", "provider_connections", "audio_ports", "switch_links"] {
        assert_eq!(open(kind), Some(0), "{kind}");
    }
    let mut silent = Peer::connect(stage.server.addresses().audiosocket);
    wait_until("a handshake", LIMIT, || (open("handshakes") == Some(1)).then_some(())).unwrap();
    silent.send(&hello());
    wait_until("its end", LIMIT, || (open("handshakes") == Some(0)).then_some(())).unwrap();
    silent.finish();

    // A fault that takes an actor leaves its call in the ledger, once.
    let fault = json!({ "fault": "panic_in_call" });
    assert_eq!(stage.server.post("/api/v1/admin/faults", &fault, Token::Admin).unwrap().status, 204);
    drop(witnesses);
    stage.wait_nothing_left(before);
    let metrics = stage.server.get("/metrics", Token::None).unwrap().text();
    for line in ["cordboard_opened_total{kind=\"calls\"} 3", "cordboard_open{kind=\"calls\"} 0"] {
        assert!(metrics.contains(line), "{line} is missing");
    }
}
