//! The server is killed and started again while it controls an Asterisk.

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, wait_music};
use serde_json::Value;

use crate::setup::Setup;

#[test]
fn the_new_server_resumes_callers_and_controls_them() {
    let mut setup = Setup::open();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.server.restart().unwrap();
    setup.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.phone.heard(), "welcome_back");
    setup.wait_events(&caller.id, "control_attached", 2);
    let desk = setup.person(Person::Answers);
    let person = setup.hand_to(&caller, &desk);
    setup.leaves(&caller, &person);
    setup.close();
}

/// The two wait separately, and only the call knows that they belong together.
#[test]
fn a_caller_held_from_a_person_stays_held_and_returns() {
    let mut setup = Setup::open();
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    setup.ask_of(&caller, "hold", &Value::Null);
    setup.event(&caller.id, "hold_began");
    wait_music(&caller.phone);
    setup.server.restart().unwrap();
    setup.wait_events(&caller.id, "control_attached", 2);
    setup.wait_compared();
    wait_music(&caller.phone);
    setup.ask_of(&caller, "unhold", &Value::Null);
    setup.event(&caller.id, "hold_ended");
    setup.hears_person(&caller, &person);
    setup.leaves(&caller, &person);
    setup.close();
}

/// The server shuts down in order, and need not wait for two parties who talk without it.
#[test]
fn a_person_talking_through_a_restart_gives_the_caller_back() {
    let mut setup = Setup::open();
    setup.return_callers();
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    setup.server.terminate().unwrap();
    assert_eq!(setup.server.wait_ended(LIMIT).unwrap().code(), Some(0));
    setup.hears_person(&caller, &person);
    setup.server.restart().unwrap();
    setup.wait_events(&caller.id, "control_attached", 2);
    assert_eq!(setup.call(&caller.id)["state"], "live");
    setup.hears_person(&caller, &person);
    person.hang_up();
    setup.wait_said(&caller.id, "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}

#[test]
fn a_parked_caller_is_taken_back_by_the_new_server() {
    let mut setup = Setup::open();
    let caller = setup.caller();
    setup.wait_says(&caller.id, "greeting");
    setup.ask_of(&caller, "park", &Value::Null);
    setup.event(&caller.id, "parked");
    wait_music(&caller.phone);
    setup.server.restart().unwrap();
    setup.wait_events(&caller.id, "control_attached", 2);
    setup.ask_of(&caller, "unhold", &Value::Null);
    setup.wait_said(&caller.id, "welcome_back");
    setup.converses(&caller);
    caller.phone.hang_up();
    setup.assert_ended(&caller, "normal_clearing", "caller");
    setup.close();
}
