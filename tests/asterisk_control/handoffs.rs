//! A person takes over, or does not: the suite of every switch.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::speech;
use cordboard_test_support::handoff_suite::{self as suite, Party, Person, Switchboard, wait_hears};
use cordboard_test_support::sip::Says;
use serde_json::json;

use crate::setup::{Plan, Setup, Telephone};

#[test]
fn a_person_takes_over_and_the_caller_comes_back() {
    suite::a_person_takes_over_and_the_caller_comes_back(&*Setup::shared());
}

#[test]
fn a_caller_can_wait_while_a_person_has_them() {
    suite::a_caller_can_wait_while_a_person_has_them(&*Setup::shared());
}

#[test]
fn a_key_rings_a_person_and_the_caller_leaves_both() {
    suite::a_key_rings_a_person_and_the_caller_leaves_both(&*Setup::shared());
}

#[test]
fn an_unreachable_person_is_announced_and_the_conversation_goes_on() {
    suite::an_unreachable_person_is_announced_and_the_conversation_goes_on(&*Setup::shared());
}

#[test]
fn a_caller_who_leaves_during_ringing_stops_it() {
    suite::a_caller_who_leaves_during_ringing_stops_it(&*Setup::shared());
}

#[test]
fn the_call_ends_with_the_person_if_so_configured() {
    suite::the_call_ends_with_the_person_if_so_configured(&Setup::open());
}

/// Through the channel driver, the same at 16 kHz, and through the application.
#[test]
fn the_assistant_talks_until_somebody_answers_however_the_audio_comes() {
    let settings = vec![("asterisk.ring_timeout_s", "30".to_owned())];
    let setup = Setup::open_with(Plan { settings, ..Plan::default() });
    let callers = ["100", "200", "300"].map(|extension| setup.controlled(extension));
    for caller in callers {
        setup.wait_said(&caller.id, "greeting");
        let desk = setup.person(Person::Rings);
        setup.ask_of(&caller, "handoff", &json!({ "target": desk }));
        let person = setup.telephone_of(&desk);
        suite::assert_waits_in_no_silence(&caller.phone);
        setup.converses(&caller);
        assert_eq!(setup.events_of(&caller.id, "handoff_accepted").len(), 0, "it rings still");

        let Telephone::Called(phone) = &person else { panic!("nobody was called") };
        phone.answer(&Says::default()).unwrap();
        setup.event(&caller.id, "handoff_bridged");
        setup.assert_joined(&caller, &person);
        let (question, answer) = (speech("hello_question"), speech("interruption"));
        caller.phone.say(&question);
        person.say(&answer);
        wait_hears(&person, &question);
        wait_hears(&caller.phone, &answer);
        setup.leaves(&caller, &person);
    }
    setup.close();
}
