//! The hour of the callee's day at which people answer: retries are scheduled for it.
//!
//! Each hour has a lift: how many times as many people answer then as on average. Two effects would make the plain share of answered calls wrong.
//!
//! - A person who has not answered once is less likely to answer later, and retries are made at the supposedly best hours. Those hours would look
//!   worse because of that, and the next best would replace them. So a call is compared with the mean share of calls of the same try (indirect
//!   standardization): the lift is answers divided by expected answers. A person who agreed on a time answers for that reason; such a call is never a
//!   first try.
//! - An hour with few calls says little. Answers at an hour are treated as Poisson, with a gamma prior for the lift that is worth `PRIOR` expected
//!   answers. If all calls are first tries, this is the posterior mean of a share with a beta prior around the campaign's own mean. The prior's mean is
//!   the lift of the same hour in other campaigns of the organization, which has a prior around 1. So a new campaign begins with what is known, and an
//!   unknown hour counts as average, so that it is tried if the known ones are worse.

use std::collections::BTreeMap;

use chrono::{Datelike, Timelike};
use chrono_tz::Tz;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

use crate::attempt::Outcome;
use crate::callee::Callee;
use crate::hours::{CallingHours, Hours, Opening};
use crate::retries::Retries;

/// Minimum number of calls to compare hours, from the campaign and others. With fewer it is unknown which is better.
pub const CALLS_COMPARED: u64 = 100;
/// Own calls from which on those of other campaigns add nothing worth reading.
pub const OWN_CALLS_ENOUGH: u64 = 1_000;
/// Tries that are counted separately: the first, the second, and all later ones.
pub const TRIES_DISTINGUISHED: u32 = 3;
/// Hours that are counted separately: 24 of a workday, and 24 of a Saturday or Sunday.
pub const WEEK_HOURS: u8 = 48;
/// Expected answers at the lift of its prior that an hour has in addition to its own.
const PRIOR: f64 = 6.0;
/// How many times as good another hour must be as the next possible one. A smaller gain is not worth a day's wait.
const GAIN: f64 = 1.1;
const HOUR_MS: u64 = 3_600_000;
/// How many hours later than its pause a try may be. A day has each hour once.
const HOURS_AHEAD: u64 = 24;

/// An hour of the callee's week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekHour(u8);

impl WeekHour {
    /// The hour of a moment in this zone.
    pub fn at(zone: Tz, at: UnixMs) -> Self {
        let there = at.to_utc().with_timezone(&zone);
        let hour = u8::try_from(there.hour()).unwrap_or_default();
        let is_weekend = there.weekday().number_from_monday() > 5;
        Self(if is_weekend { hour + 24 } else { hour })
    }

    /// The hour of a call to this number. Its owner is in `said` if given, otherwise in the first zone of the number; none if no zone is known.
    pub fn of_call(number: &E164, said: Option<Tz>, at: UnixMs) -> Option<Self> {
        let zone = said.or_else(|| Callee::of(number).zones.first().copied())?;
        Some(Self::at(zone, at))
    }

    /// The hour with this [`number`](Self::number); none if there is no such hour.
    pub fn of_number(number: i32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number < WEEK_HOURS).map(Self)
    }

    /// Its number in tables: 0 to 23 on a workday, 24 to 47 on a Saturday or Sunday.
    pub fn number(self) -> i32 {
        self.0.into()
    }

    /// The hour of the day, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.0 % 24
    }

    /// Whether it is on a Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        self.0 >= 24
    }
}

/// Converts the number of a contact's try, from 1 on, to the try as hours count it.
pub fn counted_try(nth: u32) -> u32 {
    nth.clamp(1, TRIES_DISTINGUISHED)
}

/// Calls that show whether people answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How many rang.
    pub rang: u64,
    /// How many of them a person answered.
    pub answered: u64,
}

