//! A caller's profile is the same on both databases.

use cordboard::store::{Connection, Store, StoreError, change, query};
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_profile::{KnownOfCall, build_customer_profile};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::did::{Did, Proof};
use cordboard_schema::ids::{CallId, CustomerId, OrganizationId, PhoneNumberId};
use cordboard_schema::known_caller::OwnNumbers;
use diesel::connection::SimpleConnection;
use serde_json::json;
use uuid::Uuid;

use super::campaign_rows::campaign_row;
use super::room::{Room, first_profile, read};
use crate::entries::{Conversation, now};

fn known_of(
    connection: &mut Connection,
    store: &Store,
    call_id: CallId,
) -> Result<Option<KnownOfCall>, StoreError> {
    query::known_of_call(connection, store.organization_id(), call_id, store.configured_numbers())
}

#[actix::test]
async fn a_profile_has_the_customer_the_transcript_and_earlier_calls() {
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

    let known = read(&store, |connection| known_of(connection, &store, live.call_id)).unwrap();
    let profile = build_customer_profile(&known);
    assert_eq!((profile.customer.id, profile.customer.name.as_str()), (Some(id), "Anna"));
    let said: Vec<&str> = profile.conversation_history.iter().map(|line| line.content.as_str()).collect();
    assert_eq!(said, ["Hello, this is", "I would like a table", "<img src=x onerror=alert(1)>"]);
    let earlier: Vec<_> = profile.earlier_calls.iter().map(|call| call.id).collect();
    assert_eq!(earlier, before.iter().rev().take(5).copied().collect::<Vec<_>>());
    assert!(profile.earlier_calls[0].summary.contains("\"wish 6\""), "{:?}", profile.earlier_calls[0]);

    let other = OrganizationId(Uuid::from_u128(9));
    let none = OwnNumbers::default();
    let of_other = |connection: &mut Connection| query::known_of_call(connection, other, live.call_id, &none);
    assert!(read(&store, of_other).is_none());
}

#[actix::test]
async fn an_earlier_calls_last_words_are_the_last_transcribed_ones() {
    let room = Room::new();
    let store = room.store();
    let (mut before, mut live) =
        (Conversation::new(store.organization_id()), Conversation::new(store.organization_id()));
    store.journal(before.live());
    store.journal(vec![before.said("the boiler leaks"), before.said("(speech, 0.6 s)")]);
    store.journal(before.ended(NextStep::Hangup));
    store.journal(live.live());
    store.commit().await.unwrap();
    let known = read(&store, |connection| known_of(connection, &store, live.call_id)).unwrap();
    assert_eq!(known.earlier[0].summary, "Said last: \"the boiler leaks\". Nothing was written down.");
}

#[actix::test]
async fn earlier_calls_are_found_in_both_spellings_of_a_number() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    // An earlier version stored the zero that is dialled only within the country.
    let mut anna = Customer::new(CustomerId(Uuid::now_v7()), first, "+4903055501".parse().ok(), now());
    anna.other_numbers = vec!["+493055502".parse().unwrap()];
    store.change(move |connection| change::create_customer(connection, &anna)).await.unwrap();
    for (caller, earlier) in [("+493055502", "+493055501"), ("+493055503", "+4903055503")] {
        let (mut before, mut live) = (Conversation::new(first), Conversation::new(first));
        store.journal(before.live_by(earlier));
        store.journal(before.ended(NextStep::Hangup));
        store.journal(live.live_by(caller));
        store.commit().await.unwrap();
        let known = read(&store, |connection| known_of(connection, &store, live.call_id)).unwrap();
        let earlier: Vec<_> = known.earlier.iter().map(|call| call.id).collect();
        assert_eq!(earlier, [before.call_id], "{caller}");
    }
}

/// Numbers that a switch reports for callers who could be anyone; the last two are our own numbers, one of the configuration and one of a row.
pub(super) const ANYBODY: [&str; 18] = [
    "anonymous",
    "Anonymous",
    "Web visitor",
    "",
    "  ",
    "unknown",
    "unavailable",
    "private",
    "restricted",
    "+",
    "+0",
    "asterisk",
    "alice",
    "100",
    "operator",
    "+266696687",
    "+493098765000",
    "0049 30 98765001",
];

