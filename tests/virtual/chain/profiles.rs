//! Rules for a profile's chain.

use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;

use super::stage::{Stage, Who};
use crate::openai::stage::ms;
use crate::world::virtually;

fn pair() -> Vec<(Who, Script)> {
    vec![(Who::OpenAi, Script::new()), (Who::Gemini, Script::new())]
}

#[test]
fn a_chain_repeating_a_voice_is_refused_with_the_reason() {
    virtually(async || {
        let stage = Stage::of(pair(), &[]).await;
        let circle = json!([{ "provider": "openai" }, { "provider": "gemini" }, { "provider": "openai" }]);
        let refused = stage.tries_profile(|profile| profile["voices"] = circle).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("openai twice"), "{}", refused.text());
        stage.closed().await;
    });
}

#[test]
fn a_voice_without_an_account_is_refused_with_the_reason() {
    virtually(async || {
        let stage = Stage::of(pair(), &[]).await;
        let other = json!([{ "provider": "deepgram" }]);
        let refused = stage.tries_profile(|profile| profile["voices"] = other).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("no account at deepgram"), "{}", refused.text());
        let builtin =
            stage.tries_profile(|profile| profile["voices"] = json!([{ "provider": "builtin" }])).await;
        assert_eq!(builtin.status, 422, "it is at the end by itself: {}", builtin.text());
        stage.closed().await;
    });
}

#[test]
fn each_provider_gets_its_own_name_of_a_voice() {
    virtually(async || {
        let greets = |hz| Script::new().greeting(Answer::say("Good day.", hz, ms(600)));
        let chain = vec![(Who::OpenAi, greets(1000.0)), (Who::Gemini, greets(700.0))];
        let stage = Stage::of(chain, &[]).await;
        let named =
            json!([{ "provider": "openai", "voice": "cedar" }, { "provider": "gemini", "voice": "Puck" }]);
        stage.with_profile(|profile| profile["voices"] = named.clone()).await;
        let shown = stage.server.json("/api/v1/agent-profiles").await["items"][0]["voices"].clone();
        assert_eq!(shown[0]["voice"], "cedar");
        assert_eq!(shown[1]["voice"], "Puck");
        tokio::time::sleep(ms(2_500)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let super::stage::StandIn::OpenAi(openai) = &stage.voices[0] else { panic!("not the first") };
        let update =
            openai.connection(0).unwrap().from_client("session.update").next().unwrap().event.clone();
        assert!(update.to_string().contains("\"cedar\""), "{update}");
        assert!(!update.to_string().contains("Puck"), "{update}");
        talk.hang_up().await;
        stage.closed().await;
    });
}
