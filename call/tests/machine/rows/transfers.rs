//! Callers who are sent elsewhere: checked before, informed, sent, and back if nobody has them.

use crate::script::play_after;

const ASTERISK: &str = "asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1";
const FREESWITCH: &str =
    "dual unicast; inbound; answered new; joined 1; ready; says 1 greeting; +2s; played 1";
const TOOL: &str = r#"tool c1 transfer_call {"target":"operator"}"#;

/// The words are heard, and the switch is ordered to move the caller.
const TOLD: &str = "says 2 transferring; +2s; played 2";

#[test]
fn a_caller_hears_nothing_of_a_missing_place() {
    insta::assert_snapshot!(play_after(ASTERISK, "transfer operator; lacks 1; +5s"), @"
    2.000 transfer_asked: check_place 1 internal,2001,1
    2.000 place_checked 1 missing: [transfer_failed operator: unallocated], tell 'the caller can't be sent to operator: the dialplan has no internal,2001,1', say transfer_refused
    ");
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; lacks 1; +5s")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 missing: [transfer_failed operator: unallocated], [transfer_call 1 failed: the caller can't be sent to operator: the dialplan has no internal,2001,1], tell c1 failed: the caller can't be sent to operator: the dialplan has no internal,2001,1
    ");
    insta::assert_snapshot!(play_after(ASTERISK, "key 0; lacks 1; +5s"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 missing: [transfer_failed operator: unallocated], [transfer_call 1 failed: the caller can't be sent to operator: the dialplan has no internal,2001,1], tell 'the caller can't be sent to operator: the dialplan has no internal,2001,1', say transfer_refused
    ");
}

#[test]
fn a_busy_or_unregistered_phone_is_found_out_beforehand() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1 in_call")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there in_call: [transfer_failed operator: busy], [transfer_call 1 failed: the caller can't be sent to operator: busy], tell c1 failed: the caller can't be sent to operator: busy
    ");
    insta::assert_snapshot!(play_after(FREESWITCH, &format!("{TOOL}; unseen 2 unregistered")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 2 started], check_place 2 internal,2001,1
    2.000 place_checked 2 - unregistered: [transfer_failed operator: unregistered], [transfer_call 2 failed: the caller can't be sent to operator: unregistered], tell c1 failed: the caller can't be sent to operator: unregistered
    ");
}

/// A place need not be a phone; it can be a queue or a menu.
#[test]
fn a_place_without_a_phone_is_believed() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1 unknown")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there unknown: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    ");
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; unseen 1")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 -: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    ");
}

/// A switch that does not answer delays nobody for long.
#[test]
fn a_silent_switch_delays_a_transfer_by_only_3_s() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; +3s; lacks 1")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    5.000 deadline_passed: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    5.000 place_checked 1 missing
    ");
}

#[test]
fn a_transfer_counts_once_a_person_has_the_caller() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("transfer operator; place 1; {TOLD}; +20ms; done 2; released 1; +9s; bridged")), @"
     2.000 transfer_asked: check_place 1 internal,2001,1
     2.000 place_checked 1 there: [transfer_requested operator], clear 2->1, listen, say transferring
     2.000 item_started 2 transferring
     2.000 item_complete 2
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
     4.000 profile_cached
     4.020 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     4.020 leg_left 1 released
    13.020 bridged: [ended call_transferred by api, next 'goto internal,2001,1']
    ");
    insta::assert_snapshot!(play_after(FREESWITCH, &format!("{TOOL}; unseen 2 registered; {TOLD}; +20ms; done 3; released 1; +9s; bridged")), @"
     2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 2 started], check_place 2 internal,2001,1
     2.000 place_checked 2 - registered: [transfer_requested operator], listen, [transfer_call 2 done], tell c1 done, say transferring
     2.000 item_started 2 transferring
     2.000 item_complete 2
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 3 by link 1
     4.000 profile_cached
     4.020 action_done 3 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
     4.020 leg_left 1 released
    13.020 bridged: [ended call_transferred by assistant, next 'goto internal,2001,1'], release_control 1
    ");
}

