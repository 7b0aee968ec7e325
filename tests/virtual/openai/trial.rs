//! A user of the organization talks with a draft in their browser; callers get what is published.

use cordboard_test_support::browser::Caller;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::Token;
use serde_json::json;

use super::stage::{Stage, ms};
use crate::api;
use crate::world::virtually;

/// Rate of browsers, in Hz.
const RATE: u32 = 24_000;
const PUBLISHED: &str = "You answer for a bakery.";
const DRAFT: &str = "You answer for a bakery that is closed on Mondays.";

#[test]
fn test_calls_get_the_draft_and_callers_the_published_version() {
    virtually(async || {
        let script = || Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600)));
        let stage = Stage::open(script()).await;
        let http = stage.server.addresses.http;
        let profiles = stage.json("/api/v1/agent-profiles").await;
        let id = profiles["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/agent-profiles/{id}");
        for (instructions, publish) in [(PUBLISHED, true), (DRAFT, false)] {
            let change = json!({ "instructions": instructions, "publish": publish });
            assert_eq!(api::ask(http, "PATCH", &path, Token::Admin, Some(&change)).await.status, 200);
        }

        let mut tried = Vec::new();
        let versions = [("draft", DRAFT), ("published", PUBLISHED)];
        for (number, (version, instructions)) in versions.into_iter().enumerate() {
            let body = json!({ "version": version });
            let answer =
                api::ask(http, "POST", &format!("{path}/test-calls"), Token::Admin, Some(&body)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            let begun = answer.json();
            let caller = Caller::connect_here(http, begun["token"].as_str().unwrap(), RATE).await;
            let update = stage.provider.wait_client(number, "session.update", 1).await;
            let told = update.event["session"]["instructions"].as_str().unwrap().to_owned();
            assert!(told.contains(instructions), "{version}: {told}");
            assert_eq!(told.contains(DRAFT), version == "draft", "{version}: {told}");
            tried.push(begun["call_id"].as_str().unwrap().to_owned());
            caller.hang_up();
        }

        let caller = stage.call().await;
        let update = stage.provider.wait_client(2, "session.update", 1).await;
        let told = update.event["session"]["instructions"].as_str().unwrap();
        assert!(told.contains(PUBLISHED) && !told.contains(DRAFT), "a caller is answered by a draft: {told}");
        caller.hang_up().await;

        for id in tried {
            let call = stage.json(&format!("/api/v1/calls/{id}")).await;
            assert_eq!((&call["to"], &call["leg_kind"]), (&json!("Test call"), &json!("web")), "{call}");
        }
        let steps = stage.json("/api/v1/onboarding").await;
        assert_eq!(steps["steps"]["test_call"], true, "{steps}");
        assert_eq!(steps["steps"]["phone_line"], true, "{steps}");
        stage.close().await;
    });
}
