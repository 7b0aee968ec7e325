//! Subjects of calls: due from the calls' ends on, kept once, counted, listed, and deleted with their words and calls.

use std::sync::Arc;

use cordboard::counting;
use cordboard::recordings::RecordingFiles;
use cordboard::retention::RetentionKeeper;
use cordboard::store::{Ask, CallQuery, Connection, FoundOfCall, Store, change, query};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::extraction::{
    CallExtraction, ExtractedBy, ExtractedValue, ExtractionField, FieldKind, Findings, TopicRule,
};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::report::{Cut, Grain};
use cordboard_schema::retention::Retention;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::room::{Room, call, read};
use crate::entries::{Conversation, now};

const DAY_MS: u64 = 24 * 3_600_000;

fn field(name: &str, kind: FieldKind, choices: &[&str]) -> ExtractionField {
    ExtractionField {
        name: name.to_owned(),
        title: format!("The {name}"),
        kind,
        choices: choices.iter().map(ToString::to_string).collect(),
        question: "What?".to_owned(),
    }
}

/// Has a call's profile ask for the subject.
fn ask(profile: &mut AgentProfile) {
    profile.extraction = vec![
        field("reason", FieldKind::Choice, &["order", "complaint"]),
        field("new", FieldKind::YesNo, &[]),
        field("guests", FieldKind::Number, &[]),
        field("summary", FieldKind::Text, &[]),
    ];
    let topic = |name: &str| TopicRule {
        name: name.to_owned(),
        title: format!("The {name}"),
        words: vec![name.to_owned()],
    };
    profile.topics = vec![topic("table"), topic("invoice")];
}

/// Creates a call that began `days_ago` days ago, is over, and whose profile asks for the subject.
async fn over(store: &Store, owner: OrganizationId, days_ago: u64) -> CallId {
    let began = now() - days_ago * DAY_MS;
    let mut said = Conversation::new(owner);
    let chance = Uuid::now_v7().as_u128() & ((1 << 80) - 1);
    said.call_id = CallId(Uuid::from_u128(u128::try_from(began.0).unwrap() << 80 | chance));
    let mut entries = said.live();
    let Event::Fact(Fact::CallStarted { profile, .. }) = &mut entries[0].event else {
        panic!("no beginning")
    };
    ask(Arc::make_mut(profile));
    entries.extend(said.ended(NextStep::Hangup));
    entries.iter_mut().for_each(|entry| entry.at = began);
    store.journal(entries);
    store.commit().await.unwrap();
    said.call_id
}

/// Findings for all of a call's fields, and a topic.
fn findings() -> Findings {
    let text = |text: &str| ExtractedValue::Text(text.to_owned());
    let fields = [
        ("reason", text("complaint")),
        ("new", ExtractedValue::YesNo(false)),
        ("guests", ExtractedValue::Number(4.5)),
        ("summary", text("Wants 'a table'; 🦊")),
        ("unknown", text("x")),
    ];
    Findings {
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
        topics: ["table".to_owned(), "weather".to_owned()].into(),
    }
}

/// Stores findings of a call; returns false if none were due.
async fn keep(store: &Store, owner: OrganizationId, id: CallId) -> bool {
    let profile = read(store, |connection| query::call_to_judge(connection, owner, id)).unwrap().profile;
    let found = FoundOfCall { profile, findings: findings(), by: ExtractedBy::Model, at: UnixMs(1_000) };
    let keep =
        move |connection: &mut Connection| change::keep_extraction(connection, owner, id, Some(&found));
    store.change(keep).await.unwrap()
}

fn due(store: &Store) -> Vec<CallId> {
    let due = read(store, |connection| query::extractions_due(connection, 10));
    due.into_iter().map(|due| due.unwrap().call_id).collect()
}

fn of_call(store: &Store, owner: OrganizationId, id: CallId) -> (Option<CallExtraction>, bool) {
    read(store, |connection| query::extraction_of_call(connection, owner, id))
}

