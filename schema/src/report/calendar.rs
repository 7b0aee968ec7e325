//! The hours of a zone's days.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use crate::dashboard::{LocalDay, local_days};
use crate::slots::Span;

/// An hour of a day, counted from the day's first moment. The last of a day may be shorter, where clocks change by less than an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalHour {
    /// The hour that clocks show when it begins, 0 to 23.
    pub hour: u32,
    /// From its first moment to the next one's.
    pub span: Span,
}

/// The hours of a day: 23 or 25 where clocks change by an hour.
pub fn hours_of(zone: Tz, day: &LocalDay) -> Vec<LocalHour> {
    let (from, to) = day.span;
    let begins = (0..48).map(|n| from + TimeDelta::hours(n)).take_while(|at| *at < to);
    let hour = |at: DateTime<Utc>| LocalHour {
        hour: at.with_timezone(&zone).hour(),
        span: (at, (at + TimeDelta::hours(1)).min(to)),
    };
    begins.map(hour).collect()
}

/// The day of the zone in which a moment lies. None at the ends of the calendar.
pub fn local_day_of(zone: Tz, at: DateTime<Utc>) -> Option<LocalDay> {
    let date = at.with_timezone(&zone).date_naive();
    // If clocks go back across midnight, an hour shows the date before.
    let (before, after) = (date.pred_opt()?, date.succ_opt()?);
    local_days(zone, before, after).find(|day| day.span.0 <= at && at < day.span.1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_day_has_as_many_hours_as_clocks_show() {
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
