//! The caller's leg: broken and restored, broken for good, closed, and one too many.

use std::time::Duration;

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::calls::assert_even;
use crate::hearing::assert_heard;
use crate::world::{Setting, World, when, world};

/// How long the server waits for a broken leg.
const SETTINGS: [Setting<'static>; 1] = [("calls.meet_timeout_s", "3")];

const SECOND: Duration = Duration::from_secs(1);

/// The dialplan's answer about a caller.
async fn next(world: &World, uuid: Uuid) -> String {
    world.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).await.text()
}

#[test]
fn a_broken_leg_rejoins_its_call_or_times_out() {
    world(&SETTINGS, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(4 * SECOND).await;
        caller.reset().await.unwrap();
        sleep(2 * SECOND).await;
        let interrupted = world.call_of(uuid).await;
        assert_eq!(interrupted["state"], "interrupted");
        assert_eq!(next(world, uuid).await, "again");

        let caller = world.caller(uuid).await;
        sleep(14 * SECOND).await;
        assert_heard(&caller.heard(), "welcome_back");
        let same = world.call_of(uuid).await;
        assert_eq!((&same["id"], &same["state"]), (&interrupted["id"], &"live".into()));

        caller.reset().await.unwrap();
        let call = world.ended(uuid).await;
        assert_eq!((&call["id"], &call["hangup_cause"]), (&same["id"], &"connection_lost".into()));
        assert_eq!(next(world, uuid).await, "hangup");
        let journal = world.journal(&call).await;
        let times = |kind: &str| -> Vec<Duration> {
            journal.iter().filter(|entry| entry.is(kind)).map(|entry| entry.at).collect()
        };
        assert_eq!(times("interrupted"), [4 * SECOND, 20 * SECOND]);
        assert_eq!(times("resumed"), [6 * SECOND]);
        assert_eq!(times("ended"), [23 * SECOND]);
        world.balanced().await;
    });
}

#[test]
fn a_closed_leg_ends_its_call_at_once() {
    world(&SETTINGS, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(3 * SECOND).await;
        caller.hang_up();
        let call = world.ended(uuid).await;
        assert_eq!(
            (&call["hangup_cause"], &call["hangup_by"]),
            (&"normal_clearing".into(), &"caller".into())
        );
        assert_eq!(when(&world.journal(&call).await, "ended"), 3 * SECOND);
        assert_eq!(next(world, uuid).await, "hangup");
        world.balanced().await;
    });
}

#[test]
fn a_calls_second_leg_is_refused_without_disturbing_the_first() {
    world(&SETTINGS, async |world| {
        let uuid = Uuid::from_u128(1);
        let first = world.caller(uuid).await;
        for _ in 0..10 {
            sleep(SECOND).await;
            let second = world.caller(uuid).await;
            assert_eq!(second.until_ended().await, (LegEnd::Hangup, Duration::ZERO));
            assert_eq!((second.report().frames, second.report().violations), (vec![], vec![]));
            // Nor does it matter how it ends.
            world.caller(uuid).await.reset().await.unwrap();
        }
        let report = first.report();
        assert_even(&report);
        assert_heard(&report.heard(), "greeting");
        assert_eq!(world.call_of(uuid).await["state"], "live");
        first.hang_up();
        world.ended(uuid).await;
        world.balanced().await;
    });
}

#[test]
fn of_two_simultaneous_legs_one_is_accepted() {
    world(&SETTINGS, async |world| {
        for number in 1..=20 {
            let uuid = Uuid::from_u128(number);
            let pair = [world.caller(uuid).await, world.caller(uuid).await];
            sleep(SECOND).await;
            let refused = pair.iter().filter(|caller| caller.ended() == Some(LegEnd::Hangup)).count();
            let greeted = pair.iter().filter(|caller| caller.heard().first_sound().is_some()).count();
            assert_eq!((greeted, refused), (1, 1));
        }
        sleep(SECOND).await;
        world.balanced().await;
    });
}