/// Returns the stored topics and fields of a call.
fn names(store: &Store, id: CallId) -> Vec<String> {
    let Some(kept) = of_call(store, store.organization_id(), id).0 else { return Vec::new() };
    let topics = kept.topics.into_iter().map(|topic| topic.name);
    topics.chain(kept.fields.into_iter().map(|field| field.name)).collect()
}

#[actix::test]
async fn many_due_calls_hide_none_of_another_organization() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = store.change(make).await.unwrap();
    let mut of_first = Vec::new();
    for days_ago in [5, 4, 3] {
        of_first.push(over(&store, first, days_ago).await);
    }
    let of_other = over(&store, other, 1).await;
    let due = |limit| {
        let due = read(&store, |connection| query::extractions_due(connection, limit));
        due.into_iter().map(|due| due.unwrap().call_id).collect::<Vec<_>>()
    };
    assert_eq!(due(2), [of_first[0], of_first[1], of_other]);
    assert_eq!(due(10), [of_first[0], of_first[1], of_first[2], of_other]);
}

#[actix::test]
async fn an_ended_call_is_due_until_findings_are_kept() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let mut plain = Conversation::new(owner);
    let mut entries = plain.live();
    entries.extend(plain.ended(NextStep::Hangup));
    store.journal(entries);
    let (older, id) = (over(&store, owner, 2).await, over(&store, owner, 0).await);
    assert_eq!(due(&store), [older, id], "a call whose profile asks nothing is not due");
    assert_eq!(of_call(&store, owner, id), (None, true));

    let note = move |connection: &mut Connection| change::note_extraction_asked(connection, owner, older);
    store.change(note).await.unwrap();
    assert_eq!(due(&store), [id, older], "a model gave no answer about the older one");
    let lines = read(&store, |connection| query::call_to_judge(connection, owner, id)).unwrap().lines;
    assert_eq!(lines.len(), 2);

    assert!(keep(&store, owner, id).await);
    assert!(!keep(&store, owner, id).await, "another server was faster");
    assert_eq!(due(&store), [older]);
    let (Some(kept), false) = of_call(&store, owner, id) else { panic!("nothing is stored") };
    assert_eq!((kept.version, kept.at), (1, UnixMs(1_000)));
    assert_eq!(kept.topics.iter().map(|topic| &*topic.title).collect::<Vec<_>>(), ["The table"]);
    let values: Vec<_> = kept.fields.iter().map(|field| (&*field.name, &field.value, field.by)).collect();
    let expected = findings();
    let expected: Vec<_> = ["reason", "new", "guests", "summary"]
        .map(|name| (name, &expected.fields[name], ExtractedBy::Model))
        .into();
    assert_eq!(values, expected);

    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = store.change(make).await.unwrap();
    assert_eq!(of_call(&store, other, id), (None, false));
    let nothing = move |connection: &mut Connection| change::keep_extraction(connection, other, older, None);
    assert!(!store.change(nothing).await.unwrap(), "the call is another organization's");
    let nothing = move |connection: &mut Connection| change::keep_extraction(connection, owner, older, None);
    assert!(store.change(nothing).await.unwrap());
    assert_eq!((due(&store), names(&store, older)), (vec![], vec![]));
}

