//! The StoreActor, through its messages.

use std::time::{Duration, Instant};

use actix::Actor;
use cordboard::store::{Connection, FIRST_PROFILE, Store, StoreActor, change};
use cordboard_actors::messages::{AskJournalHealth, AskSpent, Commit, Journal, LoadProfiles, StoreFault};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::profile::default_dtmf_actions;
use cordboard_schema::tool::ToolName;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::figures::{at, moved};
use super::room::{Room, journal};
use crate::entries::Conversation;

/// A moment of the day whose costs are requested: not today, because today may end meanwhile.
const NOON: &str = "2026-10-24T12:00:00Z";
/// Most commits that are requested until everything is on disk: each waits up to 2 s.
const COMMITS_MAX: usize = 10;

#[actix::test]
async fn a_commit_puts_earlier_entries_on_disk() {
    let room = Room::new();
    let store = room.store();
    let actor = StoreActor::new(store.clone()).start();
    let mut said = Conversation::new(store.organization_id());
    for n in 0..20 {
        let entries = if n == 0 { said.live() } else { vec![said.said("more")] };
        let seq = entries.last().unwrap().seq;
        actor.do_send(Journal { entries });
        actor.send(Commit).await.unwrap().unwrap();
        assert_eq!(journal(&store, said.call_id).last().unwrap().seq, seq);
    }
    assert_eq!(actor.send(AskJournalHealth).await.unwrap().waiting, 0);
}

#[actix::test]
async fn a_days_costs_include_entries_not_yet_on_disk() {
    let room = Room::new();
    let store = room.store();
    let actor = StoreActor::new(store.clone()).start();
    let organization_id = store.organization_id();
    let day = at(NOON).utc_day();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = store.change(make).await.unwrap();
    let of_both = async |day| {
        let spent = actor.send(AskSpent { day }).await.unwrap().unwrap().micros;
        (spent[&organization_id], spent[&other])
    };
    let spent = async |day| of_both(day).await.0;
    let charged = |cost_micros| Decision::Charged { model: "voice".to_owned(), cost_micros };
    assert_eq!(spent(day).await, 0);

    for cost_micros in [100, 20] {
        let mut said = Conversation::new(organization_id);
        let mut entries = said.live();
        entries.push(said.entry(charged(cost_micros)));
        entries.extend(said.ended(NextStep::Hangup));
        entries.push(said.entry(charged(3)));
        store.journal(moved(entries, NOON));
    }
    store.commit().await.unwrap();
    assert_eq!(spent(day).await, 126, "of live calls and after the end");
    for another in [day - 86_400_000, day + 86_400_000] {
        assert_eq!(spent(another).await, 0, "of another day");
    }
    let mut said = Conversation::new(other);
    let mut entries = said.live();
    entries.push(said.entry(charged(7)));
    store.journal(moved(entries, NOON));
    store.commit().await.unwrap();
    assert_eq!(of_both(day).await, (126, 7), "each organization by itself");

    let locked = room.lock();
    let mut said = Conversation::new(organization_id);
    let mut entries = said.live();
    entries.push(said.entry(charged(1_000)));
    store.journal(moved(entries, NOON));
    assert_eq!(spent(day).await, 1_126, "entries that were not read before");
    let deadline = Instant::now() + Duration::from_secs(20);
    // The writer holds these; later ones wait.
    while store.health().fault.is_none() {
        assert!(Instant::now() < deadline, "the database accepts rows although it is locked");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(spent(day).await, 1_126, "entries that the writer holds");
    store.journal(vec![said.entry(charged(7))]);
    assert_eq!(spent(day).await, 1_133);
    locked.release();
    store.commit().await.unwrap();
    assert_eq!(spent(day).await, 1_133);
}

#[actix::test]
async fn a_new_installation_has_a_receptionist_and_keeps_it() {
    let room = Room::new();
    let mut before = None;
    for _ in 0..2 {
        let store = room.store();
        let seen = StoreActor::new(store.clone()).start().send(LoadProfiles::default()).await;
        let profiles = seen.unwrap().unwrap().unwrap().found;
        let [profile] = &profiles[..] else { panic!("{} profiles", profiles.len()) };
        assert_eq!(profile.profile.name, FIRST_PROFILE);
        assert_eq!(profile.profile.organization_id, store.organization_id());
        assert_eq!(profile.profile.tools, ToolName::ALL);
        let mut keys = profile.profile.dtmf_actions.clone();
        for on in default_dtmf_actions() {
            let place = keys.iter().position(|key| *key == on);
            keys.swap_remove(place.unwrap_or_else(|| panic!("no key {}", on.digits)));
        }
        assert!(keys.is_empty(), "{keys:?}");
        assert_eq!(before.replace(profiles.clone()).unwrap_or_else(|| profiles.clone()), profiles);
    }
}

#[actix::test]
async fn a_tap_sees_unwritten_entries_without_slowing_the_journal() {
    let room = Room::new();
    let store = room.store();
    let mut tap = store.tap();
    let mut said = Conversation::new(store.organization_id());
    let locked = room.lock();
    let entries = said.live();
    store.journal(entries.clone());
    for entry in entries {
        assert_eq!(*tap.recv().await.unwrap(), entry);
    }
    locked.release();

    for _ in 0..10_000 {
        store.journal(vec![said.said("blah")]);
    }
    assert!(matches!(tap.recv().await, Err(RecvError::Lagged(_))));
    all_on_disk(&store).await;
    assert_eq!(journal(&store, said.call_id).len(), 10_005);
}

/// Waits until everything handed over is on disk: a busy machine needs longer than one commit is waited for to write some of ten thousand entries.
async fn all_on_disk(store: &Store) {
    for _ in 0..COMMITS_MAX {
        match store.commit().await {
            Err(StoreFault::TimedOut) => {}
            committed => return committed.unwrap(),
        }
    }
    panic!("it is not on disk after {COMMITS_MAX} commits");
}

/// A reader of the tap gets an entry while another thread hands it over, and requests a commit at once.
#[actix::test]
async fn a_commit_covers_entries_already_seen_by_a_tap() {
    let room = Room::new();
    let store = room.store();
    let mut tap = store.tap();
    for _ in 0..500 {
        let mut said = Conversation::new(store.organization_id());
        let started = said.started();
        let journalling = {
            let store = store.clone();
            std::thread::spawn(move || store.journal(vec![started]))
        };
        while tap.try_recv().is_err() {
            std::hint::spin_loop();
        }
        store.commit().await.unwrap();
        assert_eq!(journal(&store, said.call_id).len(), 1);
        journalling.join().unwrap();
    }
}
