//! Assistants that fail, and their successors. `failed` is an assistant that ended by itself.

use crate::script::{play, play_after};

#[test]
fn an_assistant_that_ended_itself_is_retried_without_another_greeting() {
    insta::assert_snapshot!(play("talking; failed; ready; +10s"), @"
     2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
     2.000 assistant_ready 3
    12.000 deadline_passed: [silence_prompted], say still_there
    ");
}

#[test]
fn an_assistant_that_panicked_before_being_heard_greets_again() {
    insta::assert_snapshot!(play("connected; ready; item 1 greeting; cut 1 0s; failed panicked; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 played_until 1 0 cleared: heard 1 0 cleared
    0.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [said 1 '' cut at 0], [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say greeting
    ");
}

#[test]
fn a_greeting_cut_by_a_panic_is_continued() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; +1s; cut 1 1s; failed panicked; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000]
    1.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    1.000 assistant_ready 3: go on
    ");
}

#[test]
fn the_next_assistant_answers_the_callers_last_words() {
    insta::assert_snapshot!(play("talking; speaks; +2s; spoken 2s; words where are you; +300ms; failed panicked; ready; says 2"), @"
    2.000 speech_started: clear 2->1
    4.000 speech_stopped 2000
    4.000 transcript 'where are you': [caller said 'where are you']
    4.300 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    4.300 assistant_ready 3: go on
    4.300 item_started 2 -
    4.300 item_complete 2
    ");
}

#[test]
fn words_unreported_by_a_failed_assistant_leave_a_wordless_line() {
    insta::assert_snapshot!(play("talking; speaks; +2s; failed panicked; ready; words late"), @"
    2.000 speech_started: clear 2->1
    4.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 2.0 s)'], [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    4.000 assistant_ready 3: go on
    4.000 transcript 'late': [caller said 'late']
    ");
}

#[test]
fn a_caller_asked_to_wait_is_still_owed_the_answer() {
    for comfort in ["says 2 one_moment", "item 2; text 2 2s"] {
        let played = play(&format!(
            "talking; speaks; spoken 1s; words hello; {comfort}; +2s; played 2; failed panicked; ready"
        ));
        assert!(played.trim_end().ends_with("assistant_ready 3: go on"), "{played}");
    }
}

#[test]
fn an_answer_that_was_heard_is_not_given_again() {
    insta::assert_snapshot!(play("talking; speaks; spoken 1s; words hello; says 2; +2s; played 2; failed panicked; ready"), @"
    2.000 speech_started: clear 2->1
    2.000 speech_stopped 1000
    2.000 transcript 'hello': [caller said 'hello']
    2.000 item_started 2 -
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    4.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    4.000 assistant_ready 3
    ");
}

#[test]
fn a_line_that_was_cut_short_is_said_again() {
    insta::assert_snapshot!(play("talking; key 7; says 2 unknown_key; +1s; cut 2 1s; failed panicked; ready"), @"
    2.000 dtmf 7: clear 2->1, say unknown_key
    2.000 item_started 2 unknown_key
    2.000 item_complete 2
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    3.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    3.000 assistant_ready 3: say unknown_key
    ");
}

#[test]
fn the_third_time_in_ten_seconds_the_standby_takes_over() {
    insta::assert_snapshot!(play("standing by; talking; failed; ready; failed; ready; failed; ready"), @"
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    2.000 assistant_ready 3
    2.000 assistant_failed 3: unplug 1->3, unplug 3->1, stop, [assistant_replaced by 4 configured: other], start_assistant 4, plug 1->4, plug 4->1
    2.000 assistant_ready 4
    2.000 assistant_failed 4: unplug 1->4, unplug 4->1, stop, [assistant_replaced by 5 standby: other], start_assistant 5 standby, plug 1->5, plug 5->1
    2.000 assistant_ready 5: say assistant_away
    ");
}

#[test]
fn an_assistant_may_be_retried_again_after_ten_seconds() {
    insta::assert_snapshot!(play("talking; failed; ready; failed; ready; +10s; failed; ready"), @"
     2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
     2.000 assistant_ready 3
     2.000 assistant_failed 3: unplug 1->3, unplug 3->1, stop, [assistant_replaced by 4 configured: other], start_assistant 4, plug 1->4, plug 4->1
     2.000 assistant_ready 4
    12.000 deadline_passed: [silence_prompted], say still_there
    12.000 assistant_failed 4: unplug 1->4, unplug 4->1, stop, [assistant_replaced by 5 configured: other], start_assistant 5, plug 1->5, plug 5->1
    12.000 assistant_ready 5: say still_there
    ");
}

#[test]
fn without_a_standby_the_third_failure_ends_in_the_fallback() {
    insta::assert_snapshot!(play("talking; failed; ready; failed; ready; failed; next"), @"
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    2.000 assistant_ready 3
    2.000 assistant_failed 3: unplug 1->3, unplug 3->1, stop, [assistant_replaced by 4 configured: other], start_assistant 4, plug 1->4, plug 4->1
    2.000 assistant_ready 4
    2.000 assistant_failed 4: unplug 1->4, unplug 4->1, stop, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    2.000 profile_cached
    2.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn a_refused_assistant_is_replaced_by_the_standby_at_once() {
    insta::assert_snapshot!(play("standing by; connected; failed unauthorized; ready; says 1 assistant_away; +2s; played 1; key 0"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_failed 2 unauthorized: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unauthorized], [assistant_given_up unauthorized], start_assistant 3 standby, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say assistant_away
    0.000 item_started 1 assistant_away
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 dtmf 0: clear 3->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 3->1, listen, say transferring
    ");
}

#[test]
fn the_standby_says_assistant_away_even_if_nothing_is_owed() {
    insta::assert_snapshot!(play("standing by; talking; failed quota_exhausted; ready"), @"
    2.000 assistant_failed 2 quota_exhausted: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: quota_exhausted], [assistant_given_up quota_exhausted], start_assistant 3 standby, plug 1->3, plug 3->1
    2.000 assistant_ready 3: say assistant_away
    ");
}

#[test]
fn an_assistant_that_never_connects_is_replaced_by_the_standby() {
    insta::assert_snapshot!(play("standing by; connected; +8s; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    8.000 deadline_passed: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unreachable], start_assistant 3 standby, plug 1->3, plug 3->1
    8.000 assistant_ready 3: say assistant_away
    ");
}

#[test]
fn a_standby_that_fails_ends_in_the_fallback() {
    insta::assert_snapshot!(play("standing by; talking; failed stalled; ready; failed; next"), @"
    2.000 assistant_failed 2 stalled: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: stalled], start_assistant 3 standby, plug 1->3, plug 3->1
    2.000 assistant_ready 3: say assistant_away
    2.000 assistant_failed 3: unplug 1->3, unplug 3->1, stop, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    2.000 profile_cached
    2.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn a_standby_that_never_comes_ends_in_the_fallback() {
    insta::assert_snapshot!(play("standing by; talking; failed stalled; to the end"), @"
     2.000 assistant_failed 2 stalled: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: stalled], start_assistant 3 standby, plug 1->3, plug 3->1
    10.000 deadline_passed: unplug 1->3, unplug 3->1, stop, [ended assistant_failed by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, release_leg 1
    10.000 profile_cached
    ");
}

#[test]
fn a_key_before_the_standby_is_there_reaches_a_person() {
    insta::assert_snapshot!(play("standing by; talking; failed stalled; key 0; next"), @"
    2.000 assistant_failed 2 stalled: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: stalled], start_assistant 3 standby, plug 1->3, plug 3->1
    2.000 dtmf 0: clear 3->1, [key_pressed 0], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], [ended call_transferred by caller, next 'goto internal,2001,1'], cache_profile for 2001 operator, unplug 1->3, unplug 3->1, stop, release_leg 1
    2.000 profile_cached
    2.000 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

#[test]
fn the_next_assistant_introduces_a_message_not_yet_introduced() {
    insta::assert_snapshot!(play("standing by; talking; recording; key 1; says 2 message_intro; +1s; cut 2 1s; failed disconnected; ready; says 3 message_intro; +2s; played 3"), @"
    2.000 recording_started
    2.000 dtmf 1: clear 2->1, [key_pressed 1], [take_message 1 started], listen, say message_intro
    2.000 item_started 2 message_intro
    2.000 item_complete 2
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    3.000 assistant_failed 2 disconnected: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: disconnected], start_assistant 3 standby, plug 1->3, plug 3->1
    3.000 assistant_ready 3: listen, say message_intro
    3.000 item_started 3 message_intro
    3.000 item_complete 3
    5.000 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.']
    ");
}

#[test]
fn the_next_assistant_continues_taking_a_message() {
    insta::assert_snapshot!(play("standing by; talking; after the tone; speaks; +3s; failed disconnected; +5s; ready; speaks; +2s; spoken 2s; words (speech, 2.0 s); +4s; kept 1; says 3 message_saved"), @"
     4.000 speech_started: clear 2->1
     7.000 assistant_failed 2 disconnected: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 3.0 s)'], [assistant_replaced by 3 standby: disconnected], start_assistant 3 standby, plug 1->3, plug 3->1
    12.000 assistant_ready 3: listen
    12.000 speech_started: clear 3->1
    14.000 speech_stopped 2000
    14.000 transcript '(speech, 2.0 s)': [caller said '(speech, 2.0 s)']
    18.000 deadline_passed: clear 3->1, [message_taken speech 5000], save_message 1
    18.000 tool_done 1 done: clear 3->1, say message_saved, converse, [take_message 1 done]
    18.000 item_started 3 message_saved
    18.000 item_complete 3
    ");
}

#[test]
fn after_a_failure_a_pause_still_ends_the_message() {
    insta::assert_snapshot!(play("standing by; talking; after the tone; speaks; +3s; failed disconnected; ready; +4s; kept 1"), @"
     4.000 speech_started: clear 2->1
     7.000 assistant_failed 2 disconnected: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 3.0 s)'], [assistant_replaced by 3 standby: disconnected], start_assistant 3 standby, plug 1->3, plug 3->1
     7.000 assistant_ready 3: listen
    11.000 deadline_passed: clear 3->1, [message_taken speech 3000], save_message 1
    11.000 tool_done 1 done: clear 3->1, say message_saved, converse, [take_message 1 done]
    ");
}

#[test]
fn a_message_kept_while_the_next_connects_is_confirmed_later() {
    insta::assert_snapshot!(play("standing by; talking; after the tone; speaks; +3s; key #; failed disconnected; kept 1; ready"), @"
    4.000 speech_started: clear 2->1
    7.000 dtmf #: clear 2->1, [message_taken speech 3000], save_message 1
    7.000 assistant_failed 2 disconnected: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 3.0 s)'], [assistant_replaced by 3 standby: disconnected], start_assistant 3 standby, plug 1->3, plug 3->1
    7.000 tool_done 1 done: clear 3->1, [take_message 1 done]
    7.000 assistant_ready 3: say message_saved
    ");
}

#[test]
fn the_standby_says_the_goodbye() {
    insta::assert_snapshot!(play("standing by; talking; key *; says 2 goodbye; +1s; cut 2 1s; failed; +100ms; ready; says 3 goodbye; +2s; played 3"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 item_started 2 goodbye
    2.000 item_complete 2
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared, [said 2 'One two' cut at 1000]
    3.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: other], start_assistant 3 standby, plug 1->3, plug 3->1
    3.100 assistant_ready 3: listen, say goodbye
    3.100 item_started 3 goodbye
    3.100 item_complete 3
    5.100 played_until 3 2000 finished: heard 3 2000 finished, [said 3 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->3, unplug 3->1, stop, release_leg 1
    ");
}

#[test]
fn a_goodbye_the_standby_does_not_begin_is_not_awaited() {
    insta::assert_snapshot!(play("standing by; talking; key *; failed; to the end"), @"
    2.000 dtmf *: clear 2->1, [key_pressed *], [end_call 1 started], [end_call 1 done], clear 2->1, listen, say goodbye
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: other], start_assistant 3 standby, plug 1->3, plug 3->1
    5.000 deadline_passed: [ended normal_clearing by assistant, next 'hangup'], unplug 1->3, unplug 3->1, stop, release_leg 1
    ");
}

#[test]
fn a_failure_during_the_callers_absence_is_forgotten_on_return() {
    insta::assert_snapshot!(play("standing by; talking; broken; failed stalled; connected; ready"), @"
    2.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 7]
    2.000 assistant_failed 2 stalled: stop
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    2.000 assistant_ready 4: say welcome_back
    ");
}

#[test]
fn a_provider_that_reconnects_by_itself_is_not_a_failure() {
    insta::assert_snapshot!(play("standing by; talking; reconnects; +1s; reconnected"), @"
    2.000 assistant_interrupted
    3.000 assistant_restored
    ");
}

#[test]
fn late_words_of_a_failed_assistant_are_not_heard() {
    insta::assert_snapshot!(play("talking; failed; item 2; ready; says 2"), @"
    2.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    2.000 item_started 2 -
    2.000 assistant_ready 3
    2.000 item_started 2 -
    2.000 item_complete 2
    ");
}

#[test]
fn another_assistant_gets_the_same_time_for_last_words() {
    insta::assert_snapshot!(play_after("standing by; connected; ready; tool c0 end_call; +2s", "failed unauthorized; +20s"), @"
    2.000 assistant_failed 2 unauthorized: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unauthorized], [assistant_given_up unauthorized], start_assistant 3 standby, plug 1->3, plug 3->1
    5.000 deadline_passed: [ended normal_clearing by assistant, next 'hangup'], unplug 1->3, unplug 3->1, stop, release_leg 1
    ");
}

#[test]
fn last_words_that_nobody_can_hear_are_not_awaited() {
    insta::assert_snapshot!(play_after("esl; inbound; answered new; channel key *", "lost inbound; lost; +5s"), @"
    0.000 control_lost inbound: [can hang_up transfer_blind play send_dtmf set_variables]
    0.000 control_lost link 1: [said 2 '' cut at 0], [ended normal_clearing by assistant, next 'hangup']
    ");
    // A caller with audio hears them to the end.
    insta::assert_snapshot!(play_after("dual; answered new; stream with its token; joined; ready; tool c0 end_call; says 1 goodbye", "lost; +2s; played 1"), @"
    0.000 control_lost link 1: sound by none, [mode_changed audio], [can converse hang_up hold], tools end_call take_message hold_call unhold_call
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [ended normal_clearing by assistant, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}
