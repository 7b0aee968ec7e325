//! Callers in Asterisk's car park, recordings of people, and variables.

use crate::script::{play, play_after};

const TALKING: &str = "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; ";

fn played(rest: &str) -> String {
    let shown = play(&format!("{TALKING}{rest}"));
    // `asterisk.rs` shows the events before it.
    shown
        .lines()
        .skip_while(|line| !line.contains("recording_started"))
        .skip(1)
        .fold(String::new(), |all, line| format!("{all}\n{line}"))
}

#[test]
fn a_parked_caller_can_be_fetched() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; +5s; bridged; +9s; unbridged; +20ms; bye"), @"
     0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
     0.000 action_done 1 done
     0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 parked: stop
     5.000 bridged: [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    14.000 unbridged
    14.020 hangup: [ended NORMAL_CLEARING by caller, next 'hangup']
    ");
}

#[test]
fn a_parked_caller_whom_nobody_fetches_comes_back() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; +120s; done 2; next; arrived; joined; ready; says 2 welcome_back"), @"
      0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
      0.000 action_done 1 done
      0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
      0.000 parked: stop
    120.000 deadline_passed: fetch 2 by inbound
    120.000 action_done 2 done: [park_ended after 120000], [returning until 125]
    120.000 next_asked: [next_answered 'again'], answer 'again'
    120.000 leg_arrived 3: start_leg 3
    120.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    120.000 assistant_ready 4: say welcome_back
    120.000 item_started 2 welcome_back
    120.000 item_complete 2
    ");
}

#[test]
fn late_answers_do_not_end_the_next_parking() {
    let shown = played("park; done 1; closed; parked 701; +5s; unhold; arrived; joined; park; done 2");
    assert!(shown.contains("park for 150 s 3 by inbound"), "{shown}");
    assert!(shown.ends_with("action_done 2 done"), "{shown}");
}

#[test]
fn a_parked_caller_is_taken_back_when_a_program_asks() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; +5s; unhold; done 2; arrived; joined"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 action_done 1 done
    0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 parked: stop
    5.000 unhold_asked: fetch 2 by inbound
    5.000 action_done 2 done: [park_ended after 5000], [returning until 10]
    5.000 leg_arrived 3: start_leg 3
    5.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    ");
}

