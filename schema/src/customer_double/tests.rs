use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::ids::{CustomerId, OrganizationId};

fn id(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(number))
}

fn candidate(number: u128, name: &str, email: &str, numbers: &[&str]) -> Candidate {
    let numbers = numbers.iter().map(|&number| number.to_owned()).collect();
    Candidate { id: id(number), name: name.to_owned(), email: email.to_owned(), numbers }
}

/// Returns the pairs by the numbers of their ids, and why.
fn found(among: &[Candidate]) -> Vec<(u128, u128, Vec<Likeness>)> {
    let pairs = doubles(among, &BTreeSet::new(), None).into_iter();
    pairs.map(|((one, other), why)| (one.0.as_u128(), other.0.as_u128(), why.into_iter().collect())).collect()
}

#[test]
fn likely_doubles_are_found_and_the_surest_comes_first() {
    let among = [
        candidate(1, "Jürgen Müller", "", &["+493011111111"]),
        candidate(2, "Mueller, Juergen", "", &[]),
        candidate(3, "Ada Lovelace", "Ada@Example.com", &["+493022222222"]),
        candidate(4, "A. Lovelace", " ada@example.com", &[]),
        candidate(5, "", "", &["+493033333333"]),
        candidate(6, "Grace Hopper", "", &["+493044444444", "+493033333333"]),
        candidate(7, "Katherine Johnson", "", &[]),
        candidate(8, "Katharine Johnson", "", &[]),
    ];
    assert_eq!(
        found(&among),
        [
            (5, 6, vec![Likeness::Number]),
            (3, 4, vec![Likeness::Email, Likeness::Name]),
            (1, 2, vec![Likeness::Name]),
            (7, 8, vec![Likeness::Name]),
        ]
    );
}

#[test]
fn a_customer_between_two_doubles_hides_neither() {
    let among = [1, 2, 3].map(|number| candidate(number, "", "office@example.com", &[]));
    let pairs = |apart: &[(u128, u128)], of| {
        let apart = apart.iter().map(|(one, other)| (id(*one), id(*other))).collect();
        let found = doubles(&among, &apart, of).into_iter();
        found.map(|((one, other), _)| (one.0.as_u128(), other.0.as_u128())).collect::<Vec<_>>()
    };
    assert_eq!(pairs(&[], None), [(1, 2), (2, 3)]);
    assert_eq!(pairs(&[(1, 2)], None), [(1, 3), (2, 3)]);
    assert_eq!(pairs(&[(2, 3)], Some(id(3))), [(1, 3)]);
    assert_eq!(pairs(&[(1, 2), (2, 3)], None), [(1, 3)]);
}

#[test]
fn customers_with_little_in_common_are_not_proposed() {
    let among = [
        candidate(1, "Ada", "", &["+493011111111"]),
        candidate(2, "Ada", "", &["+493022222222"]),
        candidate(3, "", "", &[]),
        candidate(4, "", "", &[]),
        candidate(5, "Tom Brenner", "tom@example.com", &[]),
        candidate(6, "Ina Weber", "ina@example.com", &[]),
        candidate(7, "Jo Li", "", &[]),
        candidate(8, "Jo Lu", "", &[]),
    ];
    assert_eq!(found(&among), []);
}

#[test]
fn a_pair_that_somebody_keeps_apart_is_not_shown_again() {
    let among = [candidate(1, "Ada Lovelace", "", &[]), candidate(2, "Ada Lovelace", "", &[])];
    assert_eq!(found(&among).len(), 1);
    assert!(doubles(&among, &[(id(1), id(2))].into_iter().collect(), None).is_empty());
}

#[test]
fn many_customers_with_one_name_are_handled_quickly() {
    let among: Vec<_> = (0..20_000).map(|n| candidate(n, "Maria Silva", "", &["+5511999999999"])).collect();
    assert_eq!(doubles(&among, &BTreeSet::new(), None).len(), crate::limits::DOUBLES_MAX);
}

fn customer(number: u128, name: &str, phone: Option<&str>) -> Customer {
    let phone = phone.map(|phone| phone.parse().unwrap());
    let mut made =
        Customer::new(id(number), OrganizationId(Uuid::nil()), phone, UnixMs(1_000 * number as i64));
    made.name = name.to_owned();
    made
}

#[test]
fn merging_keeps_the_stricter_value_and_loses_nothing() {
    let mut kept = customer(2, "Ada", Some("+493011111111"));
    let mut other = customer(1, "Ada Lovelace", Some("+493022222222"));
    kept.verified = true;
    kept.notes = "Prefers mornings.".to_owned();
    kept.tags = vec!["regular".to_owned()];
    other.sms_opted_out = true;
    other.email = "ada@example.com".to_owned();
    other.notes = "Has a dog.".to_owned();
    other.tags = vec!["regular".to_owned(), "roof".to_owned()];
    let one = merged(&kept, &other, (&[MergeField::Name], MergeNotes::Both), UnixMs(9_000)).unwrap();
    assert_eq!((one.id, one.name.as_str(), one.email.as_str()), (id(2), "Ada Lovelace", "ada@example.com"));
    assert_eq!(one.phone.as_ref().unwrap().as_str(), "+493011111111");
    assert_eq!(one.other_numbers, ["+493022222222".parse().unwrap()]);
    assert_eq!(one.notes, "Prefers mornings.\n\nHas a dog.");
    assert_eq!(one.tags, ["regular", "roof"]);
    assert!(one.sms_opted_out && !one.verified);
    assert_eq!((one.created_at, one.updated_at), (UnixMs(1_000), UnixMs(9_000)));
    let number = merged(&kept, &other, (&[MergeField::Phone], MergeNotes::Kept), UnixMs(9_000)).unwrap();
    assert_eq!(number.phone.unwrap().as_str(), "+493022222222");
    assert_eq!(number.other_numbers, ["+493011111111".parse().unwrap()]);
    assert_eq!(number.notes, "Prefers mornings.");
}

#[test]
fn customers_too_large_to_merge_are_refused() {
    let mut kept = customer(1, "Ada", None);
    let mut other = customer(2, "Ada", None);
    assert_eq!(merged(&kept, &kept, (&[], MergeNotes::Both), UnixMs(1)), Err(CannotMerge::Same));
    kept.notes = "a".repeat(NOTES_CHARS_MAX);
    other.notes = "b".to_owned();
    assert_eq!(merged(&kept, &other, (&[], MergeNotes::Both), UnixMs(1)), Err(CannotMerge::NotesTooLong));
    assert!(merged(&kept, &other, (&[], MergeNotes::Other), UnixMs(1)).is_ok());
    other.other_numbers =
        (0..=CUSTOMER_NUMBERS_MAX + 1).map(|n| format!("+4930123450{n:02}").parse().unwrap()).collect();
    assert_eq!(merged(&kept, &other, (&[], MergeNotes::Kept), UnixMs(1)), Err(CannotMerge::TooManyNumbers));
}

#[test]
fn a_customers_doubles_are_found_among_hundreds_of_others() {
    let mut among: Vec<_> = (1..=300)
        .map(|number| candidate(number, "", "", &[format!("+4930{}", number / 2).as_str()]))
        .collect();
    among.extend([candidate(1_001, "Ada Lovelace", "", &[]), candidate(1_002, "Lovelace, Ada", "", &[])]);
    let of_ada = doubles(&among, &BTreeSet::new(), Some(id(1_002)));
    assert_eq!(of_ada, [((id(1_001), id(1_002)), BTreeSet::from([Likeness::Name]))]);
}
