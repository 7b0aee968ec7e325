//! What programs ask of a call.

use crate::script::play;

#[test]
fn words_are_said_by_an_assistant_that_can() {
    insta::assert_snapshot!(play("connected; ready to say anything; asked Please hold."), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 say_asked: say 'Please hold.'
    ");
}

#[test]
fn words_are_not_asked_of_recordings() {
    insta::assert_snapshot!(play("talking; asked Please hold."), @"  2.000 say_asked");
}

#[test]
fn digits_are_played_to_the_caller() {
    insta::assert_snapshot!(play("talking; digits 12#; closed; digits 3"), @"
    2.000 dtmf_asked: send_dtmf 1 12#
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 dtmf_asked
    ");
}
