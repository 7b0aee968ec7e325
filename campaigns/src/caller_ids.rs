//! Caller ids of a campaign: which of its numbers a called phone is shown. A contact sees the number that they saw before. Otherwise the most local
//! one is taken, and among equals the one that was used least today. A number that has reached its daily limit, or that nobody answers, rests.
//!
//! Days are in UTC. A number's calls are those of the whole organization, because its callees do not know which campaign calls.

use std::cmp::Reverse;

use cordboard_schema::ids::ContactId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use serde::Serialize;

use crate::attempt::Outcome;
use crate::callee::{Callee, country_code};
use crate::simulation::Chance;

/// Maximum caller ids of a campaign.
pub const CALLER_IDS_MAX: usize = 100;
/// Default of calls of one number within a day.
pub const CALLS_PER_DAY: u32 = 100;
/// Maximum of that setting.
pub const CALLS_PER_DAY_MAX: u32 = 1_000;
/// After this many calls in a row that rang unanswered, a number rests, because it may be shown as spam.
pub const UNANSWERED_MAX: usize = 20;
/// How long it rests, in ms.
pub const REST_MS: u64 = DAY_MS;

const DAY_MS: u64 = 86_400_000;

/// Outcomes of calls that rang, so the callee saw the number.
pub const RANG: [Outcome; 6] = [
    Outcome::Talked,
    Outcome::Abandoned,
    Outcome::HungUpEarly,
    Outcome::Machine,
    Outcome::NoAnswer,
    Outcome::Declined,
];

/// Whether a person answered a call that rang; none for a call that says nothing about its number.
pub fn was_answered(outcome: Outcome) -> Option<bool> {
    let is_answered = matches!(outcome, Outcome::Talked | Outcome::Abandoned | Outcome::HungUpEarly);
    RANG.contains(&outcome).then_some(is_answered)
}

/// A contact for whom a number is chosen.
#[derive(Clone, Copy, Debug)]
pub struct ShownTo<'a> {
    /// The contact.
    pub contact: ContactId,
    /// Their number.
    pub number: &'a E164,
    /// Numbers that they were shown by earlier attempts, newest first.
    pub before: &'a [E164],
}

/// The number to show, or when one will be available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Number(E164),
    /// All of them rest. The first is available again at this time, as far as is known now.
    AllRest(UnixMs),
}

/// Chooses among a campaign's numbers. `calls_today` returns a number's calls since the day began. `rests_until` is called only for a number that
/// would be taken next, because it reads the number's calls.
///
/// # Errors
/// The errors of `rests_until`.
pub fn choose<E>(
    numbers: &[E164],
    to: &ShownTo<'_>,
    per_day_max: u32,
    calls_today: impl Fn(&E164) -> u32,
    mut rests_until: impl FnMut(&E164) -> Result<Option<UnixMs>, E>,
    now: UnixMs,
) -> Result<Choice, E> {
    let tomorrow = now.utc_day_end();
    let mut ranked: Vec<&E164> = numbers.iter().filter(|number| calls_today(number) < per_day_max).collect();
    let mut back_at = (ranked.len() < numbers.len()).then_some(tomorrow);
    ranked.sort_by_cached_key(|number| {
        let seen = to.before.iter().position(|before| before == *number).unwrap_or(usize::MAX);
        (seen, Reverse(nearness(number, to.number)), calls_today(number), tie(number, to.contact))
    });
    for number in ranked {
        match rests_until(number)?.filter(|until| *until > now) {
            None => return Ok(Choice::Number(number.clone())),
            Some(until) => back_at = Some(back_at.map_or(until, |at: UnixMs| at.min(until))),
        }
    }
    Ok(Choice::AllRest(back_at.unwrap_or(tomorrow)))
}

/// Returns until when a number rests because nobody answers it; none if enough people do. `newest` are its calls that rang, newest first: when each
/// began, and whether a person answered. A gap of a day between two calls restarts the count.
pub fn rests_until(newest: &[(UnixMs, bool)]) -> Option<UnixMs> {
    let (last, _) = *newest.first()?;
    let mut newer = last;
    let mut unanswered = 0;
    for (at, is_answered) in newest {
        if *is_answered || newer.ms_since(*at) >= REST_MS {
            break;
        }
        unanswered += 1;
        newer = *at;
    }
    (unanswered >= UNANSWERED_MAX).then(|| last + REST_MS)
}

/// Why a number rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RestReason {
    /// It has reached its daily limit.
    DayMaximum,
    /// Nobody has answered its newest calls.
    Unanswered,
}

