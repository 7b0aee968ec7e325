//! The watch over a silent caller, and the longest call.

use crate::script::play;

#[test]
fn a_silent_caller_is_asked_then_told_goodbye() {
    insta::assert_snapshot!(play("talking; +10s; says 2 still_there; +2s; played 2; +8s; says 3 goodbye_silence; +2s; played 3"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    12.000 item_started 2 still_there
    12.000 item_complete 2
    14.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    22.000 deadline_passed: clear 2->1, listen, say goodbye_silence
    22.000 item_started 3 goodbye_silence
    22.000 item_complete 3
    24.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended caller_silent by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn speech_resets_it() {
    insta::assert_snapshot!(play("talking; +10s; says 2 still_there; +2s; played 2; +7s; speaks; +3s; spoken 3s; words yes; +9999ms; +1ms"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    12.000 item_started 2 still_there
    12.000 item_complete 2
    14.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    21.000 speech_started: clear 2->1
    24.000 speech_stopped 3000
    24.000 transcript 'yes': [caller said 'yes']
    34.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn a_key_resets_it() {
    insta::assert_snapshot!(play("talking; +10s; says 2 still_there; +2s; played 2; +7s; key #; +9999ms; +1ms"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    12.000 item_started 2 still_there
    12.000 item_complete 2
    14.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    21.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    31.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn it_does_not_watch_while_the_assistant_speaks() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; +60s; played 1 60s; +10s"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 assistant_ready 2: say greeting
     0.000 item_started 1 greeting
     0.000 item_complete 1
    60.000 played_until 1 60000 finished: heard 1 60000 finished, [said 1 'One two three four.']
    70.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn it_does_not_watch_while_the_caller_speaks() {
    insta::assert_snapshot!(play("talking; speaks; +60s; spoken 60s; words well; +10s"), @"
     2.000 speech_started: clear 2->1
    62.000 speech_stopped 60000
    62.000 transcript 'well': [caller said 'well']
    72.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn it_does_not_watch_while_a_message_is_kept() {
    insta::assert_snapshot!(play("talking; key 1; +15s"), @"  2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro");
}

#[test]
fn an_assistant_that_never_comes_is_given_up() {
    insta::assert_snapshot!(play("connected; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    8.000 deadline_passed: unplug 1->2, unplug 2->1, stop, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    8.000 profile_cached
    ");
}

#[test]
fn an_assistant_late_while_nobody_is_there_is_replaced() {
    insta::assert_snapshot!(play("connected; +6s; broken; +2s; connected; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    6.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [interrupted until 11]
    8.000 deadline_passed: stop
    8.000 leg_arrived 3: start_leg 3
    8.000 leg_joined 3: [resumed after 2000], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    8.000 assistant_ready 4: say welcome_back
    ");
}

#[test]
fn last_words_that_never_begin_are_not_awaited() {
    insta::assert_snapshot!(play("talking; to the end"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    20.000 deadline_passed: clear 2->1, listen, say goodbye_silence
    23.000 deadline_passed: [ended caller_silent by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn last_words_that_never_end_are_not_awaited() {
    insta::assert_snapshot!(play("talking; key *; says 2 goodbye; to the end"), @"
     2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
     2.000 item_started 2 goodbye
     2.000 item_complete 2
    32.000 deadline_passed: [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    34.000 deadline_passed: [said 2 '' cut at 0]
    ");
}

#[test]
fn the_longest_call_ends_with_a_goodbye() {
    insta::assert_snapshot!(play("at most 60s; talking; speaks; +58s; says 2 goodbye_max_duration; +2s; played 2"), @"
     2.000 speech_started: clear 2->1
    60.000 deadline_passed: clear 2->1, listen, say goodbye_max_duration
    60.000 item_started 2 goodbye_max_duration
    60.000 item_complete 2
    62.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended max_duration by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn the_longest_call_ends_in_a_message_which_is_kept() {
    insta::assert_snapshot!(play("at most 20s; talking; recording; key 1; says 2 message_intro; played 2; speaks; +18s; kept 1; says 3 goodbye_max_duration; played 3"), @"
     2.000 recording_started
     2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
     2.000 item_started 2 message_intro
     2.000 item_complete 2
     2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
     2.000 speech_started: clear 2->1
    20.000 deadline_passed: [message_taken speech 18000], save_message 1, clear 2->1, say goodbye_max_duration
    20.000 tool_done 1 done: [take_message 1 done]
    20.000 item_started 3 goodbye_max_duration
    20.000 item_complete 3
    20.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended max_duration by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn the_time_of_an_interruption_counts() {
    insta::assert_snapshot!(play("at most 20s; talking; +15s; broken; +4s; connected; +1s"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    17.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 22]
    21.000 leg_arrived 3: start_leg 3
    21.000 leg_joined 3: [resumed after 4000], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    21.000 deadline_passed: clear 2->3, listen, say goodbye_max_duration
    ");
}
