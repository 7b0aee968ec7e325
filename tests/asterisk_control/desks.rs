//! Callers of Asterisk who are led to agents at their desks: the suite of every switch. The extension's phone rings, too.

use cordboard_test_support::desk_suite as suite;

use crate::setup::{Plan, Setup};

/// A house whose phones and offers have time: how long they ring is no matter here.
fn setup() -> Setup {
    Setup::open_with(Plan { settings: vec![("asterisk.ring_timeout_s", "30".to_owned())], ..Plan::default() })
}

#[test]
fn who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more() {
    suite::who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more(&setup());
}

#[test]
fn who_answers_the_phone_has_the_caller_and_the_offer_is_gone() {
    suite::who_answers_the_phone_has_the_caller_and_the_offer_is_gone(&setup());
}

#[test]
fn who_is_handed_back_talks_with_the_assistant_again() {
    suite::who_is_handed_back_talks_with_the_assistant_again(&setup());
}

#[test]
fn who_is_passed_on_is_joined_with_the_phone_that_is_answered() {
    suite::who_is_passed_on_is_joined_with_the_phone_that_is_answered(&setup());
}

#[test]
fn who_is_held_by_an_agent_hears_music_and_then_them() {
    suite::who_is_held_by_an_agent_hears_music_and_then_them(&setup());
}

#[test]
fn whom_an_agent_calls_talks_with_them() {
    suite::whom_an_agent_calls_talks_with_them(&setup());
}

#[test]
fn who_hangs_up_while_it_rings_has_it_ring_no_more() {
    suite::who_hangs_up_while_it_rings_has_it_ring_no_more(&setup());
}

#[test]
fn who_lifts_their_handset_has_the_caller_until_they_put_it_down() {
    suite::who_lifts_their_handset_has_the_caller_until_they_put_it_down(&setup());
}

#[test]
fn a_desk_phone_rings_no_more_once_its_agent_has_declined() {
    suite::a_desk_phone_rings_no_more_once_its_agent_has_declined(&setup());
}

#[test]
fn somebody_on_a_phone_is_asked_and_has_the_caller() {
    suite::somebody_on_a_phone_is_asked_and_has_the_caller(&setup());
}
