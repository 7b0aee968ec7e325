//! `freeswitch.mode = "esl"`: control and no audio. Prompts that the switch plays, keys, people.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::ear::share_of;
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use super::stage::{Inbound, stage};
use super::stranger::Stranger;
use crate::book::Book;
use crate::hearing::assert_heard;

#[test]
fn the_greeting_is_a_prompt_that_the_switch_plays() {
    stage("esl", Inbound::None, &[], async |stage| {
        let caller = stage.answered(stage.controlled()).await;
        stage.wait_played(&caller.id, "greeting").await;
        let row = stage.row(&caller.id).await;
        assert_eq!((&row["from"], &row["to"]), (&"1001".into(), &"5000".into()), "{row}");
        assert!(!caller.phone.is_streaming(), "no audio is asked for");
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
        assert_heard(&caller.heard(), "greeting");
        let said = stage.transcript(&caller.id).await;
        assert_eq!(said[0]["text"], "(prompt: greeting)", "what was played is written down: {said:?}");
    });
}

#[test]
fn keys_cut_the_prompt_and_do_what_they_do() {
    stage("esl", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        caller.phone.press('#');
        stage.wait("the end of the greeting", async || stage.prompts(&caller.id).await.pop()).await;
        let heard_so_far = caller.heard().length();
        sleep(Duration::from_secs(2)).await;
        caller.phone.press('7');
        stage.wait_played(&caller.id, "unknown_key").await;
        caller.phone.press('*');

        stage.assert_ended(&caller, "normal_clearing", "assistant").await;
        let played = stage.prompts(&caller.id).await;
        let played: Vec<(&str, &str)> = played.iter().map(|(line, end)| (&line[..], &end[..])).collect();
        assert_eq!(
            played,
            [
                ("greeting", "cleared"),
                ("greeting", "cleared"),
                ("unknown_key", "finished"),
                ("goodbye", "finished")
            ]
        );
        let heard = caller.heard();
        assert_heard(&heard, "unknown_key");
        let goodbye = assert_heard(&heard, "goodbye");
        let before = heard.part(Span { start: heard_so_far, end: goodbye.at });
        let again = share_of(&before, "greeting");
        assert!(again.heard > 0.1, "from its beginning: {again:?}");
        stage.over(&caller).await;
    });
}

#[test]
fn key_0_leads_to_the_operator() {
    stage("esl", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        caller.phone.press('0');
        assert_eq!(stage.went_to(&caller).await, "people,operator,1");
        assert_heard(&caller.heard(), "transferring");
        caller.phone.hang_up();
        assert_eq!(stage.ending(&caller.id).await.0, "call_transferred");
    });
}

#[test]
fn a_silent_caller_is_asked_and_then_told_goodbye() {
    let impatient = [("calls.silence_prompt_s", "10"), ("calls.silence_goodbye_s", "7")];
    stage("esl", Inbound::None, &impatient, async |stage| {
        let caller = stage.answered(stage.controlled()).await;
        stage.assert_ended(&caller, "caller_silent", "assistant").await;
        let heard = caller.heard();
        let lines = ["greeting", "still_there", "goodbye_silence"].map(|line| assert_heard(&heard, line));
        // Asked 10 s after the end of the greeting, and released 7 s after the end of the question; the rest are ticks of the switch.
        let begun = lines.map(|share| (share.at.as_secs_f64() * 1_000.0).round());
        assert_eq!(begun, [60.0, 18_020.0, 25_880.0]);
        stage.over(&caller).await;
    });
}

#[test]
fn a_person_takes_over_when_a_program_asks() {
    stage("esl", Inbound::Configured, &[], async |stage| {
        let caller = stage.answered(stage.controlled()).await;
        stage.wait_played(&caller.id, "greeting").await;
        stage.ask_of(&caller.id, "handoff", &json!({ "target": "anna" })).await;
        let anna = stage.wait("anna's telephone", async || stage.switch.leg_at("1002")).await;
        anna.answer();
        stage.event(&caller.id, "handoff_bridged").await;
        assert_eq!(caller.phone.bridged_to().as_deref(), Some(anna.uuid()));
        caller.phone.hang_up();
        stage.ended(&caller.id).await;
        stage.wait("the end of anna's leg", async || anna.hangup_cause()).await;
    });
}

#[test]
fn an_audio_websocket_is_refused() {
    stage("esl", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        let uuid = Uuid::parse_str(caller.phone.uuid()).unwrap();
        let mut stranger = Stranger::asks(stage.server.addresses.audio_stream, uuid, "").await;
        assert_eq!(stranger.status().await, 403);
        assert_eq!(stranger.until_closed().await, Duration::ZERO);
        // Nobody noticed.
        stage.wait_played(&caller.id, "greeting").await;
        caller.phone.hang_up();
        stage.ended(&caller.id).await;
    });
}
