//! The hours of a zone's days, and its months.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use crate::business::hours::first_moment;
use crate::dashboard::{LocalDay, local_days};
use crate::slots::Span;

/// An hour of a day, counted from the day's first moment. The last of a day may be shorter, if clocks change by less than an
/// hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalHour {
    /// The hour that clocks show when it begins, 0 to 23.
    pub hour: u32,
    /// From its first moment to the next one's.
    pub span: Span,
}

/// Returns the hours of a day: 23 or 25 if clocks change by an hour.
pub fn hours_of(zone: Tz, day: &LocalDay) -> Vec<LocalHour> {
    let (from, to) = day.span;
    let begins = (0..48).map(|n| from + TimeDelta::hours(n)).take_while(|at| *at < to);
    let hour = |at: DateTime<Utc>| LocalHour {
        hour: at.with_timezone(&zone).hour(),
        span: (at, (at + TimeDelta::hours(1)).min(to)),
    };
    begins.map(hour).collect()
}

/// Returns the day of the zone that contains a moment. None at the ends of the calendar.
pub fn local_day_of(zone: Tz, at: DateTime<Utc>) -> Option<LocalDay> {
    let date = at.with_timezone(&zone).date_naive();
    // If clocks go back across midnight, an hour shows the date before.
    let (before, after) = (date.pred_opt()?, date.succ_opt()?);
    local_days(zone, before, after).find(|day| day.span.0 <= at && at < day.span.1)
}

/// Returns the month of the zone that contains a date, from its first day's first moment to the next month's. None at the ends of
/// the calendar.
pub fn local_month_of(zone: Tz, date: NaiveDate) -> Option<Span> {
    let first = date.with_day(1)?;
    let begins = |date: NaiveDate| first_moment(zone, date.and_time(NaiveTime::MIN));
    Some((begins(first)?, begins(first.checked_add_months(Months::new(1))?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_its_days() {
        // Clocks go back across the midnight that begins a month in Havana; Samoa has skipped a date.
        for (zone, first) in [
            (Tz::Europe__Berlin, "2026-03-01"),
            (Tz::Europe__Berlin, "2026-10-01"),
            (Tz::America__Havana, "2020-10-01"),
            (Tz::America__Havana, "2020-11-01"),
            (Tz::Asia__Kolkata, "2026-02-01"),
            (Tz::Australia__Lord_Howe, "2026-04-01"),
            (Tz::Pacific__Apia, "2011-12-01"),
        ] {
            let first: NaiveDate = first.parse().unwrap();
            let last = first + Months::new(1) - TimeDelta::days(1);
            let days: Vec<LocalDay> = local_days(zone, first, last).collect();
            let all = (days[0].span.0, days.last().unwrap().span.1);
            for date in [first, first + TimeDelta::days(13), last] {
                assert_eq!(local_month_of(zone, date), Some(all), "{zone} {date}");
            }
        }
    }

    #[test]
    fn every_moment_is_in_one_hour_of_one_day() {
        let zones = [
            Tz::Europe__Berlin,
            Tz::Asia__Kolkata,
            Tz::Australia__Lord_Howe,
            Tz::America__Havana,
            Tz::Africa__Cairo,
        ];
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        for zone in zones {
            for quarter in 0..(366 * 96) {
                let at = start + TimeDelta::minutes(15 * quarter);
                let day = local_day_of(zone, at).unwrap();
                let found =
                    hours_of(zone, &day).into_iter().filter(|hour| hour.span.0 <= at && at < hour.span.1);
                assert_eq!(found.count(), 1, "{zone} {at}");
            }
        }
    }

    #[test]
    fn a_day_has_the_hours_that_clocks_show() {
        let hours = |date: &str| {
            let at: DateTime<Utc> = format!("{date}T12:00:00Z").parse().unwrap();
            let day = local_day_of(Tz::Europe__Berlin, at).unwrap();
            hours_of(Tz::Europe__Berlin, &day).iter().map(|hour| hour.hour).collect::<Vec<_>>()
        };
        assert_eq!(hours("2026-11-24"), (0..24).collect::<Vec<_>>());
        assert_eq!(hours("2026-10-25")[1..5], [1, 2, 2, 3]);
        assert_eq!((hours("2026-10-25").len(), hours("2026-03-29").len()), (25, 23));
    }
}
