//! Customers of an imported file: nobody is there twice, nothing is lost, and nobody who was erased comes back.

use cordboard::store::{
    Connection, CustomerQuery, ImportedRow, NotImported, Store, StoreError, SuppressionQuery, change, query,
};
use cordboard_schema::audit::Actor;
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_import::{Existing, ImportedCustomer};
use cordboard_schema::ids::{CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use uuid::Uuid;

use super::room::{Room, read};
use crate::entries::now;

fn row(name: &str, numbers: &[&str]) -> ImportedCustomer {
    let numbers = numbers.iter().map(|number| number.parse().unwrap()).collect();
    ImportedCustomer { numbers, name: name.to_owned(), ..ImportedCustomer::default() }
}

/// Creates a customer by hand.
async fn made(store: &Store, owner: OrganizationId, number: &str) -> Customer {
    let made = Customer::new(CustomerId(Uuid::now_v7()), owner, Some(number.parse().unwrap()), now());
    let making = made.clone();
    store
        .change(move |connection: &mut Connection| change::create_customer(connection, &making))
        .await
        .unwrap();
    made
}

async fn another(store: &Store) -> OrganizationId {
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    store.change(make).await.unwrap()
}

/// Returns the outcomes that a look at a file announces, and those of its import: the look changes nothing.
async fn imported(store: &Store, owner: OrganizationId, rows: &[ImportedCustomer]) -> [Vec<&'static str>; 2] {
    let plan = |connection: &mut Connection| {
        query::plan_customer_import(connection, owner, rows, Existing::Complete, now())
    };
    let planned = read(store, plan);
    let rows = rows.to_vec();
    let take_in = move |connection: &mut Connection| {
        change::take_in_customers(connection, owner, &rows, Existing::Complete, now())
    };
    let done = store.change(take_in).await.unwrap();
    [words(&planned), words(&done)]
}

fn words(rows: &[ImportedRow]) -> Vec<&'static str> {
    let word = |row: &ImportedRow| match row {
        ImportedRow::Created(_) => "created",
        ImportedRow::Changed { .. } => "changed",
        ImportedRow::Unchanged => "unchanged",
        ImportedRow::Refused(NotImported::SeveralCustomers) => "several",
        ImportedRow::Refused(NotImported::BeingErased) => "being erased",
        ImportedRow::Refused(NotImported::Erased) => "erased",
        ImportedRow::Refused(NotImported::Overfull(_) | NotImported::ChangedMeanwhile) => "refused",
    };
    rows.iter().map(word).collect()
}

/// The names and numbers of the organization's customers, by name.
fn all(store: &Store, owner: OrganizationId) -> Vec<(String, Vec<String>)> {
    let query = CustomerQuery { limit: 100, ..CustomerQuery::default() };
    let found = read(store, |connection| query::customers(connection, owner, query));
    let named =
        |one: &Customer| (one.name.clone(), one.numbers().map(ToString::to_string).collect::<Vec<_>>());
    let mut all: Vec<_> = found.iter().map(named).collect();
    all.sort();
    all
}

#[actix::test]
async fn an_imported_file_creates_and_completes_customers_once() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let other = another(&store).await;
    made(&store, other, "+493033333333").await;
    // The zero is dialled only within the country: it is the same number.
    made(&store, owner, "+4407911123456").await;
    let opted_out = Customer { sms_opted_out: true, ..made(&store, owner, "+493044444444").await };
    let (id, read_at) = (opted_out.id, opted_out.updated_at);
    let change = move |connection: &mut Connection| {
        change::update_customer(connection, &opted_out, read_at)?;
        change::forget_customer(connection, owner, id)
    };
    assert!(store.change(change).await.unwrap());

    let rows = [
        row("Ada", &["+447911123456", "+493022222222"]),
        ImportedCustomer { do_not_call: true, ..row("Bo", &["+493033333333"]) },
        row("Cleo", &["+493044444444", "+493055555555"]),
        row("", &["+493055555556"]),
    ];
    let outcomes = ["changed", "created", "created", "created"];
    assert_eq!(imported(&store, owner, &rows).await, [outcomes.to_vec(), outcomes.to_vec()]);
    let numbers = |all: &[&str]| all.iter().map(|number| (*number).to_owned()).collect::<Vec<_>>();
    let expected = [
        (String::new(), numbers(&["+493055555556"])),
        ("Ada".to_owned(), numbers(&["+4407911123456", "+447911123456", "+493022222222"])),
        ("Bo".to_owned(), numbers(&["+493033333333"])),
        ("Cleo".to_owned(), numbers(&["+493044444444", "+493055555555"])),
    ];
    assert_eq!(all(&store, owner), expected);
    assert_eq!(imported(&store, owner, &rows).await, [vec!["unchanged"; 4], vec!["unchanged"; 4]]);
    assert_eq!(all(&store, owner), expected);
    assert_eq!(all(&store, other), [(String::new(), numbers(&["+493033333333"]))]);

    let whole = CustomerQuery { limit: 9, ..CustomerQuery::default() };
    let customers = read(&store, |connection| query::customers(connection, owner, whole));
    let opted_out: Vec<&str> =
        customers.iter().filter(|one| one.sms_opted_out).map(|one| one.name.as_str()).collect();
    assert_eq!(opted_out, ["Cleo"], "her number has opted out before");
    let list = SuppressionQuery { limit: 9, ..SuppressionQuery::default() };
    let listed = read(&store, |connection| query::suppressions(connection, owner, &list));
    let listed: Vec<&str> = listed.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(listed, ["+493033333333"]);
}

