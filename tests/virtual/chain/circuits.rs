//! Circuits: later calls skip a voice at which calls fail, and one call at a time tries it again.

use cordboard_test_support::openai::{Answer, Door, Script};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::{Stage, Who, speakers};
use crate::openai::stage::ms;
use crate::world::virtually;

fn refuses(times: usize) -> Script {
    let door = Door::Refuse { status: 401, code: "invalid_api_key".to_owned(), retry_after_s: None };
    let script = (0..times).fold(Script::new(), |script, _| script.door(door.clone()));
    (0..4).fold(script, |script, _| script.greeting(Answer::say("Good day.", 1000.0, ms(600))))
}

fn greets() -> Script {
    (0..8).fold(Script::new(), |script, _| script.greeting(Answer::say("Good day.", 700.0, ms(600))))
}

/// The reported health of a provider.
async fn health(stage: &Stage, provider: &str) -> Value {
    let page = stage.server.json("/api/v1/voices/health").await;
    let items = page["items"].as_array().unwrap();
    items.iter().find(|item| item["provider"] == provider).unwrap().clone()
}

/// The providers that speak on a new call, which is then hung up.
async fn who_speaks(stage: &Stage) -> Vec<String> {
    let talk = stage.caller().await;
    talk.event("item_started").await;
    let spoke = speakers(&talk).await;
    talk.hang_up().await;
    spoke
}

#[test]
fn a_voice_with_a_refused_key_waits_for_a_trial() {
    virtually(async || {
        let chain = vec![(Who::OpenAi, refuses(2)), (Who::Deepgram, greets())];
        let stage = Stage::of(chain, &[]).await;
        assert_eq!(health(&stage, "openai").await["circuit"], "closed");
        assert_eq!(who_speaks(&stage).await, ["deepgram"]);
        assert_eq!(stage.voices[0].connections(), 1);
        // It gets no request.
        let talk = stage.caller().await;
        talk.wait_tone(700.0).await;
        let failed = talk.event("assistant_failed").await;
        assert_eq!(failed["failure"], "passed_over", "{failed}");
        assert!(failed["reason"].as_str().unwrap().contains("openai"), "{failed}");
        talk.hang_up().await;
        assert_eq!(stage.voices[0].connections(), 1, "it was asked though its circuit is open");
        let shown = health(&stage, "openai").await;
        assert_eq!(shown["circuit"], "open", "{shown}");
        assert!(shown["open_until"].is_string(), "{shown}");
        // After the pause one call tries, and is refused again; after the next pause it is available.
        sleep(ms(15_000)).await;
        assert_eq!(who_speaks(&stage).await, ["deepgram"]);
        assert_eq!(stage.voices[0].connections(), 2);
        sleep(ms(16_000)).await;
        assert_eq!(who_speaks(&stage).await, ["deepgram"]);
        assert_eq!(stage.voices[0].connections(), 2, "the second pause is longer");
        sleep(ms(15_000)).await;
        assert_eq!(who_speaks(&stage).await, ["openai"]);
        assert_eq!(health(&stage, "openai").await["circuit"], "closed");
        assert_eq!(who_speaks(&stage).await, ["openai"]);
        let figures = stage.server.get("/metrics", Token::Admin).await.text();
        let counted = |line: &str| assert!(figures.contains(line), "{line} is not in {figures}");
        counted(
            "cordboard_voice_switches_total{from=\"openai\",to=\"deepgram\",reason=\"unauthorized\"} 2\n",
        );
        counted("cordboard_voice_switches_total{from=\"openai\",to=\"deepgram\",reason=\"passed_over\"} 2\n");
        counted("cordboard_voice_circuit_open{provider=\"openai\"} 0\n");
        stage.closed().await;
    });
}

#[test]
fn health_of_voices_reflects_calls_of_the_last_day() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
            "At nine.",
            700.0,
            ms(500),
        ));
        let stage = Stage::of(vec![(Who::OpenAi, script), (Who::Deepgram, Script::new())], &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.hang_up().await;
        sleep(ms(1_000)).await;
        let openai = health(&stage, "openai").await;
        assert_eq!((&openai["calls"], &openai["share_percent"]), (&1.into(), &100.into()), "{openai}");
        assert_eq!(openai["account"], "house", "{openai}");
        assert!(openai["reply_p50_ms"].as_u64().unwrap() < 5_000, "{openai}");
        assert!(openai["cost_per_minute_micros"].as_u64().unwrap() > 0, "{openai}");
        let gemini = health(&stage, "gemini").await;
        assert_eq!((&gemini["calls"], &gemini["account"]), (&0.into(), &"none".into()), "{gemini}");
        assert!(gemini["reply_p50_ms"].is_null(), "{gemini}");
        stage.closed().await;
    });
}

/// The first voice of a chain refuses a name in its profile: calls of other profiles are served there.
async fn is_refused_alone(first: Who, change: impl FnOnce(&mut Value)) {
    let chain = vec![(first, Script::new()), (Who::OpenAi, greets())];
    let stage = Stage::of(chain, &[]).await;
    stage.with_profile(change).await;
    sleep(ms(2_500)).await;
    for _ in 0..4 {
        let talk = stage.caller().await;
        talk.wait_tone(700.0).await;
        assert_eq!(talk.event("assistant_failed").await["failure"], "unknown_model");
        talk.hang_up().await;
    }
    assert_eq!(health(&stage, first.name()).await["circuit"], "closed");
    stage.closed().await;
}

#[test]
fn a_missing_agent_says_nothing_about_its_account() {
    let nobody = json!({ "provider": "elevenlabs", "agent_id": "agent_of_nobody" });
    virtually(async || {
        let names = |profile: &mut Value| profile["voices"] = json!([nobody, { "provider": "openai" }]);
        is_refused_alone(Who::ElevenLabs, names).await;
    });
}

#[test]
fn a_refused_language_says_nothing_about_its_account() {
    virtually(async || {
        is_refused_alone(Who::Deepgram, |profile| profile["language"] = json!("tlh")).await;
    });
}
