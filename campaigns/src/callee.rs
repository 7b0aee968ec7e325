//! The callee of a number: the country whose rules apply, and the time zones in which the callee may be.
//!
//! A number is called when its rule allows that in *every* zone that it may belong to, so missing knowledge makes hours fewer, never more. A mobile
//! phone in North America keeps its area code wherever its owner moves. A contact can have a zone that overrides it.

use chrono_tz::Tz;
use cordboard_schema::phone::E164;

use crate::countries::states::STATES;
use crate::countries::{COUNTRIES, CountryRule, STRICTEST};
use crate::north_america::{AREAS, NORTH_AMERICA};
use crate::zones::{CODES, PARTS};

/// The callee of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Callee {
    /// The rules that apply to them.
    pub rule: &'static CountryRule,
    /// The zones where they may be. None if the country is unknown: then they are not called.
    pub zones: &'static [Tz],
}

impl Callee {
    /// The callee of a number.
    pub fn of(number: &E164) -> Self {
        let digits = digits(number);
        if let Some(rest) = digits.strip_prefix('1') {
            return north_american(rest);
        }
        let Some((code, zones)) = country(digits) else { return Self { rule: &STRICTEST, zones: &[] } };
        let rule = COUNTRIES.iter().find(|rule| rule.prefix == code);
        Self { rule: rule.unwrap_or(&STRICTEST), zones: part(code, digits).unwrap_or(zones) }
    }
}

/// The prefix of a number that identifies its country: the country code, in North America with the area code.
pub(crate) fn country_code(number: &E164) -> Option<&str> {
    let digits = digits(number);
    match digits.starts_with('1') {
        true => digits.get(..4),
        false => country(digits).map(|(code, _)| code),
    }
}

fn digits(number: &E164) -> &str {
    number.as_str().trim_start_matches('+')
}

/// The code of a country outside of North America, and all its zones.
fn country(digits: &str) -> Option<(&'static str, &'static [Tz])> {
    CODES.iter().filter(|(code, _)| digits.starts_with(code)).max_by_key(|(code, _)| code.len()).copied()
}

/// The zones of a number that are fewer than its country has.
fn part(code: &str, digits: &str) -> Option<&'static [Tz]> {
    let rest = digits.get(code.len()..)?;
    let of_country = PARTS.iter().filter(|(of, _, _)| *of == code);
    let all = of_country
        .flat_map(|(_, zones, beginnings)| beginnings.iter().map(move |beginning| (*beginning, *zones)));
    let fits = all.filter(|(beginning, _)| rest.starts_with(beginning));
    fits.max_by_key(|(beginning, _)| beginning.len()).map(|(_, zones)| zones)
}

