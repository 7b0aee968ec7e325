//! Agents of a call, and calls of an agent.

use std::collections::BTreeSet;

use actix::Actor as _;
use cordboard::store::{CallQuery, StoreActor, change, query};
use cordboard_actors::messages::LoadOpenWrapUps;
use cordboard_schema::call_agent::AgentOutcome::{self, Declined, Missed, Talked, Talking};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{CallId, OrganizationId, QueueId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::WrapUp;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::campaign_rows::campaign_row;
use super::floor::{another, changed, queue};
use super::room::{Room, call, folded, read};
use crate::entries::{Conversation, now};

fn somebody() -> UserId {
    UserId(Uuid::now_v7())
}

#[actix::test]
async fn a_journal_handed_over_twice_lists_each_agent_once() {
    let room = Room::new();
    let (ada, grace) = (somebody(), somebody());
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.passed(ada, HandoffFailure::NoAnswer));
    entries.extend(said.joined(grace));
    store.journal(entries.clone());
    store.journal(entries.clone());
    store.commit().await.unwrap();
    let first = call(&store, said.call_id).unwrap();
    assert_eq!(first, folded(&entries));
    let outcomes: Vec<_> = first.agents.iter().map(|agent| (agent.user_id, agent.outcome)).collect();
    assert_eq!(outcomes, [(ada, Missed), (grace, Talking)]);
    drop(store);

    // Another process continues it, and begins by repeating the entries of which it is not sure.
    let store = room.store();
    store.journal(entries[4..].to_vec());
    entries.push(said.left(grace, 61_500));
    entries.extend(said.joined(ada));
    entries.push(said.left(ada, 2_000));
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(entries[7..].to_vec());
    store.commit().await.unwrap();
    let over = call(&store, said.call_id).unwrap();
    assert_eq!(over, folded(&entries));
    let talked: Vec<_> =
        over.agents.iter().map(|agent| (agent.user_id, agent.outcome, agent.talked_ms)).collect();
    assert_eq!(talked, [(ada, Talked, 2_000), (grace, Talked, 61_500)]);
    assert!(over.agents.iter().all(|agent| agent.left_at.is_some()), "{over:?}");
    assert_eq!(store.health().lost, 0);
}

#[actix::test]
async fn a_calls_agent_has_the_queue_that_gave_the_call() {
    let room = Room::new();
    let store = room.store();
    let (ada, grace) = (somebody(), somebody());
    let queue = QueueId(Uuid::now_v7());
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.extend(said.joined(ada));
    entries.push(said.left(ada, 100));
    entries.extend(said.joined_by(grace, Some(queue)));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    let by: Vec<_> = call(&store, said.call_id).unwrap().agents.iter().map(|agent| agent.queue_id).collect();
    assert_eq!(by, [None, Some(queue)]);
    store.journal(said.joined_by(ada, Some(queue)));
    store.commit().await.unwrap();
    let by: Vec<_> = call(&store, said.call_id).unwrap().agents.iter().map(|agent| agent.queue_id).collect();
    assert_eq!(by, [Some(queue), Some(queue)]);
}

#[actix::test]
async fn a_wrap_up_is_due_from_each_agent_who_talked() {
    let room = Room::new();
    let store = room.store();
    let (first, other) = (store.organization_id(), another(&store).await);
    let [ada, grace, linus] = [somebody(), somebody(), somebody()];
    let queue = QueueId(Uuid::now_v7());
    let began = now();
    let mut said = Conversation::new(first);
    store.journal(said.live());
    store.journal(vec![said.passed(linus, HandoffFailure::NoAnswer)]);
    store.journal(said.joined_by(ada, Some(queue)));
    store.journal(vec![said.left(ada, 100)]);
    // She is still talking.
    store.journal(said.joined(grace));
    let mut theirs = Conversation::new(other);
    store.journal(theirs.live());
    store.journal(theirs.joined(linus));
    store.journal(vec![theirs.left(linus, 100)]);
    store.commit().await.unwrap();

    let actor = StoreActor::new(store.clone()).start();
    let owed = async |since: UnixMs| -> BTreeSet<_> {
        let owed = actor.send(LoadOpenWrapUps { since }).await.unwrap().unwrap();
        owed.into_iter()
            .map(|owed| (owed.organization_id, owed.user_id, owed.call_id, owed.queue_id))
            .collect()
    };
    let (hers, his) = ((first, ada, said.call_id, Some(queue)), (other, linus, theirs.call_id, None));
    assert_eq!(owed(began).await, BTreeSet::from([hers, his]));
    assert_eq!(owed(now() + 60_000).await, BTreeSet::new());
    let written = |user_id, organization_id, call_id| WrapUp {
        organization_id,
        call_id,
        user_id,
        queue_id: None,
        disposition_id: None,
        note: String::new(),
        started_at: now(),
        ended_at: now(),
    };
    let wrap_up = written(ada, first, said.call_id);
    changed(&store, move |connection| change::insert_wrap_up(connection, &wrap_up)).await;
    // Another agent's wrap-up leaves his due.
    let wrap_up = written(grace, other, theirs.call_id);
    changed(&store, move |connection| change::insert_wrap_up(connection, &wrap_up)).await;
    assert_eq!(owed(began).await, BTreeSet::from([his]));
    store.journal(vec![said.left(grace, 100)]);
    store.commit().await.unwrap();
    let graces = (first, grace, said.call_id, None);
    assert_eq!(owed(began).await, BTreeSet::from([his, graces]));
    let erased = format!("UPDATE calls SET words_deleted_at = started_at WHERE id = '{}'", theirs.call_id);
    let has_work = || read(&store, |connection| query::agent_has_work(connection, other, linus, began));
    assert!(has_work());
    room.stranger().batch_execute(&erased).unwrap();
    assert_eq!(owed(began).await, BTreeSet::from([graces]), "his caller was erased");
    assert!(!has_work(), "his sign-in is not prolonged");
}