#[actix::test]
async fn a_customer_stored_with_their_countrys_zero_is_recognized() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let known = |number: &str| {
        let caller = KnownCaller::at(number.parse().unwrap(), &OwnNumbers::default()).unwrap();
        let found = read(&store, |connection| query::customer_known_as(connection, owner, &caller));
        found.map(|customer| customer.id)
    };
    let with_zero = made(&store, owner, "+4407911123456").await.id;
    assert_eq!(known("+447911123456"), Some(with_zero));
    assert_eq!(known("+447911123457"), None);
    let change = move |connection: &mut Connection| {
        let other_numbers = vec!["+49030123456".parse().unwrap()];
        let further =
            Customer::new(CustomerId(Uuid::now_v7()), owner, Some("+493099999999".parse().unwrap()), now());
        change::create_customer(connection, &Customer { other_numbers, ..further.clone() })?;
        Ok::<_, StoreError>(further.id)
    };
    let further = store.change(change).await.unwrap();
    assert_eq!(known("+4930123456"), Some(further));
    // A customer with exactly this number comes first.
    let exact = made(&store, owner, "+447911123456").await.id;
    assert_eq!((known("+447911123456"), known("+4407911123456")), (Some(exact), Some(with_zero)));
}

#[actix::test]
async fn two_imported_rows_of_one_customer_are_combined() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    assert_eq!(
        imported(&store, owner, &[row("", &["+493011111111", "+493022222222"])]).await[1],
        ["created"]
    );
    let rows = [
        row("Ada", &["+493011111111"]),
        ImportedCustomer { notes: "has a dog".to_owned(), ..row("Eve", &["+493022222222"]) },
    ];
    assert_eq!(imported(&store, owner, &rows).await, [vec!["changed"; 2], vec!["changed"; 2]]);
    let query = CustomerQuery { limit: 9, ..CustomerQuery::default() };
    let customers = read(&store, |connection| query::customers(connection, owner, query));
    let found: Vec<_> = customers.iter().map(|one| (&*one.name, &*one.notes)).collect();
    assert_eq!(found, [("Ada", "has a dog")]);
}

#[actix::test]
async fn an_import_brings_no_erased_person_back() {
    let room = Room::new();
    let store = room.store();
    let (owner, other) = (store.organization_id(), another(&store).await);
    let (ada, _bo) = (made(&store, owner, "+447911123456").await, made(&store, owner, "+493022222222").await);
    let both = [row("Both", &["+447911123456", "+493022222222"])];
    assert_eq!(imported(&store, owner, &both).await, [["several"], ["several"]]);

    let whom = read(&store, |connection| query::customer_to_erase(connection, &ada, &OwnNumbers::default()));
    let begun = whom.clone();
    let begin = move |connection: &mut Connection| {
        change::begin_customer_erasure(connection, &begun, &Actor::Installation, now())
    };
    store.change(begin).await.unwrap();
    // With the zero it is the same number.
    let rows = [row("Ada", &["+4407911123456"])];
    assert_eq!(imported(&store, owner, &rows).await, [["being erased"], ["being erased"]]);
    let finish = move |connection: &mut Connection| change::finish_customer_erasure(connection, &whom, now());
    assert!(store.change(finish).await.unwrap(), "nothing else is there about her");
    assert_eq!(imported(&store, owner, &rows).await, [["erased"], ["erased"]]);
    assert_eq!(imported(&store, other, &rows).await, [["created"], ["created"]], "another organization's");
    // Somebody adds her by hand.
    made(&store, owner, "+447911123456").await;
    assert_eq!(imported(&store, owner, &rows).await, [["changed"], ["changed"]]);
}
