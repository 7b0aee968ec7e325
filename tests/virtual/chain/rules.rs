//! Rules: which voices of a chain a call uses at all.

use cordboard_test_support::openai::{Answer, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::{Stage, StandIn, Who, speakers};
use crate::openai::ears::tone_length;
use crate::openai::stage::ms;
use crate::world::{Setting, virtually};

fn greets(hz: f64) -> Script {
    (0..4).fold(Script::new(), |script, _| script.greeting(Answer::say("Good day.", hz, ms(600))))
}

/// The providers that speak on a call of a profile with this change, and why others were skipped.
async fn who_speaks(more: &[Setting<'_>], change: impl FnOnce(&mut Value)) -> (Vec<String>, Vec<String>) {
    let chain = vec![(Who::OpenAi, greets(1000.0)), (Who::Gemini, greets(700.0))];
    let stage = Stage::of(chain, more).await;
    stage.with_profile(change).await;
    sleep(ms(2_500)).await;
    let talk = stage.caller().await;
    talk.event("item_started").await;
    let spoke = speakers(&talk).await;
    let passed: Vec<String> = talk
        .events_of("assistant_failed")
        .await
        .iter()
        .map(|failed| {
            assert_eq!(failed["failure"], "passed_over", "{failed}");
            failed["reason"].as_str().unwrap().to_owned()
        })
        .collect();
    talk.hang_up().await;
    let asked: Vec<usize> = stage.voices.iter().map(StandIn::connections).collect();
    assert_eq!(
        asked.iter().sum::<usize>(),
        spoke.iter().filter(|name| *name != "builtin").count(),
        "{asked:?}"
    );
    stage.closed().await;
    (spoke, passed)
}

#[test]
fn eu_data_reaches_no_voice_elsewhere() {
    virtually(async || {
        let stays = |profile: &mut Value| profile["must_stay_in"] = "eu".into();
        let (spoke, passed) =
            who_speaks(&[("gemini.data_region", "eu"), ("openai.data_region", "us")], stays).await;
        assert_eq!(spoke, ["gemini"]);
        assert!(passed[0].contains("openai") && passed[0].contains("the EU"), "{passed:?}");
    });
    virtually(async || {
        // Neither provider's place is known: the built-in assistant serves, which keeps everything on this machine.
        let stays = |profile: &mut Value| profile["must_stay_in"] = "eu".into();
        assert_eq!(who_speaks(&[], stays).await.0, ["builtin"]);
    });
    virtually(async || {
        // Without a chain, too.
        let stays = |profile: &mut Value| {
            profile["must_stay_in"] = "eu".into();
            profile["voices"] = json!([]);
        };
        assert_eq!(who_speaks(&[("assistant.provider", "openai")], stays).await.0, ["builtin"]);
    });
}

#[test]
fn a_voice_with_languages_serves_only_profiles_in_those_languages() {
    let rule = |language: &'static str| {
        move |profile: &mut Value| {
            profile["language"] = language.into();
            profile["voices"][0]["when"] = json!({ "languages": ["de", "pt"] });
        }
    };
    virtually(async || {
        let (spoke, passed) = who_speaks(&[], rule("en")).await;
        assert_eq!(spoke, ["gemini"]);
        assert!(passed[0].contains("rule of openai"), "{passed:?}");
    });
    virtually(async || assert_eq!(who_speaks(&[], rule("pt-BR")).await.0, ["openai"]));
}

#[test]
fn a_voice_with_hours_is_used_only_within_them() {
    // The world begins on a Tuesday at 09:00, and the business is in UTC.
    let rule = |from: &'static str| {
        move |profile: &mut Value| {
            profile["voices"][0]["when"] =
                json!({ "hours": { "tuesday": [{ "from": from, "to": "17:00" }] } });
        }
    };
    virtually(async || assert_eq!(who_speaks(&[], rule("08:00")).await.0, ["openai"]));
    virtually(async || assert_eq!(who_speaks(&[], rule("10:00")).await.0, ["gemini"]));
}

