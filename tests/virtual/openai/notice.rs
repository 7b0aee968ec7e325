//! The notice that every caller hears first, and the model's instructions about the business.

use cordboard_test_support::openai::Script;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::stage::{Stage, Talk};
use crate::world::virtually;

const NOTICE: &str = "This call is answered by an AI and recorded.";

/// Describes the business, and makes new calls begin with the notice.
async fn set_up(stage: &Stage) {
    let mut profile = stage.json("/api/v1/agent-profiles").await["items"][0].clone();
    let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile.as_object_mut().unwrap().remove("id");
    profile["notice"] = NOTICE.into();
    profile["style"]["pace"] = 0.into();
    let business = json!({ "revision": 0, "name": "Müller & Daughter", "time_zone": "Europe/Berlin" });
    for (path, body) in [(&*path, &profile), ("/api/v1/business-profile", &business)] {
        let answer = stage.server.put(path, body, Token::Admin).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// The first caller who gets both.
async fn first_caller(stage: &Stage) -> Talk<'_> {
    loop {
        let talk = stage.call().await;
        let told = talk.event("call_started").await["profile"].clone();
        if told["version"] == 2 && told["instructions"].as_str().unwrap().contains("Müller") {
            return talk;
        }
        talk.hang_up().await;
    }
}

#[test]
fn the_notice_is_heard_before_the_greeting_and_journalled() {
    virtually(async || {
        let stage = Stage::open(Script::new()).await;
        set_up(&stage).await;
        let talk = first_caller(&stage).await;
        let given = talk
            .wait_written("the notice", async || talk.events_of("notice_given").await.first().cloned())
            .await;
        assert_eq!((&given["text"], &given["version"]), (&json!(NOTICE), &json!(2)));
        let begun = async || -> Vec<Value> {
            talk.events_of("item_started").await.iter().map(|item| item["line"].clone()).collect()
        };
        talk.wait("the greeting", async || (begun().await.len() >= 2).then_some(())).await;
        assert_eq!(begun().await[..2], ["notice", "greeting"]);

        let connection = stage.connection(stage.provider.connection_count() - 1);
        let session = &connection.from_client("session.update").next().unwrap().event["session"];
        let told = session["instructions"].as_str().unwrap();
        assert!(told.starts_with("# Rules") && told.contains("Name: Müller & Daughter\n"), "{told}");
        let first = &connection.from_client("response.create").next().unwrap().event["response"];
        assert!(
            first["instructions"].as_str().unwrap().contains(&format!("nothing else: {NOTICE}")),
            "{first}"
        );
        talk.hang_up().await;
        stage.close().await;
    });
}