/// For example in a queue.
#[test]
fn a_caller_held_longer_than_ringing_counts_as_transferred() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("transfer operator; place 1; {TOLD}; done 2; released 1; +31s")), @"
     2.000 transfer_asked: check_place 1 internal,2001,1
     2.000 place_checked 1 there: [transfer_requested operator], clear 2->1, listen, say transferring
     2.000 item_started 2 transferring
     2.000 item_complete 2
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
     4.000 profile_cached
     4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     4.000 leg_left 1 released
    34.000 deadline_passed: [ended call_transferred by api, next 'goto internal,2001,1']
    ");
}

#[test]
fn a_switch_that_refuses_leaves_the_caller_with_the_assistant() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("transfer operator; place 1; {TOLD}; +20ms; fails 2")), @"
    2.000 transfer_asked: check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.020 action_done 2 failed: [transfer_failed operator: bad_target], tell 'the caller could not be connected with operator: bad_target; they are with you again', plug 1->2, plug 2->1, converse, say transfer_refused
    ");
}

#[test]
fn the_dialplan_does_a_transfer_of_unknown_outcome() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("transfer operator; place 1; {TOLD}; +20ms; lost inbound; released 1; next")), @"
    2.000 transfer_asked: check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], clear 2->1, listen, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.020 control_lost inbound: sound by none, [ended call_transferred by api, next 'goto internal,2001,1'], stop, release_leg 1
    4.020 leg_left 1 released
    4.020 next_asked: [next_answered 'goto internal,2001,1'], answer 'goto internal,2001,1'
    ");
}

