//! Switches under control: their state, and whom they can reach.

use cordboard::config::{ExtensionName, Extensions, Loaded};
use cordboard_actors::messages::{SwitchLine, SwitchShown, ToSwitch};
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
use cordboard_schema::time::UnixMs;
use serde_json::json;

use crate::setup::{DIALPLAN, Setup};

/// A switch that gives these answers until its mailbox closes.
fn stand_in(shown: SwitchShown, checked: Option<ExtensionChecked>) -> (String, SwitchLine) {
    let (line, mut mailbox) = SwitchLine::open();
    let name = shown.name.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        while let Some(asked) = runtime.block_on(mailbox.recv()) {
            match asked {
                ToSwitch::Ask(reply) => drop(reply.send(shown.clone())),
                ToSwitch::AskExtension { phone, reply } => {
                    assert_eq!((phone.number(), phone.domain()), ("2001", None));
                    drop(reply.send(checked.clone()));
                }
                other => panic!("the API sent an unexpected {other:?}"),
            }
        }
    });
    (name, line)
}

fn connected(name: &str) -> SwitchShown {
    SwitchShown {
        kind: SwitchKind::Freeswitch,
        name: name.to_owned(),
        address: "10.0.0.5:8021".to_owned(),
        is_connected: true,
        fault: None,
        channels: Some(12),
        calls: 3,
        losses: 1,
        events: 42,
        last_event_at: Some(UnixMs(1_764_100_000_000)),
    }
}

fn refused(name: &str) -> SwitchShown {
    let fault = Some("the password is wrong".to_owned());
    SwitchShown { is_connected: false, fault, channels: None, ..connected(name) }
}

fn with_operator() -> Loaded {
    let name: ExtensionName = "operator".parse().unwrap();
    let config = cordboard::config::Config {
        extensions: Extensions::from_iter([(name, "internal,2001,1".parse().unwrap())]),
        ..Default::default()
    };
    config.into()
}

#[test]
fn every_switch_is_listed_with_its_faults() {
    assert_eq!(Setup::open().json("/api/v1/switches"), json!({ "items": [], "next_cursor": null }));
    let dead = ("pbx3".to_owned(), SwitchLine::open().0);
    let switches = vec![stand_in(connected("pbx1"), None), stand_in(refused("pbx2"), None), dead];
    let setup = Setup::open_among(Loaded::default(), switches);
    let listed = setup.json("/api/v1/switches")["items"].clone();
    assert_eq!(
        listed[0],
        json!({
            "name": "pbx1", "kind": "freeswitch", "address": "10.0.0.5:8021", "is_connected": true, "fault": null,
            "channels": 12, "calls": 3, "losses": 1, "events": 42, "last_event_at": "2025-11-25T19:46:40.000Z", "dialplan_refused": null,
        })
    );
    assert_eq!(
        (&listed[1]["is_connected"], &listed[1]["fault"]),
        (&json!(false), &json!("the password is wrong"))
    );
    assert_eq!((&listed[2]["name"], &listed[2]["is_connected"]), (&json!("pbx3"), &json!(false)));
    assert!(listed[2]["fault"].as_str().unwrap().contains("did not answer"));
}

#[test]
fn a_dialplans_wrong_token_is_shown_until_corrected() {
    let asterisk = |address: &str| SwitchShown {
        kind: SwitchKind::Asterisk,
        address: address.to_owned(),
        ..connected(address)
    };
    let switches =
        vec![stand_in(asterisk("127.0.0.1:5038"), None), stand_in(asterisk("10.0.0.5:5038"), None)];
    let setup = Setup::open_among(Loaded::default(), switches);
    let refused = |at: usize| setup.json("/api/v1/switches")["items"][at]["dialplan_refused"].clone();
    let next = "/api/v1/calls/0192e4a0-0000-7000-8000-000000000000/next";
    assert_eq!(refused(0), json!(null));
    for token in ["a wrong one", "another"] {
        setup.request("GET", next, &[("Authorization", &format!("Bearer {token}"))]).problem(401);
    }
    let shown = refused(0);
    assert_eq!((&shown["requests"], &shown["address"]), (&json!(2), &json!("127.0.0.1")), "{shown}");
    assert_eq!(refused(1), json!(null), "who comes from elsewhere is another");
    let right = setup.request("GET", next, &[("Authorization", &format!("Bearer {DIALPLAN}"))]);
    assert_ne!(right.status, 401);
    assert_eq!(refused(0), json!(null));
}

#[test]
fn presence_is_asked_of_the_first_switch_that_knows() {
    let known = ExtensionChecked { state: ExtensionState::InCall, found_by: "show channels".to_owned() };
    let switches = vec![stand_in(refused("pbx1"), None), stand_in(connected("pbx2"), Some(known))];
    let setup = Setup::open_among(with_operator(), switches);
    let presence = setup.json("/api/v1/extensions/operator/presence");
    assert_eq!(presence, json!({ "switch": "pbx2", "state": "in_call", "found_by": "show channels" }));
    setup.get("/api/v1/extensions/nobody/presence").problem(404);
}

#[test]
fn presence_without_a_switch_says_what_to_do() {
    let setup = Setup::open_with(with_operator());
    let answer = setup.get("/api/v1/extensions/operator/presence");
    assert!(answer.problem(503).contains("set freeswitch.servers"), "{answer:?}");
    let setup = Setup::open_among(with_operator(), vec![stand_in(refused("pbx1"), None)]);
    let answer = setup.get("/api/v1/extensions/operator/presence");
    assert!(answer.problem(503).contains("/api/v1/switches"), "{answer:?}");
}
