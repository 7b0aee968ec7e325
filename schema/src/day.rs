//! Figures of one day of a business, for each hour.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::dashboard::LocalDay;

/// A day, by hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayByHour {
    /// The day.
    pub date: NaiveDate,
    /// The time zone of the day.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub tz: String,
    /// ISO 4217 currency of `cost_micros`.
    pub currency: String,
    /// Its hours: 23 or 25 if clocks change.
    pub hours: Vec<HourFigures>,
}

/// Figures of an hour: of calls and records that began in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HourFigures {
    /// When it begins.
    pub at: DateTime<Utc>,
    /// The hour that clocks show then, 0 to 23.
    pub hour: u32,
    /// Calls.
    pub calls: u64,
    /// Calls that the assistant handled alone: answered and over, without a person, and not transferred. Reports count them the
    /// same way.
    pub alone: u64,
    /// Calls that a person joined, or whose caller was transferred to one. Reports count them the same way.
    pub handed_over: u64,
    /// Inbound calls that ended before anybody answered.
    pub missed: u64,
    /// Total duration of the finished calls, in ms.
    pub talk_ms: u64,
    /// Number of calls in `talk_ms`.
    pub talked: u64,
    /// Total time that the callers of these calls waited for the people who then joined them, in ms, accurate to a thirtieth. As
    /// in reports, a wait begins with the request for a person.
    pub waited_ms: u64,
    /// Number of waits in `waited_ms`.
    pub waited: u64,
    /// Cost of the calls' assistants, in millionths of the currency.
    pub cost_micros: u64,
    /// Leads.
    pub leads: u64,
    /// Appointments that were made and are agreed, which are those that are confirmed or moved.
    pub bookings: u64,
}

impl DayByHour {
    /// Returns the day with its hours, all figures zero.
    pub fn empty(zone: Tz, day: &LocalDay, currency: &str) -> Self {
        let (from, to) = day.span;
        let at = |n: i32| from + TimeDelta::hours(n.into());
        let hours = (0..).map(at).take_while(|at| *at < to).map(|at| {
            let hour = at.with_timezone(&zone).hour();
            HourFigures { at, hour, ..HourFigures::default() }
        });
        Self {
            date: day.date,
            tz: zone.name().to_owned(),
            currency: currency.to_owned(),
            hours: hours.collect(),
        }
    }

    /// Returns the hour of a moment; none if it is not in this day.
    pub fn hour_of(&mut self, at: DateTime<Utc>) -> Option<&mut HourFigures> {
        let after = at - self.hours.first()?.at;
        self.hours.get_mut(usize::try_from(after.num_hours()).ok().filter(|_| after >= TimeDelta::zero())?)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, TimeZone};

    use super::*;
    use crate::dashboard::local_days;

    fn day(zone: Tz, date: &str) -> DayByHour {
        let date: NaiveDate = date.parse().unwrap();
        let day = local_days(zone, date, date).next().unwrap();
        DayByHour::empty(zone, &day, "EUR")
    }

    #[test]
    fn a_day_has_the_hours_that_clocks_show() {
        let hours = |zone, date| day(zone, date).hours.iter().map(|hour| hour.hour).collect::<Vec<_>>();
        assert_eq!(hours(Tz::Europe__Berlin, "2026-11-24"), (0..24).collect::<Vec<_>>());
        assert_eq!(hours(Tz::Asia__Kolkata, "2026-11-24"), (0..24).collect::<Vec<_>>());
        let (longest, shortest) =
            (hours(Tz::Europe__Berlin, "2026-10-25"), hours(Tz::Europe__Berlin, "2026-03-29"));
        assert_eq!((longest.len(), &longest[1..5]), (25, &[1, 2, 2, 3][..]));
        assert_eq!((shortest.len(), &shortest[..4]), (23, &[0, 1, 3, 4][..]));
    }

    #[test]
    fn a_moment_has_its_hour_only_within_the_day() {
        let zone = Tz::Europe__Berlin;
        let at = |date: &str, time: &str| {
            let (date, time): (NaiveDate, NaiveTime) = (date.parse().unwrap(), time.parse().unwrap());
            zone.from_local_datetime(&date.and_time(time)).unwrap().to_utc()
        };
        let mut day = day(zone, "2026-11-24");
        let mut hour = |moment| day.hour_of(moment).map(|hour| hour.hour);
        assert_eq!(hour(at("2026-11-24", "00:00:00")), Some(0));
        assert_eq!(hour(at("2026-11-24", "13:59:59")), Some(13));
        assert_eq!(hour(at("2026-11-23", "23:59:59")), None);
        assert_eq!(hour(at("2026-11-25", "00:00:00")), None);
    }
}
