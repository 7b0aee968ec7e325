//! Calls and replays that were not over, and that a start finds.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard::store::{Connection, LeftCalls, NoReplay, Resume, Resumes, Store, change, query};
use cordboard_schema::call::{CallState, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, EffectId, ProfileId, ReplayId};
use cordboard_schema::limits::{REPLAYS_AT_ONCE, REPLAYS_PER_HOUR};
use cordboard_schema::profile_version::DraftSlot;
use cordboard_schema::replay::{Replay, ReplayKind, ReplayResult, ReplayState};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use super::room::{Room, call, first_profile, read};
use crate::entries::Conversation;

/// A journal as it was read; a call with the magic word can't be resumed.
#[derive(Debug, PartialEq)]
struct Whole(Vec<JournalEntry>);

impl Resumes for Whole {
    fn begin(first: &JournalEntry) -> Result<Self, String> {
        match &first.event {
            Event::Fact(Fact::CallStarted { .. }) => Ok(Self(vec![first.clone()])),
            _ => Err("no beginning".to_owned()),
        }
    }

    fn take(&mut self, entry: &JournalEntry) -> Result<(), String> {
        assert!(!format!("{entry:?}").contains("abracadabra"), "the magic word was said");
        self.0.push(entry.clone());
        Ok(())
    }

    fn is_unfinished(&self) -> bool {
        let kinds: Vec<&str> = self.0.iter().map(|entry| entry.event.kind()).collect();
        kinds.contains(&"ended") && kinds.contains(&"tool_started") && !kinds.contains(&"tool_finished")
    }
}

async fn open_calls(store: &Store, resume: Resume) -> Vec<(CallId, Whole)> {
    left_calls(store, resume).await.open
}

async fn left_calls(store: &Store, resume: Resume) -> LeftCalls<Whole> {
    let found = store.open_calls(resume).await.unwrap();
    store.commit().await.unwrap();
    found
}

#[actix::test]
async fn open_calls_return_with_journals_and_unreadable_ones_end() {
    let room = Room::new();
    let store = room.store();
    let mut over = Conversation::new(store.organization_id());
    let mut open = Conversation::new(store.organization_id());
    let mut garbled = Conversation::new(store.organization_id());
    let mut headless = Conversation::new(store.organization_id());
    let mut cut = Conversation::new(store.organization_id());
    let mut unbearable = Conversation::new(store.organization_id());
    let entries = open.live();
    store.journal(over.live());
    store.journal(over.ended(NextStep::Hangup));
    store.journal(entries.clone());
    store.journal(garbled.live());
    store.journal(headless.live());
    store.journal(cut.live());
    let mut entries_of_magic = unbearable.live();
    entries_of_magic[4] = JournalEntry { seq: 5, ..unbearable.said("abracadabra") };
    store.journal(entries_of_magic);
    store.close(Duration::from_secs(5)).await;
    drop(store);
    let damage = format!(
        "UPDATE call_events SET data = '{{\"kind\":\"of magic\"}}' WHERE call_id = '{}' AND seq = 3;
         DELETE FROM call_events WHERE call_id = '{}' AND seq = 1;
         DELETE FROM call_events WHERE call_id = '{}' AND seq = 5;",
        garbled.call_id, headless.call_id, cut.call_id
    );
    room.stranger().batch_execute(&damage).unwrap();

    let store = room.store();
    assert_eq!(open_calls(&store, Resume::default()).await, [(open.call_id, Whole(entries))]);
    for ended in [&garbled, &headless, &cut, &unbearable] {
        let row = call(&store, ended.call_id).unwrap();
        assert_eq!(row.state, CallState::Ended);
        assert_eq!(row.hangup_cause, Some(HangupCause::server_restart()));
        assert_eq!(row.last_seq, 7, "a note and the end");
    }
    assert_eq!(open_calls(&store, Resume::default()).await.len(), 1);
}

#[actix::test]
async fn the_newest_journals_are_read_within_one_shared_budget() {
    let room = Room::new();
    let store = room.store();
    let mut calls: Vec<Conversation> = (0..4).map(|_| Conversation::new(store.organization_id())).collect();
    let mut journals = Vec::new();
    for call in &mut calls {
        let mut entries = call.live();
        entries.extend((0..1_200).map(|n| call.said(&n.to_string())));
        store.journal(entries.clone());
        journals.push(entries);
    }
    store.close(Duration::from_secs(5)).await;
    let ids = |open: &[(CallId, Whole)]| open.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let all_open = |store: &Store| {
        calls
            .iter()
            .map(|said| said.call_id)
            .filter(|id| call(store, *id).unwrap().state != CallState::Ended)
            .collect::<Vec<_>>()
    };

    let store = room.store();
    let open = open_calls(&store, Resume::Within { calls: 10, events: 3 * 1_205 }).await;
    assert_eq!(ids(&open), [calls[3].call_id, calls[2].call_id, calls[1].call_id]);
    for ((_, whole), journal) in open.iter().zip(journals.iter().rev()) {
        assert_eq!(&whole.0, journal, "page by page");
    }
    assert_eq!(all_open(&store), [calls[1].call_id, calls[2].call_id, calls[3].call_id]);
    let open = open_calls(&store, Resume::Within { calls: 2, events: 1_000_000 }).await;
    assert_eq!(ids(&open), [calls[3].call_id, calls[2].call_id]);
    let because = "they have done it before".to_owned();
    let found = left_calls(&store, Resume::Nothing { because }).await;
    assert_eq!(found.open, []);
    // The start closes their recordings after the ends of their journals.
    let ended: Vec<_> =
        found.ended.iter().map(|call| (call.call_id, call.last_seq, call.recorded_ms)).collect();
    let last_seq = |id| call(&store, id).unwrap().last_seq;
    assert_eq!(ended, [3, 2].map(|at| (calls[at].call_id, last_seq(calls[at].call_id), 0)));
    assert_eq!(all_open(&store), []);
}

