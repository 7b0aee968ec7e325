//! `freeswitch.mode = "audio"`: an audio WebSocket that the dialplan opens, and no control link.

use std::time::Duration;

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::{Book, Channel, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, speech};
use cordboard_test_support::freeswitch::Strike;
use cordboard_test_support::waiting::wait_until;

use crate::stage::{Caller, Inbound, Stage};

/// A broken call is given up after this time, in s.
const MEET: [(&str, &str); 1] = [("calls.meet_timeout_s", "1")];

/// Says something, and waits until it was said.
fn say(caller: &Caller, name: &str) {
    caller.phone.say(&speech(name));
    let said = || caller.phone.said_at().is_none_or(|at| at <= std::time::Instant::now()).then_some(());
    wait_until("the end of what the caller says", LIMIT, said).unwrap();
}

#[test]
fn without_a_switch_the_caller_is_heard_and_hears_nothing() {
    let stage = Stage::open("audio", Inbound::None, &[]);
    let caller = stage.answered(stage.streaming_as(r#"{"from":"0301234","to":"5000"}"#));
    let row = stage.call(&caller.id);
    assert_eq!(row["leg_kind"], "freeswitch");
    assert_eq!((&row["from"], &row["to"]), (&"0301234".into(), &"5000".into()), "as the metadata says");
    stage.wait_says(&caller.id, "greeting");
    say(&caller, "message_text");
    stage.event(&caller.id, "speech_stopped");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "caller".to_owned()));
    let recorded = stage.finished_recording(&caller.id, Channel::Caller);
    let share = share_heard(&recorded, &speech("message_text").resampled(recorded.rate)).unwrap();
    assert!(share.is_all(), "{share:?}");
    assert_eq!(caller.phone.heard().last_sound(), None, "as README of deploy/freeswitch says");
    stage.close();
}

#[test]
fn with_a_switch_the_caller_hears_the_assistant_and_has_keys() {
    let stage = Stage::open("audio", Inbound::Configured, &[]);
    let caller = stage.answered(stage.streaming());
    let row = stage.call(&caller.id);
    assert_eq!((&row["from"], &row["to"]), (&"1001".into(), &"5000".into()), "as the switch says");
    stage.wait_said(&caller.id, "greeting");
    caller.phone.press('7');
    stage.wait_said(&caller.id, "unknown_key");
    let heard = caller.heard();
    assert_heard_out(&heard, "greeting");
    assert_heard_out(&heard, "unknown_key");
    stage.end(&caller);
    assert_eq!(caller.phone.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
    stage.ended(&caller.id);
    stage.close();
}

#[test]
fn a_call_that_we_end_without_a_switch_is_parked_until_the_caller_leaves() {
    let stage = Stage::open("audio", Inbound::None, &[]);
    let caller = stage.answered(stage.streaming());
    stage.wait_says(&caller.id, "greeting");
    stage.end(&caller);
    stage.ended(&caller.id);
    stage.wait_figure("cordboard_legs_live", 0);
    assert_eq!(caller.phone.hangup_cause(), None, "nobody could tell the switch");
    caller.phone.hang_up();
    caller.phone.wait_over(LIMIT).unwrap();
    stage.close();
}

#[test]
fn a_broken_websocket_is_waited_for_and_then_the_call_is_over() {
    let stage = Stage::open("audio", Inbound::None, &MEET);
    let caller = stage.answered(stage.streaming());
    stage.wait_says(&caller.id, "greeting");
    assert!(caller.phone.strike_audio(Strike::Reset));
    stage.event(&caller.id, "interrupted");
    assert_eq!(stage.ending(&caller.id), ("connection_lost".to_owned(), "server".to_owned()));
    caller.phone.hang_up();
    stage.close();
}

#[test]
fn two_callers_hear_their_own_call_only() {
    let stage = Stage::open("audio", Inbound::Configured, &[]);
    let (first, second) = (stage.answered(stage.streaming()), stage.answered(stage.streaming()));
    first.wait_heard(Duration::from_secs(1));
    first.phone.press('7');
    stage.wait_said(&second.id, "greeting");
    stage.wait_said(&first.id, "unknown_key");
    assert_heard_out(&second.heard(), "greeting");
    assert_eq!(stage.events_of(&second.id, "dtmf"), Vec::<serde_json::Value>::new());
    for caller in [first, second] {
        caller.phone.hang_up();
        assert_eq!(stage.ending(&caller.id).1, "caller");
    }
    stage.close();
}