fn north_american(rest: &str) -> Callee {
    let area: Option<u16> = rest.get(..3).and_then(|area| area.parse().ok());
    let row = AREAS.iter().find(|(_, _, areas)| area.is_some_and(|area| areas.contains(&area)));
    let Some((country, zones, _)) = row else { return Callee { rule: &STRICTEST, zones: NORTH_AMERICA } };
    let of_country = COUNTRIES.iter().find(|rule| rule.country == *country);
    let state = STATES.iter().find(|state| area.is_some_and(|area| state.areas.contains(&area)));
    let rule = state.map(|state| &state.rule).or(of_country);
    Callee { rule: rule.unwrap_or(&STRICTEST), zones }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn callee(number: &str) -> Callee {
        Callee::of(&number.parse().unwrap())
    }

    fn zones(number: &str) -> Vec<&'static str> {
        callee(number).zones.iter().map(|zone| zone.name()).collect()
    }

    #[test]
    fn numbers_have_a_country_and_zones() {
        for (number, country, expected) in [
            ("+493012345678", "DE", &["Europe/Berlin"][..]),
            ("+4915112345678", "DE", &["Europe/Berlin"]),
            ("+12125550123", "US", &["America/New_York"]),
            ("+13105550123", "US", &["America/Los_Angeles"]),
            ("+18505550123", "US", &["America/New_York", "America/Chicago"]),
            ("+16025550123", "US", &["America/Phoenix"]),
            ("+19285550123", "US", &["America/Phoenix", "America/Denver"]),
            ("+14165550123", "CA", &["America/Toronto"]),
            ("+12735550123", "CA", &["America/Toronto", "America/Halifax"]),
            ("+17875550123", "US", &["America/Puerto_Rico"]),
            ("+16715550123", "US", &["Pacific/Guam"]),
            ("+12425550123", "*", &["America/Nassau"]),
            ("+18495550123", "*", &["America/Santo_Domingo"]),
            ("+61298765432", "AU", &["Australia/Sydney"]),
            ("+61265631234", "AU", &["Australia/Sydney", "Australia/Lord_Howe"]),
            ("+61891640123", "AU", &["Australia/Perth", "Indian/Christmas", "Indian/Cocos"]),
            ("+61889410123", "AU", &["Australia/Adelaide", "Australia/Darwin"]),
            ("+351211234567", "*", &["Europe/Lisbon"]),
            ("+351296123456", "*", &["Atlantic/Azores"]),
            ("+351912345678", "*", &["Europe/Lisbon", "Atlantic/Azores"]),
            ("+34912345678", "ES", &["Europe/Madrid"]),
            ("+34922123456", "ES", &["Atlantic/Canary"]),
            ("+34612345678", "ES", &["Europe/Madrid", "Atlantic/Canary"]),
            ("+35312345678", "IE", &["Europe/Dublin"]),
            ("+262262123456", "*", &["Indian/Reunion"]),
            ("+262639123456", "*", &["Indian/Mayotte"]),
            ("+590590123456", "*", &["America/Guadeloupe"]),
            ("+594594123456", "*", &["America/Cayenne"]),
            ("+74951234567", "*", &["Europe/Moscow"]),
            ("+74012123456", "*", &["Europe/Kaliningrad"]),
            ("+78452123456", "*", &["Europe/Samara"]),
            ("+73832123456", "*", &["Asia/Krasnoyarsk"]),
            ("+74112123456", "*", &["Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan"]),
            ("+77272123456", "*", &["Asia/Almaty"]),
            ("+77011234567", "*", &["Asia/Almaty"]),
            ("+551123456789", "*", &["America/Sao_Paulo"]),
            ("+5511912345678", "*", &["America/Sao_Paulo"]),
            ("+556832123456", "*", &["America/Rio_Branco"]),
            ("+558136191234", "*", &["America/Sao_Paulo", "America/Noronha"]),
            ("+525512345678", "*", &["America/Mexico_City"]),
            ("+526141234567", "*", &["America/Mexico_City"]),
            ("+526621234567", "*", &["America/Hermosillo"]),
            ("+526641234567", "*", &["America/Tijuana"]),
            ("+529981234567", "*", &["America/Cancun"]),
            ("+56221234567", "*", &["America/Santiago"]),
            ("+56612123456", "*", &["America/Punta_Arenas"]),
            ("+56322100123", "*", &["America/Santiago", "Pacific/Easter"]),
            ("+622112345678", "*", &["Asia/Jakarta"]),
            ("+623611234567", "*", &["Asia/Makassar"]),
            ("+629671234567", "*", &["Asia/Jayapura"]),
            ("+6281212345678", "*", &["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]),
            ("+243123456789", "*", &["Africa/Kinshasa"]),
            ("+243812345678", "*", &["Africa/Kinshasa", "Africa/Lubumbashi"]),
            ("+97611123456", "*", &["Asia/Ulaanbaatar"]),
            ("+97688123456", "*", &["Asia/Ulaanbaatar", "Asia/Hovd"]),
            ("+6433050123", "NZ", &["Pacific/Auckland", "Pacific/Chatham"]),
            ("+254712345678", "*", &["Africa/Nairobi"]),
            ("+8581234567", "*", &[]),
            ("+88212345678", "*", &[]),
        ] {
            assert_eq!(
                (callee(number).rule.country, zones(number)),
                (country, expected.to_vec()),
                "{number}"
            );
        }
        assert_eq!(callee("+18005550123"), Callee { rule: &STRICTEST, zones: NORTH_AMERICA });
    }

    #[test]
    fn a_mobile_without_an_area_has_all_its_countrys_zones() {
        for (number, code) in [
            ("+61412345678", "61"),
            ("+79161234567", "7"),
            ("+56912345678", "56"),
            ("+64211234567", "64"),
            ("+593991234567", "593"),
            ("+299221234", "299"),
        ] {
            let (_, all) = CODES.iter().find(|(of, _)| *of == code).unwrap();
            assert_eq!(callee(number).zones, *all, "{number}");
            assert!(all.len() > 1, "{code}");
        }
    }

    #[test]
    fn each_code_is_in_one_row() {
        let mut seen = BTreeSet::new();
        for (_, _, areas) in AREAS {
            for area in *areas {
                assert!(seen.insert(*area), "{area} stands twice");
                assert!((200..1000).contains(area), "{area}");
            }
        }
        for area in STATES.iter().flat_map(|state| state.areas) {
            assert!(
                AREAS.iter().any(|(country, _, areas)| *country == "US" && areas.contains(area)),
                "{area} is no area of the USA"
            );
        }
        let codes: BTreeSet<_> = CODES.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), CODES.len());
        for rule in COUNTRIES.iter().filter(|rule| rule.prefix != "1") {
            assert!(codes.contains(&rule.prefix), "{} has rules and no zone", rule.country);
        }
        let mut seen = BTreeSet::new();
        for (code, _, beginnings) in PARTS {
            assert!(codes.contains(code), "{code} is no country's");
            for beginning in *beginnings {
                assert!(seen.insert((code, beginning)), "{code} {beginning} stands twice");
            }
        }
    }
}
