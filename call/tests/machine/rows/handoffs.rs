//! Hand-offs to people: reached, not reached, gone again.

use cordboard_schema::ids::EffectId;

use crate::script::{call_after, play};

/// A call with both links and audio, in conversation; nobody speaks.
const TALKING: &str = "dual; inbound; answered new; stream with its token; joined; ready to say anything; says 1 greeting; +2s; played 1";

fn play_on(beginning: &str, rest: &str) -> String {
    let whole = play(&format!("{beginning}; {rest}"));
    let before = play(beginning);
    whole.strip_prefix(&before).unwrap_or(&whole).to_owned()
}

const ASKS: &str = "tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}";

#[test]
fn a_person_takes_over_and_leaves() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; rings 2; +3s; accepted 2; closed; bridged; +60s; unbridged; +1s; bye")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_ringing
     5.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
     5.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     5.000 bridged: [handoff_bridged 2], [request_handoff 2 done], tell c1 done, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    15.000 deadline_passed
    65.000 unbridged
    65.300 deadline_passed: [ended normal_clearing by server, next 'hangup'], hang up normal_clearing 5 by link 1
    66.000 hangup: release_control 1
    ");
}

#[test]
fn the_announcement_is_heard_before_the_phone_rings() {
    insta::assert_snapshot!(play_on(TALKING, &format!("item 2; text 2 2s I will ask.; {ASKS}; free 2; +2s; played 2")), @"
    2.000 item_started 2 -
    2.000 item_complete 2
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 registered
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'I will ask.'], ring 2 2001, start_music 3, plug 3->1
    ");
}

#[test]
fn the_assistant_learns_that_a_person_is_busy() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; found 2 in_call")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 in_call: [handoff_abandoned 2 busy], [request_handoff 2 failed: nobody took over: busy], tell c1 failed: nobody took over: busy
    ");
}

#[test]
fn nobody_answers() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; +20s; unreached 2 no_answer")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
    22.000 handoff_failed no_answer: [handoff_abandoned 2 no_answer], [request_handoff 2 failed: nobody took over: no_answer], tell c1 failed: nobody took over: no_answer, unplug 3->1, stop_music 3
    ");
}

#[test]
fn a_silent_switch_is_not_awaited() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; +3s")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    3.200 deadline_passed: [handoff_abandoned 2 timeout], [request_handoff 2 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout
    ");
}

