//! Agents who are briefed by the assistant before they talk.

use std::time::Duration;

use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;

use super::stage::Stage;
use crate::suites::book::between;
use crate::suites::desks::{has_heard, hears, is_heard, says, stands};
use crate::suites::provider::provider_of;
use crate::world::virtually;

const TOLD: &str = "Anna has said last: a plumber.";
/// The assistant's tones: the greeting to callers, and the briefing.
const GREETING_HZ: f64 = 1_000.0;
const TOLD_HZ: f64 = 1_300.0;

#[test]
fn agents_are_briefed_while_the_caller_hears_music() {
    virtually(async || {
        let greeting = Answer::say("Good day.", GREETING_HZ, Duration::from_millis(600));
        let told = Answer::say(TOLD, TOLD_HZ, Duration::from_secs(3));
        let provider = provider_of(Script::new().greeting(greeting).greeting(told));
        let stage = Stage::with_settings(&[
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-test"),
            ("OPENAI_BASE_URL", &provider.base_url()),
            ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ])
        .await;
        stage.change_profile(&json!({ "handoff_style": "warm" })).await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        let ada = stage.audio(&mut desk, &visitor.call_id).await;
        let call = stands(&mut desk, &visitor.call_id, "briefed").await;
        assert!(call["talks_since"].is_null(), "{call}");
        let before = visitor.caller.heard().length();
        hears(&ada, |sound| sound.tone_share(TOLD_HZ) > 0.5).await;
        visitor.hears_something().await;
        says(&visitor.caller, 500.0).await;
        stands(&mut desk, &visitor.call_id, "talking").await;
        assert!(!has_heard(&visitor.caller, TOLD_HZ, before), "callers do not hear the briefing");
        assert!(!has_heard(&ada, 500.0, Duration::ZERO), "nobody listens to a waiting caller");
        is_heard(&ada, &visitor.caller, 600.0).await;
        is_heard(&visitor.caller, &ada, 700.0).await;
        let whispered = stage.event(&visitor.call_id, "whispered").await;
        let talk = stage.event(&visitor.call_id, "handoff_bridged").await;
        assert_eq!(between(&whispered, &talk), Duration::ZERO, "they talk after the briefing");
        assert_eq!((&whispered["user_id"], &whispered["text"]), (&stage.ada.id, &json!(TOLD)));
        desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
        stage.event(&visitor.call_id, "ended").await;
        let said = stage
            .events(&visitor.call_id)
            .await
            .into_iter()
            .filter(|event| event["kind"] == "assistant_said");
        assert!(!said.into_iter().any(|line| line["text"] == TOLD), "it was not said to the caller");
        // The visitor's page showed who they were with and what they have heard, and the agent's page showed nothing of that.
        let shown = visitor.caller.shown();
        let stands: Vec<&str> = shown.iter().filter_map(|message| message["stand"].as_str()).collect();
        assert_eq!(stands, ["assistant", "ringing", "person"]);
        let words: Vec<&str> = shown.iter().filter_map(|message| message["text"].as_str()).collect();
        assert!(words.iter().all(|words| *words != TOLD && !words.contains("plumber")), "{words:?}");
        assert_eq!(ada.shown(), Vec::<serde_json::Value>::new());
    });
}
