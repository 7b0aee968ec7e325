//! A caller on FreeSWITCH: control and audio in any order, retried, lost and back.

use cordboard_call::effect::Effect;
use cordboard_schema::event::Fact;
use cordboard_schema::switch::AnswerState;

use crate::script::{call_after, fact_of, play, play_after};

#[test]
fn control_answers_the_channel_then_starts_its_audio() {
    insta::assert_snapshot!(play("dual; control new; +20ms; done 1; answered; +40ms; stream with its token; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    0.020 action_done 1 done
    0.020 channel_answered: start_stream 2 by link 1
    0.060 leg_arrived 1: start_leg 1
    0.060 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.060 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_channel_that_is_answered_already_is_not_answered_again() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn audio_of_the_dialplan_waits_for_control() {
    insta::assert_snapshot!(play("dual; stream; joined; +1s; answered new; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    1.000 control_attached link 1: take_control 1, sound by link 1, [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    1.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn dialplan_audio_is_trusted_once_the_switch_knows_the_channel() {
    insta::assert_snapshot!(play("dual; stream; joined; +1s; inbound; lost inbound"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    1.000 control_attached inbound: hear by inbound, sound by inbound, [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    1.000 control_lost inbound: sound by none, [mode_changed audio], [can converse hang_up hold]
    ");
}

#[test]
fn audio_that_nobody_confirms_is_ended() {
    insta::assert_snapshot!(play("dual; stream; joined; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1
    5.000 deadline_passed: [ended audio_unconfirmed by server, next 'hangup'], release_leg 1
    ");
}

#[test]
fn audio_that_shows_its_token_needs_no_control() {
    insta::assert_snapshot!(play("dual; stream with its token; joined; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [mode_changed audio], [can converse hang_up hold]
    0.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn audio_without_the_token_is_refused_once_one_was_given() {
    insta::assert_snapshot!(play("dual; answered new; stream; +40ms; stream with its token; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: refuse_leg 1
    0.040 leg_arrived 2: start_leg 2
    0.040 leg_joined 2: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.040 assistant_ready 3: say greeting
    ");
}

#[test]
fn audio_without_a_token_is_refused_once_control_is_connected() {
    insta::assert_snapshot!(play("dual; control new; stream; +20ms; answered; +40ms; stream with its token; joined"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    0.000 leg_arrived 1: refuse_leg 1
    0.020 channel_answered: start_stream 2 by link 1
    0.060 leg_arrived 2: start_leg 2
    0.060 leg_joined 2: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn in_audio_mode_audio_alone_begins_and_ends_the_call() {
    insta::assert_snapshot!(play("audio; stream; joined; ready; closed"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold]
    0.000 assistant_ready 2: say greeting
    0.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn missing_audio_is_retried_then_the_call_goes_on_without() {
    insta::assert_snapshot!(play("dual; answered new; +2500ms; +20ms; fails 2; +4s; done 4"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    2.500 deadline_passed: stop_stream 2 by link 1
    2.520 action_done 2 failed: start_stream 3 by link 1
    5.000 deadline_passed: [answered], prompt greeting.wav 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    6.520 action_done 4 done: [said 1 '(prompt: greeting)']
    ");
}

#[test]
fn a_start_that_fails_is_repeated_once() {
    insta::assert_snapshot!(play("dual; answered new; fails 1; +1s; done 2; fails 3; +5s"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 action_done 1 failed
    0.500 deadline_passed: stop_stream 2 by link 1
    1.000 action_done 2 done: start_stream 3 by link 1
    1.000 action_done 3 failed
    5.000 deadline_passed: [answered], prompt greeting.wav 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn audio_that_comes_late_still_joins() {
    insta::assert_snapshot!(play("dual; answered new; +6s; stream with its token; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    2.500 deadline_passed: stop_stream 2 by link 1
    4.000 deadline_passed: start_stream 3 by link 1
    5.000 deadline_passed: [answered], prompt greeting.wav 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    6.000 leg_arrived 1: start_leg 1
    6.000 leg_joined 1: stop_playback 5 by link 1, [said 1 '(prompt: greeting)' cut at 1000], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [mode_changed dual], [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    6.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_stream_that_has_come_is_given_time_to_join() {
    insta::assert_snapshot!(play("dual; answered new; +2490ms; stream with its token; +20ms; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    2.490 leg_arrived 1: start_leg 1
    2.510 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    2.510 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_stream_that_never_joins_is_started_again() {
    insta::assert_snapshot!(play("dual; answered new; +2s; stream with its token; +2500ms; done 2"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    2.000 leg_arrived 1: start_leg 1
    4.500 deadline_passed: release_leg 1, stop_stream 2 by link 1
    4.500 action_done 2 done: start_stream 3 by link 1
    ");
}

#[test]
fn a_stream_that_comes_as_prompts_begin_still_joins() {
    insta::assert_snapshot!(play("dual; answered new; +4900ms; stream with its token; +1100ms; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    2.500 deadline_passed: stop_stream 2 by link 1
    4.000 deadline_passed: start_stream 3 by link 1
    4.900 leg_arrived 1: start_leg 1
    5.000 deadline_passed: [answered], prompt greeting.wav 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    6.000 leg_joined 1: stop_playback 5 by link 1, [said 1 '(prompt: greeting)' cut at 1000], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [mode_changed dual], [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    6.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_failed_start_does_not_end_an_arrived_stream() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; fails 1; +1s; joined; ready"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 action_done 1 failed
    1.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    1.000 assistant_ready 2: say greeting
    ");
}

#[test]
fn unicast_begins_when_the_answer_was_seen() {
    insta::assert_snapshot!(play("dual unicast; control new; +20ms; answered; +40ms; joined 1; ready"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    0.020 channel_answered: start_unicast 2 as 1 by link 1
    0.060 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.060 assistant_ready 2: say greeting
    ");
}

#[test]
fn a_unicast_without_audio_restarts_after_parking_again() {
    insta::assert_snapshot!(play("dual unicast; answered new; +2.5s; done 2; joined 2"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    2.500 deadline_passed: release_leg 1, park_anew 2 by link 1
    2.500 action_done 2 done: start_unicast 3 as 2 by link 1
    2.500 leg_joined 2: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    ");
}

/// A slow switch begins it later. If the channel were parked again before that, one stay would have two.
#[test]
fn a_unicast_is_begun_again_once_the_first_is_answered() {
    insta::assert_snapshot!(play("dual unicast; answered new; +400ms; broken 1; +1s; done 1; +500ms; done 2; joined 2"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    0.400 leg_left 1 broken
    1.400 action_done 1 done
    1.900 deadline_passed: park_anew 2 by link 1
    1.900 action_done 2 done: start_unicast 3 as 2 by link 1
    1.900 leg_joined 2: [answered], start_recording 2, start_assistant 3, plug 2->3, plug 3->2, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn a_unicast_that_never_comes_leaves_prompts() {
    insta::assert_snapshot!(play("dual unicast; answered new; +2.5s; done 2; +3s; done 4; done 5"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    2.500 deadline_passed: release_leg 1, park_anew 2 by link 1
    2.500 action_done 2 done: start_unicast 3 as 2 by link 1
    5.000 deadline_passed: release_leg 2, [answered], park_anew 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    5.500 action_done 4 done: prompt greeting.wav 5 by link 1
    5.500 action_done 5 done: [said 1 '(prompt: greeting)']
    ");
}

#[test]
fn no_unicast_begins_during_a_prompt_of_a_newer_link() {
    insta::assert_snapshot!(play("dual unicast; answered new; +2.5s; done 2; +3s; answered new; stream with its token; closed; +300ms"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    2.500 deadline_passed: release_leg 1, park_anew 2 by link 1
    2.500 action_done 2 done: start_unicast 3 as 2 by link 1
    5.000 deadline_passed: release_leg 2, [answered], park_anew 4 by link 1, [mode_changed esl], [can hang_up transfer_blind play send_dtmf set_variables]
    5.500 control_attached link 2: take_control 2, release_control 1, prompt greeting.wav 5 by link 2
    5.500 leg_arrived 3: start_leg 3
    5.500 leg_left 3 closed: stop_playback 6 by link 2, [said 1 '' cut at 0]
    5.800 deadline_passed: [interrupted until 10], park_anew 7 by link 2
    ");
}

#[test]
fn a_lost_control_link_is_replaced_by_the_inbound_one() {
    insta::assert_snapshot!(play("dual; answered new; inbound; stream with its token; joined; ready; lost; control new; lost old"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 control_attached inbound
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 control_lost link 1: hear by inbound, sound by inbound
    0.000 control_attached link 2: take_control 2, hear by outbound, sound by link 2
    0.000 control_lost link 2: hear by inbound, sound by inbound
    ");
}

#[test]
fn an_answer_asked_over_one_link_survives_the_others_death() {
    insta::assert_snapshot!(play("dual; inbound early; control new; lost; done 1; answered; lost inbound"), @"
    0.000 control_attached inbound: hear by inbound, answer channel 1 by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound
    0.000 control_lost link 1: hear by inbound
    0.000 action_done 1 done
    0.000 channel_answered
    0.000 control_lost inbound
    ");
}

#[test]
fn the_newest_control_link_wins() {
    insta::assert_snapshot!(play("dual; control new; control new; lost 1; answered"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    0.000 control_attached link 2: take_control 2, release_control 1, answer channel 1 by link 2
    0.000 control_lost link 2
    0.000 channel_answered
    ");
}

#[test]
fn audio_that_is_lost_is_started_again() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +1s; closed; +1s; stream with its token; joined"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    1.300 deadline_passed: [interrupted until 6], start_stream 2 by link 1
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [resumed after 1000], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
}

#[test]
fn a_hang_up_wins_over_the_audio_loss_it_causes() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +1s; closed; +20ms; bye"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    1.020 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1, stop
    ");
}

#[test]
fn losing_both_links_is_an_interruption() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; lost; broken; to the end"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 control_lost link 1: sound by none, [mode_changed audio], [can converse hang_up hold], tools end_call take_message hold_call unhold_call
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 5]
    5.000 deadline_passed: [ended connection_lost by server, next 'hangup'], stop
    ");
}

#[test]
fn control_lost_leaves_the_conversation_and_fewer_tools() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; lost; tool c1 transfer_call {\"target\":\"operator\"}"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 control_lost link 1: sound by none, [mode_changed audio], [can converse hang_up hold], tools end_call take_message hold_call unhold_call
    0.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 2 refused: there is no tool `transfer_call` on this call], tell c1 refused: there is no tool `transfer_call` on this call
    ");
}

#[test]
fn after_a_restart_the_conversation_goes_on() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; restarted; +2s; answered new; stream with its token; joined"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 server_restarted: [interrupted until 30]
    2.000 control_attached link 2: take_control 2, start_stream 2 by link 2
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [resumed after 2000], start_recording 3, start_assistant 4, plug 3->4, plug 4->3
    ");
}

#[test]
fn a_restarted_call_asks_its_links_again() {
    insta::assert_snapshot!(play("dual; control new; reborn; answered; stream with its token; joined; reborn"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    0.000 reborn: resync_control 1, answer channel 1 by link 1
    0.000 channel_answered: start_stream 2 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2, resync_control 1
    ");
}

#[test]
fn keys_arrive_over_the_control_link() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; channel key #; key #"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.000 dtmf #: [key_told_again #]
    ");
}

#[test]
fn a_new_link_restarts_the_wait_for_audio() {
    insta::assert_snapshot!(play_after("dual; control new", "+4s; inbound; +4s; +20s"), @"
     4.000 control_attached inbound: start_stream 2 by link 1
     6.500 deadline_passed: stop_stream 3 by link 1
     8.000 deadline_passed: start_stream 4 by link 1
     9.000 deadline_passed: [answered], prompt greeting.wav 5 by link 1, [mode_changed esl], [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    14.000 deadline_passed
    16.500 deadline_passed
    18.000 deadline_passed
    ");
    insta::assert_snapshot!(play_after("dual; answered new; stream with its token; joined; ready; closed; lost", "+4s; inbound; +4s; +20s"), @"
     0.300 deadline_passed: [interrupted until 5]
     4.000 control_attached inbound: hear by inbound
     6.500 deadline_passed: start_stream 2 by inbound
     9.000 deadline_passed: stop_stream 3 by inbound, [resumed after 9000], stop, prompt welcome_back.wav 4 by inbound, [mode_changed esl], [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    16.500 deadline_passed
    19.000 deadline_passed
    ");
}

#[test]
fn audio_started_by_the_switch_is_not_a_failed_start() {
    insta::assert_snapshot!(play_after("dual; answered new", "done 1; +2s"), @"
    0.000 action_done 1 done
    ");
}

#[test]
fn a_channel_unknown_to_the_switch_needs_no_end() {
    insta::assert_snapshot!(play_after("asterisk; inbound; connected; ready; hangup", "fails 1; +5s"), @"
    0.000 action_done 1 failed
    ");
}

#[test]
fn an_ended_call_is_over_with_its_last_link() {
    insta::assert_snapshot!(play_after("dual; inbound; answered new; stream with its token; joined; ready; hangup", "lost; lost inbound; +3s"), @"
    0.000 control_lost link 1: hear by inbound, hang up operator 2 by inbound
    0.000 control_lost inbound
    ");
}

#[test]
fn a_channel_ends_with_its_call_if_reported_or_ordered() {
    let talking = "dual; inbound; answered new; stream with its token; joined; ready";
    let ends = |script: &str| {
        let machine = call_after(&format!("{talking}; {script}")).machine;
        assert!(machine.has_ended(), "{script}");
        machine.has_ended_with_channel()
    };
    assert!(ends("bye") && ends("hangup") && ends("ended normal_clearing"));
    // It may be elsewhere, or no report says what became of it.
    assert!(!ends("gone; +2s") && !ends("ended channel_gone") && !ends("lost; lost inbound; closed; +60s"));
    assert!(!call_after(talking).machine.has_ended_with_channel());
}

#[test]
fn a_link_that_repeats_the_channels_state_is_listened_to() {
    let mut call = call_after("dual; control new");
    let Fact::ControlAttached { link, mut channel } = fact_of(&call, "control old") else {
        panic!("another fact")
    };
    channel.answer_state = AnswerState::Answered;
    let effects = call.tell(Fact::ControlAttached { link, channel });
    let starts = |effect: &Effect| matches!(effect, Effect::StartStream { .. });
    assert!(effects.iter().any(starts), "{effects:?}");
}
