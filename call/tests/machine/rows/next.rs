//! The answer to a dialplan that asks for the next step, in every phase.

use cordboard_schema::dialplan::NextStep;

use crate::script::{call_after, play};

#[test]
fn asked_while_the_audio_is_awaited() {
    insta::assert_snapshot!(play("announced; next; +1s"), @"
    0.000 next_asked
    1.000 deadline_passed: [interrupted until 6], [next_answered 'again'], answer 'again'
    ");
}

#[test]
fn asked_while_the_announcement_is_awaited() {
    insta::assert_snapshot!(play("insisting; connected; next; +1s"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    0.000 next_asked
    1.000 deadline_passed: release_leg 1, [interrupted until 6], [next_answered 'again'], answer 'again'
    ");
}

#[test]
fn asked_in_conversation_it_answers_once_the_leg_ends() {
    insta::assert_snapshot!(play("talking; next; +500ms; closed"), @"
    2.000 next_asked
    2.500 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop, [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn asked_in_conversation_before_the_break_is_seen() {
    insta::assert_snapshot!(play("talking; next; +500ms; broken"), @"
    2.000 next_asked
    2.500 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7], [next_answered 'again'], answer 'again'
    ");
}

#[test]
fn asked_in_conversation_and_no_end_is_ever_seen() {
    insta::assert_snapshot!(play("talking; next; +1s; connected"), @"
    2.000 next_asked
    3.000 deadline_passed: unplug 1->2, unplug 2->1, release_leg 1, listen, [interrupted until 8], [next_answered 'again'], answer 'again'
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [resumed after 0], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
}

#[test]
fn asked_twice_is_answered_once() {
    insta::assert_snapshot!(play("talking; next; +500ms; next; +500ms"), @"
    2.000 next_asked
    2.500 next_asked
    3.000 deadline_passed: unplug 1->2, unplug 2->1, release_leg 1, listen, [interrupted until 8], [next_answered 'again'], answer 'again'
    ");
}

#[test]
fn asked_while_a_message_is_taken() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +1s; next; +1s; kept 1"), @"
    4.000 speech_started: clear 2->1
    5.000 next_asked
    6.000 deadline_passed: unplug 1->2, unplug 2->1, release_leg 1, [message_taken speech 2000], save_message 1, [interrupted until 11], [next_answered 'again'], answer 'again'
    6.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn asked_during_the_goodbye_before_the_end_is_seen() {
    insta::assert_snapshot!(play("talking; key 0; says 2 transferring; next; +1s"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    2.000 next_asked
    3.000 deadline_passed: unplug 1->2, unplug 2->1, release_leg 1, [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, stop, [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    3.000 profile_cached
    ");
}

#[test]
fn asked_while_interrupted() {
    insta::assert_snapshot!(play("talking; broken; next; +1s; next"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 next_asked: [next_answered 'again'], answer 'again'
    3.000 next_asked: [next_answered 'again'], answer 'again'
    ");
}

#[test]
fn asked_after_the_end() {
    insta::assert_snapshot!(play("talking; closed; next; next"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    2.000 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn asked_before_the_end_of_a_refused_call() {
    insta::assert_snapshot!(play("insisting; connected; +4500ms; next; +500ms"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    4.500 next_asked
    5.000 deadline_passed: [ended unannounced by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1, [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    5.000 profile_cached
    ");
}

#[test]
fn a_call_that_can_not_continue_goes_where_settings_say() {
    let operator = "internal,2001,1".parse().unwrap();
    assert_eq!(call_after("connected").machine.fallback(), NextStep::Goto(operator));
    assert_eq!(call_after("without extensions; connected").machine.fallback(), NextStep::Hangup);
}