impl Calls {
    /// One call with this outcome; none if that does not show whether people answer at an hour.
    pub const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Talked | Outcome::Abandoned => Some(Self { rang: 1, answered: 1 }),
            Outcome::Machine | Outcome::NoAnswer => Some(Self { rang: 1, answered: 0 }),
            _ => None,
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            rang: self.rang.saturating_add(other.rang),
            answered: self.answered.saturating_add(other.answered),
        }
    }

    const fn minus(self, some: Self) -> Self {
        Self {
            rang: self.rang.saturating_sub(some.rang),
            answered: self.answered.saturating_sub(some.answered),
        }
    }
}

/// Calls by the hour of the callee's week at which they were made, and by try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hourly(BTreeMap<(WeekHour, u32), Calls>);

impl Hourly {
    /// Adds calls of an hour that were the `nth` tries of their contacts.
    pub fn add(&mut self, hour: WeekHour, nth: u32, calls: Calls) {
        let of = self.0.entry((hour, counted_try(nth))).or_default();
        *of = of.plus(calls);
    }

    /// Returns these without some of them.
    pub fn without(&self, some: &Self) -> Self {
        let mut others = Self::default();
        for ((hour, nth), calls) in &self.0 {
            let left = some.0.get(&(*hour, *nth)).map_or(*calls, |some| calls.minus(*some));
            if left.rang > 0 {
                others.add(*hour, *nth, left);
            }
        }
        others
    }

    /// All calls.
    pub fn all(&self) -> Calls {
        self.0.values().fold(Calls::default(), |sum, calls| sum.plus(*calls))
    }

    /// Calls of each hour that has any, of all tries.
    pub fn by_hour(&self) -> BTreeMap<WeekHour, Calls> {
        let mut hours: BTreeMap<WeekHour, Calls> = BTreeMap::new();
        for ((hour, _), calls) in &self.0 {
            let of = hours.entry(*hour).or_default();
            *of = of.plus(*calls);
        }
        hours
    }

    /// The lift of each hour of a day, on any day of the week. As far as an hour has no calls, it has the lift of `before`.
    pub fn lifts_of_day(&self, before: &[f64]) -> Vec<f64> {
        let mut by_day = Self::default();
        for ((hour, nth), calls) in &self.0 {
            by_day.add(WeekHour(hour.hour()), *nth, *calls);
        }
        let before = before.iter().zip(0..24).map(|(lift, hour)| (WeekHour(hour), *lift)).collect();
        let lifts = Lifts(before).with(&by_day);
        (0..24).map(|hour| lifts.of(WeekHour(hour))).collect()
    }

    /// Answers of each hour, and the expected answers by the mean shares of the tries.
    fn answers(&self) -> BTreeMap<WeekHour, (f64, f64)> {
        let mut of_try: BTreeMap<u32, Calls> = BTreeMap::new();
        for ((_, nth), calls) in &self.0 {
            let of = of_try.entry(*nth).or_default();
            *of = of.plus(*calls);
        }
        let mut answers: BTreeMap<WeekHour, (f64, f64)> = BTreeMap::new();
        for ((hour, nth), calls) in &self.0 {
            let share = of_try.get(nth).map_or(0.0, |all| float(all.answered) / float(all.rang.max(1)));
            let (answered, expected) = answers.entry(*hour).or_default();
            *answered += float(calls.answered);
            *expected += float(calls.rang) * share;
        }
        answers
    }
}

/// The lift of each hour for which something is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifts(BTreeMap<WeekHour, f64>);

impl Lifts {
    /// How many times as many people answer at this hour as on average; 1 if nothing is known.
    pub fn of(&self, hour: WeekHour) -> f64 {
        self.0.get(&hour).copied().unwrap_or(1.0)
    }

    /// Adds these calls to what was known before.
    fn with(mut self, calls: &Hourly) -> Self {
        for (hour, (answered, expected)) in calls.answers() {
            let before = self.of(hour);
            self.0.insert(hour, (answered + PRIOR * before) / (expected + PRIOR));
        }
        self
    }
}

/// Calls by which an hour is chosen for a campaign's retries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// The campaign's own.
    pub own: Hourly,
    /// Calls of other campaigns of its organization.
    pub others: Hourly,
}

