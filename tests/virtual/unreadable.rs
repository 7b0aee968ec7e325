//! A start with settings that can't be read: callers without an assistant go to the fallback, and new settings are used without a restart. Twilio's
//! callers are in `twilio/numbers.rs`.

use std::time::Duration;

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::{End, Setting, Stage};

const SETTINGS: [Setting<'static>; 2] =
    [("extensions.operator", "internal,2001,1"), ("calls.fallback_extension", "operator")];
/// The figure with the organizations that have an unreadable profile.
const HELD_UP: &str = "cordboard_organizations_held_up{work=\"profiles\"} ";

#[test]
fn callers_of_an_unreadable_profile_go_to_the_fallback() {
    let mut stage = Stage::new();
    stage.play(&SETTINGS, End::InOrder, async |world| {
        world.sql("UPDATE agent_profile_versions SET profile = '{'").await;
    });
    stage.play(&SETTINGS, End::InOrder, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        assert_eq!(caller.until_ended().await.0, LegEnd::Hangup);
        let next = world.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).await;
        assert_eq!((next.status, next.text().as_str()), (200, "goto internal,2001,1"));
        // A dialplan without the place has its own for callers whom nobody takes.
        let lacking = world.get(&format!("/api/v1/calls/{uuid}/next?lacks=1"), Token::Dialplan).await;
        assert_eq!(lacking.text(), "hangup");
        assert_eq!(world.figure(HELD_UP).await, 1);
        let shown = world.json("/api/v1/admin/actors").await["unreadable"].clone();
        assert_eq!((shown.as_array().unwrap().len(), &shown[0]["work"]), (1, &json!("profiles")), "{shown}");
        let log = world.log();
        assert_eq!(log.lines().filter(|line| line.contains("publish it once more")).count(), 1, "{log}");

        let profile = world.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let path = format!("/api/v1/agent-profiles/{}/publish", profile.as_str().unwrap());
        let published = world.post(&path, &json!({}), Token::Admin).await;
        assert_eq!(published.status, 200, "{}", published.text());
        sleep(Duration::from_secs(5)).await;
        let caller = world.caller(Uuid::from_u128(2)).await;
        sleep(Duration::from_secs(10)).await;
        assert_heard(&caller.heard(), "greeting");
        assert_eq!(world.figure(HELD_UP).await, 0);
        drop(caller);
        world.balanced().await;
    });
}
