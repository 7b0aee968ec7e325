//! Facts that are reported about a finished call.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;

use super::room::{Room, call, journal};
use crate::entries::Conversation;

#[actix::test]
async fn followers_get_a_late_fact_once_and_as_stored() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    let mut tap = store.tap();

    // Two reports that have read the same journal.
    let late = said.entry(Fact::RecordingLost { lost_ms: 300 });
    let one = store.journal_after_end(vec![late.clone()]);
    let other = store.journal_after_end(vec![late.clone()]);
    let (one, other) = tokio::join!(one, other);
    assert_ne!(one.unwrap(), other.unwrap(), "one of them is stored");
    assert_eq!(*tap.try_recv().unwrap(), late);
    assert!(tap.try_recv().is_err(), "the other is announced, too");
    entries.push(late);
    assert_eq!(journal(&store, said.call_id), entries);
}

#[actix::test]
async fn late_facts_take_no_number_of_the_calls_own_entries() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.commit().await.unwrap();
    let ended = said.ended(NextStep::Hangup);
    let mut early = ended[0].clone();
    early.event = Fact::RecordingLost { lost_ms: 300 }.into();
    assert!(!store.journal_after_end(vec![early]).await.unwrap(), "the call is not over");

    store.journal(ended);
    store.commit().await.unwrap();
    let own = said.entry(Fact::RecordingFinished { duration_ms: 2_340 });
    let mut late = own.clone();
    late.event = Fact::RecordingLost { lost_ms: 300 }.into();
    store.journal(vec![own.clone()]);
    assert!(!store.journal_after_end(vec![late]).await.unwrap(), "its number is taken");
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id).last(), Some(&own));
}

#[actix::test]
async fn a_message_that_cannot_be_fetched_leaves_no_recording() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.journal(said.ended(NextStep::Hangup));
    store.commit().await.unwrap();
    let recording = format!("RE{}", "6".repeat(32)).parse().unwrap();
    let left = [Fact::RecordingStarted { offset_ms: 0 }, Fact::VoicemailLeft { recording, duration_ms: 900 }];
    let left = left.map(|fact| said.entry(fact)).to_vec();
    assert!(store.journal_after_end(left).await.unwrap());
    assert_eq!(
        call(&store, said.call_id).unwrap().recording,
        Some(format!("{}.wav", said.call_id)),
        "it is being fetched"
    );
    let failed = said.entry(Fact::RecordingFailed { reason: "not found".to_owned() });
    assert!(store.journal_after_end(vec![failed]).await.unwrap());
    assert_eq!(call(&store, said.call_id).unwrap().recording, None);
}
