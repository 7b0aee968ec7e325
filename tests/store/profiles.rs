//! What is on record of a caller is put together alike on both databases.

use cordboard::store::{change, query};
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_profile::build_customer_profile;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{CustomerId, OrganizationId};
use uuid::Uuid;

use super::room::{Room, read};
use crate::entries::{Conversation, now};

#[actix::test]
async fn a_profile_has_the_customer_what_was_heard_and_the_last_calls_of_the_number() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let phone = "+49301234".parse().ok();
    let mut anna = Customer::new(CustomerId(Uuid::now_v7()), first, phone, now());
    anna.name = "Anna".to_owned();
    let id = anna.id;
    store.change(move |connection| change::create_customer(connection, &anna)).await.unwrap();
    let mut before = Vec::new();
    for number in 0..7 {
        let mut call = Conversation::new(first);
        store.journal(call.live());
        store.journal(vec![call.said(&format!("wish {number}"))]);
        store.journal(call.ended(NextStep::Hangup));
        before.push(call.call_id);
    }
    let mut live = Conversation::new(first);
    store.journal(live.live());
    store.journal(vec![live.said("<img src=x onerror=alert(1)>")]);
    store.commit().await.unwrap();

    let known = read(&store, |connection| query::known_of_call(connection, first, live.call_id)).unwrap();
    let profile = build_customer_profile(&known);
    assert_eq!((profile.customer.id, profile.customer.name.as_str()), (Some(id), "Anna"));
    let said: Vec<&str> = profile.conversation_history.iter().map(|line| line.content.as_str()).collect();
    assert_eq!(said, ["Hello, this is", "I would like a table", "<img src=x onerror=alert(1)>"]);
    let earlier: Vec<_> = profile.earlier_calls.iter().map(|call| call.id).collect();
    assert_eq!(earlier, before.iter().rev().take(5).copied().collect::<Vec<_>>());
    assert!(profile.earlier_calls[0].summary.contains("\"wish 6\""), "{:?}", profile.earlier_calls[0]);

    let other = OrganizationId(Uuid::from_u128(9));
    assert!(read(&store, |connection| query::known_of_call(connection, other, live.call_id)).is_none());
}