/// Returns until when a number rests at `now` and why. If both reasons apply it returns the one that lasts longer; none if it does not rest.
pub fn rest(
    calls_today: u32,
    per_day_max: u32,
    unanswered_until: Option<UnixMs>,
    now: UnixMs,
) -> Option<(UnixMs, RestReason)> {
    let of_day = (calls_today >= per_day_max).then(|| (now.utc_day_end(), RestReason::DayMaximum));
    let unanswered =
        unanswered_until.filter(|until| *until > now).map(|until| (until, RestReason::Unanswered));
    of_day.into_iter().chain(unanswered).max_by_key(|(until, _)| *until)
}

/// Explains why nobody is called while all numbers rest, and what helps.
pub fn all_rest(numbers: usize, until: UnixMs) -> String {
    format!(
        "each of the campaign's {numbers} caller ids rests, the first of them until {}: add numbers to `caller_ids`, or raise \
         `caller_id_calls_per_day_max`",
        until.to_rfc3339()
    )
}

/// Returns how near a number is to a callee: whether both are in the same country, and how many leading digits they share. Countries whose numbers
/// begin alike by chance are not near.
fn nearness(number: &E164, callee: &E164) -> (bool, usize) {
    let (own, theirs) = (digits(number), digits(callee));
    let alike = own.bytes().zip(theirs.bytes()).take_while(|(one, other)| one == other).count();
    let is_near = is_same_country(number, callee, alike);
    let is_north_american = own.starts_with('1') && theirs.starts_with('1');
    (is_near, if is_near || is_north_american { alike } else { 0 })
}

