//! A list of people who are not there: numbers by country, for a simulation without a real list.

use std::collections::BTreeSet;

use cordboard_schema::phone::E164;

use super::chance::Chance;
use super::{Earlier, Person};
use crate::countries::COUNTRIES;

/// Beginnings of numbers of the USA and of Canada: they share a prefix, so their area tells the country.
const AREAS_OF_US: [&str; 8] = ["1212", "1305", "1312", "1214", "1303", "1602", "1213", "1415"];
const AREAS_OF_CANADA: [&str; 4] = ["1416", "1514", "1403", "1604"];

/// Whether the countries' table has this country.
pub fn is_known(country: &str) -> bool {
    COUNTRIES.iter().any(|rule| rule.country == country)
}

/// So many people of these countries, which take turns, each with a number of their own. A country without a row has none.
pub fn people(count: usize, countries: &[&str], chance: &mut Chance) -> Vec<Person> {
    let known: Vec<&str> = countries.iter().copied().filter(|country| is_known(country)).collect();
    let mut taken = BTreeSet::new();
    let mut people = Vec::with_capacity(count);
    while people.len() < count && !known.is_empty() {
        let number = number(known[people.len() % known.len()], chance);
        if let Some(number) = number.filter(|number| taken.insert(number.clone())) {
            let earlier = Earlier::default();
            people.push(Person { number, zone: None, has_consent: true, suppressed_from: None, earlier });
        }
    }
    people
}

fn number(country: &str, chance: &mut Chance) -> Option<E164> {
    let pick = |areas: &[&'static str], chance: &mut Chance| {
        usize::try_from(chance.below(areas.len() as u64)).ok().and_then(|at| areas.get(at).copied())
    };
    let beginning = match country {
        "US" => pick(&AREAS_OF_US, chance)?,
        "CA" => pick(&AREAS_OF_CANADA, chance)?,
        _ => COUNTRIES.iter().find(|rule| rule.country == country)?.prefix,
    };
    let digits = 11_usize.saturating_sub(beginning.len());
    let first = 2 + chance.below(7);
    let mut text = format!("+{beginning}{first}");
    for _ in 1..digits {
        text.push(char::from(b'0' + u8::try_from(chance.below(10)).unwrap_or(0)));
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callee::Callee;

    #[test]
    fn a_list_has_as_many_different_numbers_of_each_country() {
        let countries = ["US", "CA", "DE", "FR", "AU"];
        let people = people(1_000, &countries, &mut Chance::new(1));
        let numbers: BTreeSet<_> = people.iter().map(|person| person.number.clone()).collect();
        assert_eq!(numbers.len(), 1_000);
        for country in countries {
            let is_of = |person: &&Person| Callee::of(&person.number).rule.country == country;
            assert_eq!(people.iter().filter(is_of).count(), 200, "{country}");
        }
        assert!(super::people(5, &["ZZ"], &mut Chance::new(1)).is_empty());
    }
}
