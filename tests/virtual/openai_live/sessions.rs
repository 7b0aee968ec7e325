//! How a session is begun, given facts, paid for, and continued in another one.

use cordboard_test_support::openai::{Answer, Door, Script, Trouble};
use cordboard_test_support::openai_live::{Manners, OpenAiLiveStandIn};
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;

use super::stage::{KEY, Stage, calendar};
use crate::openai::ears::{behind, has_tone};
use crate::openai::stage::{RATE, Talk, ms};
use crate::suites::voice::{self, VoiceStage};
use crate::world::{World, virtually};

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
        "We open at nine.",
        700.0,
        ms(800),
    ))
}

#[test]
fn a_session_follows_the_profile_and_its_backend_has_tools() {
    virtually(async || {
        let stage = Stage::opened(script(), &[("openai_live.task_model", "gpt-4.1")]).await;
        stage
            .with_profile(|profile| {
                profile["instructions"] = json!("You answer the phone for Example Dental.");
                profile["voice"] = json!("Cedar");
            })
            .await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let session = stage.session(0);
        assert_eq!(session["model"], "gpt-live-1");
        assert_eq!(session["audio"]["format"], json!({ "type": "audio/pcmu", "rate": 8000 }));
        assert_eq!(session["audio"]["output"]["voice"], "cedar");
        assert!(session["instructions"].as_str().unwrap().contains("Example Dental"), "{session}");
        assert!(session.get("input").is_none(), "nothing was said before: {session}");
        let backend = &session["delegation"]["responses"];
        assert_eq!(backend["model"], "gpt-4.1");
        assert!(backend["instructions"].as_str().unwrap().contains("Example Dental"), "{backend}");
        let tool =
            backend["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "end_call").unwrap();
        assert_eq!(tool["type"], "function");
        assert_eq!(stage.connection(0).from_client("session.commentary.append").count(), 1, "the greeting");
        talk.hang_up().await;
        let closed = stage.connection(0);
        assert_eq!(closed.from_client("session.close").count(), 1, "the session was not ended");
        assert_eq!(closed.from_server("session.closed").count(), 1, "nobody waited for its end");
        stage.closed().await;
    });
}

#[test]
fn session_seconds_and_backend_tokens_are_charged() {
    virtually(async || {
        let script = script().turn(Answer::call("transfer_call", &json!({ "target": "the pope" })));
        let stage = Stage::opened(script, &[("prices.gpt-live-1.audio_minute", "0.60")]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(40_000)).await;
        talk.ask(700.0).await;
        let row = talk.hang_up().await;
        let used = talk.events_of("usage").await;
        let of = |model: &str| used.iter().filter(|event| event["model"] == model).collect::<Vec<_>>();
        let billed: u64 = of("gpt-live-1").iter().map(|event| event["audio_ms"].as_u64().unwrap()).sum();
        let closed = stage.connection(0).from_server("session.closed").next().unwrap().event.clone();
        let seconds = closed["usage"]["seconds"].as_f64().unwrap();
        assert!((billed as f64 - seconds * 1000.0).abs() <= 2.0, "{billed} ms of {seconds} s");
        let cost = talk.row().await["cost_micros"].as_u64().unwrap();
        assert!(cost.abs_diff(billed * 10) <= 5, "{cost} for {billed} ms at a cent a second: {row}");
        stage.closed().await;
    });
}

#[test]
fn an_expiring_session_is_replaced_at_a_pause_without_greeting() {
    virtually(async || {
        let door = Door::Open { expires_in: Some(ms(120_000)) };
        let stage =
            Stage::opened(script().door(door).turn(Answer::say("At five.", 600.0, ms(600))), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let before = talk.wait_tone_end(700.0).await;
        sleep(ms(80_000)).await;
        assert_eq!(stage.connections(), 1, "it was left long before its end");
        sleep(ms(20_000)).await;
        assert_eq!(stage.connections(), 2, "it was not left before its end");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0, "somebody noticed");
        talk.ask(600.0).await;
        assert!(!has_tone(&behind(&talk.heard(), before.end), 1000.0), "the caller was greeted again");
        let remembered = stage.remembers(1);
        for part in ["agent: Good day.", "caller: Words of turn 1.", "agent: We open at nine."] {
            assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
        }
        assert!(!remembered.contains("told: [From the telephone"), "it was asked for words:\n{remembered}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_refusals_code_decides_whether_a_session_is_retried() {
    virtually(async || {
        let door = Door::NoSession("rate_limit_exceeded".to_owned());
        let stage = Stage::opened(script().door(door), &[]).await;
        let talk = stage.caller().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
        assert_eq!(stage.connections(), 2);
        talk.hang_up().await;
        stage.closed().await;
        let door = Door::NoSession("invalid_model".to_owned());
        let stage = Stage::opened(script().door(door), &[]).await;
        let talk = stage.caller().await;
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_failed").await["failure"], "unknown_model");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn words_refused_at_first_are_said_a_moment_later() {
    virtually(async || {
        let manners = Manners { refuses: 1, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(stage.connection(0).from_client("session.commentary.append").count(), 2);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_connection_that_has_died_is_found_by_its_silence() {
    virtually(async || {
        let script = script().greeting(Answer::say("As I said.", 600.0, ms(700)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.strike(Trouble::Hang);
        sleep(ms(6_000)).await;
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        assert_eq!(stage.connections(), 2);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_organizations_openai_key_serves_where_its_chain_names_it() {
    virtually(async || {
        let provider = OpenAiLiveStandIn::start_here(Manners::new(KEY), script(), calendar).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("outbound.allow", "127.0.0.0/8"),
            ("outbound.plain_http", "true"),
            ("extensions.operator", "people,operator,1"),
        ];
        let server = World::open(folder.path(), &settings).await;
        let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": KEY } });
        let set = server.put("/api/v1/integrations/openai", &own, Token::Admin).await.json();
        assert_eq!(set["unused_because"], json!(null), "{set}");
        let mut profile = server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["voices"] = json!([{ "provider": "openai-live", "voice": "willow" }]);
        let set = server.put(&path, &profile, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(talk.hang_up().await["provider"], "openai-live");
        let session =
            &provider.connection(0).unwrap().from_client("session.start").next().unwrap().event["session"]
                .clone();
        assert_eq!(session["audio"]["output"]["voice"], "willow");
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.finish();
    });
}

#[test]
fn a_tool_outlives_its_connection() {
    virtually(async || voice::tool_outlives_its_connection::<Stage>().await);
}
