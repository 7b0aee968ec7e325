//! Merges of two customers, on both databases.

use std::collections::BTreeSet;

use cordboard::store::{Connection, Store, change, query};
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_double::{Likeness, MergeNotes, merged};
use cordboard_schema::ids::{CustomerId, LeadId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::lead::{Lead, LeadBody};
use uuid::Uuid;

use super::room::{Room, read};
use crate::entries::{Conversation, now};

fn customer(store: &Store, phone: &str) -> Customer {
    let phone = Some(phone.parse().unwrap());
    Customer::new(CustomerId(Uuid::now_v7()), store.organization_id(), phone, now())
}

fn known_as(store: &Store, number: &str) -> Option<Customer> {
    let caller = KnownCaller::parse(number, &OwnNumbers::default()).unwrap();
    read(store, |connection| query::customer_known_as(connection, store.organization_id(), &caller))
}

#[actix::test]
async fn a_merged_customer_is_found_by_either_number() {
    let room = Room::new();
    let store = room.store();
    let (ada, mut other, third) = (
        customer(&store, "+493011111111"),
        customer(&store, "+493022222222"),
        customer(&store, "+493033333333"),
    );
    other.sms_opted_out = true;
    let made = [ada.clone(), other.clone(), third.clone()];
    let make = move |connection: &mut Connection| {
        made.iter().try_for_each(|customer| change::create_customer(connection, customer))
    };
    store.change(make).await.unwrap();
    let apart = (other.id, third.id);
    let organization_id = store.organization_id();
    let keep = move |connection: &mut Connection| change::keep_apart(connection, organization_id, apart);
    assert!(store.change(keep).await.unwrap());
    let has_room = |most| read(&store, |connection| query::has_room_apart(connection, organization_id, most));
    assert_eq!((has_room(1), has_room(2)), (false, true));

    // A change of the kept customer prevents the whole merge.
    let one = merged(&ada, &other, (&[], MergeNotes::Both), now()).unwrap();
    let (late, gone, read_at) = (one.clone(), other.clone(), ada.updated_at + 1);
    let merge =
        move |connection: &mut Connection| change::merge_customers(connection, (&late, read_at), &gone);
    // The API then rolls the transaction back; here only the result is checked.
    let told = store.change(move |connection| {
        let outcome = merge(connection)?;
        assert!(outcome.is_none(), "the customer was taken for unchanged");
        Err::<(), _>(cordboard::store::StoreError::NoConnection("taken back".to_owned()))
    });
    told.await.unwrap_err();
    assert_eq!(known_as(&store, "+493022222222").unwrap().id, other.id, "half of the merge was done");

    let (making, gone, read_at) = (one.clone(), other.clone(), ada.updated_at);
    let merge =
        move |connection: &mut Connection| change::merge_customers(connection, (&making, read_at), &gone);
    assert!(store.change(merge).await.unwrap().is_some());
    for number in ["+493011111111", "+493022222222"] {
        assert_eq!(known_as(&store, number).as_ref(), Some(&one), "{number}");
    }
    // Leads of a file that was read before the merge.
    let body = LeadBody { customer_id: Some(other.id), phone: other.phone.clone(), ..LeadBody::default() };
    let mut lead = Lead::of_body(LeadId(Uuid::now_v7()), organization_id, body, now());
    let take_in = move |connection: &mut Connection| {
        change::take_in_leads(connection, organization_id, std::slice::from_mut(&mut lead))?;
        Ok(lead.customer_id)
    };
    assert_eq!(store.change(take_in).await.unwrap(), Some(one.id));
    assert!(known_as(&store, "+493022222222").unwrap().sms_opted_out);

    // A further number belongs to one customer, as a first number does.
    let taken = customer(&store, "+493022222222");
    let make = move |connection: &mut Connection| change::create_customer(connection, &taken);
    assert!(store.change(make).await.unwrap_err().is_taken_name());
    let gone = one.id;
    let remove =
        move |connection: &mut Connection| change::forget_customer(connection, organization_id, gone);
    assert!(store.change(remove).await.unwrap());
    assert_eq!(known_as(&store, "+493022222222"), None);

    // Both numbers still want no text messages, although their customer is gone.
    let again = customer(&store, "+493011111111");
    let make = move |connection: &mut Connection| change::create_customer(connection, &again);
    store.change(make).await.unwrap();
    assert!(known_as(&store, "+493011111111").unwrap().sms_opted_out);
}

#[actix::test]
async fn likely_doubles_are_listed_as_whole_customers() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let [ada, mut other, third] = [1, 2, 3].map(|n| {
        let phone = Some(format!("+49301111111{n}").parse().unwrap());
        let id = CustomerId(Uuid::from_u128(n));
        Customer { email: "ada@example.com".to_owned(), ..Customer::new(id, organization_id, phone, now()) }
    });
    other.other_numbers = vec!["+493022222222".parse().unwrap()];
    let made = [ada.clone(), other.clone(), third.clone()];
    let make = move |connection: &mut Connection| {
        made.iter().try_for_each(|customer| change::create_customer(connection, customer))
    };
    store.change(make).await.unwrap();
    let doubles = |of: Option<CustomerId>| {
        let own = OwnNumbers::default();
        read(&store, |connection| query::likely_doubles(connection, organization_id, of, &own))
    };
    let alike =
        |one: &Customer, other: &Customer| (one.clone(), other.clone(), BTreeSet::from([Likeness::Email]));
    let all = vec![alike(&ada, &other), alike(&other, &third)];
    assert_eq!(doubles(Some(third.id)), (vec![alike(&other, &third)], 3));
    assert_eq!(doubles(None), (all, 3));
}

