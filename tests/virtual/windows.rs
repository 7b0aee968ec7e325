//! How long the server waits for what is missing: an announcement, a lost caller, one from before a restart.

use std::time::Duration;

use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::hearing::assert_heard;
use crate::world::{End, Stage, World, when, world};

#[test]
fn a_call_stays_open_for_a_broken_connection() {
    world(&[("calls.meet_timeout_s", "7")], async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(Duration::from_secs(12)).await;
        caller.reset().await.unwrap();
        let call = world.ended(uuid).await;
        let journal = world.journal(&call).await;
        assert_eq!(when(&journal, "interrupted"), Duration::from_secs(12));
        assert_eq!(when(&journal, "ended"), Duration::from_secs(12 + 7));
    });
}

#[test]
fn a_killed_servers_call_stays_open_for_its_window() {
    let settings = [("calls.resume_window_s", "45")];
    let uuid = Uuid::from_u128(1);
    let mut stage = Stage::new();
    stage.play(&settings, End::Killed, async |world| {
        let _caller = world.caller(uuid).await;
        sleep(Duration::from_secs(5)).await;
    });
    // A process that is killed while it waits for the caller leaves the same call.
    stage.play(&settings, End::Killed, async |world| {
        sleep(Duration::from_secs(1)).await;
        assert_eq!(next(world, uuid).await, "again");
    });
    stage.play(&settings, End::InOrder, async |world| {
        assert_eq!(next(world, uuid).await, "again");
        let call = world.ended(uuid).await;
        assert_eq!(call["hangup_cause"], "server_restart");
        let journal = world.journal(&call).await;
        assert_eq!(when(&journal, "ended"), Duration::from_secs(45));
        let count = |kind: &str| journal.iter().filter(|entry| entry.is(kind)).count();
        assert_eq!(["server_restarted", "recording_finished"].map(count), [2, 1]);
        // The first process died before it had written everything.
        let recorded_ms = world.call_of(uuid).await["recording_ms"].as_u64().unwrap();
        assert!((4_000..=5_000).contains(&recorded_ms), "{recorded_ms}");
        assert_eq!(next(world, uuid).await, "hangup");
        // The same UUID is a new call from now on.
        let caller = world.caller(uuid).await;
        sleep(Duration::from_secs(10)).await;
        assert_heard(&caller.heard(), "greeting");
    });
}

/// The answer to a dialplan that asks for a caller's next step.
async fn next(world: &World, uuid: Uuid) -> String {
    world.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).await.text()
}
