//! The hour of the callee's day at which people answer: a further try is put there.

use chrono::Timelike;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

use crate::attempt::Outcome;
use crate::callee::Callee;
use crate::hours::{Hours, Opening};

/// Calls by which hours are compared; with fewer nobody knows which is better.
pub const CALLS_COMPARED: u32 = 100;
/// Calls at the share of all hours that each hour has beside its own: a few of its own prove nothing.
const PRIOR: f64 = 20.0;
const HOUR_MS: u64 = 3_600_000;
/// How much later than its pause demands a try may be: a day has each hour once.
const HOURS_AHEAD: u64 = 24;

/// Calls of one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Calls {
    rang: u32,
    answered: u32,
}

/// Calls that rang, and those of them that a person answered, by the hour at which they were made, where the callee is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hourly([Calls; 24]);

impl Hourly {
    /// Outcomes that tell whether a person answers at an hour.
    pub const COUNTED: [Outcome; 4] =
        [Outcome::Talked, Outcome::Abandoned, Outcome::Machine, Outcome::NoAnswer];

    /// Counts a call that was made at this moment. One to a number whose zone is not known counts nowhere.
    pub fn count(&mut self, number: &E164, at: UnixMs, outcome: Outcome) {
        let Some(zone) = Callee::of(number).zones.first() else { return };
        let hour = at.to_utc().with_timezone(zone).hour();
        let calls = usize::try_from(hour).ok().and_then(|hour| self.0.get_mut(hour));
        let Some(calls) = calls.filter(|_| Self::COUNTED.contains(&outcome)) else { return };
        calls.rang += 1;
        calls.answered += u32::from(matches!(outcome, Outcome::Talked | Outcome::Abandoned));
    }

    /// When a try is made that may be made from this moment on: within a day, at an hour at which calls are admitted and more people answer than
    /// at any other.
    pub fn best(&self, from: UnixMs, hours: &Hours<'_>) -> UnixMs {
        let rang: u32 = self.0.iter().map(|calls| calls.rang).sum();
        let answered: u32 = self.0.iter().map(|calls| calls.answered).sum();
        let Some(zone) = hours.zones.first().filter(|_| rang >= CALLS_COMPARED) else { return from };
        let share_of_all = f64::from(answered) / f64::from(rang);
        let mut best: Option<(UnixMs, f64)> = None;
        for ahead in 0..HOURS_AHEAD {
            let at = from + ahead * HOUR_MS;
            if hours.at(at) != Opening::Open {
                continue;
            }
            let hour = at.to_utc().with_timezone(zone).hour();
            let calls = usize::try_from(hour).ok().and_then(|hour| self.0.get(hour)).copied();
            let Calls { rang, answered } = calls.unwrap_or_default();
            let share = (f64::from(answered) + PRIOR * share_of_all) / (f64::from(rang) + PRIOR);
            if best.is_none_or(|(_, of_best)| share > of_best) {
                best = Some((at, share));
            }
        }
        best.map_or(from, |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::{CallingHours, WeekWindow};

    fn ms(text: &str) -> UnixMs {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    /// Calls to Berlin in winter: of 50 at ten 5 were answered, of 50 at two 10, of 50 at six 30.
    fn learned() -> Hourly {
        let number: E164 = "+493012345678".parse().unwrap();
        let mut hourly = Hourly::default();
        for (at, answered) in
            [("2026-11-24T09:10:00Z", 5), ("2026-11-24T13:10:00Z", 10), ("2026-11-24T17:10:00Z", 30)]
        {
            for nth in 0..50 {
                let outcome = if nth < answered { Outcome::Talked } else { Outcome::NoAnswer };
                hourly.count(&number, ms(at), outcome);
                // It does not say whether somebody was there.
                hourly.count(&number, ms(at), Outcome::Busy);
            }
        }
        hourly
    }

    fn best(hourly: &Hourly, windows: Vec<WeekWindow>, from: &str) -> UnixMs {
        let number: E164 = "+493012345678".parse().unwrap();
        let Callee { rule, zones } = Callee::of(&number);
        let campaign = CallingHours { windows, ..CallingHours::default() };
        hourly.best(ms(from), &Hours { rule, zones, campaign: &campaign })
    }

    #[test]
    fn a_try_is_made_at_the_hour_at_which_most_people_answer() {
        let hourly = learned();
        // A Tuesday. The minute stays, so that not all are called at once.
        assert_eq!(best(&hourly, vec![], "2026-11-24T10:25:00Z"), ms("2026-11-24T17:25:00Z"));
        // In the hour itself it is made at once, and behind it on the next day.
        assert_eq!(best(&hourly, vec![], "2026-11-24T17:40:00Z"), ms("2026-11-24T17:40:00Z"));
        assert_eq!(best(&hourly, vec![], "2026-11-24T18:05:00Z"), ms("2026-11-25T17:05:00Z"));
        // The campaign does not call at six. An hour of which nothing is known counts as an average one.
        let early = |day| WeekWindow { day, from_minute: 10 * 60, to_minute: 15 * 60 };
        assert_eq!(
            best(&hourly, (1..=5).map(early).collect(), "2026-11-24T09:30:00Z"),
            ms("2026-11-24T10:30:00Z")
        );
    }

    #[test]
    fn a_try_is_made_when_its_pause_is_over_where_too_little_is_known() {
        let from = "2026-11-24T10:25:00Z";
        assert_eq!(best(&Hourly::default(), vec![], from), ms(from));
        let mut few = Hourly::default();
        few.0[18] = Calls { rang: CALLS_COMPARED - 1, answered: CALLS_COMPARED - 1 };
        assert_eq!(best(&few, vec![], from), ms(from));
        // A weekend has no hour in Germany but Saturday's: nobody may be called within a day, and the hour of dialling sees to the rest.
        assert_eq!(best(&learned(), vec![], "2026-11-28T18:00:00Z"), ms("2026-11-28T18:00:00Z"));
    }
}
