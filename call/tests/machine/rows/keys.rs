//! Keys: what each of them does, in conversation and outside it.

use crate::script::{play, play_after};

#[test]
fn zero_connects_with_the_operator_when_that_was_heard() {
    insta::assert_snapshot!(play("talking; key 0; says 2 transferring; next; +900ms; played 2; released"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    2.000 next_asked
    2.900 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1, [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    2.900 profile_cached
    2.900 leg_left 1 released
    ");
}

#[test]
fn zero_without_an_operator_is_refused() {
    insta::assert_snapshot!(play("without extensions; talking; key 0; says 2 transfer_refused"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_call 1 refused: there is no extension `operator`: name it under [extensions] in the configuration], say transfer_refused
    2.000 item_started 2 transfer_refused
    2.000 item_complete 2
    ");
}

#[test]
fn key_hash_repeats() {
    insta::assert_snapshot!(play("talking; key #; says 2 repeat"), @"
    2.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    2.000 item_started 2 repeat
    2.000 item_complete 2
    ");
}

#[test]
fn star_says_goodbye_and_ends_the_call_once_heard() {
    insta::assert_snapshot!(play("talking; key *; says 2 goodbye; +2s; played 2; released"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 item_started 2 goodbye
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    4.000 leg_left 1 released
    ");
}

#[test]
fn key_one_takes_a_message() {
    insta::assert_snapshot!(play("talking; key 1"), @"  2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro");
}

#[test]
fn a_caller_hears_that_a_key_is_unknown() {
    insta::assert_snapshot!(play("talking; key 7; says 2 unknown_key"), @"
    2.000 dtmf 7: clear 2->1, say unknown_key
    2.000 item_started 2 unknown_key
    2.000 item_complete 2
    ");
}

#[test]
fn a_key_before_the_assistant_is_there_counts() {
    insta::assert_snapshot!(play("connected; key 0; released"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1
    0.000 profile_cached
    0.000 leg_left 1 released
    ");
}

#[test]
fn an_early_key_is_answered_by_the_greeting() {
    insta::assert_snapshot!(play("connected; key #; key 7; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 dtmf #: clear 2->1, [key_pressed #]
    0.000 dtmf 7: clear 2->1
    0.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_key_while_the_call_is_closing_does_nothing() {
    insta::assert_snapshot!(play("talking; key *; key 0; key 1; key #"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 dtmf 0
    2.000 dtmf 1
    2.000 dtmf #
    ");
}

#[test]
fn a_key_while_nobody_is_there_does_nothing() {
    insta::assert_snapshot!(play("talking; broken; key 0"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 dtmf 0
    ");
}

#[test]
fn a_key_that_may_go_on_waits_for_the_next() {
    insta::assert_snapshot!(play("mapping 12 repeat; talking; key 1; +200ms; key 2"), @"
    2.000 dtmf 1: clear 2->1
    2.200 dtmf 2: clear 2->1, [key_pressed 12], say repeat
    ");
}

#[test]
fn a_key_without_a_timely_successor_counts_alone() {
    insta::assert_snapshot!(play("mapping 0# repeat; talking; key 0; +2s"), @"
    2.000 dtmf 0: clear 2->1
    3.500 deadline_passed: [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring
    ");
}

#[test]
fn a_caller_hears_that_a_key_sequence_is_unknown() {
    insta::assert_snapshot!(play("mapping 12 repeat; talking; key 1; +200ms; key 3"), @"
    2.000 dtmf 1: clear 2->1
    2.200 dtmf 3: clear 2->1, say unknown_key
    ");
}

#[test]
fn a_key_can_have_words() {
    insta::assert_snapshot!(play("mapping 5 say We open at nine.; connected; ready to say anything; key 5"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 dtmf 5: clear 2->1, [key_pressed 5], say 'We open at nine.'
    ");
}

#[test]
fn recordings_do_not_know_a_key_with_words() {
    insta::assert_snapshot!(play("mapping 5 say We open at nine.; talking; key 5"), @"  2.000 dtmf 5: clear 2->1, [key_pressed 5], say unknown_key");
}

#[test]
fn a_key_reported_a_second_later_is_another_key() {
    let beginning = "asterisk; talking; inbound";
    insta::assert_snapshot!(play_after(beginning, "key #; +1s; channel key #"), @"
    2.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    3.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    ");
    insta::assert_snapshot!(play_after(beginning, "key #; +999ms; channel key #"), @"
    2.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    2.999 dtmf #: [key_told_again #]
    ");
}