#[test]
fn a_caller_who_can_not_be_parked_talks_as_before() {
    insta::assert_snapshot!(played("park; fails 1; +2s"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 action_done 1 failed: plug 1->2, plug 2->1, converse
    ");
}

/// If they were parked, their audio has ended.
#[test]
fn a_caller_perhaps_parked_is_not_left_in_silence() {
    insta::assert_snapshot!(played("park; lost inbound; +2s"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 control_lost inbound: sound by none, [can converse hang_up hold transfer_blind send_dtmf], tools end_call take_message hold_call unhold_call transfer_call
    1.000 deadline_passed: plug 1->2, plug 2->1, converse
    ");
    insta::assert_snapshot!(played("park; lost inbound; closed; +2s"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 control_lost inbound: sound by none, [can converse hang_up hold transfer_blind send_dtmf], tools end_call take_message hold_call unhold_call transfer_call
    0.000 leg_left 1 closed: [can ]
    1.000 deadline_passed
    ");
}

#[test]
fn a_parked_caller_who_hangs_up_has_ended_the_call() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; +5s; bye"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 action_done 1 done
    0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 parked: stop
    5.000 hangup: [ended NORMAL_CLEARING by caller, next 'hangup']
    ");
}

/// The switch gives the caller back to its dialplan if nobody has fetched them. We wait for that longer than in other cases.
#[test]
fn a_parked_caller_without_reports_is_awaited() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; lost inbound; +150s; next; arrived; joined; ready"), @"
      0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
      0.000 action_done 1 done
      0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
      0.000 parked: stop
      0.000 control_lost inbound: [can ]
    120.000 deadline_passed
    150.000 next_asked: [next_answered 'again'], answer 'again'
    150.000 leg_arrived 3: [park_ended after 150000], [returning until 155], start_leg 3
    150.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind send_dtmf]
    150.000 assistant_ready 4: say welcome_back
    ");
}

/// A person who has the caller parks them by a key of their phone.
#[test]
fn a_caller_parked_by_a_person_is_not_left_alone() {
    insta::assert_snapshot!(played("bridged; closed; +5s; unbridged; +1ms; parked 701; +9s; bridged; +5s; unbridged; bye"), @"
     0.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 leg_left 1 closed
     5.000 unbridged
     5.001 parked: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    14.001 bridged: [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    19.001 unbridged
    19.001 hangup: [ended NORMAL_CLEARING by caller, next 'hangup']
    ");
}

/// This ends the hand-off, so another one may follow, and another stay in the car park.
#[test]
fn parking_by_the_person_we_rang_ends_the_hand_off() {
    let all = play(
        "asterisk; connected; inbound; ready; says 1 greeting; played 1; handoff operator; free 1; accepted 1; done 2; bridged; closed; +9s; unbridged; +1ms; parked 701; +150s; next; arrived; joined; ready; says 2 welcome_back; +1s; played 2; handoff operator",
    );
    let from = all.lines().skip_while(|line| !line.contains("unbridged"));
    insta::assert_snapshot!(from.fold(String::new(), |all, line| format!("{all}\n{line}")), @"

      9.000 unbridged
      9.001 parked: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    159.001 next_asked: [next_answered 'again'], answer 'again'
    159.001 leg_arrived 4: [park_ended after 150000], [returning until 164], start_leg 4
    159.001 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    159.001 assistant_ready 5: say welcome_back
    159.001 item_started 2 welcome_back
    159.001 item_complete 2
    160.001 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    160.001 handoff_asked: [handoff_requested 3 operator], cache_profile for 2001 operator, check_extension 3 2001
    160.001 profile_cached 3
    ");
}

/// The switch parks them all the same, a moment later.
#[test]
fn a_caller_taken_back_during_parking_is_still_fetched() {
    insta::assert_snapshot!(played("park; +100ms; unhold; +100ms; done 1; closed; parked 701; +1s; done 2; arrived; joined"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.100 unhold_asked
    0.200 action_done 1 done
    0.200 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.200 parked: stop
    1.100 deadline_passed: fetch 2 by inbound
    1.200 action_done 2 done: [park_ended after 1200], [returning until 6]
    1.200 leg_arrived 3: start_leg 3
    1.200 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    ");
    insta::assert_snapshot!(played("park; +100ms; unhold; fails 1; +2s"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.100 unhold_asked
    0.100 action_done 1 failed: plug 1->2, plug 2->1, converse
    ");
}

/// The switch may still have them, so an end that nobody saw is not reported.
#[test]
fn a_parked_caller_perhaps_fetched_is_awaited() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; +5s; unhold; lost inbound; +30s; next; arrived; joined"), @"
     0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
     0.000 action_done 1 done
     0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     0.000 parked: stop
     5.000 unhold_asked: fetch 2 by inbound
     5.000 control_lost inbound: [can ]
    35.000 next_asked: [next_answered 'again'], answer 'again'
    35.000 leg_arrived 3: [park_ended after 35000], [returning until 40], start_leg 3
    35.000 leg_joined 3: [resumed after 0], start_recording 3, start_assistant 4, plug 3->4, plug 4->3, [can converse hang_up hold transfer_blind send_dtmf]
    ");
}

#[test]
fn a_program_ends_a_parked_call_on_the_switch() {
    insta::assert_snapshot!(played("park; done 1; closed; parked 701; hangup"), @"
    0.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
    0.000 action_done 1 done
    0.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 parked: stop
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 2 by inbound
    ");
}

#[test]
fn a_person_is_recorded_until_we_hear_the_caller_again() {
    let all = play(
        "asterisk; noting; returning; connected; inbound; ready; says 1 greeting; played 1; handoff operator; free 1; accepted 1; done 2; bridged; done 3; +9s; unbridged; +300ms; arrived; joined",
    );
    let from = all.lines().skip_while(|line| !line.contains("handoff_accepted"));
    insta::assert_snapshot!(from.fold(String::new(), |all, line| format!("{all}\n{line}")), @"
    0.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    0.000 action_done 2 done
    0.000 bridged: [handoff_bridged 1], release_leg 1, stop, record 3 by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 action_done 3 done: [person_recording_began 3]
    9.000 unbridged
    9.300 deadline_passed: [caller_returned 1], stop_recording 4 by inbound, [person_recording_ended 3], [returning until 14]
    9.300 leg_arrived 4: start_leg 4
    9.300 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    ");
}

#[test]
fn variables_go_to_the_switch() {
    insta::assert_snapshot!(played("set order 4711"), @"0.000 variables_asked: set order=4711 1 by inbound");
}

/// The person hands the caller to a colleague before the switch has reported that it records.
#[test]
fn a_caller_who_changes_hands_is_recorded_once() {
    let all = play(
        "asterisk; noting; connected; inbound; ready; says 1 greeting; played 1; bridged; unbridged; bridged; done 1; +9s; bye",
    );
    let from = all.lines().skip_while(|line| !line.contains("bridged"));
    insta::assert_snapshot!(from.fold(String::new(), |all, line| format!("{all}\n{line}")), @"
    0.000 bridged: clear 2->1, listen, unplug 1->2, unplug 2->1, release_leg 1, stop, record 1 by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 unbridged
    0.000 bridged
    0.000 action_done 1 done: [person_recording_began 1]
    9.000 hangup: [person_recording_ended 1], [ended NORMAL_CLEARING by caller, next 'hangup']
    ");
}

#[test]
fn an_unknown_outcome_of_parking_is_asked_for_again() {
    insta::assert_snapshot!(play_after("asterisk; talking; inbound; park", "unknown 1; done 1; parked 701; +3s"), @"
    2.000 action_done 1 unknown
    2.000 action_done 1 done
    2.000 parked: release_leg 1, stop, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    3.000 deadline_passed: fetch 2 by inbound
    ");
}

#[test]
fn a_parked_caller_without_a_link_is_awaited() {
    insta::assert_snapshot!(play_after("asterisk; talking; inbound; park; done 1; closed; parked 701", "lost inbound; +99s; +60s; +60s"), @"
      2.000 control_lost inbound: [can ]
    122.000 deadline_passed
    157.000 deadline_passed: [ended connection_lost by server, next 'hangup']
    ");
}

#[test]
fn a_person_whom_the_switch_could_not_record_was_not() {
    insta::assert_snapshot!(play_after("asterisk; noting; connected; inbound; ready; says 1 greeting; played 1; bridged", "fails 1; +9s; unbridged; +1s"), @"
    0.000 action_done 1 failed
    9.000 unbridged
    9.300 deadline_passed: [returning until 14]
    ");
}
