//! The database is locked, a row is bad, the memory is full: calls hardly notice.

use cordboard::store::Store;
use cordboard_actors::messages::StoreFault;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::OrganizationId;
use uuid::Uuid;

use super::room::{Room, eventually, journal};
use crate::entries::Conversation;

#[actix::test]
async fn a_locked_database_delays_the_journal_but_loses_nothing() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    let locked = room.lock();
    store.journal(entries.clone());

    assert_eq!(store.commit().await, Err(StoreFault::TimedOut));
    let health = store.health();
    assert_eq!((health.waiting, health.lost), (5, 0));
    let fault = health.fault.unwrap();
    assert!(fault.contains("lock"), "{fault}");

    entries.push(said.said("hello?"));
    store.journal(entries[5..].to_vec());
    locked.release();
    eventually("the journal is written", || store.health().waiting == 0);
    assert_eq!(journal(&store, said.call_id), entries);
    assert_eq!(store.health().fault, None);
    store.commit().await.unwrap();
}

#[actix::test]
async fn rows_beyond_the_limit_are_lost_and_commits_fail() {
    let room = Room::new();
    let store = Store::open_with_room(&room.settings(), 10).unwrap();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.commit().await.unwrap();

    let locked = room.lock();
    let more: Vec<JournalEntry> = (0..15).map(|n| said.said(&n.to_string())).collect();
    store.journal(more);
    let health = store.health();
    assert_eq!((health.waiting, health.waiting_max, health.lost), (10, 10, 5));
    assert!(matches!(store.commit().await, Err(StoreFault::Database(why)) if why.contains("memory is full")));

    locked.release();
    eventually("what was kept is written", || store.health().waiting == 0);
    assert_eq!(journal(&store, said.call_id).len(), 15);
    store.journal(vec![said.said("there is room again")]);
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id).last().unwrap().seq, 21);
    assert_eq!(store.health().lost, 5);
}

#[actix::test]
async fn a_bad_row_is_dropped_without_holding_up_others() {
    let room = Room::new();
    let store = room.store();
    let nobody = OrganizationId(Uuid::now_v7());
    let (mut before, mut after) =
        (Conversation::new(store.organization_id()), Conversation::new(store.organization_id()));
    let mut orphan = Conversation::new(nobody);
    store.journal(before.live());
    store.journal(vec![orphan.started(), orphan.said("who am I?")]);
    store.journal(after.live());

    assert!(matches!(store.commit().await, Err(StoreFault::Database(_))), "a commit covered the lost row");
    assert_eq!(journal(&store, before.call_id).len(), 5);
    assert_eq!(journal(&store, after.call_id).len(), 5);
    let health = store.health();
    assert_eq!((health.waiting, health.lost, health.fault), (0, 2, None));

    store.journal(vec![before.said("I go on")]);
    store.commit().await.unwrap();
}
