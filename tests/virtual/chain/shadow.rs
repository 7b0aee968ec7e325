//! A shadow: a second voice that hears a call, and that no caller hears.

use std::time::Duration;

use cordboard_test_support::openai::{Answer, Door, Script, Trouble, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::{Stage, Who};
use crate::openai::ears::{has_tone, tone_length};
use crate::openai::stage::{Talk, ms};
use crate::world::virtually;

/// The voice that callers hear: tones of 1000 and 700 Hz.
fn heard() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(Answer::say("At nine.", 700.0, ms(500)))
        .words(Words::Heard("And on Sundays?".to_owned(), ms(50)))
        .turn(Answer::say("We are closed.", 700.0, ms(500)))
}

/// The shadow: tones of 1300 Hz.
fn unheard() -> Script {
    Script::new()
        .words(Words::Heard("When do you open, please?".to_owned(), ms(50)))
        .turn(Answer::say("From nine to five.", 1300.0, ms(3_000)))
        .words(Words::Heard("And on Sundays?".to_owned(), ms(50)))
        .turn(Answer::say("On Sundays from ten.", 1300.0, ms(3_000)))
}

/// A server whose profile has the first voice, and the second one as the shadow of all calls.
async fn stage((main, script): (Who, Script), (shadow, shadows): (Who, Script), more: Value) -> Stage {
    let stage = Stage::of(vec![(main, script), (shadow, shadows)], &[]).await;
    let mut settings = json!({
        "provider": shadow.name(), "share_percent": 100, "month_cost_max_micros": 1_000_000_000,
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
        .with_profile(|profile| {
            profile["voices"] = json!([{ "provider": main.name() }]);
            profile["shadow"] = settings;
        })
        .await;
    sleep(ms(2_500)).await;
    stage
}

/// Shadows' answers on the profile's calls, newest first, each complete.
async fn shadowed(stage: &Stage) -> Vec<Value> {
    let profile = stage.server.json("/api/v1/agent-profiles").await["items"][0]["id"].clone();
    let path = format!("/api/v1/agent-profiles/{}/shadow/calls", profile.as_str().unwrap());
    let list = stage.server.json(&path).await;
    let mut calls = Vec::new();
    for call in list["items"].as_array().unwrap() {
        calls.push(stage.server.json(&format!("{path}/{}", call["id"].as_str().unwrap())).await);
    }
    calls
}

/// The same once the last answers are written.
async fn shadowed_in_the_end(stage: &Stage) -> Vec<Value> {
    sleep(ms(3_000)).await;
    shadowed(stage).await
}

fn exchanges(call: &Value) -> &Vec<Value> {
    call["exchanges"].as_array().unwrap()
}

/// The call shows nothing of the shadow: not in what was heard, in what is recorded, or in what it cost.
async fn has_left_no_trace(talk: &Talk<'_>) {
    assert!(!has_tone(&talk.heard(), 1300.0), "the caller heard the shadow");
    let events = talk.events().await;
    let named = events.iter().find(|event| event.to_string().contains("From nine to five"));
    assert!(named.is_none(), "the journal has what the shadow said: {named:?}");
    assert!(
        talk.transcript().await.iter().all(|line| !line.contains("please")),
        "{:?}",
        talk.transcript().await
    );
}

#[test]
fn nobody_hears_a_shadow_but_its_answers_are_kept() {
    for [main, shadow] in [
        [Who::OpenAi, Who::Gemini],
        [Who::OpenAi, Who::Deepgram],
        [Who::Gemini, Who::OpenAi],
        [Who::Deepgram, Who::OpenAiLive],
        [Who::OpenAiLive, Who::OpenAi],
    ] {
        virtually(async || {
            let what = format!("{} with {}", main.name(), shadow.name());
            let stage = stage((main, heard()), (shadow, unheard()), json!({})).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            sleep(ms(6_000)).await;
            talk.ask(700.0).await;
            sleep(ms(6_000)).await;
            has_left_no_trace(&talk).await;
            assert_eq!(
                tone_length(&talk.heard(), 700.0),
                ms(1_000),
                "{what}: the caller's answers are whole"
            );
            assert!(stage.voices[1].connections() >= 1, "{what}");
            // It knows what the caller was answered in its place.
            let remembered = stage.voices[1].remembers(0);
            for words in ["Good day.", "At nine."] {
                assert!(remembered.contains(words), "{what}: {words:?} is not in:\n{remembered}");
            }
            talk.hang_up().await;
            let calls = shadowed_in_the_end(&stage).await;
            let [call] = &calls[..] else { panic!("{what}: {calls:#?}") };
            assert_eq!((&call["given_by"], &call["provider"]), (&main.name().into(), &shadow.name().into()));
            assert_eq!(call["failure"], Value::Null, "{what}");
            assert_ne!(call["ended_at"], Value::Null, "{what}");
            let turns = exchanges(call);
            let texts: Vec<[&str; 4]> = turns
                .iter()
                .map(|turn| {
                    [&turn["said"], &turn["understood"], &turn["given"]["text"], &turn["unheard"]["text"]]
                        .map(|text| text.as_str().unwrap())
                })
                .collect();
            assert_eq!(
                texts,
                [
                    ["When do you open?", "When do you open, please?", "At nine.", "From nine to five."],
                    ["And on Sundays?", "And on Sundays?", "We are closed.", "On Sundays from ten."],
                ],
                "{what}"
            );
            let profile = stage.server.json("/api/v1/agent-profiles").await["items"][0]["id"].clone();
            let path = format!("/api/v1/agent-profiles/{}/shadow", profile.as_str().unwrap());
            let costs = stage.server.json(&path).await;
            assert_eq!(
                (&costs["calls"], &costs["spent_micros"]),
                (&1.into(), &call["cost_micros"]),
                "{what}"
            );
            assert!(costs["talk_ms"].as_u64().unwrap() > 10_000, "{what}: {costs}");
            for turn in turns {
                for side in ["given", "unheard"] {
                    let after = turn[side]["after_ms"].as_u64().unwrap_or_else(|| panic!("{what}: {turn}"));
                    assert!(after < 3_000, "{what}: {side} after {after} ms");
                }
            }
            stage.closed().await;
        });
    }
}

#[test]
fn an_interrupted_answer_of_a_shadow_is_cut() {
    for shadow in [Who::OpenAi, Who::Deepgram] {
        virtually(async || {
            let what = shadow.name();
            let stage = stage((Who::Gemini, heard()), (shadow, unheard()), json!({})).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            sleep(ms(1_000)).await;
            talk.ask(700.0).await;
            sleep(ms(6_000)).await;
            has_left_no_trace(&talk).await;
            talk.hang_up().await;
            let calls = shadowed_in_the_end(&stage).await;
            let turns = exchanges(&calls[0]);
            let first = turns[0]["unheard"]["text"].as_str().unwrap();
            assert!(
                "From nine to five.".starts_with(first) && first.starts_with("From"),
                "{what}: {first:?}"
            );
            assert_eq!(turns[1]["unheard"]["text"], "On Sundays from ten.", "{what}: {turns:#?}");
            stage.closed().await;
        });
    }
}

#[test]
fn the_tools_of_a_shadow_are_never_carried_out() {
    virtually(async || {
        let ends = Answer::call("end_call", &json!({})).and_call("take_message", &json!({}));
        let shadows = Script::new()
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(ends)
            .after_tools(Answer::say("From nine to five.", 1300.0, ms(500)));
        let stage = stage((Who::OpenAi, heard()), (Who::Gemini, shadows), json!({})).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        sleep(ms(4_000)).await;
        talk.ask(700.0).await;
        has_left_no_trace(&talk).await;
        for kind in ["tool_call", "tool_started", "message_began"] {
            assert_eq!(talk.events_of(kind).await.len(), 0, "{kind}");
        }
        talk.hang_up().await;
        let calls = shadowed_in_the_end(&stage).await;
        let first = &exchanges(&calls[0])[0];
        let asked: Vec<&str> = first["unheard"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].as_str().unwrap())
            .collect();
        assert_eq!(asked, ["end_call", "take_message"]);
        assert_eq!(first["unheard"]["text"], "From nine to five.");
        assert!(first["given"]["tools"].as_array().unwrap().is_empty());
        stage.closed().await;
    });
}

/// A call whose shadow fails in some way. Returns the recorded reason.
async fn fails(shadows: Script, leaves: bool) -> String {
    let stage = stage((Who::OpenAi, heard()), (Who::Gemini, shadows), json!({})).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    if leaves {
        stage.voices[1].leave();
    }
    talk.ask(700.0).await;
    sleep(ms(20_000)).await;
    talk.ask(700.0).await;
    sleep(ms(4_000)).await;
    has_left_no_trace(&talk).await;
    assert_eq!(tone_length(&talk.heard(), 700.0), ms(1_000), "the caller's answers are whole");
    for kind in ["assistant_failed", "assistant_interrupted", "assistant_replaced"] {
        assert_eq!(talk.events_of(kind).await.len(), 0, "{kind}");
    }
    talk.hang_up().await;
    let calls = shadowed_in_the_end(&stage).await;
    let reason = calls[0]["failure"].as_str().unwrap().to_owned();
    stage.closed().await;
    reason
}

#[test]
fn the_failure_of_a_shadow_ends_only_the_shadow() {
    virtually(async || {
        let refuses = Door::Refuse { status: 401, code: "invalid_api_key".to_owned(), retry_after_s: None };
        let reason = fails(Script::new().door(refuses), false).await;
        assert!(reason.contains("401") || reason.contains("key"), "{reason}");
    });
    virtually(async || {
        let cut = Answer::say("From nine to five.", 1300.0, ms(3_000)).until(ms(200), Trouble::Abort);
        let dies = Script::new().words(Words::Heard("When do you open?".to_owned(), ms(50))).turn(cut);
        assert!(!fails(dies, true).await.is_empty());
    });
}

#[test]
fn a_shadow_hears_nothing_while_the_caller_is_on_hold() {
    virtually(async || {
        let stage = stage((Who::OpenAi, heard()), (Who::Deepgram, unheard()), json!({})).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let id = talk.row().await["id"].as_str().unwrap().to_owned();
        let command = |name: &'static str| {
            let path = format!("/api/v1/calls/{id}/{name}");
            let server = &stage.server;
            async move {
                let answer = server.post(&path, &json!({}), Token::Admin).await;
                assert!(answer.status < 300, "{name}: {}", answer.text());
            }
        };
        command("hold").await;
        talk.event("hold_began").await;
        talk.say_words().await;
        sleep(Duration::from_secs(6)).await;
        command("unhold").await;
        talk.event("hold_ended").await;
        sleep(ms(3_000)).await;
        assert_eq!(shadowed(&stage).await[0]["turns"], 0, "it has heard the caller's speech on hold");
        talk.ask(700.0).await;
        sleep(ms(8_000)).await;
        assert_eq!(shadowed(&stage).await[0]["exchanges"][0]["unheard"]["text"], "From nine to five.");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_shadow_at_its_monthly_cap_hears_no_further_call() {
    virtually(async || {
        let capped = json!({ "month_cost_max_micros": 1 });
        let stage = stage((Who::Gemini, heard()), (Who::OpenAi, unheard()), capped).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        sleep(ms(6_000)).await;
        let calls = shadowed(&stage).await;
        assert!(calls[0]["cost_micros"].as_u64().unwrap() > 0, "{calls:#?}");
        assert!(calls[0]["failure"].as_str().unwrap().contains("cap"), "{calls:#?}");
        // The call goes on, and costs what its own voice costs.
        talk.ask(700.0).await;
        let row = talk.hang_up().await;
        let charged = talk.events_of("charged").await;
        assert!(charged.iter().all(|charged| charged["model"] != "gpt-realtime-2.1"), "{charged:?}");
        let sum: u64 = charged.iter().map(|charged| charged["cost_micros"].as_u64().unwrap()).sum();
        assert_eq!(row["cost_micros"].as_u64().unwrap(), sum);
        let talk = stage.caller().await;
        talk.event("item_started").await;
        sleep(ms(3_000)).await;
        talk.hang_up().await;
        assert_eq!(shadowed_in_the_end(&stage).await.len(), 1);
        assert_eq!(stage.voices[1].connections(), 1);
        stage.closed().await;
    });
}

#[test]
fn a_shadow_outside_the_profiles_region_hears_nothing() {
    virtually(async || {
        let stage = Stage::of(
            vec![(Who::OpenAi, heard()), (Who::Gemini, unheard())],
            &[("openai.data_region", "eu"), ("gemini.data_region", "us")],
        )
        .await;
        stage
            .with_profile(|profile| {
                profile["voices"] = json!([{ "provider": "openai" }]);
                profile["must_stay_in"] = "eu".into();
                profile["shadow"] = json!({
                    "provider": "gemini", "share_percent": 100, "month_cost_max_micros": 1_000_000,
                });
            })
            .await;
        sleep(ms(2_500)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.hang_up().await;
        let calls = shadowed_in_the_end(&stage).await;
        assert!(calls[0]["failure"].as_str().unwrap().contains("the EU"), "{calls:#?}");
        assert_ne!(calls[0]["ended_at"], Value::Null);
        assert_eq!(stage.voices[1].connections(), 0);
        stage.closed().await;
    });
}

#[test]
fn a_call_outside_the_share_has_no_shadow() {
    virtually(async || {
        let few = json!({ "share_percent": 1 });
        let stage = stage((Who::OpenAi, heard()), (Who::Gemini, unheard()), few).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.hang_up().await;
        // Ids come from the world's seed: this call's id does not fall into the one in a hundred.
        assert!(shadowed_in_the_end(&stage).await.is_empty());
        assert_eq!(stage.voices[1].connections(), 0);
        stage.closed().await;
    });
}