#[actix::test]
async fn calls_are_counted_and_listed_by_what_was_found() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let first = over(&store, owner, 0).await;
    let second = over(&store, owner, 0).await;
    let third = over(&store, owner, 0).await;
    counting::all(&store).await.unwrap();
    for id in [first, third] {
        assert!(keep(&store, owner, id).await);
    }
    let day = call(&store, first).unwrap().started_at.to_utc().date_naive();
    let report = |cut| {
        let ask = Ask { from: day, to: day, by: Grain::Day, cut, key: None, currency: "EUR".to_owned() };
        let keys = read(&store, |connection| query::report(connection, owner, ask)).keys;
        let mut rows: Vec<_> =
            keys.into_iter().map(|key| (key.field, key.value, key.now.calls, key.out_of)).collect();
        rows.sort();
        rows
    };
    let unkept = (report(Cut::Topic), report(Cut::Extraction));
    counting::all(&store).await.unwrap();
    assert_eq!((report(Cut::Topic), report(Cut::Extraction)), unkept, "the stored sums match the rows");
    assert_eq!(unkept.0, [(None, None, 2, 3)]);
    let word = |text: &str| Some(text.to_owned());
    let mut fields = unkept.1;
    fields.dedup();
    assert_eq!(
        fields,
        [(word("new"), word("no"), 1, 1), (word("reason"), word("complaint"), 1, 1)],
        "each call here has a profile of its own, which is no longer published"
    );

    let listed = |topic: &str, before, limit| {
        let wanted = CallQuery { topic: Some(topic.to_owned()), before, limit, ..CallQuery::default() };
        let calls = read(&store, |connection| query::calls(connection, owner, wanted));
        calls.into_iter().map(|call| call.id).collect::<Vec<_>>()
    };
    assert_eq!(listed("table", None, 10), [third, first]);
    assert_eq!(listed("table", None, 1), [third]);
    assert_eq!(listed("table", Some(third), 10), [first]);
    assert_eq!(listed("weather", None, 10), []);
    let said = CallQuery {
        topic: Some("table".to_owned()),
        said: Some("table".to_owned()),
        limit: 10,
        ..CallQuery::default()
    };
    let calls = read(&store, |connection| query::calls(connection, owner, said));
    assert_eq!(calls.into_iter().map(|call| call.id).collect::<Vec<_>>(), [third, first]);
    assert!(call(&store, second).is_some());
}

#[actix::test]
async fn text_findings_are_deleted_with_words_others_with_calls() {
    let room = Room::new();
    let (store, folder) = (room.store(), tempfile::tempdir().unwrap());
    let owner = store.organization_id();
    let (oldest, old) = (over(&store, owner, 100).await, over(&store, owner, 40).await);
    let (young, waits) = (over(&store, owner, 5).await, over(&store, owner, 41).await);
    for id in [oldest, old, young] {
        assert!(keep(&store, owner, id).await);
    }
    let days = Retention { words_days: Some(30), calls_days: Some(90), ..Retention::default() };
    let set = move |connection: &mut Connection| change::set_retention(connection, owner, &days);
    store.change(set).await.unwrap();
    let files = RecordingFiles::new(folder.path().to_owned(), None);
    RetentionKeeper { store: store.clone(), files }.run_pass(now()).await.unwrap();
    assert_eq!(names(&store, oldest), [""; 0]);
    assert_eq!(names(&store, old), ["table", "reason", "new"]);
    assert_eq!(names(&store, young), ["table", "reason", "new", "guests", "summary"]);
    assert_eq!((due(&store), names(&store, waits)), (vec![], vec![]), "there is nothing to look at");
}

#[actix::test]
async fn a_calls_cost_includes_the_judge_even_after_later_entries() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let mut said = Conversation::new(owner);
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(entries);
    store.commit().await.unwrap();
    let (id, other) = (said.call_id, OrganizationId(Uuid::now_v7()));
    // The last answer is reserved with 30, and costs 4.
    for (organization, micros) in
        [(owner, (0, 7)), (other, (0, 9)), (owner, (0, 0)), (owner, (0, 30)), (owner, (30, 4))]
    {
        let charge =
            move |connection: &mut Connection| change::charge_judge(connection, organization, id, micros);
        store.change(charge).await.unwrap();
    }
    let late = said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 5 });
    store.journal(vec![late]);
    store.commit().await.unwrap();
    assert_eq!(call(&store, id).unwrap().cost_micros, 16);
    let costs = |organization| read(&store, |connection| query::judge_costs(connection, organization, &[id]));
    assert_eq!((costs(owner), costs(other)), ([(id, 11)].into(), [].into()));
    let began = call(&store, id).unwrap().started_at;
    let spent = read(&store, |connection| query::spent_on_day_of(connection, owner, began));
    assert_eq!(spent, 16);
    let before = read(&store, |connection| query::spent_on_day_of(connection, owner, began - DAY_MS));
    assert_eq!(before, 0);
}
