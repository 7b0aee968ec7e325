//! Retention as an organization sees it: records are counted beforehand, deleted when their time is over, and proved gone. Deaths and bad rows are
//! tested in `tests/store/retention.rs`.

use std::time::Duration;

use chrono::TimeDelta;
use cordboard_actors::world as calendar;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::world::{World, world};

const PATH: &str = "/api/v1/retention";
/// The server checks every ten minutes.
const LOOK: Duration = Duration::from_secs(620);

#[test]
fn expired_records_are_deleted_by_kind_with_proof_each_run() {
    world(&[], async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        caller.until_ended().await;
        world.ended(uuid).await;
        let call = world
            .until("a recording that is closed", async || {
                Some(world.call_of(uuid).await).filter(|call| call["recording_ms"].is_u64())
            })
            .await;
        let id = call["id"].as_str().unwrap().to_owned();
        let status = async |path: &str| world.get(path, Token::Admin).await.status;
        let of_call = format!("/api/v1/calls/{id}");
        let (recording, transcript) = (format!("{of_call}/recording"), format!("{of_call}/transcript"));
        let bytes = world.get(&recording, Token::Admin).await.bytes().len();
        assert!(bytes > 44, "{bytes}");
        let lines = async || world.json(&transcript).await["items"].as_array().unwrap().len();
        assert!(lines().await > 0);

        let days =
            json!({ "recordings_days": 10, "words_days": 20, "calls_days": 30, "customers_days": null });
        let due = async || {
            let told = world.post(&format!("{PATH}/preview"), &days, Token::Admin).await.json();
            ["recordings", "words", "calls"].map(|kind| told[kind].as_u64().unwrap())
        };
        assert_eq!(due().await, [0, 0, 0]);
        let set = world.put(PATH, &days, Token::Admin).await.json();
        for (kind, kept) in days.as_object().unwrap() {
            assert_eq!(set[kind], *kept, "{kind}");
        }
        sleep(LOOK).await;
        assert_eq!((status(&recording).await, runs(world).await), (200, Vec::new()), "it is young");

        calendar::set_calendar(TimeDelta::days(11));
        assert_eq!(due().await, [1, 0, 0], "counted before it is deleted");
        sleep(LOOK).await;
        assert_eq!((status(&recording).await, status(&of_call).await), (404, 200));
        assert!(lines().await > 0, "words are kept for longer");
        let ran = runs(world).await;
        assert_eq!(ran.len(), 1, "{ran:?}");
        assert_eq!((&ran[0]["kind"], &ran[0]["kept_days"]), (&json!("recordings"), &json!(10)));
        assert_eq!((&ran[0]["deleted"], &ran[0]["bytes"]), (&json!(1), &json!(bytes)));
        assert_proved(world, &ran[0], "recording", &id).await;

        calendar::set_calendar(TimeDelta::days(10));
        sleep(LOOK).await;
        assert_eq!((lines().await, status(&of_call).await), (0, 200), "the record of the call stays");
        assert_proved(world, &runs(world).await[0], "words", &id).await;

        calendar::set_calendar(TimeDelta::days(10));
        sleep(LOOK).await;
        assert_eq!(status(&of_call).await, 404);
        let ran = runs(world).await;
        let kinds: Vec<&str> = ran.iter().map(|run| run["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["calls", "words", "recordings"], "the newest first, and each once");
        assert_proved(world, &ran[0], "call", &id).await;
        assert_eq!(due().await, [0, 0, 0]);
    });
}

/// The deletion runs, newest first.
async fn runs(world: &World) -> Vec<Value> {
    world.json(&format!("{PATH}/runs")).await["items"].as_array().unwrap().clone()
}

/// Checks that a run's proof names this record, of this type, and that it is gone.
async fn assert_proved(world: &World, run: &Value, record_type: &str, id: &str) {
    let proof = world.json(&format!("{PATH}/runs/{}/records", run["id"].as_str().unwrap())).await;
    let groups = proof["items"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{proof}");
    assert_eq!(
        (&groups[0]["type"], &groups[0]["record_ids"], &groups[0]["present_ids"]),
        (&json!(record_type), &json!([id]), &json!([]))
    );
}
