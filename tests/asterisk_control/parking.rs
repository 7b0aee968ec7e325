//! The car park, Asterisk's recordings of people, and variables: for a caller who talks with none of our parties.

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, speech};
use cordboard_test_support::handoff_suite::{Caller, Party, Person, Switchboard, wait_hears, wait_music};
use cordboard_test_support::sip::{Codec, SipCall};
use serde_json::{Value, json};

use crate::setup::{Plan, Setup, Telephone};

/// Parks this caller, and returns the parking space.
fn park(setup: &Setup, caller: &Caller<Telephone>) -> String {
    setup.ask_of(caller, "park", &Value::Null);
    let space = setup.event(&caller.id, "parked")["space"].as_str().unwrap().to_owned();
    wait_music(&caller.phone);
    space
}

#[test]
fn parked_callers_are_fetched_by_telephone_and_come_back() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    let space = park(&setup, &caller);
    assert_eq!(setup.refusal_of(&caller, "handoff", &json!({ "target": "desk" })), "not_conversing");

    let person = SipCall::dial(setup.asterisk.sip(), &space, "+15558000", Codec::Pcmu, LIMIT).unwrap();
    setup.event(&caller.id, "bridged");
    let (question, answer) = (speech("thanks_bye"), speech("interruption"));
    let person = Telephone::Caller(person);
    person.say(&answer);
    wait_hears(&caller.phone, &answer);
    caller.phone.say(&question);
    wait_hears(&person, &question);
    caller.phone.wait_said();

    person.hang_up();
    setup.wait_said(&caller.id, "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

#[test]
fn a_parked_caller_is_taken_back_on_request() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    park(&setup, &caller);
    setup.ask_of(&caller, "unhold", &Value::Null);
    setup.event(&caller.id, "park_ended");
    setup.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.phone.heard(), "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// Two parked callers are in one bridge of Asterisk's, and do not talk with each other: neither for a server whose link was lost for a while, nor for
/// one that has just started.
#[test]
fn callers_parked_together_are_not_connected_with_each_other() {
    let mut setup = Setup::open();
    let (one, other) = (setup.caller(), setup.caller());
    for caller in [&one, &other] {
        setup.wait_says(&caller.id, "greeting");
        park(&setup, caller);
    }
    setup.link.cut();
    setup.event(&one.id, "control_lost");
    setup.link.restore().unwrap();
    setup.wait_events(&one.id, "control_attached", 2);
    setup.wait_events(&other.id, "control_attached", 2);
    setup.server.restart().unwrap();
    setup.wait_events(&one.id, "control_attached", 3);
    setup.wait_events(&other.id, "control_attached", 3);
    for caller in [&one, &other] {
        assert_eq!(setup.events_of(&caller.id, "bridged").len(), 0, "nobody has fetched them");
        setup.ask_of(caller, "hangup", &Value::Null);
        caller.phone.wait_over();
        setup.assert_ended(caller, "normal_clearing", "api");
    }
    setup.close();
}

#[test]
fn nobody_fetches_a_parked_caller_and_a_person_is_recorded() {
    let settings =
        vec![("asterisk.park_timeout_s", "5".to_owned()), ("asterisk.record_people", "true".to_owned())];
    let setup = Setup::open_with(Plan { settings, ..Plan::default() });
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    park(&setup, &caller);
    setup.event(&caller.id, "park_ended");
    setup.wait_said(&caller.id, "welcome_back");
    assert_eq!(setup.events_of(&caller.id, "bridged").len(), 0);

    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&caller, &desk);
    let recording = setup.event(&caller.id, "person_recording_began")["recording"].clone();
    let (question, answer) = (speech("thanks_bye"), speech("interruption"));
    caller.phone.say(&question);
    wait_hears(&person, &question);
    person.say(&answer);
    wait_hears(&caller.phone, &answer);
    person.wait_said();
    caller.phone.hang_up();
    person.wait_over();
    setup.ended(&caller.id);

    let file = format!("spool/monitor/cordboard-{}-{recording}.wav", caller.id);
    let recorded = setup.asterisk.recording(&setup.asterisk.folder().join(file), LIMIT).unwrap();
    for said in [question, answer] {
        let share = share_heard(&recorded, &said.resampled(recorded.rate)).unwrap();
        assert!(share.is_all(), "recorded: {share:?}");
    }
    setup.close();
}

#[test]
fn variables_are_available_to_the_dialplan() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    let variables = json!({ "variables": { "order": "4711, für \"Möbel\"", "tier": "gold" } });
    setup.ask_of(&caller, "variables", &variables);
    let row = setup.ask(&format!("/api/v1/calls/{}", caller.id)).json();
    let channel = setup.channel_of(row["from"].as_str().unwrap());
    let value_of = |name: &str| {
        let asked = [("Channel", channel.as_str()), ("Variable", name)];
        let answer = setup.ami.action("Getvar", &asked).unwrap();
        answer.get("Value").unwrap_or_default().to_owned()
    };
    setup.wait("the last variable", || (value_of("cordboard_tier") == "gold").then_some(()));
    let decoded = value_of("URIDECODE(${cordboard_order})");
    assert_eq!(value_of("cordboard_order"), "4711%2C%20f%C3%BCr%20%22M%C3%B6bel%22", "{decoded}");
    caller.phone.hang_up();
    setup.ended(&caller.id);
    setup.close();
}