#[test]
fn a_caller_who_leaves_ends_the_ringing() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; +3s; bye")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
    5.000 hangup: stop_ringing 2, [handoff_abandoned 2 caller_left], [request_handoff 2 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, unplug 3->1, stop_music 3, [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1, unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_failed_join_releases_the_person_and_brings_audio_back() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; accepted 2; closed; fails 4; stream with its token; joined")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
    2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    2.000 action_done 4 failed: stop_ringing 2, [handoff_abandoned 2 congestion], [returning until 7], start_stream 5 by link 1, [request_handoff 2 failed: nobody took over: congestion], tell c1 failed: nobody took over: congestion
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [resumed after 0], start_recording 4, plug 2->4, plug 4->2, converse, say welcome_back, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    ");
}

#[test]
fn the_profile_may_return_the_caller_to_the_assistant() {
    let talking = format!("returning; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; free 2; accepted 2; closed; bridged; +60s; unbridged; +1s; stream with its token; joined; ready")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 bridged: [handoff_bridged 2], [request_handoff 2 done], tell c1 done, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    12.000 deadline_passed
    62.000 unbridged
    62.300 deadline_passed: [caller_returned 2], [returning until 67], start_stream 5 by link 1
    63.000 leg_arrived 4: start_leg 4
    63.000 leg_joined 4: [resumed after 700], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    63.000 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn the_assistant_is_kept_if_the_profile_says_so() {
    let talking = format!("returning; keeping; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; free 2; accepted 2; closed; bridged; +60s; unbridged; +1s; stream with its token; joined")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 bridged: [handoff_bridged 2], [request_handoff 2 done], tell c1 done, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    12.000 deadline_passed
    62.000 unbridged
    62.300 deadline_passed: [caller_returned 2], tell 'a person has talked with the caller, and has left', [returning until 67], start_stream 5 by link 1
    63.000 leg_arrived 4: start_leg 4
    63.000 leg_joined 4: [resumed after 700], start_recording 4, plug 2->4, plug 4->2, converse, say welcome_back, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    ");
}

#[test]
fn a_person_passing_the_caller_on_does_not_lose_them() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; accepted 2; closed; bridged; +60s; unbridged; +100ms; bridged; +10s; bye")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 bridged: [handoff_bridged 2], [request_handoff 2 done], tell c1 done, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    12.000 deadline_passed
    62.000 unbridged
    62.100 bridged
    72.100 hangup: [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1
    ");
}

#[test]
fn a_unicast_ends_by_the_bridge_and_begins_again() {
    let talking =
        "returning; dual unicast; inbound; answered new; joined 1; ready; says 1 greeting; +2s; played 1";
    insta::assert_snapshot!(play_on(talking, "handoff operator; free 2; accepted 2; bridged; +60s; unbridged; +1s; joined 4; ready"), @"
     2.000 handoff_asked: [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 3 of 2 by link 1
     2.000 bridged: [handoff_bridged 2], release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    12.000 deadline_passed
    62.000 unbridged
    62.300 deadline_passed: [caller_returned 2], [returning until 67], start_unicast 4 as 4 by link 1
    63.000 leg_joined 4: [resumed after 700], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    63.000 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn one_listed_person_is_asked_at_a_time() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; tool c2 request_handoff {{\"target\":\"operator\",\"reason\":\"again\"}}; tool c3 request_handoff {{\"target\":\"nobody\",\"reason\":\"x\"}}")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 tool_call c2 request_handoff {'reason':'again','target':'operator'}: [request_handoff 3 started], [request_handoff 3 refused: somebody is being asked to take over already], tell c2 refused: somebody is being asked to take over already
    2.000 tool_call c3 request_handoff {'reason':'x','target':'nobody'}: [request_handoff 4 started], [request_handoff 4 refused: somebody is being asked to take over already], tell c3 refused: somebody is being asked to take over already
    ");
}

#[test]
fn the_dial_policy_limits_a_call() {
    let talking = format!("dialling 1; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; found 2 in_call; tool c2 transfer_call {{\"target\":\"operator\"}}")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 in_call: [handoff_abandoned 2 busy], [request_handoff 2 failed: nobody took over: busy], tell c1 failed: nobody took over: busy
    2.000 tool_call c2 transfer_call {'target':'operator'}: [transfer_call 3 started], [transfer_call 3 refused: this call has dialled as often as the dial policy admits], tell c2 refused: this call has dialled as often as the dial policy admits
    ");
}

/// They are being connected, so to hear that they can't be connected would be wrong.
#[test]
fn a_caller_whose_key_comes_again_is_asked_for_patience() {
    let talking = format!("mapping 0 request_handoff operator; {TALKING}");
    let again = play_on(&talking, "channel key 0; free 2; +2s; channel key 0");
    let refused = "[request_handoff 3 refused: somebody is being asked to take over already], say one_moment";
    assert!(again.contains(refused), "{again}");
    assert!(!again.contains("transfer_refused"), "{again}");
}

#[test]
fn a_caller_asking_by_key_hears_that_nobody_is_there() {
    let talking = format!("mapping 0 request_handoff operator; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, "channel key 0; found 2 unregistered"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 profile_cached 2
    2.000 extension_checked 2 unregistered: [handoff_abandoned 2 unregistered], [request_handoff 2 failed: nobody took over: unregistered], tell 'nobody took over: unregistered', say transfer_refused
    ");
}

#[test]
fn an_extension_is_checked() {
    insta::assert_snapshot!(play_on(TALKING, "tool c1 check_extension {\"target\":\"operator\"}; found 2 in_call; tool c2 check_extension {\"target\":\"operator\"}; unchecked 3"), @"
    2.000 tool_call c1 check_extension {'target':'operator'}: [check_extension 2 started], check_extension 2 2001
    2.000 extension_checked 2 in_call: [check_extension 2 done], tell c1 done
    2.000 tool_call c2 check_extension {'target':'operator'}: [check_extension 3 started], check_extension 3 2001
    2.000 extension_checked 3 -: [check_extension 3 failed: the switch can't be asked at the moment], tell c2 failed: the switch can't be asked at the moment
    ");
}

#[test]
fn without_the_inbound_link_nobody_is_offered() {
    insta::assert_snapshot!(play_on(TALKING, &format!("lost inbound; {ASKS}")), @"
    2.000 control_lost inbound: [can converse hang_up hold transfer_blind play send_dtmf set_variables], tools end_call take_message hold_call unhold_call transfer_call
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 refused: there is no tool `request_handoff` on this call], tell c1 refused: there is no tool `request_handoff` on this call
    ");
}

#[test]
fn a_switch_that_joins_the_caller_by_itself_is_believed() {
    insta::assert_snapshot!(play_on(TALKING, "bridged; closed; +10s; unbridged; +1s; stream with its token; joined"), @"
     2.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 leg_left 1 closed
    12.000 unbridged
    12.300 deadline_passed: [returning until 17], start_stream 2 by link 1
    13.000 leg_arrived 3: start_leg 3
    13.000 leg_joined 3: [resumed after 700], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    ");
}

#[test]
fn a_call_with_a_person_ends_without_further_reports() {
    insta::assert_snapshot!(play_on(TALKING, &format!("{ASKS}; free 2; accepted 2; closed; bridged; lost; lost inbound; +31s")), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
     2.000 profile_cached 2
     2.000 extension_checked 2 registered: ring 2 2001, start_music 3, plug 3->1
     2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, stop_stream 3 by link 1, bridge_callee 4 of 2 by link 1
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 bridged: [handoff_bridged 2], [request_handoff 2 done], tell c1 done, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     2.000 control_lost link 1: hear by inbound
     2.000 control_lost inbound: [can ]
    32.000 deadline_passed: [ended connection_lost by server, next 'hangup']
    ");
}

#[test]
fn a_caller_waits_while_a_person_has_them() {
    insta::assert_snapshot!(play_on(TALKING, "bridged; closed; hold; hold; +5s; unhold; unhold; hold; bye"), @"
    2.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    2.000 leg_left 1 closed
    2.000 hold_asked: [hold_began], hold_phone 2 by link 1
    2.000 hold_asked
    7.000 unhold_asked: [hold_ended after 5000], unhold_phone 3 by link 1
    7.000 unhold_asked
    7.000 hold_asked: [hold_began], hold_phone 4 by link 1
    7.000 hangup: [hold_ended after 0], [ended NORMAL_CLEARING by caller, next 'hangup'], release_control 1
    ");
}

#[test]
fn a_person_whose_phone_can_not_be_held_is_not() {
    insta::assert_snapshot!(play_on(TALKING, "bridged; closed; hold; fails 2; unhold"), @"
    2.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    2.000 leg_left 1 closed
    2.000 hold_asked: [hold_began], hold_phone 2 by link 1
    2.000 action_done 2 failed: [hold_ended after 0]
    2.000 unhold_asked
    ");
}

/// The order and the report of the lost link have crossed: the switch never received the order.
#[test]
fn a_hold_after_a_lost_link_is_ordered_again() {
    let on_asterisk = "asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1; handoff operator; free 1; accepted 1; closed; bridged; done 2; hold; lost inbound; fails 3; +1s; inbound bridged; done 3".to_owned();
    let on_freeswitch = format!(
        "{TALKING}; bridged; closed; lost; hold; lost inbound; fails 2; +1s; inbound bridged; done 2"
    );
    for (script, order) in
        [(on_asterisk, "hold_phone 3 by inbound"), (on_freeswitch, "hold_phone 2 by inbound")]
    {
        let played = play(&script);
        assert_eq!(played.matches(order).count(), 2, "{played}");
        assert!(!played.contains("hold_ended"), "{played}");
    }
}

/// A late answer of a switch says nothing about later requests.
#[test]
fn a_late_refusal_ends_no_later_hold() {
    let anew = play_on(TALKING, "bridged; closed; hold; unhold; hold; fails 2; fails 4");
    assert!(anew.contains("action_done 2 failed\n"), "{anew}");
    assert!(anew.contains("action_done 4 failed: [hold_ended after 0]"), "{anew}");
    let by_us = play_on(
        TALKING,
        "bridged; closed; hold; unbridged; +1s; stream with its token; joined; ready to say anything; hold; fails 2",
    );
    assert_eq!(by_us.matches("[hold_began]").count(), 2, "{by_us}");
    assert!(by_us.contains("action_done 2 failed\n"), "{by_us}");
}

#[test]
fn a_late_refusal_ends_no_later_release() {
    let released = "bridged; closed; hold; done 2; +1s; unhold";
    let once = play_on(TALKING, &format!("{released}; fails 3"));
    assert!(once.contains("action_done 3 failed: [hold_began]"), "{once}");
    let anew = play_on(TALKING, &format!("{released}; hold; done 4; unhold; fails 3; done 5"));
    assert!(anew.contains("action_done 3 failed\n"), "{anew}");
}

#[test]
fn a_hold_ends_with_the_person_who_leaves() {
    insta::assert_snapshot!(play_on(TALKING, "bridged; closed; hold; +5s; unbridged; +1s"), @"
    2.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    2.000 leg_left 1 closed
    2.000 hold_asked: [hold_began], hold_phone 2 by link 1
    7.000 unbridged
    7.300 deadline_passed: [hold_ended after 5300], [returning until 12], start_stream 3 by link 1
    ");
}

#[test]
fn a_listed_person_can_be_asked_for_by_number_too() {
    let by_number = ASKS.replace("operator", "2001");
    let stranger = ASKS.replace("operator", "2002").replace("c1", "c2");
    insta::assert_snapshot!(play_on(TALKING, &format!("{stranger}; {by_number}")), @"
    2.000 tool_call c2 request_handoff {'reason':'a bill','target':'2002'}: [request_handoff 2 started], [request_handoff 2 refused: there is no extension `2002`: name it under [extensions] in the configuration], tell c2 refused: there is no extension `2002`: name it under [extensions] in the configuration
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'2001'}: [request_handoff 3 started], [handoff_requested 3 operator], cache_profile for 2001 operator, check_extension 3 2001
    2.000 profile_cached 3
    ");
}

#[test]
fn nothing_rings_before_the_callers_profile_is_cached() {
    let talking = format!("caching slowly; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; free 2; +1s; cached 2; +1s; rings 2")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 extension_checked 2 registered
    3.000 profile_cached 2: ring 2 2001, start_music 3, plug 3->1
    4.000 handoff_ringing
    ");
}

#[test]
fn a_failed_profile_cache_keeps_nobody_from_being_asked() {
    let talking = format!("caching slowly; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; free 2; uncached 2; rings 2")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 extension_checked 2 registered
    2.000 profile_cached 2 failed: no: ring 2 2001, start_music 3, plug 3->1
    2.000 handoff_ringing
    ");
}

#[test]
fn an_unreported_profile_is_not_awaited_for_long() {
    let talking = format!("caching slowly; {TALKING}");
    insta::assert_snapshot!(play_on(&talking, &format!("{ASKS}; free 2; +3s; rings 2; cached 2")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 2 started], [handoff_requested 2 operator], cache_profile for 2001 operator, check_extension 2 2001
    2.000 extension_checked 2 registered
    3.200 deadline_passed: [profile_not_awaited 2], ring 2 2001, start_music 3, plug 3->1
    5.000 handoff_ringing
    5.000 profile_cached 2
    ");
}

#[test]
fn a_joined_callers_hand_off_is_known_until_they_part() {
    let handed_to = |steps: &str| call_after(&format!("{TALKING}; {ASKS}; {steps}")).machine.handed_to();
    assert_eq!(handed_to("free 2; accepted 2"), None);
    assert_eq!(handed_to("free 2; accepted 2; closed; bridged"), Some((EffectId(2), true)));
    assert_eq!(handed_to("free 2; accepted 2; closed; bridged; bye"), None);
}

#[test]
fn a_failed_final_transfer_hangs_up_instead_of_leaving_silence() {
    let sent_on = format!("{TALKING}; missed; says 2 apology; +2s; played 2");
    insta::assert_snapshot!(play_on(&sent_on, "fails 3"), @"  4.000 action_done 3 failed: hang up call_transferred 4 by link 1");
}

/// The bridge was ours and leaves the caller parked. No dialplan goes on that would connect them to us, so nothing is awaited.
#[test]
fn after_a_restart_callers_left_alone_are_fetched_at_once() {
    let played = play_on(
        &format!("returning; {TALKING}"),
        &format!(
            "{ASKS}; free 2; accepted 2; closed; bridged; restarted; dead 2s; inbound bridged; +1s; unbridged; +300ms"
        ),
    );
    assert!(played.lines().last().is_some_and(|last| last.contains("start_stream")), "{played}");
}
