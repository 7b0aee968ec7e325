//! The registry dies and is restarted: with every call, its names, its counts, and the requesters that wait for its end.

use std::time::Duration;

use cordboard_actors::fault::{Fault, arm};
use cordboard_actors::line::NoAnswer;
use cordboard_actors::messages::{AskOwner, CallRef, CountCalls, Drain, Refused, ToRegistry};
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::switch::SwitchKind;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::setup::{Plan, Setup, key, named, on_paused_time, profile, until, until_another_thread};
use crate::store::{Answers, Note};

/// Sends a request at which the registry dies.
async fn kill_registry(setup: &Setup) {
    arm(Fault::PanicInRegistry);
    assert_eq!(setup.registry.ask(CountCalls).await, Err(NoAnswer::Failed));
}

#[test]
fn the_registry_comes_back_with_every_call_and_counts_right() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 3, ..Plan::default() });
        let (first, line) = setup.talk(Uuid::from_u128(1)).await;
        let (second, _) = setup.talk(Uuid::from_u128(2)).await;
        kill_registry(&setup).await;
        assert_eq!(setup.census().await.calls, 2);
        assert_eq!(setup.actors().await.registry.restarts, 1);

        assert_eq!(setup.expect_as(named(1), None).await, Ok(first));
        let third = setup.expect(named(3)).await.unwrap();
        assert_eq!(setup.expect(named(4)).await, Err(Refused::NoCapacity { max: 3 }));
        kill_registry(&setup).await;
        assert_eq!(setup.expect(named(4)).await, Err(Refused::NoCapacity { max: 3 }));

        line.fact(key('*'));
        until("the goodbye", || setup.ending(first).is_some()).await;
        until("the end of the announced one", || setup.ending(third).is_some()).await;
        setup.hang_up(second).await;
        setup.emptied().await;
        let unknown = setup.next(CallRef::Id(first)).await;
        assert!(unknown.is_err(), "{unknown:?}");
        assert!(setup.expect(named(1)).await.is_ok());
    });
}

#[test]
fn requests_while_the_registry_is_dead_are_answered() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        arm(Fault::PanicInRegistry);
        let killing = setup.registry.ask(CountCalls);
        let asked: Vec<_> = (0..100).map(|number| setup.expect(named(number))).collect();
        let (killed, answers) = tokio::join!(killing, futures_util::future::join_all(asked));
        assert_eq!(killed, Err(NoAnswer::Failed));
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(setup.census().await.calls, 100);
    });
}

#[test]
fn a_call_that_dies_with_the_registry_is_restarted() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        arm(Fault::PanicInCall);
        arm(Fault::PanicInRegistry);
        line.fact(key('7'));
        until("the next life", || setup.has(call_id, "reborn")).await;
        assert_eq!(setup.actors().await.registry.restarts, 1);
        line.fact(key('*'));
        setup.emptied().await;
        assert_eq!(setup.ending(call_id).unwrap().0, "normal_clearing");
    });
}

#[test]
fn a_calls_end_that_kills_the_registry_is_remembered() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        setup.bid(|manners| manners.commit = Answers::After(Duration::from_millis(500)));
        line.fact(key('*'));
        until("the leg's end", || setup.notes.count(|note| matches!(note, Note::LegGone(_))) == 1).await;
        until_another_thread("the last commit", || setup.notes.count(|note| *note == Note::CommitAsked) == 1)
            .await;
        // The next message to the registry is that the call is over.
        arm(Fault::PanicInRegistry);
        sleep(Duration::from_millis(600)).await;
        assert_eq!(setup.census().await.calls, 0);
        assert_eq!(setup.actors().await.registry.restarts, 1);
        assert!(setup.ending(call_id).is_some());
    });
}

#[test]
fn a_drain_continues_and_is_answered() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _): (CallId, _) = setup.talk(Uuid::from_u128(1)).await;
        let since = Instant::now();
        let drained = setup.registry.ask(Drain { timeout_ms: 3_000 });
        assert!(!setup.census().await.admitting);
        kill_registry(&setup).await;
        assert_eq!(setup.expect(named(2)).await, Err(Refused::Draining));
        drained.await.unwrap();
        let took = since.elapsed();
        assert!((Duration::from_secs(3)..Duration::from_secs(13)).contains(&took), "{took:?}");
        assert_eq!(setup.ending(call_id).unwrap().0, "server_stopped");
    });
}

