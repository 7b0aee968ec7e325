//! Telephones that hold their calls, and callers who wait while a person has them.

use cordboard_test_support::book::{Book, ms};
use cordboard_test_support::ear::{assert_heard_out, speech};
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, wait_music};
use serde_json::{Value, json};

use crate::house::{House, Telephone, answers};
use crate::placing::{called, outside, party};

#[test]
fn a_telephone_that_holds_the_call_is_welcomed_back() {
    let house = House::shared();
    let number = outside(&house, answers());
    let (id, phone) = called(&house, &number, &json!({ "to": number }));
    house.wait_says(&id, "greeting");
    phone.hold().unwrap();
    house.event(&id, "hold_began");
    // Longer than a slip of the finger; and with a phone that holds nothing of it comes through.
    phone.say(&speech("hello_question"));
    let callee = party(&id, &phone);
    callee.phone.wait_said();
    phone.unhold().unwrap();
    assert!(ms(&house.event(&id, "hold_ended")["held_ms"]) >= 3_000);
    house.wait_said(&id, "welcome_back");
    assert_heard_out(&callee.phone.heard(), "welcome_back");
    assert_eq!(house.events_of(&id, "transcript").len(), 0, "the music of a call on hold is nobody's words");
    house.converses(&callee);
    callee.phone.hang_up();
    house.assert_ended(&callee, "normal_clearing", "caller");
    house.close();
}

#[test]
fn a_person_who_holds_the_call_is_on_hold_to_whoever_asks() {
    let house = House::shared();
    let desk = house.person(Person::Answers);
    let caller = house.caller();
    let person = house.hand_to(&caller, &desk);
    let Telephone::Called(phone) = &person else { panic!("nobody was called") };
    phone.hold().unwrap();
    house.wait("a phone that holds", || (house.presence(&desk) == "on_hold").then_some(()));
    wait_music(&caller.phone);
    phone.unhold().unwrap();
    house.wait("a phone in a call", || (house.presence(&desk) == "in_call").then_some(()));
    house.hears_person(&caller, &person);
    house.leaves(&caller, &person);
    house.close();
}

/// While they wait, and when they talk again, the calls are compared with the channels more than once.
#[test]
fn whoever_waited_stays_with_the_person() {
    let house = House::shared();
    let desk = house.person(Person::Answers);
    let caller = house.caller();
    let person = house.hand_to(&caller, &desk);
    for _ in 0..2 {
        house.ask_of(&caller, "hold", &Value::Null);
        house.wait_compared();
        wait_music(&caller.phone);
        house.ask_of(&caller, "unhold", &Value::Null);
        house.wait_compared();
    }
    house.hears_person(&caller, &person);
    assert_eq!(house.events_of(&caller.id, "hold_ended").len(), 2);
    assert_eq!(house.events_of(&caller.id, "caller_returned").len(), 0);
    house.leaves(&caller, &person);
    house.close();
}
