//! The answer to a dialplan that asks what to do next: it moves a caller, so it waits until it is on disk.

use cordboard_actors::messages::{CallRef, NextFault, StoreFault};
use cordboard_schema::call::LegEnd;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::setup::{CALLER, Plan, Setup, key, named, on_paused_time, until};
use crate::store::Answers;

const ONE: Uuid = Uuid::from_u128(1);

/// Asks. Returns the answer and how long it took.
async fn asked(setup: &Setup) -> (Result<NextStep, NextFault>, Duration) {
    let since = Instant::now();
    let answer = setup.next(CallRef::Outside(named(1))).await;
    (answer, since.elapsed())
}

/// A call whose leg broke, so that the answer is known at once.
async fn interrupted(setup: &Setup) {
    let (call_id, line) = setup.talk(ONE).await;
    line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Broken });
    until("the interruption", || setup.has(call_id, "interrupted")).await;
}

#[test]
fn the_answer_waits_for_the_disk() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        interrupted(&setup).await;
        setup.bid(|manners| manners.commit = Answers::After(Duration::from_millis(1_500)));
        let (answer, took) = asked(&setup).await;
        assert_eq!(answer, Ok(NextStep::Again));
        assert!(took >= Duration::from_millis(1_500), "{took:?}");
    });
}

#[test]
fn an_unresponsive_disk_is_waited_for_two_seconds() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        interrupted(&setup).await;
        setup.bid(|manners| manners.commit = Answers::Never);
        let (answer, took) = asked(&setup).await;
        assert_eq!(answer, Err(NextFault::NotStored(StoreFault::TimedOut)));
        assert!((Duration::from_secs(2)..Duration::from_millis(2_100)).contains(&took), "{took:?}");
    });
}

#[test]
fn a_failing_disk_is_reported() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        interrupted(&setup).await;
        setup.bid(|manners| manners.commit = Answers::Failing);
        let (answer, _) = asked(&setup).await;
        assert!(matches!(answer, Err(NextFault::NotStored(StoreFault::Database(_)))), "{answer:?}");
    });
}

#[test]
fn every_question_before_the_legs_end_is_answered() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (_, line) = setup.talk(ONE).await;
        let closing = async {
            sleep(Duration::from_millis(300)).await;
            line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Closed });
        };
        let ((first, _), (second, took), ()) = tokio::join!(asked(&setup), asked(&setup), closing);
        assert_eq!((first, second), (Ok(NextStep::Hangup), Ok(NextStep::Hangup)));
        assert!(took < Duration::from_millis(400), "{took:?}");
    });
}

#[test]
fn a_leg_whose_end_is_never_seen_counts_as_lost() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        let (answer, took) = asked(&setup).await;
        assert_eq!(answer, Ok(NextStep::Again));
        assert!((Duration::from_secs(1)..Duration::from_millis(1_100)).contains(&took), "{took:?}");
        assert!(setup.has(call_id, "interrupted"));
    });
}

#[test]
fn the_operator_is_reached_after_the_announcement() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        line.fact(key('0'));
        until("the leg's end", || setup.has(call_id, "leg_left")).await;
        let (answer, _) = asked(&setup).await;
        let next = answer.or_else(|_| setup.ending(call_id).map(|(_, next)| next).ok_or(()));
        assert_eq!(next.unwrap().to_string(), "goto internal,2001,1");
    });
}

#[test]
fn an_unknown_call_has_no_answer_here() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        assert_eq!(asked(&setup).await.0, Err(NextFault::NoSuchCall));
    });
}
