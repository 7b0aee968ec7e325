//! A server that is asked to stop: what it waits for, and how long.

use std::time::Duration;

use tokio::join;
use tokio::time::sleep;
use uuid::Uuid;

use crate::hearing::assert_heard;
use crate::world::{End, Stage, world};

const SECOND: Duration = Duration::from_secs(1);

/// How long HTTP goes on after the last call, so that its dialplan can ask for its next step.
const NEXT_ASKED: Duration = SECOND;

/// How long a recording that has ended may take to be closed.
const RECORDED: Duration = Duration::from_millis(50);

#[test]
fn a_drain_ends_when_the_last_call_has_ended() {
    world(&[("calls.drain_timeout_s", "60")], async |world| {
        let caller = world.caller(Uuid::from_u128(1)).await;
        sleep(5 * SECOND).await;
        let (took, ()) = join!(world.stops(), async {
            sleep(2 * SECOND).await;
            caller.hang_up();
        });
        assert_eq!(took, 2 * SECOND + RECORDED + NEXT_ASKED);
    });
}

/// Its port is closed, so they can only come back to the next process.
#[test]
fn a_caller_disconnected_meanwhile_is_left_to_the_next_server() {
    let settings = [("calls.drain_timeout_s", "60"), ("calls.meet_timeout_s", "5")];
    let uuid = Uuid::from_u128(1);
    let mut stage = Stage::new();
    stage.play(&settings, End::InOrder, async |world| {
        let caller = world.caller(uuid).await;
        sleep(5 * SECOND).await;
        let (took, ()) = join!(world.stops(), async {
            sleep(2 * SECOND).await;
            caller.reset().await.unwrap();
        });
        assert_eq!(took, 2 * SECOND + NEXT_ASKED);
    });
    stage.play(&settings, End::InOrder, async |world| {
        let caller = world.caller(uuid).await;
        sleep(10 * SECOND).await;
        assert_heard(&caller.heard(), "welcome_back");
        let call = world.call_of(uuid).await;
        assert_eq!(call["state"], "live");
        let kinds = ["interrupted", "server_restarted", "resumed", "ended"];
        let journal = world.journal(&call).await;
        let count = |kind: &str| journal.iter().filter(|entry| entry.is(kind)).count();
        assert_eq!(kinds.map(count), [2, 1, 1, 0]);
    });
}
