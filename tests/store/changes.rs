//! Changes: when they are made, and that reports about them are true.

use std::sync::mpsc;

use cordboard::store::query::AuditFilter;
use cordboard::store::{Connection, Store, StoreError, change, query};
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::ids::AuditId;
use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::room::{Room, eventually, read};
use crate::entries::{Conversation, now};

/// A change that is always allowed.
fn set_policy(store: &Store) -> impl FnOnce(&mut Connection) -> Result<(), StoreError> + Send + use<> {
    let organization_id = store.organization_id();
    move |connection| change::set_dial_policy(connection, organization_id, &DialPolicy::default())
}

/// Whether the change of [`set_policy`] was made, according to everything given to the writer before.
async fn is_set(store: &Store) -> bool {
    let organization_id = store.organization_id();
    store.change(move |connection| query::dial_policy(connection, organization_id)).await.unwrap().is_some()
}

/// Starts programs that request one change after the other, more than the writer has served when the next one arrives.
fn steady_changes(store: &Store) -> Vec<JoinHandle<()>> {
    let ask = |_| {
        let store = store.clone();
        actix_rt::spawn(async move {
            loop {
                let set = set_policy(&store);
                store.change(set).await.unwrap();
            }
        })
    };
    (0..30).map(ask).collect()
}

#[actix::test]
async fn a_stream_of_changes_does_not_block_other_rows() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let steady = steady_changes(&store);
    let mut said = Conversation::new(organization_id);
    store.journal(said.live());
    for _ in 0..10 {
        store.commit().await.unwrap();
        store.journal(vec![said.said("is anybody there?")]);
    }
    store.audit(AuditEntry {
        id: AuditId(Uuid::now_v7()),
        organization_id,
        actor: Actor::System,
        action: "tested".to_owned(),
        subject: "fairness".to_owned(),
        detail: String::new(),
        address: None,
        at: now(),
    });
    for _ in 0..10 {
        store.commit().await.unwrap();
        store.journal(vec![said.said("hello?")]);
    }
    let is_audited = || {
        let log = read(&store, |connection| {
            query::audit_log(connection, organization_id, &AuditFilter::default(), None, 10)
        });
        log.iter().any(|entry| entry.action == "tested")
    };
    assert!(is_audited(), "the audit log's line waits for changes");
    steady.iter().for_each(JoinHandle::abort);
}

#[actix::test]
async fn a_stream_of_commits_does_not_block_changes() {
    let room = Room::new();
    let store = room.store();
    let ask = |_| {
        let store = store.clone();
        actix_rt::spawn(async move {
            let mut said = Conversation::new(store.organization_id());
            store.journal(said.live());
            loop {
                store.commit().await.unwrap();
                store.journal(vec![said.said("and another thing")]);
            }
        })
    };
    let steady: Vec<JoinHandle<()>> = (0..30).map(ask).collect();
    for _ in 0..10 {
        store.change(set_policy(&store)).await.unwrap();
    }
    steady.iter().for_each(JoinHandle::abort);
}

/// Waits for the requester's answer. Its time limit passes at once, while the writer does nothing.
async fn told<T>(asking: JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::pause();
    let told = asking.await.unwrap();
    tokio::time::resume();
    told
}

#[actix::test]
async fn a_change_reported_as_failed_midway_is_not_made() {
    let room = Room::new();
    let store = room.store();
    let (begins, begun) = oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let set = set_policy(&store);
    let asking = actix_rt::spawn({
        let store = store.clone();
        async move {
            let slow = move |connection: &mut Connection| {
                set(connection)?;
                let _ = begins.send(());
                let _ = may_go.recv();
                Ok(())
            };
            store.change(slow).await
        }
    });
    begun.await.unwrap();
    let failed = told(asking).await.unwrap_err();
    assert!(failed.to_string().contains("accepts no changes"), "{failed}");
    go.send(()).unwrap();
    assert!(!is_set(&store).await, "a change that was reported as failed was made");
    store.change(set_policy(&store)).await.unwrap();
    assert!(is_set(&store).await, "asked again");
}

#[actix::test]
async fn a_change_whose_caller_stopped_waiting_is_not_made() {
    let room = Room::new();
    let store = room.store();
    let (begins, begun) = oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let set = set_policy(&store);
    let asking = actix_rt::spawn({
        let store = store.clone();
        async move {
            let slow = move |connection: &mut Connection| {
                set(connection)?;
                let _ = begins.send(());
                let _ = may_go.recv();
                Ok(())
            };
            store.change(slow).await
        }
    });
    begun.await.unwrap();
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    assert!(!is_set(&store).await);
}

#[actix::test]
async fn a_slow_commit_is_not_reported_as_failed() {
    let room = Room::new();
    let store = room.store();
    let (begins, begun) = oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let mut begins = Some(begins);
    let set = set_policy(&store);
    let asking = actix_rt::spawn({
        let store = store.clone();
        async move {
            let slow_to_commit = move |connection: &mut Connection| {
                set(connection)?;
                connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    let InstrumentationEvent::StartQuery { query, .. } = event else { return };
                    if query.to_string().starts_with("COMMIT")
                        && let Some(begins) = begins.take()
                    {
                        let _ = begins.send(());
                        let _ = may_go.recv();
                    }
                });
                Ok(())
            };
            store.change(slow_to_commit).await
        }
    });
    begun.await.unwrap();
    let unknown = told(asking).await.unwrap_err();
    assert!(unknown.to_string().contains("nobody knows"), "{unknown}");
    go.send(()).unwrap();
    assert!(is_set(&store).await, "the change was committed");
    eventually("the journal continues", || store.health().fault.is_none());
}

#[actix::test]
async fn lines_of_the_audit_log_are_listed_by_subject() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    for action in ["user.created", "user", "users.counted", "usex.created", "other.user.created"] {
        let entry = AuditEntry {
            id: AuditId(Uuid::now_v7()),
            organization_id,
            actor: Actor::System,
            action: action.to_owned(),
            subject: String::new(),
            detail: String::new(),
            address: None,
            at: now(),
        };
        store.change(move |connection| change::record_audit(connection, &entry)).await.unwrap();
    }
    let told = |about: &str, actors: Vec<Actor>| -> Vec<String> {
        let filter = AuditFilter { actors, about: Some(about.to_owned()) };
        let log = read(&store, |connection| query::audit_log(connection, organization_id, &filter, None, 10));
        log.into_iter().map(|entry| entry.action).collect()
    };
    for actors in [vec![], vec![Actor::System]] {
        assert_eq!(told("user", actors.clone()), ["user", "user.created"]);
        assert_eq!(told("use_", actors), Vec::<String>::new());
    }
}