impl Learned {
    /// The lifts that result from them.
    pub fn lifts(&self) -> Lifts {
        Lifts::default().with(&self.others).with(&self.own)
    }

    /// Returns when a contact is tried again who may be called from this moment on: within a day, at an hour at which calls are allowed and more
    /// people answer than at any other, if enough calls show that the wait is worth it. Otherwise returns that moment.
    pub fn again(&self, from: UnixMs, number: &E164, said: Option<Tz>, campaign: &CallingHours) -> UnixMs {
        let Callee { rule, zones } = Callee::of(number);
        self.best(from, &Hours { rule, zones: &campaign.zones(said, zones), campaign })
    }

    fn best(&self, from: UnixMs, hours: &Hours<'_>) -> UnixMs {
        let known = self.own.all().plus(self.others.all()).rang;
        let Some(zone) = hours.zones.first().filter(|_| known >= CALLS_COMPARED) else { return from };
        let lifts = self.lifts();
        let (mut best, mut opens) = (from, from);
        let mut least: Option<f64> = None;
        for ahead in 0..HOURS_AHEAD {
            let at = from + ahead * HOUR_MS;
            let lift = lifts.of(WeekHour::at(*zone, at));
            // The calendar is checked last, because that takes the longest.
            if at < opens || least.is_some_and(|least| lift <= least) {
                continue;
            }
            match (hours.at(at), least) {
                (Opening::Open, None) => least = Some(lift * GAIN),
                (Opening::Open, Some(_)) => (best, least) = (at, Some(lift)),
                (Opening::At(next), _) => opens = next,
                (Opening::Never, _) => break,
            }
        }
        best
    }
}

/// Whether the next try after this outcome is moved to another hour. A person whose line was busy is there, and is tried once the pause is over.
pub const fn chooses(retries: &Retries, outcome: Outcome) -> bool {
    retries.best_hour && matches!(outcome, Outcome::NoAnswer | Outcome::Machine)
}

