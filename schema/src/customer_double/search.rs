//! Finds likely doubles among many customers without comparing all pairs: rows are sorted, and neighbours are compared.

use std::collections::{BTreeMap, BTreeSet};

use super::Likeness;
use crate::composed::composed;
use crate::ids::CustomerId;
use crate::limits::DOUBLES_MAX;

/// Minimum similarity of two names that count as alike: the Jaro-Winkler measure, where 1 is the same.
const NAMES_ALIKE: f64 = 0.94;
/// Minimum number of letters of a name that is compared with nearly equal names.
const NAME_LETTERS_MIN: usize = 6;
/// Number of names after a name in the order that are compared with it.
const NEIGHBOURS: usize = 6;

/// Properties by which doubles are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The customer.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their numbers, and numbers that were given for them.
    pub numbers: Vec<String>,
}

/// Returns pairs that are likely the same person and why, most reliable first; at most [`DOUBLES_MAX`]. A pair names the older
/// customer first. `apart` has pairs that are known to be different people, in the same order. `of` limits the result to this
/// customer.
pub fn doubles(
    among: &[Candidate],
    apart: &BTreeSet<(CustomerId, CustomerId)>,
    of: Option<CustomerId>,
) -> Vec<((CustomerId, CustomerId), BTreeSet<Likeness>)> {
    let mut found: BTreeMap<(CustomerId, CustomerId), BTreeSet<Likeness>> = BTreeMap::new();
    let mut note = |one: CustomerId, other: CustomerId, why: Likeness| {
        let pair = (one.min(other), one.max(other));
        let is_wanted = of.is_none_or(|of| of == one || of == other);
        if one != other && is_wanted && !apart.contains(&pair) {
            found.entry(pair).or_default().insert(why);
        }
    };
    let numbers = among.iter().flat_map(|one| one.numbers.iter().map(|number| (number.clone(), one.id)));
    for ids in grouped(numbers) {
        linked(&ids, apart, |one, other| note(one, other, Likeness::Number));
    }
    let mails = among.iter().map(|one| (one.email.trim().to_lowercase(), one.id));
    for ids in grouped(mails.filter(|(mail, _)| !mail.is_empty())) {
        linked(&ids, apart, |one, other| note(one, other, Likeness::Email));
    }
    let mut names: Vec<(String, CustomerId)> =
        among.iter().filter_map(|one| Some((comparable(&one.name)?, one.id))).collect();
    // Once by its first letters, and once by its last: a typing error is rarely in both.
    for _ in 0..2 {
        names.sort();
        for (at, (name, id)) in names.iter().enumerate() {
            for (other, other_id) in names.iter().skip(at + 1).take(NEIGHBOURS) {
                let may_differ = name.chars().count() >= NAME_LETTERS_MIN;
                if name == other || may_differ && strsim::jaro_winkler(name, other) >= NAMES_ALIKE {
                    note(*id, *other_id, Likeness::Name);
                }
            }
        }
        for (name, _) in &mut names {
            *name = name.chars().rev().collect();
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    // The most reliable reason first, then the pair with more reasons.
    found.sort_by_key(|(_, why)| (why.first().copied(), std::cmp::Reverse(why.len())));
    found.truncate(DOUBLES_MAX);
    found
}

/// Returns customers who have something in common, ordered by id.
fn grouped(keys: impl Iterator<Item = (String, CustomerId)>) -> Vec<Vec<CustomerId>> {
    let mut groups: BTreeMap<String, BTreeSet<CustomerId>> = BTreeMap::new();
    for (key, id) in keys {
        groups.entry(key).or_default().insert(id);
    }
    groups.into_values().filter(|ids| ids.len() > 1).map(|ids| ids.into_iter().collect()).collect()
}

/// Links each customer of a group, which is ordered by id, with the nearest before and after them who may be the same person. All
/// pairs of a large group would be too many, and the customer between two may be known to be a different person from both.
fn linked(
    ids: &[CustomerId],
    apart: &BTreeSet<(CustomerId, CustomerId)>,
    mut note: impl FnMut(CustomerId, CustomerId),
) {
    for (at, one) in ids.iter().enumerate() {
        let before = ids.iter().take(at).rev().find(|other| !apart.contains(&(**other, *one)));
        let after = ids.iter().skip(at + 1).find(|other| !apart.contains(&(*one, **other)));
        before.into_iter().chain(after).for_each(|other| note(*one, *other));
    }
}

/// Returns a name as it is compared: in lower case, its words in alphabetical order, without marks. None for a name of one word,
/// which many people share.
fn comparable(name: &str) -> Option<String> {
    let mut plain = String::with_capacity(name.len());
    for letter in composed(name).to_lowercase().chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            '\'' | '’' => {}
            _ => plain.push(if letter.is_alphanumeric() { letter } else { ' ' }),
        }
    }
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    (words.len() > 1).then(|| words.join(" "))
}