#[actix::test]
async fn calls_that_just_ended_return_if_work_is_left() {
    let room = Room::new();
    let store = room.store();
    let call = |is_done: bool, ended_ago_ms: i64| {
        let mut said = Conversation::new(store.organization_id());
        let (effect, tool) = (EffectId(1), ToolName::TakeMessage);
        let mut entries = said.live();
        entries.push(said.entry(Decision::ToolStarted { effect, tool, origin: ToolOrigin::Key }));
        entries.extend(said.ended(NextStep::Hangup));
        if is_done {
            let outcome = ToolOutcome::done("the message is kept");
            entries.push(said.entry(Decision::ToolFinished {
                effect,
                tool: tool.to_string(),
                outcome,
                took_ms: 50,
            }));
        }
        for entry in &mut entries {
            entry.at = UnixMs(entry.at.0 - ended_ago_ms);
        }
        store.journal(entries);
        said.call_id
    };
    call(true, 0);
    // The clock of an earlier process was a day ahead.
    call(true, -86_400_000);
    let left = call(false, 5_000);
    // Its time had passed: the previous process gave it up.
    call(false, 120_000);
    let owed = |ended_ago_ms: i64| {
        let mut said = Conversation::new(store.organization_id());
        let mut entries = said.live();
        let (effect, tool) = (EffectId(1), ToolName::DoNotCall);
        entries.push(said.entry(Decision::ToolStarted { effect, tool, origin: ToolOrigin::Key }));
        entries.extend(said.ended(NextStep::Hangup));
        let outcome = ToolOutcome::failed("the database is away".to_owned());
        entries.push(said.entry(Fact::ToolDone { effect, outcome, written: None }));
        for entry in &mut entries {
            entry.at = UnixMs(entry.at.0 - ended_ago_ms);
        }
        store.journal(entries);
        said.call_id
    };
    // The store is tried for an hour.
    let owes = owed(1_800_000);
    owed(4_000_000);
    store.commit().await.unwrap();
    let open = open_calls(&store, Resume::default()).await;
    assert_eq!(open.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [owes, left]);
    let nothing = Resume::Nothing { because: "it dies again and again".to_owned() };
    assert!(open_calls(&store, nothing).await.is_empty());
}

/// A running replay that began then.
fn replay(profile_id: ProfileId, began: DateTime<Utc>) -> Replay {
    Replay {
        id: ReplayId(Uuid::now_v7()),
        profile_id,
        kind: ReplayKind::Examples,
        call_id: None,
        asked_by: "A\0a".to_owned(),
        version: None,
        draft: DraftSlot::A,
        draft_revision: 1,
        state: ReplayState::Running,
        reason: None,
        steps: 1,
        steps_done: 0,
        cost_micros: 0,
        started_at: began.into(),
        ended_at: None,
        result: ReplayResult::default(),
    }
}

#[actix::test]
async fn too_many_replays_say_when_the_next_may_begin() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let profile_id = read(&store, |connection| first_profile(connection, owner));
    let first: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
    let begin = async |after_s: i64| {
        let now = first + TimeDelta::seconds(after_s);
        let replay = Replay { state: ReplayState::Done, ..replay(profile_id, now) };
        let begin = move |connection: &mut Connection| change::begin_replay(connection, owner, &replay, now);
        store.change(begin).await.unwrap()
    };
    for number in 0..REPLAYS_PER_HOUR {
        assert_eq!(begin(10 * number).await, Ok(()));
    }
    assert_eq!(begin(600).await, Err(NoReplay::PerHour { retry_after_s: 3_001 }));
    assert_eq!(begin(3_600).await, Ok(()));
}

#[actix::test]
async fn replays_of_a_dead_server_are_over_at_the_start() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let profile_id = read(&store, |connection| first_profile(connection, owner));
    let begin = async || {
        let now = Utc::now();
        let replay = replay(profile_id, now);
        let begin = move |connection: &mut Connection| change::begin_replay(connection, owner, &replay, now);
        store.change(begin).await.unwrap()
    };
    for _ in 0..REPLAYS_AT_ONCE {
        assert_eq!(begin().await, Ok(()));
    }
    assert_eq!(begin().await, Err(NoReplay::AtOnce));
    let now = Utc::now();
    let end = move |connection: &mut Connection| change::end_left_replays(connection, now);
    assert_eq!(store.change(end).await.unwrap() as i64, REPLAYS_AT_ONCE);
    assert_eq!(begin().await, Ok(()));
    let all =
        |connection: &mut Connection| query::replays(connection, owner, profile_id, (None, None), (10, now));
    let replays = read(&store, all);
    assert_eq!(replays[0].asked_by, "A\u{fffd}a", "PostgreSQL stores no NUL");
    let states: Vec<ReplayState> = replays.iter().map(|replay| replay.state).collect();
    assert_eq!(states, [ReplayState::Running, ReplayState::Failed, ReplayState::Failed]);
}