#[test]
fn a_call_that_misses_the_stop_order_gets_it_again() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(Uuid::from_u128(1)).await;
        arm(Fault::PanicInCall);
        setup.registry.ask(cordboard_actors::messages::StopNow).await.unwrap();
        assert_eq!(setup.count(call_id, "reborn"), 1);
        assert_eq!(setup.ending(call_id).unwrap().0, "server_stopped");
    });
}

/// Sends the registry a message at which it dies.
async fn notify_and_kill(setup: &Setup, notice: ToRegistry) {
    let before = setup.actors().await.registry.restarts;
    arm(Fault::PanicInRegistry);
    assert!(setup.registry.tell(notice));
    assert_eq!(setup.actors().await.registry.restarts, before + 1);
}

#[test]
fn a_phone_whose_message_kills_the_registry_is_known() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(Uuid::from_u128(1)).await;
        let (channel, ringing) = (Uuid::from_u128(2), EffectId(900));
        let phone = CallRef::Outside(SwitchKind::Freeswitch.outside_id(channel));
        notify_and_kill(&setup, ToRegistry::PhoneExpected { call_id, ringing, channel }).await;
        let owner = setup.registry.ask(AskOwner(phone.clone())).await.unwrap();
        assert_eq!(owner, Some(profile().organization_id), "otherwise its audio begins a new call");
        notify_and_kill(&setup, ToRegistry::PhoneGone { call_id, ringing }).await;
        assert_eq!(setup.registry.ask(AskOwner(phone)).await.unwrap(), None);
    });
}

#[test]
fn the_next_registry_ignores_calls_that_go_on_alone() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(Uuid::from_u128(1)).await;
        notify_and_kill(&setup, ToRegistry::ContinuesAlone { call_id, is_so: true }).await;
        let since = Instant::now();
        setup.registry.ask(Drain { timeout_ms: 3_600_000 }).await.unwrap();
        assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    });
}

#[test]
fn a_drain_ends_in_time_though_the_registry_dies() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(Uuid::from_u128(1)).await;
        let drained = setup.registry.ask(Drain { timeout_ms: 3_600_000 });
        assert!(!setup.census().await.admitting);
        let since = Instant::now();
        notify_and_kill(&setup, ToRegistry::DrainExpired).await;
        drained.await.unwrap();
        assert!(since.elapsed() < Duration::from_secs(13), "{:?}", since.elapsed());
        assert_eq!(setup.ending(call_id).unwrap().0, "server_stopped");
    });
}

#[test]
fn a_call_without_another_actor_gives_its_room_back() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 1, ..Plan::default() });
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        arm(Fault::PanicInCall);
        arm(Fault::PanicInRestart);
        line.fact(key('7'));
        until("its end", || setup.ending(call_id).is_some()).await;
        assert_eq!(setup.ending(call_id).unwrap().0, "internal_error");
        assert_eq!((setup.census().await.calls, setup.actors().await.registry.restarts), (0, 0));
        assert!(setup.expect(named(1)).await.is_ok(), "its room and its name are free");
        assert_eq!(setup.expect(named(2)).await, Err(Refused::NoCapacity { max: 1 }));
    });
}

#[test]
fn a_call_lost_as_its_actor_starts_is_ended() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(Uuid::from_u128(1)).await;
        let (other, of_other) = setup.talk(Uuid::from_u128(2)).await;
        arm(Fault::PanicInCall);
        arm(Fault::PanicInStart);
        line.fact(key('7'));
        until("its end", || setup.ending(call_id).is_some()).await;
        assert_eq!(setup.ending(call_id).unwrap().0, "internal_error");
        assert_eq!((setup.census().await.calls, setup.actors().await.registry.restarts), (1, 0));

        arm(Fault::PanicInCall);
        of_other.fact(key('7'));
        until("the other's next life", || setup.has(other, "reborn")).await;
        of_other.fact(key('*'));
        setup.emptied().await;
        assert_eq!(setup.ending(other).unwrap().0, "normal_clearing");
    });
}

#[test]
fn a_store_watch_that_dies_is_replaced() {
    on_paused_time(async {
        let setup = Setup::build(Plan { profiles: Vec::new(), ..Plan::default() });
        arm(Fault::PanicInStoreWatch);
        sleep(Duration::from_secs(3)).await;
        setup.bid(|manners| manners.profiles = vec![profile()]);
        sleep(Duration::from_secs(4)).await;
        assert!(setup.expect(named(1)).await.is_ok());
    });
}
