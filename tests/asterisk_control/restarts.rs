//! The server is killed, and started again, while an Asterisk is under its control.

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, wait_music};
use serde_json::Value;

use crate::house::House;

#[test]
fn a_caller_is_taken_up_by_the_new_server_and_is_under_its_control() {
    let mut house = House::open();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.server.restart().unwrap();
    house.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.phone.heard(), "welcome_back");
    house.wait_events(&caller.id, "control_attached", 2);
    let desk = house.person(Person::Answers);
    let person = house.hand_to(&caller, &desk);
    house.leaves(&caller, &person);
    house.close();
}

/// The two wait apart, and only the call knows that they belong together.
#[test]
fn a_caller_who_is_held_from_a_person_is_so_still_and_comes_back_to_them() {
    let mut house = House::open();
    let desk = house.person(Person::Answers);
    let caller = house.caller();
    let person = house.hand_to(&caller, &desk);
    house.ask_of(&caller, "hold", &Value::Null);
    house.event(&caller.id, "hold_began");
    wait_music(&caller.phone);
    house.server.restart().unwrap();
    house.wait_events(&caller.id, "control_attached", 2);
    house.wait_compared();
    wait_music(&caller.phone);
    house.ask_of(&caller, "unhold", &Value::Null);
    house.event(&caller.id, "hold_ended");
    house.hears_person(&caller, &person);
    house.leaves(&caller, &person);
    house.close();
}

/// The server is stopped in order, and need not wait for two who talk without it.
#[test]
fn a_person_who_talks_while_the_server_goes_gives_the_caller_back_to_the_next_one() {
    let mut house = House::open();
    house.return_callers();
    let desk = house.person(Person::Answers);
    let caller = house.caller();
    let person = house.hand_to(&caller, &desk);
    house.server.terminate().unwrap();
    assert_eq!(house.server.wait_ended(LIMIT).unwrap().code(), Some(0));
    house.hears_person(&caller, &person);
    house.server.restart().unwrap();
    house.wait_events(&caller.id, "control_attached", 2);
    assert_eq!(house.call(&caller.id)["state"], "live");
    house.hears_person(&caller, &person);
    person.hang_up();
    house.wait_said(&caller.id, "welcome_back");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

#[test]
fn a_parked_caller_is_taken_back_by_the_new_server() {
    let mut house = House::open();
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.ask_of(&caller, "park", &Value::Null);
    house.event(&caller.id, "parked");
    wait_music(&caller.phone);
    house.server.restart().unwrap();
    house.wait_events(&caller.id, "control_attached", 2);
    house.ask_of(&caller, "unhold", &Value::Null);
    house.wait_said(&caller.id, "welcome_back");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}
