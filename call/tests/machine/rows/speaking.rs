//! Speech: barge-in, and the transcript.

use crate::script::play;

#[test]
fn speech_heard_to_the_end_is_in_the_transcript() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; words hello there; says 2; +2s; played 2"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'hello there': [caller said 'hello there']
    3.000 item_started 2 -
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    ");
}

#[test]
fn speech_cuts_the_assistant_at_a_word() {
    insta::assert_snapshot!(play("connected; ready; item 1 greeting; text 1 3400ms Welcome to Cordboard, how are you?; +1200ms; speaks; cut 1 1200ms; +2s; spoken 2s; words stop it"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.200 speech_started: clear 2->1
    1.200 played_until 1 1200 cleared: [barge_in 1 at 1200], heard 1 1200 cleared, [said 1 'Welcome to' cut at 1200]
    3.200 speech_stopped 2000
    3.200 transcript 'stop it': [caller said 'stop it']
    ");
}

#[test]
fn a_key_cuts_the_assistant_at_a_word() {
    insta::assert_snapshot!(play("connected; ready; item 1 greeting; text 1 3400ms Welcome to Cordboard, how are you?; +700ms; key #; cut 1 700ms; says 2 repeat"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.700 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.700 played_until 1 700 cleared: [barge_in 1 at 700], heard 1 700 cleared, [said 1 'Welcome' cut at 700]
    0.700 item_started 2 repeat
    0.700 item_complete 2
    ");
}

#[test]
fn a_cut_utterance_is_written_once_its_text_is_known() {
    insta::assert_snapshot!(play("connected; ready; item 1 greeting; +1s; speaks; cut 1 1s; spoken 500ms; words hm; text 1 2s One two three four."), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    1.000 speech_started: clear 2->1
    1.000 played_until 1 1000 cleared: [barge_in 1 at 1000], heard 1 1000 cleared
    1.000 speech_stopped 500
    1.000 transcript 'hm'
    1.000 item_complete 1: [said 1 'One two' cut at 1000], [caller said 'hm']
    ");
}

#[test]
fn utterances_are_written_in_the_order_in_which_they_began() {
    insta::assert_snapshot!(play("connected; ready; item 1; item 2; text 2 1s Second.; played 2 1s; text 1 1s First.; played 1 1s"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 -
    0.000 item_started 2 -
    0.000 item_complete 2
    0.000 played_until 2 1000 finished: heard 2 1000 finished
    0.000 item_complete 1
    0.000 played_until 1 1000 finished: heard 1 1000 finished, [said 1 'First.'], [said 2 'Second.']
    ");
}

#[test]
fn an_utterance_cleared_before_it_is_known_counts_as_unheard() {
    insta::assert_snapshot!(play("connected; ready; key 5; cut 1 0s; item 1 greeting; text 1 2s One two.; says 2 unknown_key; +2s; played 2; +10s"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 assistant_ready 2: say greeting
     0.000 dtmf 5: clear 2->1, say unknown_key
     0.000 played_until 1 0 cleared: heard 1 0 cleared
     0.000 item_started 1 greeting
     0.000 item_complete 1: [said 1 '' cut at 0]
     0.000 item_started 2 unknown_key
     0.000 item_complete 2
     2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    12.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn words_nobody_heard_are_not_in_the_transcript() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; speaks; cut 1 0s; spoken 300ms; words hm"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 speech_started: clear 2->1
    0.000 played_until 1 0 cleared: heard 1 0 cleared, [said 1 '' cut at 0]
    0.000 speech_stopped 300
    0.000 transcript 'hm': [caller said 'hm']
    ");
}

#[test]
fn speech_reported_twice_counts_once() {
    insta::assert_snapshot!(play("connected; ready; speaks; twice; +1s; spoken 1s; twice; words yes"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 speech_started: clear 2->1
    0.000 speech_started: clear 2->1
    1.000 speech_stopped 1000
    1.000 speech_stopped 1000
    1.000 transcript 'yes': [caller said 'yes']
    ");
}

#[test]
fn an_utterance_reported_twice_counts_once() {
    insta::assert_snapshot!(play("talking; twice; item 1 greeting; text 1 2s One two.; +10s"), @"
     2.000 played_until 1 2000 finished
     2.000 item_started 1 greeting
     2.000 item_complete 1
    12.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn the_ears_report_after_the_end_is_written() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; +1s; closed; cut 1 1s"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    1.000 played_until 1 1000 cleared: [said 1 'One two' cut at 1000]
    ");
}

#[test]
fn words_that_come_after_the_end_are_written() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; closed; +1s; words goodbye"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    4.000 transcript 'goodbye': [caller said 'goodbye']
    ");
}

#[test]
fn words_that_never_come_are_replaced_after_the_end() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; closed; to the end"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    5.000 deadline_passed: [caller said '(speech, 1.0 s)']
    ");
}

#[test]
fn speech_that_the_end_cuts_is_in_the_transcript() {
    insta::assert_snapshot!(play("talking; speaks; +1500ms; closed; to the end"), @"
    2.000 speech_started: clear 2->1
    3.500 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    5.500 deadline_passed: [caller said '(speech, 1.5 s)']
    ");
}

#[test]
fn an_assistant_without_transcription_leaves_wordless_lines() {
    insta::assert_snapshot!(play("talking; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s; speaks; +1s; spoken 1s"), @"
     2.000 speech_started: clear 2->1
     3.000 speech_stopped 1000
     3.000 speech_started: clear 2->1
     4.000 speech_stopped 1000
     4.000 speech_started: clear 2->1
     5.000 speech_stopped 1000
     5.000 speech_started: clear 2->1
     6.000 speech_stopped 1000
     6.000 speech_started: clear 2->1
     7.000 speech_stopped 1000
     7.000 speech_started: clear 2->1
     8.000 speech_stopped 1000
     8.000 speech_started: clear 2->1
     9.000 speech_stopped 1000
     9.000 speech_started: clear 2->1
    10.000 speech_stopped 1000
    10.000 speech_started: clear 2->1
    11.000 speech_stopped 1000: [caller said '(speech, 1.0 s)']
    ");
}

#[test]
fn an_empty_transcript_adds_no_line() {
    insta::assert_snapshot!(play("talking; speaks; spoken 1s; words"), @"
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 transcript ''
    ");
}