#[expect(clippy::cast_precision_loss, reason = "calls of an organization are fewer than 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hours::WeekWindow;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn ms(text: &str) -> UnixMs {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    fn calls(rang: u64, answered: u64) -> Calls {
        Calls { rang, answered }
    }

    /// First tries on workdays, by the hour of the day.
    fn hourly(hours: &[(i32, Calls)]) -> Hourly {
        let mut hourly = Hourly::default();
        for (hour, calls) in hours {
            hourly.add(WeekHour::of_number(*hour).unwrap(), 1, *calls);
        }
        hourly
    }

    fn own(hours: &[(i32, Calls)]) -> Learned {
        Learned { own: hourly(hours), others: Hourly::default() }
    }

    /// Of 50 calls at ten, 5 were answered; of 50 at two, 10; of 50 at six, 30.
    fn learned() -> Learned {
        own(&[(10, calls(50, 5)), (14, calls(50, 10)), (18, calls(50, 30))])
    }

    /// To a person in Berlin.
    fn again(learned: &Learned, windows: Vec<WeekWindow>, from: &str) -> UnixMs {
        let campaign = CallingHours { windows, ..CallingHours::default() };
        learned.again(ms(from), &"+493012345678".parse().unwrap(), None, &campaign)
    }

    fn lift(learned: &Learned, hour: i32) -> f64 {
        learned.lifts().of(WeekHour::of_number(hour).unwrap())
    }

    #[test]
    fn tries_are_made_when_most_people_answer() {
        // A Tuesday in winter. The minute is kept, so that not all are called at once.
        assert_eq!(again(&learned(), vec![], "2026-11-24T10:25:00Z"), ms("2026-11-24T17:25:00Z"));
        // Within the hour the try is made at once, after it on the next day.
        assert_eq!(again(&learned(), vec![], "2026-11-24T17:40:00Z"), ms("2026-11-24T17:40:00Z"));
        assert_eq!(again(&learned(), vec![], "2026-11-24T18:05:00Z"), ms("2026-11-25T17:05:00Z"));
        // The campaign does not call at six. An unknown hour counts as average.
        let early = |day| WeekWindow { day, from_minute: 10 * 60, to_minute: 15 * 60 };
        assert_eq!(
            again(&learned(), (1..=5).map(early).collect(), "2026-11-24T09:30:00Z"),
            ms("2026-11-24T10:30:00Z")
        );
    }

    #[test]
    fn no_try_is_delayed_for_too_little_knowledge_or_gain() {
        let from = "2026-11-24T10:25:00Z";
        assert_eq!(again(&Learned::default(), vec![], from), ms(from));
        let few = own(&[(11, calls(50, 0)), (18, calls(CALLS_COMPARED - 51, 49))]);
        assert_eq!(again(&few, vec![], from), ms(from));
        let alike = own(&[(11, calls(1_000, 300)), (18, calls(1_000, 320))]);
        assert_eq!(again(&alike, vec![], from), ms(from));
        let no_answers = own(&[(11, calls(500, 0)), (18, calls(500, 0))]);
        assert_eq!(again(&no_answers, vec![], from), ms(from));
        // Weekends have no hours in Germany except on Saturday. Nobody may be called within a day, and the check at dialling handles the rest.
        assert_eq!(again(&learned(), vec![], "2026-11-28T19:30:00Z"), ms("2026-11-28T19:30:00Z"));
    }

    #[test]
    fn an_hour_with_few_calls_counts_as_a_usual_one() {
        // Both calls at eleven were answered.
        let lucky = own(&[(10, calls(200, 60)), (11, calls(2, 2)), (18, calls(200, 80))]);
        assert!(lift(&lucky, 11) < 1.3, "{}", lift(&lucky, 11));
        assert!((lift(&lucky, 12) - 1.0).abs() < f64::EPSILON);
    }

    /// A new campaign uses what other campaigns of its organization know, until its own calls say otherwise.
    #[test]
    fn a_new_campaign_begins_with_what_others_know() {
        let others = hourly(&[(10, calls(1_000, 100)), (18, calls(1_000, 300))]);
        let new = Learned { own: Hourly::default(), others: others.clone() };
        assert_eq!(again(&new, vec![], "2026-11-24T10:25:00Z"), ms("2026-11-24T17:25:00Z"));
        let otherwise = Learned { own: hourly(&[(10, calls(1_000, 300)), (18, calls(1_000, 100))]), others };
        assert_eq!(again(&otherwise, vec![], "2026-11-24T10:25:00Z"), ms("2026-11-25T09:25:00Z"));
    }

    /// At six as many people answer as at ten, among those at the same try. Most calls at six are later tries.
    #[test]
    fn later_tries_make_no_hour_look_worse() {
        let mut own = Hourly::default();
        for (hour, first, third) in [(10, 900, 100), (18, 100, 900)] {
            let hour = WeekHour::of_number(hour).unwrap();
            own.add(hour, 1, calls(first, first * 3 / 10));
            own.add(hour, 7, calls(third, third / 10));
        }
        let learned = Learned { own, others: Hourly::default() };
        assert!((lift(&learned, 10) - lift(&learned, 18)).abs() < 0.01, "{:?}", learned.lifts());
        let by_hour = learned.own.by_hour();
        assert_eq!(by_hour.values().map(|calls| calls.rang).collect::<Vec<_>>(), [1_000, 1_000]);
    }

    #[test]
    fn weekends_have_their_own_hours() {
        let saturday = WeekHour::at(BERLIN, ms("2026-11-28T09:10:00Z"));
        assert_eq!((saturday.number(), saturday.hour(), saturday.is_weekend()), (34, 10, true));
        let friday = WeekHour::at(BERLIN, ms("2026-11-27T23:10:00Z"));
        assert_eq!(friday.number(), 24, "it is Saturday in Berlin");
        assert_eq!(WeekHour::of_number(48).or(WeekHour::of_number(-1)), None);
        let number = "+8581234567".parse().unwrap();
        assert_eq!(WeekHour::of_call(&number, None, ms("2026-11-27T12:00:00Z")), None);
        assert!(WeekHour::of_call(&number, Some(BERLIN), ms("2026-11-27T12:00:00Z")).is_some());
    }

    /// An Australian mobile number, whose first zone is Sydney. The campaign says that it is in Perth, three hours behind.
    #[test]
    fn calls_count_by_the_clock_of_the_best_hour() {
        let campaign = CallingHours { assumed_zones: vec![Tz::Australia__Perth], ..CallingHours::default() };
        let number: E164 = "+61412345678".parse().unwrap();
        let counted = |campaign: &CallingHours, at: &str| {
            campaign.clock(None, &number).map(|zone| WeekHour::at(zone, ms(at)).number())
        };
        assert_eq!(counted(&campaign, "2026-11-24T10:25:00Z"), Some(18));
        assert_eq!(counted(&CallingHours::default(), "2026-11-24T10:25:00Z"), Some(21));
        let again = learned().again(ms("2026-11-24T02:25:00Z"), &number, None, &campaign);
        assert_eq!(again, ms("2026-11-24T10:25:00Z"), "most people answered at six");
    }

    #[test]
    fn calls_of_others_are_all_without_the_own_ones() {
        let own = hourly(&[(10, calls(50, 5)), (14, calls(50, 10))]);
        let all = hourly(&[(10, calls(70, 25)), (14, calls(50, 10)), (18, calls(40, 30))]);
        assert_eq!(all.without(&own), hourly(&[(10, calls(20, 20)), (18, calls(40, 30))]));
        assert_eq!(all.without(&Hourly::default()), all);
    }

    #[test]
    fn a_busy_line_says_nothing_about_an_hour() {
        assert_eq!(Calls::of(Outcome::Busy), None);
        let retries = Retries { best_hour: true, ..Retries::default() };
        assert!(chooses(&retries, Outcome::Machine) && !chooses(&retries, Outcome::Busy));
        assert!(!chooses(&Retries::default(), Outcome::Machine));
    }

    fn window() -> impl Strategy<Value = WeekWindow> {
        (1_u8..=7, 0_u16..1_440, 1_u16..1_440).prop_map(|(day, from_minute, length)| WeekWindow {
            day,
            from_minute,
            to_minute: (from_minute + length).min(1_440),
        })
    }

    proptest! {
        /// A try is moved to an allowed moment or left where it was, and waits less than a day longer, whatever was learned.
        #[test]
        fn tries_move_only_to_admitted_hours_and_within_a_day(
            hours in prop::collection::vec((0_i32..48, 1_u32..6, 0_u64..400, 0_u64..400), 0..60),
            windows in prop::collection::vec(window(), 0..6),
            minutes in 0_u64..(2 * 366 * 1_440),
            number in prop::sample::select(vec!["+493012345678", "+12125550123", "+18505550123", "+33123456789", "+18005550123"]),
        ) {
            let mut learned = Learned::default();
            for (hour, nth, rang, answered) in hours {
                let calls = Calls { rang, answered: answered.min(rang) };
                let to = if hour % 3 == 0 { &mut learned.others } else { &mut learned.own };
                to.add(WeekHour::of_number(hour).unwrap(), nth, calls);
            }
            let number: E164 = number.parse().unwrap();
            let campaign = CallingHours { windows, ..CallingHours::default() };
            let from = ms("2026-01-01T00:00:00Z") + minutes * 60_000;
            let at = learned.again(from, &number, None, &campaign);
            let Callee { rule, zones } = Callee::of(&number);
            let is_admitted = Hours { rule, zones, campaign: &campaign }.at(at) == Opening::Open;
            prop_assert!(at == from || is_admitted, "{at:?}");
            prop_assert!(from <= at && at.ms_since(from) < 24 * HOUR_MS, "{at:?}");
            let lifts = learned.lifts();
            for hour in 0..48 {
                let lift = lifts.of(WeekHour::of_number(hour).unwrap());
                prop_assert!(lift.is_finite() && lift > 0.0, "{lift}");
            }
        }
    }
}
