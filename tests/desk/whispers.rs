//! Agents whom the assistant tells who calls, before they talk.

use std::time::Duration;

use cordboard_test_support::desk::hears;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use serde_json::json;

use crate::stage::{Stage, has_heard, is_heard, says, stands};

const TOLD: &str = "Anna has said last: a plumber.";
/// What the assistant sounds like: to callers, and then.
const GREETING_HZ: f64 = 1_000.0;
const TOLD_HZ: f64 = 1_300.0;

#[test]
fn an_agent_hears_who_calls_and_the_caller_hears_music_until_they_talk() {
    let greeting = Answer::say("Good day.", GREETING_HZ, Duration::from_millis(600));
    let told = Answer::say(TOLD, TOLD_HZ, Duration::from_secs(3));
    let provider = OpenAiStandIn::start(Script::new().greeting(greeting).greeting(told)).unwrap();
    let stage = Stage::with_settings(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-test"),
        ("OPENAI_BASE_URL", &provider.base_url()),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
    ]);
    stage.change_profile(&json!({ "handoff_style": "warm" }));
    let mut desk = stage.desk();
    let visitor = stage.visitor();
    visitor.caller.press('0');
    let offer = desk.event_of("offered")["offer"].clone();
    desk.done(json!({ "command": "accept", "offer_id": offer["id"] }));
    stands(&mut desk, &visitor, "connecting");
    let ada = stage.audio(&mut desk, &visitor.call_id);
    let call = stands(&mut desk, &visitor, "briefed");
    assert!(call["talks_since"].is_null(), "{call}");
    let before = visitor.caller.heard().length();
    hears(&ada, |sound| sound.tone_share(TOLD_HZ) > 0.5);
    visitor.hears_something();
    says(&visitor.caller, 500.0);
    stands(&mut desk, &visitor, "talking");
    assert!(!has_heard(&visitor.caller, TOLD_HZ, before), "what is said of callers they do not hear");
    assert!(!has_heard(&ada, 500.0, Duration::ZERO), "nobody listens to who waits");
    is_heard(&ada, &visitor.caller, 600.0);
    is_heard(&visitor.caller, &ada, 700.0);
    let whispered = stage.event(&visitor.call_id, "whispered");
    assert_eq!((&whispered["user_id"], &whispered["text"]), (&stage.ada.id, &json!(TOLD)));
    desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id }));
    stage.event(&visitor.call_id, "ended");
    let said = stage.events(&visitor.call_id).into_iter().filter(|event| event["kind"] == "assistant_said");
    assert!(!said.into_iter().any(|line| line["text"] == TOLD), "it was not said to the caller");
    // The visitor's page was told with whom they are and what they have heard, and the agent's nothing of that.
    let shown = visitor.caller.shown();
    let stands: Vec<&str> = shown.iter().filter_map(|message| message["stand"].as_str()).collect();
    assert_eq!(stands, ["assistant", "ringing", "person"]);
    let words: Vec<&str> = shown.iter().filter_map(|message| message["text"].as_str()).collect();
    assert!(words.iter().all(|words| *words != TOLD && !words.contains("plumber")), "{words:?}");
    assert_eq!(ada.shown(), Vec::<serde_json::Value>::new());
}
