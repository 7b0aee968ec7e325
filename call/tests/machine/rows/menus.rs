//! Calls under our control without audio: prompts, keys, people.

use crate::script::play;

#[test]
fn the_greeting_is_a_prompt_and_silent_callers_hear_goodbye() {
    insta::assert_snapshot!(play("esl; control new; answered; +2s; done 2; +10s; +1s; done 3; +8s; +1s; done 4; bye"), @"
     0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
     0.000 channel_answered: [answered], prompt greeting.wav 2 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
     2.000 action_done 2 done: [said 1 '(prompt: greeting)']
    12.000 deadline_passed: [silence_prompted], prompt still_there.wav 3 by link 1
    13.000 action_done 3 done: [said 2 '(prompt: still_there)']
    21.000 deadline_passed: prompt goodbye_silence.wav 4 by link 1
    22.000 action_done 4 done: [said 3 '(prompt: goodbye_silence)'], [ended caller_silent by assistant, next 'hangup'], hang up caller_silent 5 by link 1
    22.000 hangup: release_control 1
    ");
}

#[test]
fn a_key_stops_the_prompt_and_does_what_it_does() {
    insta::assert_snapshot!(play("esl; answered new; +1s; channel key #; done 2; +1s; done 3; channel key *; done 4; +1s; done 5"), @"
    0.000 control_attached link 1: take_control 1, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
    1.000 dtmf #: stop_playback 2 by link 1, [barge_in 1 at 1000], [said 1 '(prompt: greeting)' cut at 1000], [key_pressed #], prompt greeting.wav 3 by link 1
    1.000 action_done 2 done
    2.000 action_done 3 done: [said 2 '(prompt: greeting)']
    2.000 dtmf *: [key_pressed *], [end_call 4 started], [end_call 4 done], prompt goodbye.wav 5 by link 1
    2.000 action_done 4 done
    3.000 action_done 5 done: [said 3 '(prompt: goodbye)'], [ended normal_clearing by assistant, next 'hangup'], hang up normal_clearing 6 by link 1
    ");
}

#[test]
fn a_key_sends_the_caller_to_a_person() {
    insta::assert_snapshot!(play("esl; answered new; +1s; done 1; channel key 0; +1s; done 3; done 4; to the end"), @"
     0.000 control_attached link 1: take_control 1, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
     1.000 action_done 1 done: [said 1 '(prompt: greeting)']
     1.000 dtmf 0: [key_pressed 0], [transfer_call 2 started], [transfer_requested operator], [transfer_call 2 done], prompt transferring.wav 3 by link 1
     2.000 action_done 3 done: [said 2 '(prompt: transferring)'], cache_profile for 2001 operator, transfer to internal,2001,1 4 by link 1
     2.000 profile_cached
     2.000 action_done 4 done
    32.000 deadline_passed: [ended call_transferred by caller, next 'goto internal,2001,1'], release_control 1
    ");
}

#[test]
fn a_message_can_not_be_taken_without_audio() {
    insta::assert_snapshot!(play("esl; answered new; +1s; done 1; channel key 1"), @"
    0.000 control_attached link 1: take_control 1, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
    1.000 action_done 1 done: [said 1 '(prompt: greeting)']
    1.000 dtmf 1: [key_pressed 1], [take_message 2 started], [take_message 2 refused: the caller can't be heard at the moment], prompt message_failed.wav 3 by link 1
    ");
}

#[test]
fn a_lost_link_is_awaited() {
    insta::assert_snapshot!(play("esl; answered new; +1s; lost; +1s; answered new"), @"
    0.000 control_attached link 1: take_control 1, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
    1.000 control_lost link 1: [said 1 '(prompt: greeting)' cut at 1000], [interrupted until 6]
    2.000 control_attached link 2: take_control 2, [resumed after 1000], prompt welcome_back.wav 2 by link 2
    ");
}

#[test]
fn a_lost_link_that_stays_away_ends_the_call() {
    insta::assert_snapshot!(play("esl; answered new; +1s; lost; to the end"), @"
    0.000 control_attached link 1: take_control 1, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind play send_dtmf set_variables]
    1.000 control_lost link 1: [said 1 '(prompt: greeting)' cut at 1000], [interrupted until 6]
    6.000 deadline_passed: [ended connection_lost by server, next 'hangup']
    ");
}

#[test]
fn a_person_can_take_over() {
    insta::assert_snapshot!(play("returning; esl; inbound; answered new; +1s; done 1; handoff operator; free 2; accepted 2; bridged; +5s; unbridged; +1s"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound, [answered], prompt greeting.wav 1 by link 1, [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    1.000 action_done 1 done: [said 1 '(prompt: greeting)']
    1.000 handoff_asked: [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    1.000 profile_cached 2
    1.000 extension_checked 2 registered: ring 2 2001
    1.000 handoff_accepted: bridge_callee 3 of 2 by link 1
    1.000 bridged: [handoff_bridged 2], [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    6.000 unbridged
    6.300 deadline_passed: [caller_returned 2], [returning until 11], [resumed after 0], prompt welcome_back.wav 4 by link 1, [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    ");
}

/// The caller's audio was lost while a notice was said, which no key cuts short.
#[test]
fn a_key_stops_a_prompt_after_a_lost_notice() {
    let lost = "noticing Recorded.; dual; answered new; stream with its token; joined; ready to say anything; \
         says 1 notice; +1s; broken; cut 1 1s; +10s; channel key #";
    let played = play(lost);
    assert!(played.contains("prompt welcome_back.wav"), "{played}");
    assert!(played.lines().last().is_some_and(|line| line.contains("stop_playback")), "{played}");
}
