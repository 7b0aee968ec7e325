//! Drafts of wrap-ups: one for each agent of a call, and what deletes them.

use cordboard::store::{Connection, Store, change, query};
use cordboard_schema::account::PageLanguage;
use cordboard_schema::ids::{CallId, DispositionId, OrganizationId, UserId};
use cordboard_schema::limits::WRAP_UP_DRAFTS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{WrapUp, WrapUpDraft};
use diesel::connection::SimpleConnection as _;

use super::floor::{another, changed, user};
use super::room::{Room, read};
use crate::entries::Conversation;

/// Creates a call of the organization, with a written journal.
async fn call(store: &Store, organization_id: OrganizationId) -> CallId {
    let mut said = Conversation::new(organization_id);
    store.journal(said.live());
    store.commit().await.unwrap();
    said.call_id
}

fn draft(organization_id: OrganizationId, call_id: CallId, user_id: UserId, note: &str) -> WrapUpDraft {
    let (disposition_id, updated_at) = (None, UnixMs(1_000));
    WrapUpDraft { organization_id, call_id, user_id, disposition_id, note: note.to_owned(), updated_at }
}

async fn keep(store: &Store, draft: WrapUpDraft) {
    changed(store, move |connection| change::write_wrap_up_draft(connection, &draft)).await;
}

fn kept(store: &Store, whose: OrganizationId, ids: (CallId, UserId)) -> Option<WrapUpDraft> {
    read(store, |connection| query::wrap_up_draft(connection, whose, ids))
}

#[actix::test]
async fn the_last_draft_is_kept_until_the_wrap_up() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let (ada, grace) = (user(&store, first, "Ada").await.id, user(&store, first, "Grace").await.id);
    let call_id = call(&store, first).await;
    let chosen: DispositionId = read(&store, |connection| query::dispositions(connection, first))[0].id;
    keep(&store, draft(first, call_id, ada, "She")).await;
    let note = "She wants\na roof \u{1f98a}";
    let later = WrapUpDraft { disposition_id: Some(chosen), ..draft(first, call_id, ada, note) };
    keep(&store, later.clone()).await;
    keep(&store, draft(first, call_id, grace, "mine")).await;
    assert_eq!(kept(&store, first, (call_id, ada)), Some(later.clone()));
    assert_eq!(kept(&store, other, (call_id, ada)), None, "another organization has no draft");

    // A removed disposition is no longer chosen.
    assert!(changed(&store, move |connection| change::delete_disposition(connection, first, chosen)).await);
    let without = WrapUpDraft { disposition_id: None, ..later };
    assert_eq!(kept(&store, first, (call_id, ada)), Some(without));

    keep(&store, draft(first, call_id, grace, "")).await;
    assert_eq!(kept(&store, first, (call_id, grace)), None, "an empty draft is no draft");
    let (started_at, ended_at) = (UnixMs(1_000), UnixMs(61_000));
    let wrap_up = WrapUp {
        organization_id: first,
        call_id,
        user_id: ada,
        queue_id: None,
        disposition_id: None,
        note: "done".to_owned(),
        started_at,
        ended_at,
    };
    changed(&store, move |connection| change::insert_wrap_up(connection, &wrap_up)).await;
    assert_eq!(kept(&store, first, (call_id, ada)), None);
}

#[actix::test]
async fn an_agent_keeps_the_newest_drafts_until_removed() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let (ada, grace) = (user(&store, first, "Ada").await.id, user(&store, first, "Grace").await.id);
    let mut calls = Vec::new();
    for number in 0..=WRAP_UP_DRAFTS_MAX {
        let call_id = call(&store, first).await;
        let updated_at = UnixMs(1_000 + i64::try_from(number).unwrap());
        keep(&store, WrapUpDraft { updated_at, ..draft(first, call_id, ada, "Ada's") }).await;
        calls.push(call_id);
    }
    keep(&store, draft(first, calls[0], grace, "Grace's")).await;
    let has = |call_id: CallId, agent| kept(&store, first, (call_id, agent)).is_some();
    assert!(!has(calls[0], ada), "the oldest goes");
    assert!(calls[1..].iter().all(|call_id| has(*call_id, ada)));

    assert!(changed(&store, move |connection| change::delete_user(connection, first, ada)).await);
    assert!(!calls.iter().any(|call_id| has(*call_id, ada)));
    assert!(has(calls[0], grace), "another agent's draft stays");
}

#[actix::test]
async fn an_account_keeps_its_language_and_tolerates_unknown_ones() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let ada = user(&store, first, "Ada").await.id;
    let language = || read(&store, |connection| query::user(connection, first, ada)).unwrap().language();
    assert_eq!(language(), None);
    for chosen in [Some(PageLanguage::De), Some(PageLanguage::Pt), None] {
        let set = move |connection: &mut Connection| change::set_language(connection, first, ada, chosen);
        changed(&store, set).await;
        assert_eq!(language(), chosen);
    }
    room.stranger().batch_execute(&format!("UPDATE users SET language = 'tlh' WHERE id = '{ada}'")).unwrap();
    assert_eq!(language(), None);
    let row = read(&store, |connection| query::user(connection, first, ada)).unwrap();
    assert_eq!(row.user().unwrap().name, "Ada");
}
