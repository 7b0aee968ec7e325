//! Targets of calls, as the registry requests them.

use actix::Actor;
use cordboard::store::{StoreActor, change, query};
use cordboard_actors::messages::LoadDialling;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;

use super::figures::{at, moved};
use super::room::{Room, read};
use crate::entries::{Conversation, now};

/// A moment of the day that is counted: not today, because today may end meanwhile.
const NOON: &str = "2026-10-24T12:00:00Z";

#[actix::test]
async fn todays_dialled_numbers_are_counted_over_all_calls() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let actor = StoreActor::new(store.clone()).start();
    let day = at(NOON).utc_day();
    let dialled = async |day| {
        let seen = actor.send(LoadDialling { day, known: None }).await.unwrap().unwrap();
        seen.dialled.get(&organization_id).copied().unwrap_or(0)
    };
    assert_eq!(dialled(day).await, 0);
    for effect in 1..=2 {
        let mut said = Conversation::new(store.organization_id());
        let mut entries = said.live();
        let (sales, operator) = ("sales".to_owned(), "operator".to_owned());
        let reason = "asked for".to_owned();
        let handoff = Decision::HandoffRequested { handoff: EffectId(effect), target: sales, reason };
        entries.push(said.entry(handoff));
        entries.push(said.entry(Decision::TransferRequested { target: operator.clone() }));
        entries.push(said.entry(Decision::DialRequested { target: operator }));
        store.journal(moved(entries, NOON));
    }
    store.commit().await.unwrap();
    assert_eq!(dialled(day).await, 6);
    for another in [day - 86_400_000, day + 86_400_000] {
        assert_eq!(dialled(another).await, 0, "of another day");
    }
}

#[actix::test]
async fn an_extension_name_with_a_nul_is_unknown() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let remove =
        store.change(move |connection| change::delete_extension(connection, organization_id, "sal\0es"));
    assert!(!remove.await.unwrap());
    // So are the names of a queue that a campaign asks for, and of an agent's extension that a queue overflows to.
    let agent = read(&store, |connection| query::agent_at_extension(connection, organization_id, "sal\0es"));
    let queue = read(&store, |connection| query::has_queue(connection, organization_id, "sal\0es"));
    assert_eq!((agent, queue), (None, false));
}

#[actix::test]
async fn the_last_policy_applies() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let actor = StoreActor::new(store.clone()).start();
    let policy = async || {
        let seen = actor.send(LoadDialling { day: now(), known: None }).await.unwrap().unwrap();
        seen.said.unwrap().found[&organization_id].policy.clone()
    };
    assert_eq!(policy().await, None);
    for per_call_max in [3, 0] {
        let wanted = cordboard_schema::dial::DialPolicy { per_call_max, ..Default::default() };
        let setting = wanted.clone();
        let set =
            store.change(move |connection| change::set_dial_policy(connection, organization_id, &setting));
        set.await.unwrap();
        assert_eq!(policy().await, Some(wanted));
    }
}
