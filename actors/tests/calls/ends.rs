//! Ends: nothing outlives its call, whatever does not answer; draining and stopping are answered when nobody is left.

use cordboard_actors::messages::{AssistantOrder, Drain, EndCall, NoSuchCall, Refused, StopNow};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::CallId;
use cordboard_schema::tool::ToolOutcome;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::house::{House, Plan, key, named, on_paused_time, profile, until};
use crate::starts::{Leaving, Starting};
use crate::store::{Answers, Note};

const ONE: Uuid = Uuid::from_u128(1);
/// The longest that anything of a call may outlive it.
const OUTLIVES_MAX: Duration = Duration::from_secs(10);

fn stops(house: &House) -> usize {
    house.notes.count(|note| *note == Note::Ordered(AssistantOrder::Stop))
}

#[test]
fn a_call_that_is_ended_lets_go_of_all_that_it_had() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, _) = house.talk(ONE).await;
        house.hang_up(call_id).await;
        let took = house.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
        assert_eq!(stops(&house), 1);
        assert_eq!(house.notes.count(|note| matches!(note, Note::LegGone(_))), 1);
    });
}

#[test]
fn a_leg_that_never_reports_its_end_holds_nothing_up() {
    on_paused_time(async {
        let house = House::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let (call_id, _) = house.talk(ONE).await;
        house.hang_up(call_id).await;
        let took = house.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
    });
}

#[test]
fn neither_legs_nor_store_that_never_answer_hold_a_call_up() {
    on_paused_time(async {
        let house = House::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let (call_id, _) = house.talk(ONE).await;
        house.bid(|manners| manners.commit = Answers::Never);
        house.hang_up(call_id).await;
        let took = house.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
    });
}

/// Takes a message up to where the caller speaks.
async fn speaks_a_message(house: &House) -> CallId {
    let (call_id, line) = house.talk(ONE).await;
    line.fact(key('1'));
    until("the tone", || house.kinds(call_id).iter().filter(|kind| **kind == "assistant_said").count() == 2)
        .await;
    line.fact(Fact::SpeechStarted);
    sleep(Duration::from_secs(2)).await;
    call_id
}

fn outcome(house: &House, call_id: CallId) -> Option<ToolOutcome> {
    house.journal(call_id).into_iter().find_map(|entry| match entry.event {
        Event::Decision(Decision::ToolFinished { outcome, .. }) => Some(outcome),
        _ => None,
    })
}

#[test]
fn a_message_is_kept_although_its_caller_hangs_up() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let call_id = speaks_a_message(&house).await;
        house.hang_up(call_id).await;
        house.emptied().await;
        let taken = house.journal(call_id).into_iter().find_map(|entry| match entry.event {
            Event::Decision(Decision::MessageTaken { speech_ms, .. }) => Some(speech_ms),
            _ => None,
        });
        assert_eq!(taken, Some(2_000));
        assert!(matches!(outcome(&house, call_id), Some(ToolOutcome::Done { .. })));
    });
}

#[test]
fn a_store_that_keeps_no_message_and_says_nothing_is_not_waited_for() {
    on_paused_time(async {
        let house = House::build(Plan { leaving: Leaving::Never, ..Plan::default() });
        let call_id = speaks_a_message(&house).await;
        house.bid(|manners| manners.commit = Answers::Never);
        house.hang_up(call_id).await;
        let took = house.emptied().await;
        assert!(took < OUTLIVES_MAX, "{took:?}");
        assert!(matches!(outcome(&house, call_id), Some(ToolOutcome::Failed { .. })));
    });
}

#[test]
fn an_effect_that_panics_is_journalled_and_its_caller_goes_to_the_fallback() {
    on_paused_time(async {
        let house = House::build(Plan { starting: Starting::Panicking, ..Plan::default() });
        let call_id = house.expect(named(1)).await.unwrap();
        house.dial(ONE);
        until("the failure", || house.has(call_id, "effect_failed")).await;
        until("the end", || house.ending(call_id).is_some()).await;
        let (cause, next) = house.ending(call_id).unwrap();
        assert_eq!((cause.as_str(), next.to_string().as_str()), ("assistant_failed", "goto internal,2001,1"));
        house.emptied().await;
    });
}

#[test]
fn an_unknown_call_can_not_be_ended() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (organization_id, cause) = (profile().organization_id, HangupCause::normal_clearing());
        let end = EndCall { organization_id, call_id: CallId(ONE), by: HangupBy::Api, cause };
        assert_eq!(house.registry.ask(end).await.unwrap(), Err(NoSuchCall));
    });
}

#[test]
fn draining_an_empty_house_takes_no_time() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let since = Instant::now();
        house.registry.ask(Drain { timeout_ms: 60_000 }).await.unwrap();
        assert!(since.elapsed() < Duration::from_millis(10));
        assert_eq!(house.expect(named(1)).await, Err(Refused::Draining));
    });
}

#[test]
fn draining_lets_calls_finish_until_their_time_is_up_then_says_goodbye() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (talking, _) = house.talk(ONE).await;
        let waiting = house.expect(named(2)).await.unwrap();
        let since = Instant::now();
        house.registry.ask(Drain { timeout_ms: 8_000 }).await.unwrap();
        let took = since.elapsed();
        assert!((Duration::from_secs(9)..Duration::from_secs(18)).contains(&took), "{took:?}");
        assert_eq!(house.ending(talking).unwrap().0, "server_stopped");
        assert_eq!(house.ending(waiting).unwrap().0, "no_audio");
        let said = house.journal(talking).into_iter().any(|entry| {
            matches!(entry.event, Event::Decision(Decision::AssistantSaid { text, .. }) if text == "GoodbyeShutdown")
        });
        assert!(said, "the goodbye was not heard");
    });
}

#[test]
fn a_call_that_ends_while_the_house_drains_ends_the_wait() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (call_id, _) = house.talk(ONE).await;
        let since = Instant::now();
        let draining = house.registry.ask(Drain { timeout_ms: 3_600_000 });
        let hanging_up = async {
            sleep(Duration::from_secs(1)).await;
            house.hang_up(call_id).await;
        };
        let (drained, ()) = tokio::join!(draining, hanging_up);
        drained.unwrap();
        assert!(since.elapsed() < Duration::from_secs(1) + OUTLIVES_MAX);
    });
}

#[test]
fn stopping_ends_every_call_at_once_with_its_journal_stored() {
    on_paused_time(async {
        let house = House::build(Plan::default());
        let (first, _) = house.talk(ONE).await;
        let (second, _) = house.talk(Uuid::from_u128(2)).await;
        let since = Instant::now();
        house.registry.ask(StopNow).await.unwrap();
        assert!(since.elapsed() < OUTLIVES_MAX, "{:?}", since.elapsed());
        for call_id in [first, second] {
            assert_eq!(house.ending(call_id).unwrap().0, "server_stopped");
        }
        assert_eq!(house.census().await.calls, 0);
        assert_eq!(house.notes.count(|note| *note == Note::CommitAsked), 2);
    });
}