#[test]
fn a_replay_is_answered_by_the_first_voice_asked() {
    virtually(async || {
        let asked = Script::new()
            .greeting(Answer::say("Good day.", 700.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(Answer::say("We open at nine.", 1300.0, ms(800)));
        let stage = Stage::of(vec![(Who::OpenAi, greets(1000.0)), (Who::Cascade, asked)], &[]).await;
        let rule = |profile: &mut Value| {
            profile["language"] = "en".into();
            profile["voices"][0]["when"] = json!({ "languages": ["de"] });
        };
        stage.with_profile(rule).await;
        sleep(ms(2_500)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(700.0).await;
        talk.ask(1300.0).await;
        talk.wait_tone_end(1300.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        let call = talk.hang_up().await["id"].clone();
        let StandIn::Cascade(cascade) = &stage.voices[1] else { panic!("the second voice is no cascade") };
        cascade.rewrite(Script::new().greeting(Answer::say("Hello.", 700.0, ms(100))).turn(Answer::say(
            "At nine.",
            1300.0,
            ms(100),
        )));
        let profile = stage.server.json("/api/v1/agent-profiles").await["items"][0]["id"].clone();
        let path = format!("/api/v1/agent-profiles/{}/replays", profile.as_str().unwrap());
        let begun = stage.server.post(&path, &json!({ "call_id": call }), Token::Admin).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let at = format!("{path}/{}", begun.json()["id"].as_str().unwrap());
        let ended = async || {
            let replay = stage.server.json(&at).await;
            (replay["state"] != "running").then_some(replay)
        };
        let replay: Value = stage.server.until("the end of the replay", ended).await;
        assert_eq!(
            (&replay["state"], &replay["provider"]),
            (&json!("done"), &json!("cascade")),
            "{replay:#}"
        );
        assert_eq!(stage.voices[0].connections(), 0, "its rule does not apply to such a call");
        stage.closed().await;
    });
}

/// A voice that greets at 1000 Hz and answers at 700, twice.
fn talks() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(Answer::say("At nine.", 700.0, ms(500)))
        .turn(Answer::say("Also on Fridays.", 700.0, ms(500)))
}

/// A voice that goes on for it, and answers at 1300 Hz.
fn goes_on() -> Script {
    (0..3).fold(Script::new(), |script, _| script.turn(Answer::say("You are welcome.", 1300.0, ms(500))))
}

#[test]
fn a_voice_paid_by_tokens_serves_up_to_its_cap() {
    virtually(async || {
        let stage = Stage::of(vec![(Who::OpenAi, talks()), (Who::Gemini, goes_on())], &[]).await;
        // The greeting alone costs less than the limit; greeting and answer cost more.
        let of_greeting = 40_000;
        stage.with_profile(|profile| profile["voices"][0]["call_cost_max_micros"] = of_greeting.into()).await;
        sleep(ms(2_500)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let replaced = talk.event("assistant_replaced").await;
        assert_eq!(
            (&replaced["failure"], &replaced["place"]),
            (&"passed_over".into(), &1.into()),
            "{replaced}"
        );
        let reached = talk.event("cost_cap_reached").await;
        assert_eq!(
            (&reached["place"], &reached["cap_micros"]),
            (&0.into(), &of_greeting.into()),
            "{reached}"
        );
        assert!(reached["spent_micros"].as_u64().unwrap() >= of_greeting, "{reached}");
        assert_eq!(talk.events_of("assistant_failed").await.len(), 0, "it has not failed");
        // The next one knows what was said, and is silent until the caller asks.
        sleep(ms(3_000)).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(600), "greeted once");
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(500), "no answer was cut");
        assert!(stage.voices[1].remembers(0).contains("At nine."));
        talk.ask(1300.0).await;
        assert_eq!(speakers(&talk).await, ["openai", "gemini"]);
        talk.hang_up().await;
        // Another call starts from the beginning.
        let talk = stage.caller().await;
        talk.event("item_started").await;
        assert_eq!(speakers(&talk).await, ["openai"]);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_voice_paid_by_minutes_leaves_calls_at_its_cap() {
    virtually(async || {
        let stage = Stage::of(vec![(Who::Deepgram, talks()), (Who::OpenAi, goes_on())], &[]).await;
        // A minute costs 0.08: three pieces of 15 s cost 0.06.
        stage.with_profile(|profile| profile["voices"][0]["call_cost_max_micros"] = 60_000.into()).await;
        sleep(ms(2_500)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(25_000)).await;
        talk.ask(700.0).await;
        assert_eq!(talk.events_of("cost_cap_reached").await.len(), 0, "half a minute costs less");
        sleep(ms(5_000)).await;
        assert_eq!(talk.event("cost_cap_reached").await["spent_micros"], 60_000);
        sleep(ms(1_000)).await;
        assert_eq!(speakers(&talk).await, ["deepgram", "openai"]);
        talk.ask(1300.0).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}
