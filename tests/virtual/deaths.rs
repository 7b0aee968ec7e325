//! Parts of a server that die during a call: its caller and its recording notice nothing, to the frame. Where their assistant dies, a caller soon
//! hears the next one. Through a real Asterisk: `tests/asterisk/rings.rs`.

use std::time::Duration;

use cordboard_actors::fault::{self, Fault};
use cordboard_test_support::book::Channel;
use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::calls::assert_even;
use crate::hearing::assert_heard;
use crate::openai::ears::longest_silence;
use crate::openai::stage::DEAD_AIR_MAX;
use crate::world::{End, Stage, World};

const SECOND: Duration = Duration::from_secs(1);

/// Strikes with this fault while a caller is greeted. `strikes` causes it, and checks in the journal or the log that it struck.
fn is_not_heard(fault: Fault, strikes: impl AsyncFnOnce(&World, Uuid)) {
    // The panic is on purpose: an orderly end would fail because of it.
    Stage::new().play(&[("calls.silence_prompt_s", "600")], End::Killed, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(2 * SECOND).await;
        // Requested on this thread: the API's panics strike the calls of any world in this process.
        fault::arm(fault);
        if matches!(fault, Fault::PanicInStep | Fault::PanicInCall) {
            // The key is lost with the fault, so the assistant does not mention it.
            caller.press('7');
        }
        sleep(10 * SECOND).await;
        strikes(world, uuid).await;
        let report = caller.report();
        assert_even(&report);
        assert_heard(&report.heard(), "greeting");
        assert_eq!(world.call_of(uuid).await["state"], "live");
        caller.hang_up();
        let id = world.ended(uuid).await["id"].as_str().unwrap().to_owned();
        assert_heard(&world.recording(&id, Channel::CallersEar).await, "greeting");
    });
}

/// How often the journal of this caller's call has an entry of this kind.
async fn count(world: &World, uuid: Uuid, kind: &str) -> usize {
    let call = world.call_of(uuid).await;
    world.journal(&call).await.iter().filter(|entry| entry.is(kind)).count()
}

#[test]
fn a_step_that_panics_goes_unheard() {
    is_not_heard(Fault::PanicInStep, async |world, uuid| {
        assert_eq!([count(world, uuid, "step_panicked").await, count(world, uuid, "reborn").await], [1, 0]);
    });
}

#[test]
fn a_call_whose_actor_dies_is_not_heard() {
    is_not_heard(Fault::PanicInCall, async |world, uuid| {
        assert_eq!(count(world, uuid, "reborn").await, 1);
    });
}

#[test]
fn a_leg_whose_actor_or_reader_dies_is_not_heard() {
    for fault in [Fault::PanicInLeg, Fault::PanicInReading] {
        is_not_heard(fault, async |world, _| {
            assert!(
                world.log().contains("a part of the leg died and is restarted"),
                "{fault:?} did not strike"
            );
        });
    }
}

#[test]
fn a_registry_that_dies_is_not_heard() {
    is_not_heard(Fault::PanicInRegistry, async |world, _| {
        // A request makes it die at the latest.
        let _ = world.get("/readyz", Token::None).await;
        sleep(SECOND).await;
        assert!(world.log().contains("the registry died"));
    });
}

#[test]
fn a_caller_whose_assistant_dies_hears_the_next_one_soon() {
    // The panic is on purpose: an orderly end would fail because of it.
    Stage::new().play(&[("calls.silence_prompt_s", "600")], End::Killed, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(2 * SECOND).await;
        fault::arm(Fault::PanicInAssistant);
        caller.press('7');
        sleep(10 * SECOND).await;
        assert_eq!(count(world, uuid, "assistant_replaced").await, 1);
        let report = caller.report();
        assert_even(&report);
        let heard = report.heard();
        // The next one says what the call had asked the first to say.
        let next = assert_heard(&heard, "unknown_key");
        let silence = longest_silence(&heard, 2 * SECOND, next.at);
        assert!(silence <= DEAD_AIR_MAX, "{silence:?}");
    });
}
