//! Ends: nothing outlives its call, whatever does not answer; draining and stopping are answered when no call is left.

use cordboard_actors::messages::{AssistantOrder, Drain, EndCall, NoSuchCall, Refused, StopNow};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::CallId;
use cordboard_schema::tool::ToolOutcome;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::setup::{Plan, Setup, key, named, on_paused_time, profile, until};
use crate::starts::{Leaving, Starting};
use crate::store::{Answers, Note};

const ONE: Uuid = Uuid::from_u128(1);
/// The longest that anything of a call may outlive it.
const OUTLIVES_MAX: Duration = Duration::from_secs(10);

fn stops(setup: &Setup) -> usize {
    setup.notes.count(|note| *note == Note::Ordered(AssistantOrder::Stop))
}

#[test]
fn an_ended_call_releases_everything() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        assert_eq!(setup.gone_at_desks(), []);
        setup.hang_up(call_id).await;
        let took = setup.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
        until("the desks' notice", || setup.gone_at_desks() == [call_id]).await;
        assert_eq!(stops(&setup), 1);
        assert_eq!(setup.notes.count(|note| matches!(note, Note::LegGone(_))), 1);
    });
}

#[test]
fn a_leg_that_never_reports_its_end_delays_nothing() {
    on_paused_time(async {
        let setup = Setup::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let (call_id, _) = setup.talk(ONE).await;
        setup.hang_up(call_id).await;
        let took = setup.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
    });
}

#[test]
fn a_call_ends_though_legs_and_store_never_answer() {
    on_paused_time(async {
        let setup = Setup::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let (call_id, _) = setup.talk(ONE).await;
        setup.bid(|manners| manners.commit = Answers::Never);
        setup.hang_up(call_id).await;
        let took = setup.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
    });
}

/// Records a message up to the point where the caller speaks.
async fn speaks_a_message(setup: &Setup) -> CallId {
    let (call_id, line) = setup.talk(ONE).await;
    line.fact(key('1'));
    until("the tone", || setup.kinds(call_id).iter().filter(|kind| **kind == "assistant_said").count() == 2)
        .await;
    line.fact(Fact::SpeechStarted);
    sleep(Duration::from_secs(2)).await;
    call_id
}

fn outcome(setup: &Setup, call_id: CallId) -> Option<ToolOutcome> {
    setup.journal(call_id).into_iter().find_map(|entry| match entry.event {
        Event::Decision(Decision::ToolFinished { outcome, .. }) => Some(outcome),
        _ => None,
    })
}

#[test]
fn a_message_is_kept_although_its_caller_hangs_up() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = speaks_a_message(&setup).await;
        setup.hang_up(call_id).await;
        setup.emptied().await;
        let taken = setup.journal(call_id).into_iter().find_map(|entry| match entry.event {
            Event::Decision(Decision::MessageTaken { speech_ms, .. }) => Some(speech_ms),
            _ => None,
        });
        assert_eq!(taken, Some(2_000));
        assert!(matches!(outcome(&setup, call_id), Some(ToolOutcome::Done { .. })));
    });
}

#[test]
fn a_message_the_store_never_confirms_delays_no_ending() {
    on_paused_time(async {
        let setup = Setup::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let call_id = speaks_a_message(&setup).await;
        setup.bid(|manners| manners.commit = Answers::Never);
        setup.hang_up(call_id).await;
        let took = setup.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
        assert!(matches!(outcome(&setup, call_id), Some(ToolOutcome::Failed { .. })));
    });
}

#[test]
fn a_panicking_effect_is_journalled_and_its_caller_falls_back() {
    on_paused_time(async {
        let setup = Setup::build(Plan { starting: Starting::Panicking, ..Plan::default() });
        let call_id = setup.expect(named(1)).await.unwrap();
        setup.dial(ONE);
        until("the failure", || setup.has(call_id, "effect_failed")).await;
        until("the end", || setup.ending(call_id).is_some()).await;
        let (cause, next) = setup.ending(call_id).unwrap();
        assert_eq!((cause.as_str(), next.to_string().as_str()), ("assistant_failed", "goto internal,2001,1"));
        setup.emptied().await;
    });
}

#[test]
fn an_unknown_call_cannot_be_ended() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (organization_id, cause) = (profile().organization_id, HangupCause::normal_clearing());
        let end = EndCall { organization_id, call_id: CallId(ONE), by: HangupBy::Api, cause };
        assert_eq!(setup.registry.ask(end).await.unwrap(), Err(NoSuchCall));
    });
}

#[test]
fn draining_without_calls_takes_no_time() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let since = Instant::now();
        setup.registry.ask(Drain { timeout_ms: 60_000 }).await.unwrap();
        assert!(since.elapsed() < Duration::from_millis(10));
        assert_eq!(setup.expect(named(1)).await, Err(Refused::Draining));
    });
}

#[test]
fn draining_lets_calls_finish_then_says_goodbye_at_the_timeout() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (talking, _) = setup.talk(ONE).await;
        let waiting = setup.expect(named(2)).await.unwrap();
        let since = Instant::now();
        setup.registry.ask(Drain { timeout_ms: 8_000 }).await.unwrap();
        let took = since.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(18)).contains(&took), "{took:?}");
        assert_eq!(setup.ending(talking).unwrap().0, "server_stopped");
        assert_eq!(setup.ending(waiting).unwrap().0, "no_audio");
        let said = setup.journal(talking).into_iter().any(|entry| {
            matches!(entry.event, Event::Decision(Decision::AssistantSaid { text, .. }) if text == "GoodbyeShutdown")
        });
        assert!(said, "the goodbye was not heard");
    });
}

#[test]
fn draining_ends_as_soon_as_the_last_call_ends() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        let since = Instant::now();
        let draining = setup.registry.ask(Drain { timeout_ms: 3_600_000 });
        let hanging_up = async {
            sleep(Duration::from_secs(1)).await;
            setup.hang_up(call_id).await;
        };
        let (drained, ()) = tokio::join!(draining, hanging_up);
        drained.unwrap();
        assert!(since.elapsed() < Duration::from_secs(1) + OUTLIVES_MAX);
    });
}

#[test]
fn stopping_ends_every_call_at_once_with_its_journal_stored() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (first, _) = setup.talk(ONE).await;
        let (second, _) = setup.talk(Uuid::from_u128(2)).await;
        let since = Instant::now();
        setup.registry.ask(StopNow).await.unwrap();
        assert!(since.elapsed() < OUTLIVES_MAX, "{:?}", since.elapsed());
        for call_id in [first, second] {
            assert_eq!(setup.ending(call_id).unwrap().0, "server_stopped");
        }
        assert_eq!(setup.census().await.calls, 0);
        assert_eq!(setup.notes.count(|note| *note == Note::CommitAsked), 2);
    });
}
