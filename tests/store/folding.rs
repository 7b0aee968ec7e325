//! A journal is read back unchanged, and the call's row, transcript and recording follow from it.

use cordboard::store::{After, CallQuery, query};
use cordboard_schema::activity::AudioSpan;
use cordboard_schema::call::CallState;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Fact};
use cordboard_schema::ids::{EffectId, OrganizationId, OutsideId};
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::room::{Room, call, folded, journal, read, transcript};
use crate::entries::Conversation;

#[actix::test]
async fn a_call_reads_back_as_journalled() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.entry(Fact::RecordingLost { lost_ms: 1_200 }));
    entries.push(said.entry(Fact::RecordingStarted { offset_ms: 0 }));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    assert_eq!(call(&store, said.call_id), Some(folded(&entries)));

    let other = OutsideId::audiosocket(Uuid::new_v4());
    let mut rest = vec![
        said.entry(Fact::OutsideIdAdded { outside_id: other.clone() }),
        said.entry(Fact::Announced {
            announcement: Announcement { from: None, to: Some("200".to_owned()), ..Announcement::default() },
        }),
    ];
    rest.extend(said.ended(NextStep::Goto("internal,2001,1".parse().unwrap())));
    rest.push(said.entry(Fact::RecordingLost { lost_ms: 300 }));
    rest.push(said.entry(Fact::RecordingFinished { duration_ms: 2_340 }));
    store.journal(rest.clone());
    store.commit().await.unwrap();

    entries.extend(rest);
    let row = call(&store, said.call_id).unwrap();
    assert_eq!(row, folded(&entries));
    let recording = (row.recording_ms, row.recording_lost_ms);
    assert_eq!(recording, (Some(2_340), 1_500), "entries after the end are folded, too");
    assert_eq!(journal(&store, said.call_id), entries);

    let lines = transcript(&store, said.call_id);
    let lines: Vec<_> = lines.iter().map(|line| (line.seq, line.text.as_str(), line.interrupted)).collect();
    assert_eq!(lines, [(4, "Hello, this is", true), (5, "I would like a table", false)]);

    for name in [OutsideId::audiosocket(said.uuid), other] {
        let found = read(&store, |c| query::call_by_outside_id(c, store.organization_id(), &name));
        assert_eq!(found.map(|call| call.id), Some(said.call_id), "{name}");
    }
}

#[actix::test]
async fn entries_handed_over_again_are_kept_once() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let entries = said.live();
    store.journal(entries.clone());
    store.journal(entries.clone());
    store.commit().await.unwrap();
    drop(store);

    let store = room.store();
    store.journal(entries.clone());
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id), entries);
    assert_eq!(transcript(&store, said.call_id).len(), 2);
    assert_eq!(store.health().lost, 0);
}

#[actix::test]
async fn calls_are_listed_newest_first_by_state_and_by_page() {
    let room = Room::new();
    let store = room.store();
    let mut ids = Vec::new();
    for n in 0..5 {
        let mut said = Conversation::new(store.organization_id());
        store.journal(said.live());
        if n % 2 == 0 {
            store.journal(said.ended(NextStep::Hangup));
        }
        ids.insert(0, said.call_id);
    }
    store.commit().await.unwrap();

    let list = |state, before, limit| {
        let found = read(&store, |c| {
            query::calls(
                c,
                store.organization_id(),
                CallQuery { state, before, limit, ..CallQuery::default() },
            )
        });
        found.into_iter().map(|call| call.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 200), ids);
    assert_eq!(list(None, None, 2), ids[..2]);
    assert_eq!(list(None, Some(ids[1]), 2), ids[2..4]);
    assert_eq!(list(Some(CallState::Live), None, 200), [ids[1], ids[3]]);
    assert_eq!(list(Some(CallState::Waiting), None, 200), []);
}

#[actix::test]
async fn a_calls_journal_alone_tells_that_it_was_handed_over() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.commit().await.unwrap();
    drop(store);
    // As the migration leaves a call from before there were tallies.
    room.stranger().batch_execute("UPDATE calls SET tally = NULL, handed_over = TRUE").unwrap();

    let store = room.store();
    store.journal(said.ended(NextStep::Hangup));
    store.commit().await.unwrap();
    let wanted = CallQuery { counted: Some(CountedAs::HandedOver), limit: 10, ..CallQuery::default() };
    let found = read(&store, |c| query::calls(c, store.organization_id(), wanted));
    assert_eq!(found.iter().map(|call| call.id).collect::<Vec<_>>(), [said.call_id]);
}

#[actix::test]
async fn another_organization_sees_nothing() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.journal(vec![said.entry(Fact::RecordingLost { lost_ms: 300 })]);
    store.commit().await.unwrap();

    let other = OrganizationId(Uuid::now_v7());
    let everything = CallQuery { limit: 200, ..CallQuery::default() };
    let name = OutsideId::audiosocket(said.uuid);
    assert_eq!(read(&store, |c| query::call(c, other, said.call_id)), None);
    assert_eq!(read(&store, |c| query::call_by_outside_id(c, other, &name)), None);
    assert!(read(&store, |c| query::calls(c, other, everything)).is_empty());
    assert!(read(&store, |c| query::journal(c, other, said.call_id, After::WHOLE)).is_empty());
    let lost = |of| read(&store, |c| query::journal_of_kind(c, of, said.call_id, "recording_lost"));
    assert_eq!(lost(store.organization_id()).len(), 1, "and its own organization only those of that kind");
    assert!(lost(other).is_empty());
    assert!(read(&store, |c| query::transcript(c, other, said.call_id, After::WHOLE)).is_empty());
    assert!(read(&store, |c| query::profile_heads(c, other)).is_empty());
}

#[actix::test]
async fn a_message_left_by_a_caller_is_one_activity() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    let taken = said.entry(Decision::MessageTaken {
        effect: EffectId(1),
        from_ms: 1_000,
        to_ms: 7_200,
        speech_ms: 6_210,
    });
    store.journal(vec![taken.clone()]);
    // As after a commit whose answer was lost.
    store.journal(vec![taken.clone()]);
    store.commit().await.unwrap();

    let of_call = cordboard::store::ActivityQuery {
        call_id: Some(said.call_id),
        limit: 200,
        ..cordboard::store::ActivityQuery::default()
    };
    let kept = read(&store, |c| query::activities(c, store.organization_id(), of_call));
    let [message] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(message.title, "Message from +49301234, 6.2 s");
    assert_eq!(message.audio, Some(AudioSpan { from_ms: 1_000, to_ms: 7_200 }));
    assert_eq!(message.at, taken.at);
}
