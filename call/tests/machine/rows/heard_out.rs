//! Tools of an assistant that speaks and acts at once: its current speech is heard to the end first.

use crate::script::{play, play_after};

const TALK: &str = "talking; speaks; +1s; spoken 1s; words bye";

fn play_after_a_turn(script: &str) -> String {
    play(&format!("{TALK}; {script}"))
}

#[test]
fn an_assistants_own_goodbye_is_heard_out_and_not_repeated() {
    insta::assert_snapshot!(play_after_a_turn("says 2; tool c1 end_call; +2s; played 2"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_goodbye_already_heard_ends_the_call_at_once() {
    insta::assert_snapshot!(play_after_a_turn("says 2; +2s; played 2; tool c1 end_call"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    5.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done, [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn the_caller_is_moved_once_every_utterance_was_heard() {
    insta::assert_snapshot!(play_after_a_turn("says 2; says 3; tool c1 transfer_call {\"target\":\"operator\"}; +2s; played 2; +2s; played 3; next"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 item_started 3 -
    3.000 item_complete 3
    3.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    7.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended call_transferred by assistant, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop, release_leg 1
    7.000 profile_cached
    7.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn an_assistant_without_own_words_is_asked_for_a_goodbye() {
    insta::assert_snapshot!(play_after_a_turn("tool c1 end_call; says 2 goodbye; +2s; played 2"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done, say goodbye
    3.000 item_started 2 goodbye
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_sound_without_words_is_not_a_goodbye() {
    insta::assert_snapshot!(play_after_a_turn("item 2; text 2 500ms ; tool c1 end_call"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done, say goodbye
    ");
}

#[test]
fn words_of_an_earlier_turn_are_not_a_goodbye() {
    insta::assert_snapshot!(play_after_a_turn("says 2; +2s; played 2; speaks; spoken 1s; words bye; tool c1 end_call"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    5.000 speech_started: clear 2->1
    5.000 speech_stopped 1000
    5.000 transcript 'bye': [caller said 'bye']
    5.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done, say goodbye
    ");
}

#[test]
fn words_before_another_tool_are_not_a_goodbye() {
    insta::assert_snapshot!(play_after_a_turn("says 2; tool c1 transfer_call {\"target\":\"nobody\"}; played 2; tool c2 end_call"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 tool_call c1 transfer_call {'target':'nobody'}: [transfer_call 1 started], [transfer_call 1 refused: there is no extension `nobody`: name it under [extensions] in the configuration], tell c1 refused: there is no extension `nobody`: name it under [extensions] in the configuration
    3.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    3.000 tool_call c2 end_call: [end_call 2 started], listen, [end_call 2 done], tell c2 done, say goodbye
    ");
}

#[test]
fn a_line_that_plays_is_heard_before_the_goodbye() {
    insta::assert_snapshot!(play("talking; +10s; says 2 still_there; tool c1 end_call; says 3 goodbye; +2s; played 2; +2s; played 3"), @"
    12.000 deadline_passed: [silence_prompted], say still_there
    12.000 item_started 2 still_there
    12.000 item_complete 2
    12.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done, say goodbye
    12.000 item_started 3 goodbye
    12.000 item_complete 3
    14.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    16.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn the_caller_does_not_interrupt_it() {
    insta::assert_snapshot!(play_after_a_turn("says 2; tool c1 end_call; speaks; +1s; spoken 1s; words wait; +1s; played 2"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done
    3.000 speech_started
    4.000 speech_stopped 1000
    4.000 transcript 'wait'
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [caller said 'wait'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn words_that_never_end_are_not_waited_for() {
    insta::assert_snapshot!(play_after_a_turn("item 2; tool c1 end_call; +30s; text 2 2s Bye."), @"
     2.000 speech_started: clear 2->1
     3.000 speech_stopped 1000
     3.000 transcript 'bye': [caller said 'bye']
     3.000 item_started 2 -
     3.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done
    33.000 deadline_passed: [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    33.000 item_complete 2
    ");
}

#[test]
fn words_that_a_failure_cuts_are_said_by_the_standby() {
    insta::assert_snapshot!(play("standing by; talking; speaks; spoken 1s; words bye; says 2; tool c1 end_call; cut 2 300ms; failed; ready; says 3 goodbye; +2s; played 3"), @"
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 transcript 'bye': [caller said 'bye']
    2.000 item_started 2 -
    2.000 item_complete 2
    2.000 tool_call c1 end_call: [end_call 1 started], listen, [end_call 1 done], tell c1 done
    2.000 played_until 2 300 cleared: heard 2 300 cleared, [said 2 '' cut at 300]
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: other], start_assistant 3 standby, plug 1->3, plug 3->1
    2.000 assistant_ready 3: listen, say goodbye
    2.000 item_started 3 goodbye
    2.000 item_complete 3
    4.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->3, unplug 3->1, stop, release_leg 1
    ");
}

#[test]
fn a_message_is_introduced_after_the_current_speech() {
    insta::assert_snapshot!(play_after_a_turn("says 2; tool c1 take_message; says 3 message_intro; +2s; played 2; +2s; played 3"), @"
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 transcript 'bye': [caller said 'bye']
    3.000 item_started 2 -
    3.000 item_complete 2
    3.000 tool_call c1 take_message: [take_message 1 started], listen, say message_intro
    3.000 item_started 3 message_intro
    3.000 item_complete 3
    5.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    7.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    ");
}

#[test]
fn tools_outside_a_conversation_are_refused_with_a_reason() {
    insta::assert_snapshot!(play("talking; broken; tool c1 end_call"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 tool_call c1 end_call: [end_call 1 refused: the caller's connection is lost; they may come back], tell c1 refused: the caller's connection is lost; they may come back
    ");
    insta::assert_snapshot!(play("connected; tool c1 end_call"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 tool_call c1 end_call: [end_call 1 refused: the assistant is not connected yet]
    ");
}

#[test]
fn speech_recorded_to_its_last_millisecond_was_heard_out() {
    let beginning = "recording; talking; item 2; text 2 2s One two.";
    insta::assert_snapshot!(play_after(beginning, "restarted 4s"), @"
    2.000 server_restarted: [said 2 'One two.'], [interrupted until 32]
    ");
    insta::assert_snapshot!(play_after(beginning, "restarted 3999ms"), @"
    2.000 server_restarted: [said 2 'One' cut at 1999], [interrupted until 32]
    ");
}

#[test]
fn a_cut_before_the_last_words_does_not_shorten_them() {
    insta::assert_snapshot!(play_after("talking; says 2; key *; item 3 goodbye; text 3 9s Bye bye.", "cut 2 1s; +9s; played 3 9s"), @"
     2.000 played_until 2 1000 cleared: [barge_in 2 at 1000], heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    11.000 played_until 3 9000 finished: heard 3 9000 finished, [said 3 'Bye bye.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}