fn is_same_country(one: &E164, other: &E164, alike: usize) -> bool {
    /// Maximum digits of a country code.
    const CODE_DIGITS: usize = 3;
    let country = Callee::of(one).rule.country;
    if country != "*" || Callee::of(other).rule.country != "*" {
        return country == Callee::of(other).rule.country;
    }
    // Countries without a row have the same rule.
    match (country_code(one), country_code(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => alike >= CODE_DIGITS,
        _ => false,
    }
}

fn digits(number: &E164) -> &str {
    number.as_str().trim_start_matches('+')
}

/// The order of equal numbers: random for each contact, and always the same for one contact.
fn tie(number: &E164, contact: ContactId) -> u64 {
    let (high, low) = contact.0.as_u64_pair();
    let value = digits(number).parse::<u64>().unwrap_or_default();
    Chance::new(high ^ low ^ Chance::new(value).next()).next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// Tuesday, 2026-03-03 09:00 UTC.
    const NOW: UnixMs = UnixMs(1_772_528_400_000);

    fn number(text: &str) -> E164 {
        text.parse().unwrap()
    }

    fn numbers(texts: &[&str]) -> Vec<E164> {
        texts.iter().map(|text| number(text)).collect()
    }

    fn contact(nth: u64) -> ContactId {
        format!("0197a000-0000-7000-8000-{nth:012x}").parse().unwrap()
    }

    fn chosen(pool: &[E164], callee: &str, before: &[E164], used: &[(&str, u32)]) -> Choice {
        let callee = number(callee);
        let to = ShownTo { contact: contact(1), number: &callee, before };
        let used: BTreeMap<E164, u32> = used.iter().map(|(text, calls)| (number(text), *calls)).collect();
        let calls_today = |number: &E164| used.get(number).copied().unwrap_or_default();
        choose(pool, &to, 5, calls_today, |_| Ok::<_, Infallible>(None), NOW).unwrap()
    }

    fn shows(text: &str) -> Choice {
        Choice::Number(number(text))
    }

    #[test]
    fn the_most_local_number_is_shown() {
        let pool = numbers(&[
            "+493012345",
            "+4989123456",
            "+4930123777",
            "+43112345",
            "+12125550100",
            "+14165550100",
        ]);
        for (callee, shown) in [
            ("+4930123499", "+493012345"),
            ("+493012377123", "+4930123777"),
            ("+498912999", "+4989123456"),
            ("+4316789012", "+43112345"),
            ("+12125559999", "+12125550100"),
            ("+13105559999", "+12125550100"),
            ("+14035559999", "+14165550100"),
        ] {
            assert_eq!(chosen(&pool, callee, &[], &[]), shows(shown), "{callee}");
        }
        // Cologne has no number of its own: both share digits with it, so the one that was used less is taken.
        let pool = &pool[..2];
        assert_eq!(chosen(pool, "+4922112345", &[], &[("+493012345", 1)]), shows("+4989123456"));
        assert_eq!(chosen(pool, "+4922112345", &[], &[("+4989123456", 1)]), shows("+493012345"));
    }

    #[test]
    fn shared_digits_of_other_countries_do_not_count() {
        // +44 and +49 share a digit, and Austria is no nearer to Britain than America is.
        let pool = numbers(&["+43112345", "+12125550100"]);
        assert_eq!(chosen(&pool, "+442079460000", &[], &[("+43112345", 1)]), shows("+12125550100"));
        // Portugal, Algeria and Morocco have no row.
        let pool = numbers(&["+351211234567", "+213211234567"]);
        assert_eq!(chosen(&pool, "+212521123456", &[], &[("+213211234567", 1)]), shows("+351211234567"));
        assert_eq!(chosen(&pool, "+351221234567", &[], &[("+351211234567", 4)]), shows("+351211234567"));
        // Moscow and Novosibirsk are in different zones of one country, and Kazakhstan shares its code.
        let pool = numbers(&["+77272123456", "+74951234567"]);
        assert_eq!(chosen(&pool, "+73832123456", &[], &[("+74951234567", 4)]), shows("+74951234567"));
    }

    #[test]
    fn contacts_see_the_same_number_again_unless_it_rests() {
        let pool = numbers(&["+493012345", "+4989123456"]);
        let before = numbers(&["+4989123456"]);
        assert_eq!(chosen(&pool, "+493012399", &before, &[("+4989123456", 4)]), shows("+4989123456"));
        assert_eq!(chosen(&pool, "+493012399", &before, &[("+4989123456", 5)]), shows("+493012345"));
        let gone = numbers(&["+4940123456"]);
        assert_eq!(
            chosen(&pool, "+493012399", &gone, &[]),
            shows("+493012345"),
            "it no longer belongs to the campaign"
        );
    }

    #[test]
    fn equal_numbers_are_spread_and_each_contact_keeps_one() {
        let pool = numbers(&["+493012340", "+493012341", "+493012342", "+493012343"]);
        let callee = number("+4989123456");
        let of = |nth: u64| {
            let to = ShownTo { contact: contact(nth), number: &callee, before: &[] };
            choose(&pool, &to, 100, |_| 0, |_| Ok::<_, Infallible>(None), NOW).unwrap()
        };
        let mut shown: BTreeMap<String, u32> = BTreeMap::new();
        for nth in 0..400 {
            assert_eq!(of(nth), of(nth));
            *shown.entry(format!("{:?}", of(nth))).or_default() += 1;
        }
        assert_eq!(shown.len(), 4);
        assert!(shown.values().all(|count| (60..140).contains(count)), "{shown:?}");
    }

    #[test]
    fn when_all_rest_the_end_is_reported() {
        let pool = numbers(&["+493012345", "+4989123456"]);
        let callee = number("+493012399");
        let to = ShownTo { contact: contact(1), number: &callee, before: &[] };
        let tomorrow = NOW.utc_day() + DAY_MS;
        let with = |used: u32, rests: [u64; 2]| {
            let rests_until = |asked: &E164| {
                let at = pool.iter().position(|number| number == asked).unwrap();
                Ok::<_, Infallible>((rests[at] > 0).then(|| NOW + rests[at]))
            };
            let calls_today = |asked: &E164| if *asked == pool[0] { used } else { 0 };
            choose(&pool, &to, 5, calls_today, rests_until, NOW).unwrap()
        };
        assert_eq!(with(0, [0, 0]), shows("+493012345"));
        assert_eq!(with(0, [1_000, 0]), shows("+4989123456"));
        assert_eq!(with(0, [1_000, 2_000]), Choice::AllRest(NOW + 1_000));
        assert_eq!(with(5, [0, 2_000]), Choice::AllRest(NOW + 2_000));
        assert_eq!(with(5, [0, 40 * 3_600_000]), Choice::AllRest(tomorrow));
        assert!(all_rest(2, tomorrow).contains("2026-03-04T00:00:00.000Z"));
    }

    #[test]
    fn a_number_that_nobody_answers_rests_for_a_day() {
        let minutes = |count: u64| NOW - count * 60_000;
        let mut calls: Vec<(UnixMs, bool)> = (1..=20).map(|nth| (minutes(nth * 10), false)).collect();
        assert_eq!(rests_until(&calls), Some(minutes(10) + REST_MS));
        assert_eq!(rests_until(&calls[..19]), None, "19 are too few");
        assert_eq!(rests_until(&[]), None);
        calls[7].1 = true;
        assert_eq!(rests_until(&calls), None, "somebody answered");
        calls[7].1 = false;
        // After a rest the count starts again.
        let at = |nth: usize, is_later: bool| {
            (minutes(nth as u64 * 10) + if is_later { REST_MS } else { 0 }, false)
        };
        let again: Vec<_> = (1..=20).map(|nth| at(nth, nth <= 12)).collect();
        assert_eq!(rests_until(&again), None);
    }

    #[test]
    fn the_longer_of_two_reasons_to_rest_is_reported() {
        let tomorrow = NOW.utc_day() + DAY_MS;
        for (calls, until, expected) in [
            (4, None, None),
            (4, Some(NOW), None),
            (5, None, Some((tomorrow, RestReason::DayMaximum))),
            (4, Some(NOW + 1), Some((NOW + 1, RestReason::Unanswered))),
            (5, Some(NOW + 1), Some((tomorrow, RestReason::DayMaximum))),
            (5, Some(tomorrow + 1), Some((tomorrow + 1, RestReason::Unanswered))),
        ] {
            assert_eq!(rest(calls, 5, until, NOW), expected);
        }
    }

    #[test]
    fn calls_that_did_not_ring_say_nothing_about_a_number() {
        for (outcome, answered) in [
            (Outcome::Talked, Some(true)),
            (Outcome::Abandoned, Some(true)),
            (Outcome::HungUpEarly, Some(true)),
            (Outcome::Machine, Some(false)),
            (Outcome::NoAnswer, Some(false)),
            (Outcome::Declined, Some(false)),
            (Outcome::Busy, None),
            (Outcome::WrongNumber, None),
            (Outcome::Failed, None),
            (Outcome::Cancelled, None),
            (Outcome::NotDialled, None),
        ] {
            assert_eq!(was_answered(outcome), answered, "{outcome:?}");
        }
    }

    /// A call of the property: who is called, how long after the previous call, its outcome.
    fn call() -> impl Strategy<Value = (u64, u64, Outcome)> {
        let outcome = prop_oneof![
            5 => Just(Outcome::NoAnswer),
            3 => Just(Outcome::Machine),
            1 => Just(Outcome::Talked),
            1 => Just(Outcome::Busy),
        ];
        (0..12_u64, 0..4_000_000_u64, outcome)
    }

    proptest! {
        /// A number never exceeds its daily limit and is never used while it rests, and a contact sees the same number again while it is available.
        #[test]
        fn no_number_is_shown_too_often_or_while_it_rests(
            calls in proptest::collection::vec(call(), 1..120),
            size in 1..5_usize,
            per_day_max in 1..30_u32,
        ) {
            let pool = numbers(&["+493012340", "+4989123456", "+12125550100", "+493012343"][..size]);
            let mut at = NOW;
            let mut log: Vec<(E164, UnixMs, u64, Outcome)> = Vec::new();
            for (nth, pause_ms, outcome) in calls {
                at = at + pause_ms;
                let of = |number: &E164| log.iter().rev().filter(|(shown, ..)| shown == number).collect::<Vec<_>>();
                let today = |number: &E164| {
                    let count = of(number).into_iter().filter(|(_, then, ..)| *then >= at.utc_day()).count();
                    u32::try_from(count).unwrap()
                };
                let rest = |number: &E164| {
                    let rang = |(_, then, _, outcome): &&(E164, UnixMs, u64, Outcome)| Some((*then, was_answered(*outcome)?));
                    let newest: Vec<_> = of(number).iter().filter_map(rang).take(UNANSWERED_MAX).collect();
                    rests_until(&newest).filter(|until| *until > at)
                };
                let before: Vec<E164> =
                    log.iter().rev().filter(|(_, _, who, _)| *who == nth).map(|(shown, ..)| shown.clone()).collect();
                let callee = number(["+493012399", "+4989999999", "+13105550123"][usize::try_from(nth % 3).unwrap()]);
                let to = ShownTo { contact: contact(nth), number: &callee, before: &before };
                let choice = choose(&pool, &to, per_day_max, today, |number| Ok::<_, Infallible>(rest(number)), at).unwrap();
                let is_free = |number: &E164| today(number) < per_day_max && rest(number).is_none();
                match choice {
                    Choice::Number(shown) => {
                        prop_assert!(is_free(&shown), "{shown} rests");
                        if let Some(known) = before.iter().find(|number| is_free(number)) {
                            prop_assert_eq!(&shown, known);
                        }
                        log.push((shown, at, nth, outcome));
                    }
                    Choice::AllRest(until) => {
                        prop_assert!(!pool.iter().any(is_free));
                        prop_assert!(until > at && until <= at + REST_MS);
                    }
                }
            }
        }
    }
}
