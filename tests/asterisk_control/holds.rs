//! Telephones that put their calls on hold, and callers on hold with a person.

use cordboard_test_support::book::{Book, ms};
use cordboard_test_support::ear::{assert_heard_out, speech};
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, wait_music};
use serde_json::{Value, json};

use crate::placing::{called, outside, party};
use crate::setup::{Setup, Telephone, answers};

#[test]
fn a_telephone_that_holds_the_call_is_welcomed_back() {
    let setup = Setup::shared();
    let number = outside(&setup, answers());
    let (id, phone) = called(&setup, &number, &json!({ "to": number }));
    setup.wait_says(&id, "greeting");
    phone.hold().unwrap();
    setup.event(&id, "hold_began");
    // Longer than an accidental press; and nothing comes through from a phone on hold.
    phone.say(&speech("hello_question"));
    let callee = party(&id, &phone);
    callee.phone.wait_said();
    phone.unhold().unwrap();
    assert!(ms(&setup.event(&id, "hold_ended")["held_ms"]) >= 3_000);
    setup.wait_said(&id, "welcome_back");
    assert_heard_out(&callee.phone.heard(), "welcome_back");
    assert_eq!(setup.events_of(&id, "transcript").len(), 0, "the music of a call on hold is nobody's words");
    setup.converses(&callee);
    callee.phone.hang_up();
    setup.assert_ended(&callee, "normal_clearing", "caller");
    setup.close();
}

/// Nothing is reported about the telephone while the link is lost: Asterisk is asked once it is back.
#[test]
fn a_telephone_back_while_the_link_is_away_is_welcomed() {
    let setup = Setup::open();
    let number = outside(&setup, answers());
    let (id, phone) = called(&setup, &number, &json!({ "to": number }));
    setup.wait_says(&id, "greeting");
    phone.hold().unwrap();
    setup.event(&id, "hold_began");
    setup.link.cut();
    setup.event(&id, "control_lost");
    setup.link.restore().unwrap();
    setup.wait_events(&id, "control_attached", 2);
    phone.say(&speech("hello_question"));
    let callee = party(&id, &phone);
    callee.phone.wait_said();
    assert_eq!(setup.events_of(&id, "hold_ended").len(), 0, "it holds the call still");
    setup.link.cut();
    setup.wait_events(&id, "control_lost", 2);
    phone.unhold().unwrap();
    setup.link.restore().unwrap();
    setup.event(&id, "hold_ended");
    setup.wait_said(&id, "welcome_back");
    setup.converses(&callee);
    callee.phone.hang_up();
    setup.assert_ended(&callee, "normal_clearing", "caller");
    setup.close();
}

#[test]
fn a_person_holding_the_call_is_shown_as_on_hold() {
    let setup = Setup::shared();
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    let Telephone::Called(phone) = &person else { panic!("nobody was called") };
    phone.hold().unwrap();
    setup.wait("a phone that holds", || (setup.presence(&desk) == "on_hold").then_some(()));
    wait_music(&caller.phone);
    phone.unhold().unwrap();
    setup.wait("a phone in a call", || (setup.presence(&desk) == "in_call").then_some(()));
    setup.hears_person(&caller, &person);
    setup.leaves(&caller, &person);
    setup.close();
}

/// During the hold and after it, the calls are compared with the channels more than once.
#[test]
fn a_caller_on_hold_stays_with_the_person() {
    let setup = Setup::shared();
    let desk = setup.person(Person::Answers);
    let caller = setup.caller();
    let person = setup.hand_to(&caller, &desk);
    for _ in 0..2 {
        setup.ask_of(&caller, "hold", &Value::Null);
        setup.wait_compared();
        wait_music(&caller.phone);
        setup.ask_of(&caller, "unhold", &Value::Null);
        setup.wait_compared();
    }
    setup.hears_person(&caller, &person);
    assert_eq!(setup.events_of(&caller.id, "hold_ended").len(), 2);
    assert_eq!(setup.events_of(&caller.id, "caller_returned").len(), 0);
    setup.leaves(&caller, &person);
    setup.close();
}
