//! What a start finds of the calls that were not over.

use std::time::Duration;

use cordboard_schema::call::{CallState, HangupCause};
use cordboard_schema::dialplan::NextStep;
use diesel::connection::SimpleConnection;

use super::room::{Room, call};
use crate::entries::Conversation;

#[actix::test]
async fn open_calls_come_back_with_their_journal_and_unreadable_ones_are_ended() {
    let room = Room::new();
    let store = room.store();
    let mut over = Conversation::new(store.organization_id());
    let mut open = Conversation::new(store.organization_id());
    let mut garbled = Conversation::new(store.organization_id());
    let mut headless = Conversation::new(store.organization_id());
    let entries = open.live();
    store.journal(over.live());
    store.journal(over.ended(NextStep::Hangup));
    store.journal(entries.clone());
    store.journal(garbled.live());
    store.journal(headless.live());
    store.close(Duration::from_secs(5)).await;
    drop(store);
    let damage = format!(
        "UPDATE call_events SET data = '{{\"kind\":\"of magic\"}}' WHERE call_id = '{}' AND seq = 3;
         DELETE FROM call_events WHERE call_id = '{}' AND seq = 1;",
        garbled.call_id, headless.call_id
    );
    room.stranger().batch_execute(&damage).unwrap();

    let store = room.store();
    assert_eq!(store.open_calls().await.unwrap(), [(open.call_id, entries)]);
    store.commit().await.unwrap();
    for ended in [&garbled, &headless] {
        let row = call(&store, ended.call_id).unwrap();
        assert_eq!(row.state, CallState::Ended);
        assert_eq!(row.hangup_cause, Some(HangupCause::server_restart()));
        assert_eq!(row.last_seq, 7, "a note and the end");
    }
    assert_eq!(store.open_calls().await.unwrap().len(), 1);
}
