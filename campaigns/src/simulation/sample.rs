//! A list of invented people: numbers by country, for a simulation without a real list.

use std::collections::BTreeSet;

use cordboard_schema::phone::E164;

use super::chance::Chance;
use super::{Earlier, Person};
use crate::countries::COUNTRIES;
use crate::judge::Consent;

/// Prefixes of numbers of the USA and of Canada. They share a country code, so the area code tells the country.
const AREAS_OF_US: [&str; 8] = ["1212", "1305", "1312", "1214", "1303", "1602", "1213", "1415"];
const AREAS_OF_CANADA: [&str; 4] = ["1416", "1514", "1403", "1604"];

/// Numbers in a row that were drawn before: after this many, a country is treated as exhausted.
const DRAWN_BEFORE_MAX: u32 = 10_000;

/// Whether the table of countries has this country.
pub fn is_known(country: &str) -> bool {
    COUNTRIES.iter().any(|rule| rule.country == country)
}

/// Makes this many people of these countries, in turn, each with a different number. A country without a row has none. There are fewer people if the
/// countries have no more numbers.
pub fn people(count: usize, countries: &[&str], chance: &mut Chance) -> Vec<Person> {
    let known = countries.iter().copied().filter(|country| is_known(country)).collect();
    let person = |number| {
        let earlier = Earlier::default();
        Person { number, zone: None, consent: Consent::Given, suppressed_from: None, earlier }
    };
    numbers(count, known, |country| number(country, chance)).into_iter().map(person).collect()
}

/// Draws this many different numbers from these countries in turn; fewer if they have no more.
fn numbers(count: usize, mut countries: Vec<&str>, mut draw: impl FnMut(&str) -> Option<E164>) -> Vec<E164> {
    let mut taken = BTreeSet::new();
    let mut numbers = Vec::new();
    let mut drawn_before = 0;
    while numbers.len() < count && !countries.is_empty() {
        let turn = numbers.len() % countries.len();
        match draw(countries[turn]).filter(|number| taken.insert(number.clone())) {
            Some(number) => {
                numbers.push(number);
                drawn_before = 0;
            }
            None if drawn_before == DRAWN_BEFORE_MAX => {
                countries.remove(turn);
                drawn_before = 0;
            }
            None => drawn_before += 1,
        }
    }
    numbers
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

    #[test]
    fn an_exhausted_country_does_not_limit_the_others() {
        let mut drawn = 0;
        let draw = |country: &str| {
            drawn += 1;
            format!("+49301{drawn:06}").parse::<E164>().ok().filter(|_| country == "DE")
        };
        assert_eq!(numbers(10, vec!["DE", "FR"], draw).len(), 10);
        let mut drawn = 0;
        let three = |_: &str| {
            drawn += 1;
            format!("+4930123456{}", drawn % 3).parse::<E164>().ok()
        };
        assert_eq!(numbers(10, vec!["DE"], three).len(), 3);
    }
}