#[actix::test]
async fn a_number_in_both_spellings_makes_customers_alike() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    // An earlier version stored the zero that is dialled only within the country.
    let made = ["+4403055501", "+443055501", "+4403055502"].map(|phone| customer(&store, phone));
    let [with_zero, plain, alone] = made.clone();
    let make = move |connection: &mut Connection| {
        made.iter().try_for_each(|customer| change::create_customer(connection, customer))
    };
    store.change(make).await.unwrap();
    for number in ["+443055501", "+443055502"] {
        let mut said = Conversation::new(organization_id);
        store.journal(said.live_by(number));
    }
    store.commit().await.unwrap();
    let own = OwnNumbers::default();
    let (pairs, _) =
        read(&store, |connection| query::likely_doubles(connection, organization_id, None, &own));
    assert_eq!(pairs, [(with_zero.clone(), plain.clone(), BTreeSet::from([Likeness::Number]))]);
    let calls = |customer: &Customer| read(&store, |connection| query::moved_of(connection, customer)).calls;
    assert_eq!([&with_zero, &plain, &alone].map(calls), [0, 1, 1]);
}

#[actix::test]
async fn customers_kept_apart_stay_apart_after_a_merge() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let [ada, mut other, mut third] =
        ["+493011111111", "+493022222222", "+493033333333"].map(|phone| customer(&store, phone));
    // A family has one address.
    "home@example.com".clone_into(&mut other.email);
    other.email.clone_into(&mut third.email);
    let made = [ada.clone(), other.clone(), third.clone()];
    let make = move |connection: &mut Connection| {
        made.iter().try_for_each(|customer| change::create_customer(connection, customer))
    };
    store.change(make).await.unwrap();
    let likely = || {
        let own = OwnNumbers::default();
        read(&store, |connection| query::likely_doubles(connection, organization_id, None, &own)).0.len()
    };
    assert_eq!(likely(), 1);
    let apart = (other.id, third.id);
    let keep = move |connection: &mut Connection| change::keep_apart(connection, organization_id, apart);
    assert!(store.change(keep).await.unwrap());
    assert_eq!(likely(), 0);
    let one = merged(&ada, &other, (&[], MergeNotes::Both), now()).unwrap();
    let (read_at, gone) = (ada.updated_at, other.clone());
    let merge =
        move |connection: &mut Connection| change::merge_customers(connection, (&one, read_at), &gone);
    assert!(store.change(merge).await.unwrap().is_some());
    assert_eq!(likely(), 0, "the customer now has the other's address");
}
