//! Asterisk's callers who are connected with agents at their desks: the suite of every switch. The extension's phone rings, too.

use cordboard_test_support::desk_suite as suite;

use crate::setup::Setup;

#[test]
fn accepting_at_the_desk_takes_the_caller_and_stops_ringing() {
    suite::accepting_at_the_desk_takes_the_caller_and_stops_ringing(&*Setup::shared_by_desks());
}

#[test]
fn answering_the_phone_connects_the_caller_and_removes_the_offer() {
    suite::answering_the_phone_connects_the_caller_and_removes_the_offer(&*Setup::shared_by_desks());
}

#[test]
fn a_caller_handed_back_talks_with_the_assistant_again() {
    suite::a_caller_handed_back_talks_with_the_assistant_again(&*Setup::shared_by_desks());
}

#[test]
fn a_caller_passed_on_is_joined_with_the_answered_phone() {
    suite::a_caller_passed_on_is_joined_with_the_answered_phone(&*Setup::shared_by_desks());
}

#[test]
fn a_caller_held_by_an_agent_hears_music_then_them() {
    suite::a_caller_held_by_an_agent_hears_music_then_them(&*Setup::shared_by_desks());
}

#[test]
fn an_agent_talks_with_the_party_that_they_call() {
    suite::an_agent_talks_with_the_party_that_they_call(&*Setup::shared_by_desks());
}

#[test]
fn an_agent_who_hangs_up_during_ringing_stops_it() {
    suite::an_agent_who_hangs_up_during_ringing_stops_it(&*Setup::shared_by_desks());
}

#[test]
fn an_agent_has_the_caller_while_their_handset_is_lifted() {
    suite::an_agent_has_the_caller_while_their_handset_is_lifted(&*Setup::shared_by_desks());
}

#[test]
fn declining_stops_the_agents_desk_phone_ringing() {
    suite::declining_stops_the_agents_desk_phone_ringing(&*Setup::shared_by_desks());
}

#[test]
fn colleagues_on_a_phone_are_consulted_and_keep_the_caller() {
    suite::colleagues_on_a_phone_are_consulted_and_keep_the_caller(&*Setup::shared_by_desks());
}