/// FreeSWITCH reports success, and then ends the caller's call.
#[test]
fn a_caller_whom_nobody_answered_was_not_transferred() {
    insta::assert_snapshot!(play_after(FREESWITCH, &format!("{TOOL}; unseen 2; {TOLD}; done 3; +20ms; ended no_route_destination")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 2 started], check_place 2 internal,2001,1
    2.000 place_checked 2 -: [transfer_requested operator], listen, [transfer_call 2 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 3 by link 1
    4.000 profile_cached
    4.000 action_done 3 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    4.020 hangup: [transfer_failed operator: unallocated], [ended no_route_destination by switch, next 'hangup'], release_control 1
    ");
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; ended user_busy")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    4.000 leg_left 1 released
    8.000 hangup: [transfer_failed operator: busy], [ended user_busy by switch, next 'hangup']
    ");
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; bye")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    4.000 leg_left 1 released
    8.000 hangup: [ended call_transferred by assistant, next 'goto internal,2001,1']
    ");
}

/// Their dialplan ended normally, for example after a mailbox.
#[test]
fn a_caller_whose_channel_ends_normally_was_transferred() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; ended normal_clearing")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    4.000 leg_left 1 released
    8.000 hangup: [ended call_transferred by assistant, next 'goto internal,2001,1']
    ");
}

#[test]
fn a_caller_sent_back_is_told_and_continues_talking() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; next; connected; ready; says 3 transfer_refused")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    4.000 leg_left 1 released
    8.000 next_asked: [transfer_failed operator: no_answer], [returning until 13], [next_answered 'again'], answer 'again'
    8.000 leg_arrived 3: start_leg 3
    8.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    8.000 assistant_ready 4: tell 'the caller could not be connected with operator: no_answer; they are with you again', say transfer_refused
    8.000 item_started 3 transfer_refused
    8.000 item_complete 3
    ");
    insta::assert_snapshot!(play_after(FREESWITCH, &format!("{TOOL}; unseen 2; {TOLD}; done 3; released 1; +4s; answered new")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 2 started], check_place 2 internal,2001,1
    2.000 place_checked 2 -: [transfer_requested operator], listen, [transfer_call 2 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 3 by link 1
    4.000 profile_cached
    4.000 action_done 3 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    4.000 leg_left 1 released
    8.000 control_attached link 2: take_control 2, release_control 1, hear by outbound, [transfer_failed operator: no_answer], [returning until 13], start_unicast 5 as 3 by link 2
    ");
}

/// FreeSWITCH's dialplan does not have the place. The caller is back by a new connection, before or after the switch has reported that it
/// has sent them on.
#[test]
fn a_caller_comes_back_from_a_place_that_is_missing() {
    for order in ["done 3; released 1; unrouted 2001", "unrouted 2001; done 3; released 1"] {
        let played = play_after(
            FREESWITCH,
            &format!("{TOOL}; unseen 2; {TOLD}; +20ms; {order}; joined 3; ready; says 3 transfer_refused"),
        );
        for said in [
            "[transfer_failed operator: unallocated], [returning until 9]",
            "tell 'the caller could not be connected with operator: unallocated; they are with you again'",
            "say transfer_refused",
        ] {
            assert!(played.contains(said), "{order}: no {said} in\n{played}");
        }
        assert!(!played.contains("[ended"), "{order}:\n{played}");
    }
    // From another place, and therefore from an earlier transfer.
    let played = play_after(
        FREESWITCH,
        &format!("{TOOL}; unseen 2; {TOLD}; +20ms; done 3; released 1; unrouted 9999"),
    );
    assert!(played.contains("[transfer_failed operator: no_answer]"), "{played}");
}

/// A phone at the place refuses the call. The switch connects the caller to us instead, and reports why.
#[test]
fn a_caller_whom_a_phone_refuses_is_talked_with_again() {
    let played = play_after(
        FREESWITCH,
        &format!(
            "{TOOL}; unseen 2; {TOLD}; +20ms; done 3; released 1; +2s; unrouted 2001 busy; joined 3; ready"
        ),
    );
    assert_says(
        &played,
        &[
            "[transfer_failed operator: busy]",
            "operator: busy; they are with you again",
            "say transfer_refused",
        ],
    );
    assert!(!played.contains("[ended"), "{played}");
}

/// Asterisk without AMI: its dialplan asks where to go, and asks again if it has no such place.
const BY_DIALPLAN: &str = "connected; announced tells lack; ready; says 1 greeting; +2s; played 1";

/// Up to the end of the leg, after which the dialplan asks.
fn sent_by_dialplan(after: &str) -> String {
    let told = "says 2 transferring; +2s; played 2; +20ms; released 1; +20ms";
    play_after(BY_DIALPLAN, &format!("{TOOL}; {told}; {after}"))
}

/// Checks that these parts occur in this order.
fn assert_says(played: &str, parts: &[&str]) {
    let mut rest = played;
    for part in parts {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("no {part} in\n{played}"));
        rest = after;
    }
}

const SENT: &str = "answer 'goto internal,2001,1'";
const ENDED: &str = "[ended call_transferred by assistant, next 'goto internal,2001,1']";

#[test]
fn a_dialplan_without_the_place_gives_the_caller_back() {
    let played = sent_by_dialplan(
        "next; +20ms; next lacks; +20ms; connected; ready; says 3 transfer_refused; +2s; played 3",
    );
    let told = "tell 'the caller could not be connected with operator: unallocated; they are with you again'";
    let refused = "[transfer_failed operator: unallocated]";
    assert_says(&played, &["release_leg 1", SENT, refused, "answer 'again'", told, "say transfer_refused"]);
    assert!(!played.contains("[ended"), "{played}");
}

#[test]
fn a_dialplan_transfer_counts_after_2_s_without_a_refusal() {
    let played = sent_by_dialplan("next; +1999ms; +1ms; next lacks");
    assert_says(&played, &[SENT, ENDED, SENT]);
    assert!(!played.contains("transfer_failed"), "{played}");
    // If the dialplan never asks, the caller has hung up.
    assert_says(&sent_by_dialplan("+9s; +1s; next"), &[ENDED, SENT]);
    // It may also ask the next process.
    assert_says(&sent_by_dialplan("restarted; dead 1s; next; next lacks"), &[SENT, "answer 'again'"]);
}

#[test]
fn a_caller_who_was_sent_on_can_be_hung_up() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; hangup")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    2.000 item_started 2 transferring
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
    4.000 profile_cached
    4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    4.000 leg_left 1 released
    8.000 hangup: [ended operator by api, next 'hangup'], hang up operator 3 by inbound
    ");
}

