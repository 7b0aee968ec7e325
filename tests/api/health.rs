//! Answers for an orchestrator.

use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection as _;
use serde_json::Value;

use crate::entries::Conversation;
use crate::setup::Setup;

fn reasons(setup: &Setup) -> (u16, Vec<String>) {
    let answer = setup.request("GET", "/readyz", &[]);
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(said["ready"], answer.status == 200);
    let reasons = said["reasons"].as_array().unwrap();
    (answer.status, reasons.iter().map(|reason| reason.as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_server_that_can_take_calls_is_ready() {
    let setup = Setup::open();
    assert_eq!(reasons(&setup), (200, vec![]));
    let healthy = setup.request("HEAD", "/healthz", &[]);
    assert_eq!((healthy.status, healthy.body.len()), (200, 0));
    assert_eq!(healthy.header("cache-control"), Some("no-store"));
}

#[test]
fn a_server_that_accepts_no_calls_says_why() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().census.admitting = false;
    setup.listening.store(false, Ordering::Relaxed);
    let (status, said) = reasons(&setup);
    assert_eq!(status, 503);
    for why in ["draining", "the first organization has no room", "spent costs.daily_cap"] {
        assert!(said.iter().any(|reason| reason.contains(why)), "{why:?} is missing: {said:?}");
    }
    assert!(said.iter().any(|reason| reason.contains("AudioSocket port is closed")), "{said:?}");
    let port_open = || {
        let told = setup.raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let told = String::from_utf8_lossy(&told).into_owned();
        let value =
            |line: &str| line.strip_prefix("cordboard_port_open{port=\"AudioSocket\"} ").map(str::to_owned);
        told.lines().find_map(value).unwrap_or_else(|| panic!("{told}"))
    };
    assert_eq!(port_open(), "0");

    setup.listening.store(true, Ordering::Relaxed);
    assert_eq!(port_open(), "1");
    setup.answers.lock().unwrap().census.calls = 100;
    let (status, said) = reasons(&setup);
    assert_eq!(status, 503);
    assert!(matches!(&said[..], [reason] if reason.contains("calls.max")), "{said:?}");
}

#[test]
fn a_locked_database_makes_the_server_unready_until_free() {
    let setup = Setup::open();
    let mut stranger = setup.stranger();
    stranger.batch_execute("BEGIN EXCLUSIVE").unwrap();
    setup.store.journal(Conversation::new(setup.store.organization_id()).live());
    let seen = |wanted: u16| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let (status, said) = reasons(&setup);
            if status == wanted {
                return said;
            }
            assert!(std::time::Instant::now() < deadline, "{status} {said:?}");
        }
    };
    let said = seen(503);
    assert!(said.iter().any(|reason| reason.contains("does not take the journal: ")), "{said:?}");
    assert_eq!(setup.request("GET", "/healthz", &[]).status, 200);
    stranger.batch_execute("COMMIT").unwrap();
    seen(200);
}
