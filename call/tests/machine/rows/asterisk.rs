//! A caller on Asterisk, under our control: the audio connection and the link both report on one channel, and the dialplan goes on when the
//! audio ends.

use crate::script::{play, play_after};

#[test]
fn audio_ending_ends_nothing_until_the_link_says_why() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +1s; closed; +20ms; bye"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    1.020 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], stop
    ");
}

#[test]
fn an_unreported_caller_counts_as_taken_elsewhere_not_hung_up() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +1s; closed; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    1.300 deadline_passed: [interrupted until 6]
    6.000 deadline_passed: [ended call_transferred by switch, next 'hangup'], stop
    8.000 deadline_passed: [said 1 '' cut at 0]
    ");
}

#[test]
fn without_the_link_the_end_of_audio_ends_the_call() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; lost inbound; closed"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 control_lost inbound: sound by none, [can converse hang_up hold transfer_blind send_dtmf], tools end_call take_message hold_call unhold_call transfer_call
    0.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn a_key_that_leg_and_link_report_counts_once() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; key #; +20ms; channel key #"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.020 dtmf #: [key_told_again #]
    ");
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; channel key #; +20ms; key #"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.020 dtmf #: [key_told_again #]
    ");
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; key #; +100ms; key #; channel key #; +100ms; channel key #"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.100 dtmf #: clear 2->1, [key_pressed #], say repeat
    0.100 dtmf #: [key_told_again #]
    0.200 dtmf #: [key_told_again #]
    ");
}

#[test]
fn a_key_that_only_one_reports_counts() {
    insta::assert_snapshot!(play("asterisk; connected; ready; says 1 greeting; key #; +1s; inbound; channel key #"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    1.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables], tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    1.000 dtmf #: clear 2->1, [key_pressed #], say repeat
    ");
}

#[test]
fn a_caller_whose_person_has_left_is_dialled_again() {
    insta::assert_snapshot!(play("returning; asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; +30s; unbridged; +100ms; next; +300ms; connected; ready"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
     0.000 item_started 1 greeting
     0.000 item_complete 1
     2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
     2.000 profile_cached 1
     2.000 extension_checked 1 registered: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 bridged: [handoff_bridged 1], stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 action_done 2 done
    32.000 unbridged
    32.100 next_asked: [next_answered 'again'], answer 'again'
    32.300 deadline_passed: [caller_returned 1], [returning until 37]
    32.400 leg_arrived 4: start_leg 4
    32.400 leg_joined 4: [resumed after 100], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    32.400 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn a_caller_reconnected_before_the_parting_is_reported_is_back() {
    insta::assert_snapshot!(play("returning; asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; +30s; next; connected; unbridged; ready"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
     0.000 item_started 1 greeting
     0.000 item_complete 1
     2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
     2.000 profile_cached 1
     2.000 extension_checked 1 registered: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 bridged: [handoff_bridged 1], stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 action_done 2 done
    32.000 next_asked: [next_answered 'again'], answer 'again'
    32.000 leg_arrived 4: [caller_returned 1], [returning until 37], start_leg 4
    32.000 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    32.000 unbridged
    32.000 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn a_lost_link_leaves_the_conversation_and_fewer_tools() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +1s; lost inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; +1s; inbound"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 control_lost inbound: sound by none, [can converse hang_up hold transfer_blind send_dtmf], tools end_call take_message hold_call unhold_call transfer_call
    1.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 refused: there is no tool `request_handoff` on this call], tell c1 refused: there is no tool `request_handoff` on this call
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables], tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    ");
}

/// The link broke before it reported the outcome, so the caller would hear music for a long time.
#[test]
fn taking_a_caller_off_hold_survives_a_broken_link() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; hold; done 3; +10s; unhold; lost inbound; unknown 4; +1s; inbound bridged; done 4"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
     0.000 item_started 1 greeting
     0.000 item_complete 1
     2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
     2.000 profile_cached 1
     2.000 extension_checked 1 registered: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 bridged: [handoff_bridged 1], stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 action_done 2 done
     2.000 hold_asked: [hold_began], hold_phone 3 by inbound
     2.000 action_done 3 done
    12.000 unhold_asked: [hold_ended after 10000], unhold_phone 4 by inbound
    12.000 control_lost inbound: [can ]
    12.000 action_done 4 unknown
    13.000 control_attached inbound: hear by inbound, unhold_phone 4 by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    13.000 action_done 4 done
    ");
}

/// The switch could not be reached for too long. The caller can be taken off hold again.
#[test]
fn an_unhold_that_never_got_through_leaves_the_caller_held() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; hold; done 3; +10s; lost inbound; unhold; +15s; inbound bridged; unhold; done 5"), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
     0.000 item_started 1 greeting
     0.000 item_complete 1
     2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
     2.000 profile_cached 1
     2.000 extension_checked 1 registered: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 bridged: [handoff_bridged 1], stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 action_done 2 done
     2.000 hold_asked: [hold_began], hold_phone 3 by inbound
     2.000 action_done 3 done
    12.000 control_lost inbound: [can ]
    12.000 unhold_asked: [hold_ended after 10000]
    22.000 deadline_passed: [hold_began]
    27.000 control_attached inbound: hear by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    27.000 unhold_asked: [hold_ended after 5000], unhold_phone 5 by inbound
    27.000 action_done 5 done
    ");
}

/// The last request counts.
#[test]
fn an_unhold_drops_a_hold_that_waits_for_a_link() {
    insta::assert_snapshot!(play("asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; hold; lost inbound; unknown 3; unhold; +1s; inbound bridged; done 4"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 assistant_ready 2: say greeting, tools end_call take_message hold_call unhold_call check_extension request_handoff transfer_call
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
    2.000 profile_cached 1
    2.000 extension_checked 1 registered: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    2.000 bridged: [handoff_bridged 1], stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    2.000 action_done 2 done
    2.000 hold_asked: [hold_began], hold_phone 3 by inbound
    2.000 control_lost inbound: [can ]
    2.000 action_done 3 unknown
    2.000 unhold_asked: [hold_ended after 0]
    3.000 control_attached inbound: hear by inbound, unhold_phone 4 by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    3.000 action_done 4 done
    ");
}

/// The two would talk on, and no call of ours would know about it.
#[test]
fn an_ended_talk_is_hung_up_after_a_link_breaks() {
    const WITH_PERSON: &str = "asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2";
    insta::assert_snapshot!(play_after(WITH_PERSON, "+3s; lost inbound; hangup; +200ms; inbound bridged; done 3; bye"), @"
    5.000 control_lost inbound: [can ]
    5.000 hangup: [ended operator by api, next 'hangup'], stop_ringing 1
    5.200 control_attached inbound: hear by inbound, hang up operator 3 by inbound
    5.200 action_done 3 done
    5.200 hangup
    ");
}

/// An earlier process had dialled it.
#[test]
fn cancelling_after_a_restart_hangs_up_the_ringing_phone() {
    insta::assert_snapshot!(play("asterisk; calling; on record; progress ringing; restarted; inbound ringing; hangup"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 server_restarted
    0.000 control_attached inbound: hear by inbound
    0.000 hangup: [outbound_failed caller_left], [ended operator by api, next 'hangup'], hang up operator 1 by inbound
    ");
}
