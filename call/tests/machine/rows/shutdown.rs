//! A server that shuts down: calls that need it, and calls that go on without it.

use crate::script::{call_after, play_after};

const ASTERISK: &str = "returning; asterisk; connected; inbound; ready; says 1 greeting; +2s; played 1";
const WITH_PERSON: &str = "handoff operator; free 1; accepted 1; closed; bridged; done 2";

/// Whether a server that shuts down waits for this call.
fn is_waited_for(script: &str) -> bool {
    !call_after(script).machine.continues_alone()
}

#[test]
fn callers_with_a_person_are_left_to_the_next_process() {
    let beginning = format!("{ASTERISK}; {WITH_PERSON}");
    insta::assert_snapshot!(play_after(&beginning, "draining; +10s; drained; stopping; +20s; restarted; dead 2s; inbound bridged; +60s; unbridged; next; +300ms; connected; ready"), @"
     2.000 server_draining
    12.000 drain_expired
    12.000 server_stopping
    32.000 server_restarted: [can ]
    34.000 control_attached inbound: hear by inbound, [can hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    94.000 unbridged
    94.000 next_asked: [next_answered 'again'], answer 'again'
    94.300 deadline_passed: [caller_returned 1], [returning until 99]
    94.300 leg_arrived 4: start_leg 4
    94.300 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    94.300 assistant_ready 5: say welcome_back
    ");
}

/// The server's port is closed, so only the next process can have them.
#[test]
fn callers_returning_during_shutdown_are_left_to_the_next_process() {
    let beginning = format!("{ASTERISK}; {WITH_PERSON}");
    insta::assert_snapshot!(play_after(&beginning, "draining; +10s; unbridged; next; +300ms; drained; stopping; +9s; restarted; dead 2s; connected; ready"), @"
     2.000 server_draining
    12.000 unbridged
    12.000 next_asked: [next_answered 'again'], answer 'again'
    12.300 deadline_passed: [caller_returned 1], [returning until 42]
    12.300 drain_expired
    12.300 server_stopping
    21.300 server_restarted: [interrupted until 51]
    23.300 leg_arrived 4: start_leg 4
    23.300 leg_joined 4: [resumed after 11000], start_recording 4, start_assistant 5, plug 4->5, plug 5->4, [can converse hang_up hold transfer_blind send_dtmf]
    23.300 assistant_ready 5: say welcome_back
    ");
}

#[test]
fn calls_that_go_on_alone_are_not_awaited() {
    let twilio = r#"twilio; reaching people; inbound; asks {"ask":"begun"}"#;
    let led = r#"asks {"ask":"transfer","extension":"operator"}"#;
    let voicemail =
        r#"twilio; asks {"ask":"turned_away","why":"closed","instead":{"do":"voicemail","text":"Closed."}}"#;
    for (script, waits) in [
        (ASTERISK.to_owned(), true),
        (format!("{ASTERISK}; handoff operator; free 1"), true),
        (format!("{ASTERISK}; {WITH_PERSON}"), false),
        (format!("{ASTERISK}; {WITH_PERSON}; unbridged; +300ms"), true),
        (format!("{ASTERISK}; draining; {WITH_PERSON}; unbridged; +300ms"), false),
        (format!("{ASTERISK}; park; done 1; closed; parked 701"), false),
        (format!("{ASTERISK}; broken"), true),
        (format!("{ASTERISK}; broken; draining"), false),
        (format!("{ASTERISK}; draining; broken"), false),
        (format!("{ASTERISK}; restarted"), false),
        (format!("{twilio}; {led}"), true),
        (format!("{twilio}; {led}; accepted 1; bridged"), false),
        (voicemail.to_owned(), false),
    ] {
        assert_eq!(is_waited_for(&script), waits, "{script}");
    }
}

#[test]
fn a_parked_caller_is_left_to_the_next_process() {
    insta::assert_snapshot!(play_after(ASTERISK, "park; done 1; closed; parked 701; draining; drained; stopping; +9s; restarted; dead 2s; inbound; +3s; unhold; done 2"), @"
     2.000 park_asked: clear 2->1, listen, unplug 1->2, unplug 2->1, park for 150 s 1 by inbound
     2.000 action_done 1 done
     2.000 leg_left 1 closed: [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
     2.000 parked: stop
     2.000 server_draining
     2.000 drain_expired
     2.000 server_stopping
    11.000 server_restarted: [can ]
    13.000 control_attached inbound: hear by inbound, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    16.000 unhold_asked: fetch 2 by inbound
    16.000 action_done 2 done: [park_ended after 14000], [returning until 21]
    ");
}

#[test]
fn lost_callers_have_30_s_to_reach_the_next_process() {
    insta::assert_snapshot!(play_after("talking; broken", "draining; +29s; +5s"), @"
     2.000 server_draining
    32.000 deadline_passed: [ended server_restart by server, next 'hangup'], stop
    ");
}

#[test]
fn a_draining_process_leaves_calls_that_do_not_need_it() {
    let is_left = |script: &str| call_after(script).machine.is_left_to_next();
    assert!(!is_left("talking; draining"), "its caller is heard here");
    assert!(!is_left("talking; restarted"), "they may still come back to this one");
    assert!(is_left("talking; restarted; draining"));
}
