//! Taking a message, and never losing one.

use crate::script::{play, play_after};

#[test]
fn a_pause_ends_it() {
    insta::assert_snapshot!(play("talking; after the tone; +1s; speaks; +3s; spoken 3s; words (speech, 3.0 s); +2s; speaks; +2s; spoken 2s; words (speech, 2.0 s); +4s; kept 1; says 3 message_saved"), @"
     5.000 speech_started: clear 2->1
     8.000 speech_stopped 3000
     8.000 transcript '(speech, 3.0 s)': [caller said '(speech, 3.0 s)']
    10.000 speech_started: clear 2->1
    12.000 speech_stopped 2000
    12.000 transcript '(speech, 2.0 s)': [caller said '(speech, 2.0 s)']
    16.000 deadline_passed: clear 2->1, [message_taken speech 5000], save_message 1
    16.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done]
    16.000 item_started 3 message_saved
    16.000 item_complete 3
    ");
}

#[test]
fn hash_ends_it() {
    insta::assert_snapshot!(play("talking; after the tone; +1s; speaks; +3s; spoken 3s; words my message; key #; kept 1"), @"
    5.000 speech_started: clear 2->1
    8.000 speech_stopped 3000
    8.000 transcript 'my message': [caller said 'my message']
    8.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    8.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done]
    ");
}

