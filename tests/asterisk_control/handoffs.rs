//! A person takes over, or does not: the suite of every switch.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::speech;
use cordboard_test_support::handoff_suite::{self as suite, Party, Person, Switchboard, wait_hears};
use cordboard_test_support::sip::Says;
use serde_json::json;

use crate::house::{House, Plan, Telephone};

#[test]
fn a_person_takes_over_and_the_caller_comes_back() {
    suite::a_person_takes_over_and_the_caller_comes_back(&*House::shared());
}

#[test]
fn a_caller_can_wait_while_a_person_has_them() {
    suite::a_caller_can_wait_while_a_person_has_them(&*House::shared());
}

#[test]
fn a_key_rings_a_person_and_the_caller_leaves_both() {
    suite::a_key_rings_a_person_and_the_caller_leaves_both(&*House::shared());
}

#[test]
fn who_can_not_be_reached_is_said_and_the_conversation_goes_on() {
    suite::who_can_not_be_reached_is_said_and_the_conversation_goes_on(&*House::shared());
}

#[test]
fn a_caller_who_leaves_while_it_rings_rings_nobody_any_more() {
    suite::a_caller_who_leaves_while_it_rings_rings_nobody_any_more(&*House::shared());
}

#[test]
fn the_call_ends_with_the_person_where_the_profile_says_so() {
    suite::the_call_ends_with_the_person_where_the_profile_says_so(&House::open());
}

/// By the channel driver, by it at 16 kHz, and by the application.
#[test]
fn the_assistant_talks_until_somebody_answers_however_the_audio_comes() {
    let settings = vec![("asterisk.ring_timeout_s", "30".to_owned())];
    let house = House::open_with(Plan { settings, ..Plan::default() });
    let callers = ["100", "200", "300"].map(|extension| house.controlled(extension));
    for caller in callers {
        house.wait_said(&caller.id, "greeting");
        let desk = house.person(Person::Rings);
        house.ask_of(&caller, "handoff", &json!({ "target": desk }));
        let person = house.telephone_of(&desk);
        suite::assert_waits_in_no_silence(&caller.phone);
        house.converses(&caller);
        assert_eq!(house.events_of(&caller.id, "handoff_accepted").len(), 0, "it rings still");

        let Telephone::Called(phone) = &person else { panic!("nobody was called") };
        phone.answer(&Says::default()).unwrap();
        house.event(&caller.id, "handoff_bridged");
        house.assert_joined(&caller, &person);
        let (question, answer) = (speech("hello_question"), speech("interruption"));
        caller.phone.say(&question);
        person.say(&answer);
        wait_hears(&person, &question);
        wait_hears(&caller.phone, &answer);
        house.leaves(&caller, &person);
    }
    house.close();
}