#[actix::test]
async fn the_wrap_up_of_a_previewed_contact_has_its_queue() {
    let room = Room::new();
    let store = room.store();
    let (owner, ada) = (store.organization_id(), somebody());
    let sales = queue(owner, "sales", &[]);
    let sales_id = sales.id;
    changed(&store, move |connection| change::create_queue(connection, &sales)).await;
    let began = now();
    let mut said = Conversation::new(owner);
    store.journal(said.live());
    store.journal(said.joined(ada));
    store.journal(vec![said.left(ada, 100)]);
    store.commit().await.unwrap();
    let at = "2026-10-29 08:00:00";
    let campaign = campaign_row(owner, r#"{ "queue": "sales", "rules": { "mode": "preview" } }"#, &at);
    let attempt = format!(
        "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
         VALUES ('{}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}');",
        said.call_id
    );
    room.stranger().batch_execute(&[campaign, attempt].concat()).unwrap();
    let actor = StoreActor::new(store.clone()).start();
    let owed = actor.send(LoadOpenWrapUps { since: began }).await.unwrap().unwrap();
    let owed: Vec<_> = owed.into_iter().map(|owed| (owed.call_id, owed.queue_id)).collect();
    assert_eq!(owed, [(said.call_id, Some(sales_id))]);
}

#[actix::test]
async fn calls_are_found_by_agent_and_agent_outcome() {
    let room = Room::new();
    let store = room.store();
    let (ada, grace) = (somebody(), somebody());
    let made = |passed: &[(UserId, HandoffFailure)], joined: Option<UserId>| {
        let mut said = Conversation::new(store.organization_id());
        store.journal(said.live());
        for (user, failure) in passed {
            store.journal(vec![said.passed(*user, *failure)]);
        }
        store.journal(joined.map(|user| said.joined(user)).unwrap_or_default());
        said.call_id
    };
    let missed = made(&[(ada, HandoffFailure::NoAnswer)], None);
    let declined = made(&[(ada, HandoffFailure::Declined)], Some(grace));
    let taken = made(&[(grace, HandoffFailure::NoAnswer)], Some(ada));
    made(&[], None);
    let newest = made(&[(ada, HandoffFailure::NoAnswer)], None);
    store.commit().await.unwrap();

    let found = |whose: OrganizationId, wanted: CallQuery| -> Vec<CallId> {
        let wanted = CallQuery { limit: 200, ..wanted };
        read(&store, |connection| query::calls(connection, whose, wanted))
            .iter()
            .map(|call| call.id)
            .collect()
    };
    let first = store.organization_id();
    let of = |agent_id: Option<UserId>, agent_outcome: Option<AgentOutcome>| {
        found(first, CallQuery { agent_id, agent_outcome, ..CallQuery::default() })
    };
    assert_eq!(of(Some(ada), None), [newest, taken, declined, missed]);
    assert_eq!(of(Some(ada), Some(Missed)), [newest, missed]);
    assert_eq!(of(Some(ada), Some(Declined)), [declined]);
    assert_eq!(of(Some(grace), Some(Missed)), [taken]);
    assert_eq!(of(Some(grace), Some(Declined)), []);
    assert_eq!(of(None, Some(Talking)), [taken, declined]);
    assert_eq!(of(Some(somebody()), None), []);
    let older = CallQuery { agent_id: Some(ada), before: Some(taken), ..CallQuery::default() };
    assert_eq!(found(first, older), [declined, missed]);
    let theirs = CallQuery { agent_id: Some(ada), ..CallQuery::default() };
    assert_eq!(found(OrganizationId(Uuid::now_v7()), theirs), []);
}