#[test]
fn hash_ends_it_in_the_middle_of_a_word() {
    insta::assert_snapshot!(play("talking; after the tone; +1s; speaks; +3s; key #; kept 1"), @"
    5.000 speech_started: clear 2->1
    8.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    8.000 tool_done 1 done: clear 2->1, say message_saved, converse, [take_message 1 done]
    ");
}

#[test]
fn silence_leaves_none() {
    insta::assert_snapshot!(play("talking; after the tone; +8s; says 3 message_empty; +2s; played 3; +10s"), @"
    12.000 deadline_passed: clear 2->1, [take_message 1 done], say message_empty, converse
    12.000 item_started 3 message_empty
    12.000 item_complete 3
    14.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    24.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn hash_before_the_tone_leaves_none() {
    insta::assert_snapshot!(play("talking; recording; key 1; says 2 message_intro; +1s; key #; cut 2 1s"), @"
    2.000 recording_started
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    3.000 dtmf #: clear 2->1, [take_message 1 done], say message_empty, converse
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    ");
}

#[test]
fn the_longest_is_kept() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +130s; kept 1"), @"
      4.000 speech_started: clear 2->1
    124.000 deadline_passed: clear 2->1, [message_taken speech 120000], save_message 1
    129.000 deadline_passed: clear 2->1, say message_failed, converse, [take_message 1 timed out]
    134.000 tool_done 1 done
    ");
}

#[test]
fn speech_into_the_introduction_begins_it() {
    insta::assert_snapshot!(play("talking; recording; key 1; says 2 message_intro; +1s; speaks; cut 2 1s; +2s; spoken 2s; words me; +4s"), @"
    2.000 recording_started
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    3.000 speech_started: clear 2->1
    3.000 played_until 2 1000 cleared: [barge_in 2 at 1000], heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    5.000 speech_stopped 2000
    5.000 transcript 'me': [caller said 'me']
    9.000 deadline_passed: clear 2->1, [message_taken speech 2000], save_message 1
    ");
}

#[test]
fn an_introduction_that_never_ends_is_not_awaited() {
    insta::assert_snapshot!(play("talking; recording; key 1; says 2 message_intro; +20s; speaks; +2s; spoken 2s; words me; +4s"), @"
     2.000 recording_started
     2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
     2.000 item_started 2 message_intro
     2.000 item_complete 2
    22.000 deadline_passed
    22.000 speech_started: clear 2->1
    24.000 speech_stopped 2000
    24.000 transcript 'me'
    26.000 deadline_passed: [caller said 'me']
    28.000 deadline_passed: clear 2->1, [message_taken speech 2000], save_message 1
    ");
}

#[test]
fn a_message_wanted_before_the_assistant_comes_is_introduced_then() {
    insta::assert_snapshot!(play("connected; recording; key 1; +1s; ready; says 1 message_intro; +2s; played 1"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 recording_started
    0.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started]
    1.000 assistant_ready 2: listen, say message_intro
    1.000 item_started 1 message_intro
    1.000 item_complete 1
    3.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    ");
}

#[test]
fn hanging_up_in_the_middle_still_leaves_a_message() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; closed; kept 1"), @"
    4.000 speech_started: clear 2->1
    7.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [message_taken speech 3000], save_message 1, [ended normal_clearing by caller, next 'hangup'], stop
    7.000 tool_done 1 done: [take_message 1 done]
    ");
    // The process dies before the store has answered.
    insta::assert_snapshot!(play_after("talking; after the tone; speaks; +3s; closed", "restarted; kept 1"), @"
    7.000 server_restarted: save_message 1, [caller said '(speech, 3.0 s)']
    7.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_caller_who_hangs_up_while_silent_has_left_none() {
    insta::assert_snapshot!(play("talking; after the tone; +1s; closed"), @"  5.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [take_message 1 done], [ended normal_clearing by caller, next 'hangup'], stop");
}

#[test]
fn hanging_up_during_the_introduction_leaves_no_message() {
    insta::assert_snapshot!(play("talking; recording; key 1; closed"), @"
    2.000 recording_started
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [take_message 1 done], [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn a_connection_broken_in_the_middle_still_leaves_a_message() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; broken; kept 1; connected"), @"
    4.000 speech_started: clear 2->1
    7.000 leg_left 1 broken: unplug 1->2, unplug 2->1, [message_taken speech 3000], save_message 1, [interrupted until 12]
    7.000 tool_done 1 done: [take_message 1 done]
    7.000 leg_arrived 3: start_leg 3
    7.000 leg_joined 3: [resumed after 0], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
}

#[test]
fn an_assistant_that_fails_in_the_middle_loses_none() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; failed stalled; kept 1"), @"
    4.000 speech_started: clear 2->1
    7.000 assistant_failed 2 stalled: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 3.0 s)'], [message_taken speech 3000], save_message 1, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    7.000 profile_cached
    7.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_process_that_dies_in_the_middle_loses_none() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; restarted; kept 1"), @"
    4.000 speech_started: clear 2->1
    7.000 server_restarted: [message_taken speech 3000], save_message 1, [interrupted until 37], [caller said '(speech)']
    7.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_process_that_dies_while_it_is_kept_asks_again() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; key #; restarted; kept 1"), @"
    4.000 speech_started: clear 2->1
    7.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    7.000 server_restarted: save_message 1, [interrupted until 37], [caller said '(speech)']
    7.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_process_long_dead_keeps_no_more_than_was_spoken() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; spoken 3s; words me; dead 3600s; restarted"), @"
      4.000 speech_started: clear 2->1
      7.000 speech_stopped 3000
      7.000 transcript 'me': [caller said 'me']
    3607.000 server_restarted: [message_taken speech 3000], save_message 1, [interrupted until 3637]
    ");
}

#[test]
fn a_process_long_dead_keeps_at_most_the_longest_message() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; dead 3600s; restarted"), @"
      4.000 speech_started: clear 2->1
    3607.000 server_restarted: [message_taken speech 120000], save_message 1, [interrupted until 3637], [caller said '(speech)']
    ");
}

#[test]
fn a_process_that_dies_midway_keeps_what_was_recorded() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; dead 60s; restarted 4800ms; kept 1"), @"
     4.000 speech_started: clear 2->1
    67.000 server_restarted: [message_taken speech 2800], save_message 1, [interrupted until 97], [caller said '(speech, 2.8 s)']
    67.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_goodbye_in_the_middle_keeps_it() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; drained; kept 1"), @"
    4.000 speech_started: clear 2->1
    7.000 drain_expired: [message_taken speech 3000], save_message 1, clear 2->1, say goodbye_shutdown
    7.000 tool_done 1 done: [take_message 1 done]
    ");
}

#[test]
fn a_caller_is_told_when_the_store_fails() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; key #; unkept 1 the database refused; says 3 message_failed"), @"
    4.000 speech_started: clear 2->1
    7.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    7.000 tool_done 1 failed: the database refused: clear 2->1, say message_failed, converse, [take_message 1 failed: the database refused]
    7.000 item_started 3 message_failed
    7.000 item_complete 3
    ");
}

#[test]
fn a_caller_is_told_when_the_store_does_not_answer() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; key #; +5s; kept 1"), @"
     4.000 speech_started: clear 2->1
     7.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    12.000 deadline_passed: clear 2->1, say message_failed, converse, [take_message 1 timed out]
    12.000 tool_done 1 done
    ");
}

#[test]
fn without_a_recording_there_is_nothing_to_keep() {
    insta::assert_snapshot!(play("talking; unrecorded; key 1; says 2 message_intro; played 2; speaks; +3s; spoken 3s; words me; +4s"), @"
    2.000 recording_failed
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    2.000 speech_started: clear 2->1
    5.000 speech_stopped 3000
    5.000 transcript 'me': [caller said 'me']
    9.000 deadline_passed: clear 2->1, [take_message 1 failed: the call is not being recorded, so there is no message to keep], say message_failed, converse
    ");
}

#[test]
fn a_message_that_the_disk_refuses_is_not_kept() {
    let left = |disk: &str| {
        let steps = "key 1; says 2 message_intro; played 2; speaks; +3s; spoken 3s; words me; +4s";
        play(&format!("talking; {disk}; {steps}"))
    };
    let refused = left("recording; unrecorded");
    assert!(refused.contains("say message_failed") && !refused.contains("message_taken"), "{refused}");
    let taken = left("recording; unrecorded; gap");
    assert!(taken.contains("[message_taken speech 3000]"), "the disk takes writes again: {taken}");
}

#[test]
fn the_call_can_end_while_it_is_kept() {
    insta::assert_snapshot!(play("talking; after the tone; speaks; +3s; key #; closed; to the end"), @"
     4.000 speech_started: clear 2->1
     7.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
     7.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
     9.000 deadline_passed: [caller said '(speech, 3.0 s)']
    12.000 deadline_passed: [take_message 1 timed out]
    ");
}

#[test]
fn another_assistant_waits_longer_for_first_words_than_pauses() {
    insta::assert_snapshot!(play_after("standing by; talking; after the tone", "failed unauthorized; ready; +9s; +30s"), @"
     4.000 assistant_failed 2 unauthorized: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unauthorized], [assistant_given_up unauthorized], start_assistant 3 standby, plug 1->3, plug 3->1
     4.000 assistant_ready 3: listen
    12.000 deadline_passed: clear 3->1, [take_message 1 done], say message_empty, converse
    22.000 deadline_passed: [silence_prompted], say still_there
    30.000 deadline_passed: clear 3->1, listen, say goodbye_silence
    33.000 deadline_passed: [ended caller_silent by assistant, next 'hangup'], unplug 1->3, unplug 3->1, stop, release_leg 1
    ");
}
