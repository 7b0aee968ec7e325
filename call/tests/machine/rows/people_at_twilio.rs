//! People who take over callers at Twilio: rung by the account, in a room.

use crate::script::{play, play_after};

#[test]
fn a_person_is_rung_unchecked_and_accepting_ends_the_stream() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; rings 1; accepted 1; closed; done 2; bridged"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_ringing
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
    2.000 action_done 2 done
    2.000 bridged: [handoff_bridged 1], stop
    ");
}

#[test]
fn callers_whose_person_leaves_first_are_fetched_and_go_on() {
    insta::assert_snapshot!(play("returning; twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; unbridged; +300ms; next; connected; ready"), @"
     2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
     2.000 action_done 2 done
     2.000 bridged: [handoff_bridged 1], stop
    32.000 unbridged
    32.300 deadline_passed: [caller_returned 1], [returning until 37], fetch 3 by inbound
    32.300 next_asked: [next_answered 'again'], answer 'again'
    32.300 leg_arrived 4: start_leg 4
    32.300 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    32.300 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn the_profile_may_release_callers_whose_person_leaves_first() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; unbridged; +300ms; next"), @"
     2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
     2.000 action_done 2 done
     2.000 bridged: [handoff_bridged 1], stop
    32.000 unbridged
    32.300 deadline_passed: [ended normal_clearing by server, next 'hangup'], end_by_switch
    32.300 next_asked: [next_answered 'hangup'], answer 'hangup'
    ");
}

#[test]
fn a_caller_who_left_the_room_is_not_led_out() {
    insta::assert_snapshot!(play("returning; twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; +30s; next; unbridged; connected"), @"
     2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
     2.000 action_done 2 done
     2.000 bridged: [handoff_bridged 1], stop
    32.000 next_asked: [caller_returned 1], [returning until 37], [next_answered 'again'], answer 'again'
    32.000 unbridged
    32.000 leg_arrived 4: start_leg 4
    32.000 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended send_dtmf]
    ");
}

#[test]
fn a_busy_person_leaves_the_caller_where_they_are() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; unreached 1 busy"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_failed busy: [handoff_abandoned 1 busy], [request_handoff 1 failed: nobody took over: busy], tell c1 failed: nobody took over: busy, unplug 3->1, stop_music 3
    ");
}

#[test]
fn a_redirect_that_fails_leaves_the_caller_on_their_stream() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; accepted 1; fails 2"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 action_done 2 failed: stop_ringing 1, [handoff_abandoned 1 congestion], plug 1->2, plug 2->1, converse, [request_handoff 1 failed: nobody took over: congestion], tell c1 failed: nobody took over: congestion
    ");
}

#[test]
fn a_redirect_of_unknown_outcome_is_given_up_in_time() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; accepted 1; unknown 2; +6s"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 action_done 2 unknown
    7.000 deadline_passed: stop_ringing 1, [handoff_abandoned 1 timeout], plug 1->2, plug 2->1, converse, [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout
    ");
}

#[test]
fn a_caller_who_hangs_up_stops_the_ringing() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; rings 1; closed; bye"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_ringing
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, unplug 3->1, listen, stop_music 3
    2.000 hangup: stop_ringing 1, [handoff_abandoned 1 caller_left], [ended NORMAL_CLEARING by caller, next 'hangup'], stop
    ");
}

#[test]
fn without_the_account_nobody_can_be_rung() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; lost inbound; inbound"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 control_lost inbound: sound by none, [can converse hang_up hold transfer_blind send_dtmf], tools end_call take_message hold_call unhold_call transfer_call
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    ");
}

#[test]
fn without_a_number_to_show_nobody_is_rung() {
    insta::assert_snapshot!(play("twilio; talking; inbound"), @"
      2.000 control_attached inbound: hear by inbound, sound by inbound
    ");
}

#[test]
fn callers_with_a_person_are_not_hung_up_at_shutdown() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; stopping"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
    2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
    2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
    2.000 action_done 2 done
    2.000 bridged: [handoff_bridged 1], stop
    2.000 server_stopping
    ");
}

#[test]
fn a_process_that_dies_leaves_caller_and_person_together() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; restarted; dead 2s; inbound; +40s; unbridged; +300ms"), @"
     2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
     2.000 action_done 2 done
     2.000 bridged: [handoff_bridged 1], stop
     2.000 server_restarted: [can ]
     4.000 control_attached inbound: hear by inbound, [can hang_up transfer_blind transfer_attended]
    44.000 unbridged
    44.300 deadline_passed: [ended normal_clearing by server, next 'hangup'], end_by_switch
    ");
}

#[test]
fn a_person_keeps_their_caller_while_the_account_is_away() {
    insta::assert_snapshot!(play("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged; lost inbound; +40s; inbound; unbridged; +300ms"), @"
     2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended send_dtmf], tools end_call take_message hold_call unhold_call request_handoff transfer_call
     2.000 handoff_asked: [handoff_requested 1 operator], cache_profile for 2001 operator
     2.000 profile_cached 1: ring 1 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended]
     2.000 action_done 2 done
     2.000 bridged: [handoff_bridged 1], stop
     2.000 control_lost inbound: [can ]
    42.000 control_attached inbound: hear by inbound, [can hang_up transfer_blind transfer_attended]
    42.000 unbridged
    42.300 deadline_passed: [ended normal_clearing by server, next 'hangup'], end_by_switch
    ");
}

/// After the restart there is no such account.
#[test]
fn a_caller_with_a_person_outlives_a_removed_account() {
    insta::assert_snapshot!(play_after("twilio; reaching people; talking; inbound; handoff operator; accepted 1; closed; done 2; bridged", "restarted; +31s"), @"
     2.000 server_restarted: [can ]
    32.000 deadline_passed: [ended connection_lost by server, next 'hangup']
    ");
}

#[test]
fn a_failed_transfer_from_a_room_hangs_up_the_caller() {
    insta::assert_snapshot!(play_after("twilio; reaching people; connected; inbound; ready; says 1 greeting; played 1; handoff operator; accepted 1; closed; done 2; bridged", "missed; fails 3"), @"
    0.000 facts_missed: [ended internal_error by server, next 'goto internal,2001,1'], cache_profile for 2001 operator, transfer to internal,2001,1 3 by inbound
    0.000 profile_cached
    0.000 action_done 3 failed: end_by_switch
    ");
}
