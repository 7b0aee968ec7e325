//! A killed server, and a switch that continues.

use std::time::Duration;

use cordboard_test_support::book::{Book, LIMIT, text};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::{Action, Phone, Rule};
use cordboard_test_support::server::Token;
use serde_json::json;

use crate::setup::{Caller, Setup};
use crate::way::{AudioTransport, for_both_ways};

for_both_ways!(
    a_caller_is_resumed_by_the_new_server,
    a_caller_whom_a_person_has_is_left_to_the_next_server,
    a_killed_server_does_not_dial_again,
);

/// The first caller is parked, the second one is in the shipped dialplan, which retries. The third is on hold: a switch plays music without an end,
/// and their dialplan continues only when the new server has stopped it.
fn a_caller_is_resumed_by_the_new_server(way: AudioTransport) {
    let mut setup = Setup::open(way);
    let callers = [
        setup.dial(vec![setup.socket(), Action::park()]),
        setup.dial(setup.shipped_dialplan()),
        setup.dial(setup.shipped_dialplan()),
    ];
    for caller in &callers {
        setup.wait_says(&caller.id, "greeting");
    }
    let [.., held] = &callers;
    let hold = format!("/api/v1/calls/{}/hold", held.id);
    let asked = setup.server.post(&hold, &json!(null), Token::Admin).unwrap();
    assert_eq!(asked.status, 202, "{}", asked.text());
    setup.event(&held.id, "hold_began");
    // The greeting is interrupted, and the music begins.
    setup.event(&held.id, "played_until");
    // SIGKILL: nobody is notified.
    setup.server.restart().unwrap();
    // A killed program leaves its channels alive: that is the case to test.
    let left = setup.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    for caller in &callers {
        setup.wait_said(&caller.id, "welcome_back");
        assert_heard_out(&caller.heard(), "welcome_back");
        setup.converses(caller);
        caller.phone.hang_up();
        setup.assert_ended(caller, "normal_clearing", "caller");
    }
    setup.close();
}

/// SIGTERM: two people continue to talk, and the call is not over, because the profile says that the caller returns.
fn a_caller_whom_a_person_has_is_left_to_the_next_server(way: AudioTransport) {
    let mut setup = Setup::open_among(way, &[("calls.drain_timeout_s", "60")]);
    let mut profile = setup.items("/api/v1/agent-profiles")[0].clone();
    let path = format!("/api/v1/agent-profiles/{}", text(&profile["id"]));
    let fields = profile.as_object_mut().unwrap();
    fields.remove("id");
    fields.insert("after_handoff".to_owned(), json!("return"));
    assert_eq!(setup.server.put(&path, &profile, Token::Admin).unwrap().status, 200);

    let person = setup.person(Phone::Answers { after: Duration::from_millis(100), hangs_up_after: None });
    let caller = setup.dial(setup.shipped_dialplan());
    let handoff = format!("/api/v1/calls/{}/handoff", caller.id);
    let asked = setup.server.post(&handoff, &json!({ "target": person.name }), Token::Admin).unwrap();
    assert_eq!(asked.status, 202, "{}", asked.text());
    setup.event(&caller.id, "handoff_bridged");
    let phone = setup.leg_at(&person.number);

    setup.server.terminate().unwrap();
    setup.server.wait_ended(LIMIT).unwrap();
    assert_eq!(caller.phone.bridged_to().as_deref(), Some(phone.uuid()));
    setup.server.restart().unwrap();
    let left = setup.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    setup.event(&caller.id, "control_attached");
    assert!(setup.events_of(&caller.id, "ended").is_empty());
    phone.hang_up();
    setup.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// The phone rings on, and a person who answers then is greeted by the new server.
fn a_killed_server_does_not_dial_again(way: AudioTransport) {
    let mut setup = Setup::open(way);
    let person = setup.person(Phone::Rings);
    let id = setup.place(&json!({ "to": person.name, "answer_timeout_s": 60 }));
    let callee = Caller { phone: setup.leg_at(&person.number), id };
    setup.event(&callee.id, "dial_progress");
    setup.server.restart().unwrap();
    setup.event(&callee.id, "server_restarted");
    setup.event(&callee.id, "control_attached");
    callee.phone.answer();
    setup.wait_said(&callee.id, "greeting");
    assert_heard_out(&callee.heard(), "greeting");
    let dialled = setup.switch.sent().iter().filter(|sent| sent.command.line.contains("originate")).count();
    assert_eq!(dialled, 1);
    callee.phone.hang_up();
    setup.ended(&callee.id);
    setup.close();
}
