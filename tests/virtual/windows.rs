//! How long is waited for what is missing: an announcement, a caller who was lost, one of before a restart.

use std::time::Duration;

use uuid::Uuid;

use crate::world::{End, Stage, when, world};

#[test]
fn a_caller_whose_connection_broke_is_waited_for() {
    world(&[("calls.meet_timeout_s", "7")], async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        tokio::time::sleep(Duration::from_secs(12)).await;
        caller.reset().await.unwrap();
        let call = world.ended(uuid).await;
        let journal = world.journal(&call).await;
        assert_eq!(when(&journal, "interrupted"), Duration::from_secs(12));
        assert_eq!(when(&journal, "ended"), Duration::from_secs(12 + 7));
    });
}

#[test]
fn a_call_of_a_killed_server_is_kept_open_for_as_long_as_is_said() {
    let settings = [("calls.resume_window_s", "45")];
    let uuid = Uuid::from_u128(1);
    let mut stage = Stage::new();
    stage.play(&settings, End::Killed, async |world| {
        let _caller = world.caller(uuid).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    stage.play(&settings, End::InOrder, async |world| {
        let call = world.ended(uuid).await;
        assert_eq!(call["hangup_cause"], "server_restart");
        let journal = world.journal(&call).await;
        assert_eq!(when(&journal, "ended"), Duration::from_secs(45));
    });
}
