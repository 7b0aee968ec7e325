//! Texts are found, and kept, alike on both databases.

use cordboard::store::{CallQuery, query};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::OutsideId;
use uuid::Uuid;

use super::room::{Room, call, journal, read, transcript};
use crate::entries::Conversation;

#[actix::test]
async fn a_part_of_a_text_is_found_without_regard_to_the_case_of_a_to_z_alone() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    store.journal(vec![said.said("Äpfel für Anna, 50% off \\o/")]);
    store.commit().await.unwrap();
    let found = |part: &str| {
        let wanted = CallQuery { said: Some(part.to_owned()), limit: 10, ..CallQuery::default() };
        read(&store, |connection| query::calls(connection, store.organization_id(), wanted)).len()
    };
    for part in ["ANNA", "pFEL", "Äpfel", "50%", "\\O/"] {
        assert_eq!(found(part), 1, "{part}");
    }
    for part in ["äpfel", "5_%", "a%a", "anne"] {
        assert_eq!(found(part), 0, "{part}");
    }
    let from = |part: &str| {
        let wanted = CallQuery { from: Some(part.to_owned()), limit: 10, ..CallQuery::default() };
        read(&store, |connection| query::calls(connection, store.organization_id(), wanted)).len()
    };
    assert_eq!((from("+493"), from("nobody")), (1, 0));
}

#[actix::test]
async fn a_nul_from_outside_costs_no_row() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.said("a\0b"));
    let name = OutsideId { value: "x\0y".to_owned(), ..OutsideId::audiosocket(Uuid::new_v4()) };
    entries.push(said.entry(Fact::OutsideIdAdded { outside_id: name }));
    entries.push(said.entry(Decision::CallerSaid { text: "🦆 שלום".to_owned() }));
    store.journal(entries.clone());
    store.commit().await.unwrap();
    assert_eq!(journal(&store, said.call_id), entries, "the journal keeps it as it was");
    let lines: Vec<String> = transcript(&store, said.call_id).into_iter().map(|line| line.text).collect();
    assert_eq!(lines[2..], ["a\u{fffd}b", "🦆 שלום"]);
    let row = call(&store, said.call_id).unwrap();
    assert_eq!(row.outside_ids[1].value, "x\u{fffd}y");
}
