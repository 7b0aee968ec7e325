//! `freeswitch.mode = "audio"`: an audio WebSocket that the dialplan opens, and no control link.

use std::time::Duration;

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{KeySource, Strike};
use tokio::time::sleep;

use super::stage::{Inbound, stage};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Party;

#[test]
fn without_a_switch_the_caller_is_heard_and_hears_nothing() {
    stage("audio", Inbound::None, &[], async |stage| {
        let caller = stage.answered(stage.streaming_as(r#"{"from":"0301234","to":"5000"}"#)).await;
        let row = stage.row(&caller.id).await;
        assert_eq!(row["leg_kind"], "freeswitch");
        assert_eq!((&row["from"], &row["to"]), (&"0301234".into(), &"5000".into()), "as the metadata says");
        stage.wait_says(&caller.id, "greeting").await;
        caller.phone.says(&speech("message_text")).await;
        stage.event(&caller.id, "speech_stopped").await;
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
        let recorded = stage.recording(&caller.id, Channel::Caller).await;
        // The module's first frames come two at a time. The recorder cuts that lead of 20 ms off in a pause between the words.
        let said = speech("message_text").resampled(recorded.rate);
        let share = share_heard(&recorded, &said).unwrap();
        assert!(share.missed <= 1 && share.drift_ms.round() == -20.0, "{share:?}");
        assert_eq!(caller.phone.heard().last_sound(), None, "as README of deploy/freeswitch says");
    });
}

#[test]
fn with_a_switch_callers_hear_the_assistant_and_have_keys() {
    stage("audio", Inbound::Configured, &[], async |stage| {
        let caller = stage.answered(stage.streaming()).await;
        let row = stage.row(&caller.id).await;
        assert_eq!((&row["from"], &row["to"]), (&"1001".into(), &"5000".into()), "as the switch says");
        stage.wait_said(&caller.id, "greeting").await;
        caller.phone.press('7');
        stage.wait_said(&caller.id, "unknown_key").await;
        let heard = caller.heard();
        assert_heard(&heard, "greeting");
        assert_heard(&heard, "unknown_key");
        stage.end(&caller).await;
        assert_eq!(stage.over(&caller).await, "NORMAL_CLEARING");
        stage.ended(&caller.id).await;
    });
}

/// The audio does not name the switch that it comes from: the one that has the caller does.
#[test]
fn with_two_switches_the_caller_hears_the_assistant() {
    let another = [
        ("freeswitch.servers.pbx2.host", "127.0.0.1"),
        ("freeswitch.servers.pbx2.port", "9"),
        ("freeswitch.servers.pbx2.password", "ClueCon"),
    ];
    stage("audio", Inbound::Configured, &another, async |stage| {
        let caller = stage.answered(stage.streaming()).await;
        stage.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        stage.end(&caller).await;
        assert_eq!(stage.over(&caller).await, "NORMAL_CLEARING");
        stage.ended(&caller.id).await;
    });
}

/// A phone can send SIP INFO as fast as it likes.
#[test]
fn a_flood_of_keys_neither_fills_records_nor_hides_hangups() {
    stage("audio", Inbound::Configured, &[], async |stage| {
        let caller = stage.answered(stage.streaming()).await;
        stage.wait_said(&caller.id, "greeting").await;
        (0..5_000).for_each(|_| caller.phone.press_for('7', Duration::ZERO, KeySource::Info));
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
        assert_eq!(stage.events_of(&caller.id, "dtmf").await.len(), 50, "keys of a second that count");
    });
}

#[test]
fn without_a_switch_ended_calls_stay_parked_until_callers_leave() {
    stage("audio", Inbound::None, &[], async |stage| {
        let caller = stage.answered(stage.streaming()).await;
        stage.wait_says(&caller.id, "greeting").await;
        stage.end(&caller).await;
        stage.ended(&caller.id).await;
        stage.wait_figure("cordboard_legs_live", 0).await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(caller.phone.hangup_cause(), None, "nothing could tell the switch");
        caller.phone.hang_up();
        stage.over(&caller).await;
    });
}

#[test]
fn a_broken_websocket_is_awaited_before_the_call_ends() {
    stage("audio", Inbound::None, &[("calls.meet_timeout_s", "7")], async |stage| {
        let caller = stage.answered(stage.streaming()).await;
        stage.wait_says(&caller.id, "greeting").await;
        sleep(Duration::from_secs(1)).await;
        let struck = stage.server.passed();
        assert!(caller.phone.strike_audio(Strike::Reset));
        stage.assert_ended(&caller, "connection_lost", "server").await;
        assert_eq!(stage.times_of(&caller.id, "interrupted").await, [struck]);
        assert_eq!(stage.times_of(&caller.id, "ended").await, [struck + Duration::from_secs(7)]);
        caller.phone.hang_up();
    });
}

#[test]
fn two_callers_hear_their_own_call_only() {
    stage("audio", Inbound::Configured, &[], async |stage| {
        let first = stage.answered(stage.streaming()).await;
        let second = stage.answered(stage.streaming()).await;
        sleep(Duration::from_secs(1)).await;
        first.phone.press('7');
        stage.wait_said(&second.id, "greeting").await;
        stage.wait_said(&first.id, "unknown_key").await;
        assert_heard(&second.heard(), "greeting");
        assert_heard(&first.heard(), "unknown_key");
        assert_eq!(stage.events_of(&second.id, "dtmf").await, Vec::<serde_json::Value>::new());
        for caller in [first, second] {
            caller.phone.hang_up();
            assert_eq!(stage.ending(&caller.id).await.1, "caller");
        }
    });
}
