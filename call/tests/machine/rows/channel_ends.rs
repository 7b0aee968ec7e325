//! Ends of calls whose caller is on FreeSWITCH: nothing is left alive, and no link is left before the switch has carried out the end.

use crate::script::play;

#[test]
fn a_caller_who_hangs_up_needs_nothing_more() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; bye; to the end"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn we_leave_the_link_once_our_hang_up_is_seen() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; hangup; released; +20ms; done 2; bye"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 2 by link 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    0.000 leg_left 1 released
    0.020 action_done 2 done
    0.020 hangup: release_control 1
    ");
}

#[test]
fn an_unseen_hang_up_is_not_awaited_for_long() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; hangup; to the end"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 2 by link 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 deadline_passed: release_control 1
    ");
}

#[test]
fn a_hang_up_takes_another_link_when_its_own_dies() {
    insta::assert_snapshot!(play("dual; inbound; answered new; stream with its token; joined; ready; hangup; lost; bye"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 2 by link 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    0.000 control_lost link 1: hear by inbound, hang up operator 2 by inbound
    0.000 hangup
    ");
}

#[test]
fn a_transfer_ends_the_stream_and_sends_the_channel_on() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; transfer operator; says 2 transferring; +2s; played 2; done 3"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 transfer_asked: [transfer_requested operator], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, stop_stream 2 by link 1, transfer to internal,2001,1 3 by link 1
    4.000 profile_cached
    4.000 action_done 3 done: release_leg 1, stop, [can hang_up transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn a_refused_transfer_leaves_the_caller_with_the_assistant() {
    insta::assert_snapshot!(play("dual unicast; answered new; joined 1; ready; says 1 greeting; +2s; played 1; channel key 0; says 2 transferring; +2s; played 2; fails 3"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 2 started], [transfer_requested operator], [transfer_call 2 done], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 3 by link 1
    4.000 profile_cached
    4.000 action_done 3 failed: [transfer_failed operator: bad_target], tell 'the caller could not be connected with operator: bad_target; they are with you again', plug 1->2, plug 2->1, converse, say transfer_refused
    ");
}

#[test]
fn a_link_after_the_end_learns_where_the_caller_goes() {
    insta::assert_snapshot!(play("dual; answered new; hangup; bye; control new"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 2 by link 1
    0.000 hangup: release_control 1
    0.000 control_attached link 2: refuse_control 2 'hangup'
    ");
}

#[test]
fn a_channel_that_never_answers_is_hung_up() {
    insta::assert_snapshot!(play("dual; control new; to the end"), @"
    0.000 control_attached link 1: take_control 1, answer channel 1 by link 1
    5.000 deadline_passed: [ended no_audio by server, next 'hangup'], hang up no_audio 2 by link 1
    7.000 deadline_passed: release_control 1
    ");
}

#[test]
fn a_gone_channel_ends_as_its_own_report_says() {
    insta::assert_snapshot!(play("dual; inbound; answered new; stream with its token; joined; ready; gone; +20ms; bye; to the end"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 channel_gone
    0.020 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_channel_without_an_end_report_still_ends() {
    insta::assert_snapshot!(play("dual; inbound; answered new; stream with its token; joined; ready; gone; gone; to the end"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 channel_gone
    0.000 channel_gone
    1.000 deadline_passed: [ended channel_gone by switch, next 'hangup'], release_control 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_channel_that_a_link_shows_again_is_not_gone() {
    insta::assert_snapshot!(play("dual; inbound; answered new; stream with its token; joined; ready; gone; answered new; +5s; bye; to the end"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 control_attached link 1: take_control 1, hear by outbound, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 channel_gone
    0.000 control_attached link 2: take_control 2, release_control 1, hear by outbound, sound by link 2
    5.000 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 2, unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_channel_nobody_has_or_reports_is_gone_at_once() {
    insta::assert_snapshot!(play("dual; stream; gone; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 channel_gone: [ended channel_gone by switch, next 'hangup'], release_leg 1
    ");
}