/// Opens a store whose installation has two numbers.
pub(super) async fn with_own_numbers(room: &Room) -> Store {
    let configured = "+493098765000".parse().unwrap();
    let store = Store::open(&room.settings().with_numbers([configured].into_iter().collect())).unwrap();
    let made = store.change(|connection| {
        let organization_id = query::first_organization(connection)?.unwrap();
        let did = Did {
            id: PhoneNumberId(Uuid::now_v7()),
            organization_id,
            number: "+493098765001".parse().unwrap(),
            proof: Proof::Operator,
            profile_id: first_profile(connection, organization_id)?,
            answering: serde_json::from_value(json!({ "label": "", "mode": "media_streams" })).unwrap(),
        };
        change::create_phone_number(connection, &did)
    });
    made.await.unwrap();
    store
}

/// Creates a finished call of a caller who said this.
fn was_said(store: &Store, from: &str, words: &str) -> CallId {
    let mut call = Conversation::new(store.organization_id());
    store.journal(call.live_by(from));
    store.journal(vec![call.said(words)]);
    store.journal(call.ended(NextStep::Hangup));
    call.call_id
}

#[actix::test]
async fn a_callees_profile_has_what_the_campaigns_list_says() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let mut live = Conversation::new(owner);
    store.journal(live.live());
    store.commit().await.unwrap();
    let (call, at) = (live.call_id, "2026-10-29 11:00:00");
    let of_list = || read(&store, |connection| known_of(connection, &store, call)).unwrap().contact;
    room.stranger()
        .batch_execute(&format!(
            "{}INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('{owner}', '{owner}', '{owner}', '+493010000001', '{{\"first_name\": \"Ada\", \"order\": \"17\"}}', 'form 7', 'calling', '{at}', \
             0, '{at}', '{at}'); \
             INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('{call}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}')",
            campaign_row(owner, "{}", &at),
        ))
        .unwrap();
    assert!(of_list().is_empty(), "this person called us");
    room.stranger()
        .batch_execute(&format!("UPDATE calls SET direction = 'outbound' WHERE id = '{call}'"))
        .unwrap();
    let known = read(&store, |connection| known_of(connection, &store, call)).unwrap();
    let profile = build_customer_profile(&known);
    assert_eq!((profile.customer.name.as_str(), profile.variables["order"].as_str()), ("Ada", "17"));
}

#[actix::test]
async fn ambiguous_callers_have_no_earlier_calls() {
    let room = Room::new();
    let store = with_own_numbers(&room).await;
    for from in ANYBODY {
        was_said(&store, from, "My card number ends in 4711");
        let next = was_said(&store, from, "Good morning");
        store.commit().await.unwrap();
        let known = read(&store, |connection| known_of(connection, &store, next)).unwrap();
        assert_eq!(known.earlier, [], "{from:?} was shown the words of another caller");
        assert_eq!(known.by_number, None, "{from:?}");
    }
}

#[actix::test]
async fn a_caller_is_the_same_however_their_number_is_written() {
    let room = Room::new();
    let store = room.store();
    let before =
        ["+49 30 1234-567", "0049301234567", "+49301234567"].map(|from| was_said(&store, from, "Hello"));
    was_said(&store, "+49301234568", "I am somebody else");
    let next = was_said(&store, "+49 (30) 1234567", "It is me again");
    store.commit().await.unwrap();
    let known = read(&store, |connection| known_of(connection, &store, next)).unwrap();
    let earlier: Vec<CallId> = known.earlier.iter().map(|call| call.id).collect();
    assert_eq!(earlier, before.into_iter().rev().collect::<Vec<_>>());
}

#[actix::test]
async fn a_caller_with_two_numbers_has_both_numbers_newest_calls() {
    let room = Room::new();
    let store = room.store();
    let numbers = ["+49301234567", "+49301234568"];
    let first = numbers[0].parse().ok();
    let mut ada = Customer::new(CustomerId(Uuid::now_v7()), store.organization_id(), first, now());
    ada.other_numbers = vec![numbers[1].parse().unwrap()];
    store.change(move |connection| change::create_customer(connection, &ada)).await.unwrap();
    // Five are shown, and the second number alone has as many.
    let before = [0, 1, 1, 0, 1, 1, 0, 1].map(|number| was_said(&store, numbers[number], "Hello"));
    was_said(&store, "+49301234569", "I am somebody else");
    let next = was_said(&store, numbers[0], "It is me again");
    store.commit().await.unwrap();
    let known = read(&store, |connection| known_of(connection, &store, next)).unwrap();
    let earlier: Vec<CallId> = known.earlier.iter().map(|call| call.id).collect();
    assert_eq!(earlier, before.into_iter().rev().take(5).collect::<Vec<_>>());
}
