//! Actions on a caller's channel: transfer, hold, keys, hang-up, and whether a person can be reached.

use std::time::SystemTime;

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::{assert_heard_out, speech};
use cordboard_test_support::handoff_suite::{
    Party, Switchboard, a_caller_stays_when_a_place_cant_be_reached, wait_hears, wait_music,
};
use cordboard_test_support::sip::Manner;
use serde_json::{Value, json};

use crate::setup::{Setup, Telephone, answers};

#[test]
fn a_caller_is_sent_to_a_phone_and_talks_there() {
    let setup = Setup::shared();
    let number = setup.number(answers());
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "transfer", &json!({ "target": format!("desk{number}") }));
    let person = setup.telephone_of(&format!("desk{number}"));
    assert_heard_out(&caller.phone.heard(), "transferring");
    let answer = speech("interruption");
    let Telephone::Called(phone) = &person else { panic!("nobody was called") };
    phone.wait_answered(cordboard_test_support::book::LIMIT).unwrap();
    person.say(&answer);
    wait_hears(&caller.phone, &answer);
    let row = setup.ended(&caller.id);
    assert_eq!(row["hangup_cause"], "call_transferred", "{row}");
    caller.phone.hang_up();
    person.wait_over();
    setup.close();
}

/// Asterisk would hang them up, and report success.
#[test]
fn a_transfer_to_nowhere_leaves_the_caller_with_the_assistant() {
    let setup = Setup::shared();
    let places = [("nowhere", "unallocated"), ("desk2099", "unregistered")];
    a_caller_stays_when_a_place_cant_be_reached(&*setup, &places);
}

/// The phone was free when it was checked: only the telephone itself can tell.
#[test]
fn a_caller_whom_nobody_answers_is_not_transferred() {
    let setup = Setup::shared();
    let number = setup.number(Manner::Busy);
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "transfer", &json!({ "target": format!("desk{number}") }));
    let row = setup.ended(&caller.id);
    assert_eq!((&row["failure"], &row["hangup_cause"]), (&json!("busy"), &json!("user_busy")), "{row}");
    assert_eq!(setup.event(&caller.id, "transfer_failed")["failure"], "busy");
    setup.close();
}

#[test]
fn two_keys_transfer_the_caller() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    let mark = setup.ami.mark();
    caller.phone.press('1');
    setup.event(&caller.id, "dtmf");
    caller.phone.press('2');
    assert_eq!(setup.event(&caller.id, "key_pressed")["digits"], "12", "key 1 alone would take a message");
    setup.wait_operator(mark, &setup.number_of(&caller));
    assert_heard_out(&caller.phone.heard(), "transferring");
    caller.phone.hang_up();
    setup.assert_ended(&caller, "call_transferred", "caller");
    setup.close();
}

#[test]
fn a_held_caller_hears_music_and_is_heard_by_nobody() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "hold", &Value::Null);
    setup.event(&caller.id, "hold_began");
    caller.phone.say(&speech("interruption"));
    caller.phone.wait_said();
    wait_music(&caller.phone);
    setup.ask_of(&caller, "unhold", &Value::Null);
    setup.event(&caller.id, "hold_ended");
    setup.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.phone.heard(), "welcome_back");
    assert_eq!(setup.events_of(&caller.id, "transcript").len(), 0, "nothing was heard of the caller");
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

/// The state of each phone, as a tool or a program requests it.
#[test]
fn the_state_of_each_phone_is_known() {
    let setup = Setup::shared();
    let state = |name: &str| setup.presence(name);
    assert_eq!(state("desk2099"), "unregistered");
    assert_eq!(state("desk2777"), "unknown");
    let number = setup.number(Manner::Rings);
    let name = format!("desk{number}");
    assert_eq!(state(&name), "registered");
    let caller = setup.caller();
    setup.ask_of(&caller, "handoff", &json!({ "target": name }));
    let phone = setup.telephone_of(&name);
    setup.wait("a phone that rings", || (state(&name) == "ringing").then_some(()));
    let Telephone::Called(ringing) = &phone else { panic!("nobody was called") };
    ringing.answer(&cordboard_test_support::sip::Says::default()).unwrap();
    setup.event(&caller.id, "handoff_bridged");
    setup.wait("a phone in a call", || (state(&name) == "in_call").then_some(()));
    caller.phone.hang_up();
    phone.wait_over();
    setup.ended(&caller.id);
    setup.close();
}

#[test]
fn keys_are_sent_to_the_callers_telephone_as_keys() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "dtmf", &json!({ "digits": "55#" }));
    let Telephone::Caller(phone) = &caller.phone else { panic!("nobody has called") };
    setup.wait("the keys", || (phone.keys() == "55#").then_some(()));
    caller.phone.hang_up();
    setup.ended(&caller.id);
    setup.close();
}

/// The last safeguard, for callers whom every other part has forgotten.
#[test]
fn a_callers_channel_always_ends_after_a_day() {
    let setup = Setup::shared();
    let caller = setup.caller();
    let number = setup.call(&caller.id)["from"].as_str().unwrap().to_owned();
    let channel = setup.channel_of(&number);
    // Not the variable's own meaning: the second since 1970 in which Asterisk hangs up.
    let ends_at = || {
        let rows = setup.ami.list("Status", &[("Channel", &channel)]).unwrap();
        rows.first()?.get("TimeToHangup")?.parse::<u64>().ok().filter(|at| *at > 0)
    };
    let ends_at = setup.wait("a limit of the channel", ends_at);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((86_300..=86_401).contains(&(ends_at - now)), "{ends_at}, and it is {now}");
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

#[test]
fn a_program_ends_a_call_at_the_telephone() {
    let setup = Setup::shared();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "hangup", &Value::Null);
    caller.phone.wait_over();
    let row = setup.ended(&caller.id);
    assert_eq!(row["hangup_by"], "api", "{row}");
    setup.close();
}
