//! The language model of a cascade is asked in writing: a call is replayed, without recognition or speech.

use cordboard_test_support::openai::{Answer, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::api;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

#[test]
fn a_call_is_replayed_by_the_language_model_alone() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        talk.hang_up().await;
        stage.provider.rewrite(
            Script::new()
                .greeting(Answer::say("Hello, Example Dental.", 1000.0, ms(100)))
                .turn(Answer::call("transfer_call", &json!({ "target": "operator" })))
                .after_tools(Answer::say("**One moment**, please.", 700.0, ms(100))),
        );
        let world = stage.world();
        let call = world.json("/api/v1/calls").await["items"][0]["id"].as_str().unwrap().to_owned();
        let profile =
            world.json("/api/v1/agent-profiles").await["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/agent-profiles/{profile}/replays");
        let (spoken, connections) = (stage.spoken().len(), stage.connections());
        let asked = json!({ "call_id": call });
        let begun = api::ask(world.addresses.http, "POST", &path, Token::Admin, Some(&asked)).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let at = format!("{path}/{}", begun.json()["id"].as_str().unwrap());
        let replay: Value = world
            .until("the end of the replay", async || {
                let replay = world.json(&at).await;
                (replay["state"] != "running").then_some(replay)
            })
            .await;
        assert_eq!(
            (&replay["state"], &replay["provider"]),
            (&json!("done"), &json!("cascade")),
            "{replay:#}"
        );
        let turns = &replay["call"]["turns"];
        assert_eq!(turns[0]["new"]["said"], "Hello, Example Dental.");
        assert_eq!(turns[1]["caller"], "When do you open?");
        assert_eq!(turns[1]["new"]["said"], "One moment, please.", "as it would have been spoken");
        assert_eq!(turns[1]["marks"]["tools_added"], json!(["transfer_call"]));
        assert!(replay["cost_micros"].as_u64().unwrap() > 0, "it was not charged");
        assert_eq!((stage.spoken().len(), stage.connections()), (spoken, connections));
        stage.closed().await;
    });
}