#[test]
fn a_caller_hanging_up_during_the_check_is_sent_nowhere() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; bye; place 1; to the end")), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 hangup: [transfer_failed operator: caller_left], [transfer_call 1 failed: the caller can't be sent to operator: caller_left], tell c1 failed: the caller can't be sent to operator: caller_left, [ended NORMAL_CLEARING by caller, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    2.000 place_checked 1 there
    ");
}

#[test]
fn another_transfer_is_refused_while_a_place_is_checked() {
    insta::assert_snapshot!(play_after(ASTERISK, r#"tool c1 transfer_call {"target":"operator"}; tool c2 transfer_call {"target":"operator"}; transfer operator; place 1"#), @"
    2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
    2.000 tool_call c2 transfer_call {'target':'operator'}: [transfer_call 2 started], [transfer_call 2 refused: the caller is being sent elsewhere already], tell c2 refused: the caller is being sent elsewhere already
    2.000 transfer_asked
    2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
    ");
}

#[test]
fn a_restarted_process_takes_up_a_transferred_caller() {
    insta::assert_snapshot!(play_after(ASTERISK, &format!("{TOOL}; place 1; {TOLD}; done 2; released 1; +4s; restarted; dead 2s; inbound; +3s; bridged")), @"
     2.000 tool_call c1 transfer_call {'target':'operator'}: [transfer_call 1 started], check_place 1 internal,2001,1
     2.000 place_checked 1 there: [transfer_requested operator], listen, [transfer_call 1 done], tell c1 done, say transferring
     2.000 item_started 2 transferring
     2.000 item_complete 2
     4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], cache_profile for 2001 operator, unplug 1->2, unplug 2->1, transfer to internal,2001,1 2 by inbound
     4.000 profile_cached
     4.000 action_done 2 done: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     4.000 leg_left 1 released
     8.000 server_restarted: [can ]
    10.000 control_attached inbound: hear by inbound, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    13.000 bridged: [ended call_transferred by assistant, next 'goto internal,2001,1']
    ");
}

#[test]
fn a_caller_who_is_gone_is_sent_nowhere() {
    insta::assert_snapshot!(play_after("asterisk; talking; inbound; transfer operator", "closed; place 1; +3s"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, listen
    2.000 place_checked 1 there: [transfer_failed operator: caller_left]
    2.300 deadline_passed: [interrupted until 7]
    ");
}

#[test]
fn another_process_waits_for_news_of_an_unfinished_transfer() {
    insta::assert_snapshot!(play_after("asterisk; connected; inbound; ready; says 1 greeting; played 1; transfer operator; place 1; says 2 transferring; played 2", "dead 60s; restarted; +3s; inbound; +2s"), @"
    60.000 server_restarted: [can ]
    63.000 control_attached inbound: hear by inbound, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    65.000 deadline_passed: [ended call_transferred by api, next 'goto internal,2001,1']
    ");
}

#[test]
fn a_caller_sent_back_is_told_nothing_before_audio_returns() {
    insta::assert_snapshot!(play_after("dual unicast; answered new; joined 1; ready; says 1 greeting; +2s; played 1; channel key 0; released 1; says 2 transferring; +2s; played 2", "fails 3"), @"
    4.000 action_done 3 failed: [transfer_failed operator: bad_target], tell 'the caller could not be connected with operator: bad_target; they are with you again', [returning until 9], park_anew 5 by link 1
    ");
}
