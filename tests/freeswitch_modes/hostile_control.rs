//! What comes over a control link that no FreeSWITCH says.

use std::time::Duration;

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::Strike;
use serde_json::Value;
use uuid::Uuid;

use crate::stage::{Caller, Inbound, Stage};

/// Bytes of a header that a control link may have, and of one that it may not.
const LARGE_HEADER: usize = 100_000;
const HUGE_HEADER: usize = 400_000;

/// A caller in the middle of the greeting.
fn talking(stage: &Stage) -> Caller {
    let caller = stage.answered(stage.controlled());
    caller.wait_heard(Duration::from_secs(1));
    caller
}

/// Entries of one kind that are about the link which the dialplan opened.
fn of_outbound(stage: &Stage, caller: &Caller, kind: &str) -> Vec<Value> {
    let mut entries = stage.events_of(&caller.id, kind);
    entries.retain(|entry| entry["link"] != "inbound");
    entries
}

/// An event of the call itself whose outer length is none.
fn broken_length() -> Strike {
    Strike::Inject(b"Content-Length: many\nContent-Type: text/event-plain\n\nEvent-Name: DTMF\n\n".to_vec())
}

/// An event whose outer length says more than anybody takes.
fn endless_length() -> Strike {
    Strike::event("Event-Name: DTMF\n\n", 2_000_000_000)
}

#[test]
fn nonsense_between_frames_and_events_of_others_are_passed_over() {
    let stage = Stage::open("dual", Inbound::None, &[]);
    let caller = talking(&stage);
    let other = Uuid::new_v4().to_string();
    let inner = format!("Event-Name: DTMF\nUnique-ID: {other}\nDTMF-Digit: *\n\n");
    let strikes = [
        Strike::foreign_event("CHANNEL_HANGUP", &other),
        Strike::foreign_event("CHANNEL_HANGUP_COMPLETE", &other),
        Strike::foreign_event("CHANNEL_BRIDGE", &other),
        Strike::event(&inner, inner.len()),
        // The last bytes of it look like a frame of their own.
        Strike::event(&inner, inner.len() - 6),
        Strike::event("", 0),
        Strike::garbage(),
        Strike::huge_header(LARGE_HEADER),
    ];
    for strike in &strikes {
        assert_eq!(caller.phone.strike_control(strike), 1, "{strike:?}");
    }
    stage.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    assert_eq!(stage.events_of(&caller.id, "control_lost"), Vec::<Value>::new());
    assert_eq!(stage.events_of(&caller.id, "dtmf"), Vec::<Value>::new(), "the key was another caller's");
    // Control works as ever.
    caller.phone.press('*');
    assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "assistant".to_owned()));
    stage.close();
}

#[test]
fn a_link_that_can_not_be_understood_is_left_and_the_dialplan_opens_another() {
    for strike in [Strike::huge_header(HUGE_HEADER), broken_length(), endless_length()] {
        let stage = Stage::open("dual", Inbound::None, &[]);
        let caller = talking(&stage);
        assert_eq!(caller.phone.strike_control(&strike), 1);
        stage.wait("the loss of control", || of_outbound(&stage, &caller, "control_lost").pop());
        let attached = || (of_outbound(&stage, &caller, "control_attached").len() == 2).then_some(());
        stage.wait("control once more", attached);
        caller.phone.press('*');
        assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
        assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "assistant".to_owned()));
        stage.close_after_gibberish();
    }
}

#[test]
fn a_call_whose_link_can_not_be_understood_is_controlled_by_our_own_connection() {
    let stage = Stage::open("dual", Inbound::Configured, &[]);
    let caller = talking(&stage);
    assert_eq!(caller.phone.strike_control(&Strike::huge_header(HUGE_HEADER)), 1);
    stage.wait("the loss of control", || of_outbound(&stage, &caller, "control_lost").pop());
    stage.end(&caller);
    assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    assert_eq!(stage.ended(&caller.id)["hangup_cause"], "normal_clearing");
    stage.close_after_gibberish();
}

#[test]
fn a_length_that_swallows_what_follows_costs_no_call() {
    let stage = Stage::open("dual", Inbound::Configured, &[]);
    let caller = talking(&stage);
    // The frames that come next are taken for its body.
    let inner = "Event-Name: CHANNEL_DATA\n\n";
    assert_eq!(caller.phone.strike_control(&Strike::event(inner, inner.len() + 700)), 1);
    // Of a piece of sound whose end was swallowed nobody knows: the greeting may count as cut there.
    stage.event(&caller.id, "played_until");
    assert_eq!(caller.phone.hangup_cause(), None, "the caller is still there");
    stage.end(&caller);
    caller.phone.wait_over(LIMIT).unwrap();
    assert_eq!(stage.ended(&caller.id)["hangup_cause"], "normal_clearing");
    stage.close_after_gibberish();
}

#[test]
fn our_own_connection_that_is_told_nonsense_comes_back_and_no_call_notices() {
    let stage = Stage::open("dual", Inbound::Configured, &[]);
    let caller = talking(&stage);
    assert_eq!(stage.switch.strike_inbound(&Strike::garbage()), 1);
    assert_eq!(stage.switch.strike_inbound(&Strike::huge_header(HUGE_HEADER)), 1);
    stage.wait_figure("cordboard_switch_losses_total{switch=\"pbx1\"}", 1);
    stage.wait_figure("cordboard_switch_connected{switch=\"pbx1\"}", 1);
    stage.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id).1, "caller");
    stage.close();
}
