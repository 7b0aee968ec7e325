//! A report that is mailed weekly.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::business::hours::first_moment;

/// When a user wants the weekly report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportMailBody {
    /// The day of the week: 1 is Monday, 7 Sunday.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 7))]
    pub weekday: u8,
    /// The local hour, 0 to 23.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 23))]
    pub hour: u8,
    /// IANA name of the time zone.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub tz: String,
}

/// The weekly report mail of the requesting user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportMail {
    /// When it is wanted; null if it is not.
    pub wanted: Option<ReportMailBody>,
    /// When the next one is sent.
    pub next_at: Option<DateTime<Utc>>,
    /// Whether this server can send mail.
    pub can_be_sent: bool,
}

/// Returns when the next mail is sent: the first time after `now` at which local clocks show this day and hour. If clocks skip
/// the hour, it is the moment at which they do. None at the ends of the calendar, or if the day or hour does not exist.
pub fn next_sending(weekday: u8, hour: u8, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    let time = NaiveTime::from_hms_opt(hour.into(), 0, 0)?;
    let days = (0..=8).filter_map(|n| today.checked_add_days(Days::new(n)));
    days.filter(|day| day.weekday().number_from_monday() == u32::from(weekday))
        .filter_map(|day| first_moment(zone, day.and_time(time)))
        .find(|at| *at > now)
}

/// Returns the seven days before the day of `at`.
pub fn week_before(zone: Tz, at: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let today = at.with_timezone(&zone).date_naive();
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    (back(7), back(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_mail_is_sent_weekly_at_its_local_hour() {
        let mut now = at("2026-10-12T12:00:00Z");
        let mut sent = Vec::new();
        for _ in 0..3 {
            now = next_sending(1, 8, BERLIN, now).unwrap();
            sent.push(now.to_rfc3339());
        }
        // Clocks go back on the 25th.
        assert_eq!(
            sent,
            ["2026-10-19T06:00:00+00:00", "2026-10-26T07:00:00+00:00", "2026-11-02T07:00:00+00:00"]
        );
    }

    #[test]
    fn a_repeated_or_skipped_hour_sends_one_mail() {
        let autumn = next_sending(7, 2, BERLIN, at("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(autumn, at("2026-10-25T00:00:00Z"));
        assert_eq!(next_sending(7, 2, BERLIN, autumn), Some(at("2026-11-01T01:00:00Z")));
        assert_eq!(next_sending(7, 2, BERLIN, at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!((next_sending(8, 2, BERLIN, autumn), next_sending(1, 24, BERLIN, autumn)), (None, None));
    }

    #[test]
    fn the_week_is_the_seven_days_before() {
        let week = week_before(BERLIN, at("2026-11-22T23:30:00Z"));
        assert_eq!(week, ("2026-11-16".parse().unwrap(), "2026-11-22".parse().unwrap()));
    }
}
