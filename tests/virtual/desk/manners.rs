//! Access to desks, and the messages that they may send.

use std::time::Duration;

use cordboard_test_support::control::TaskProgram;
use serde_json::json;
use tokio::time::Instant;

use super::setup::{Setup, standing};
use crate::world::virtually;

#[test]
fn a_desk_belongs_to_a_user_in_one_organization() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let server = setup.server.http;
        let knock = async |token: &str| {
            let header = format!("Bearer {token}");
            TaskProgram::knock_at(server, "/ws/desk", &[("Authorization", &header)])
                .await
                .err()
                .map(|refused| refused.status)
        };
        assert_eq!(knock("nobody's").await, Some(401));
        let program = json!({ "name": "board", "scopes": ["desk_use", "calls_control"] });
        let token = setup.send("POST", "/api/v1/api-tokens", &program, 201).await;
        assert_eq!(knock(token["token"].as_str().unwrap()).await, Some(403), "a program has no desk");
        assert_eq!(knock(&ada.token).await, None);
        let stranger = setup.stranger().await;
        let (_, snapshot) = setup.desk(&stranger).await;
        let agents = snapshot["agents"].as_array().unwrap();
        assert!(agents.iter().all(|agent| agent["user_id"] == stranger.id), "{agents:?}");
    });
}

#[test]
fn odd_messages_are_answered_with_refusals_and_the_desk_stays() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let (mut desk, _) = setup.desk(&ada).await;
        for (command, kind) in [
            (json!({ "command": "fly" }), "invalid"),
            (json!({ "command": "accept" }), "invalid"),
            (json!({ "command": "accept", "offer_id": 1, "twice": true }), "invalid"),
            (json!({ "command": "set_presence", "presence": { "intent": "<img onerror>" } }), "invalid"),
            (json!({ "command": "accept", "offer_id": 1 }), "offer_gone"),
            (json!({ "command": "decline", "offer_id": 99 }), "offer_gone"),
        ] {
            // A user who is not yet known as an agent would get that answer.
            let answer = desk.ask(command.clone()).await;
            assert_eq!(answer["error"]["kind"], kind, "{command}: {answer}");
        }
        desk.send("no json").await;
        desk.ping().await;
        assert_eq!(desk.ask(json!({ "command": "ping" })).await["ok"], true);
        let answer = desk.ask(json!({ "command": "snapshot" })).await;
        assert_eq!(answer["ok"], true);
        desk.send(&"x".repeat(300_000)).await;
        let (_, code, reason) = desk.until_closed().await;
        assert_eq!(code, 1009, "{reason}");
    });
}

#[test]
fn a_server_going_down_notifies_and_counts_every_desk() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let (mut desk, _) = setup.desk(&ada).await;
        let (second, snapshot) = setup.desk(&ada).await;
        assert_eq!(standing(&snapshot["agents"], &ada).1, "idle");
        assert_eq!(setup.world.open_of("desks").await, Some(2));
        second.close().await;
        let Setup { world, .. } = setup;
        let told_at = Instant::now();
        world.close().await;
        let (_, code, reason) = desk.until_closed().await;
        assert_eq!((code, reason.as_str()), (1001, "the server is going down"));
        assert_eq!(told_at.elapsed(), Duration::ZERO);
    });
}
