//! Bookable services of a business, and its hours for them.

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::hours::first_moment;
use super::{BusinessProfile, Service};
use crate::limits::{APPOINTMENT_MINUTES_MAX, BOOKABLE_LISTED_MAX, SLOT_DAYS_MAX};
use crate::slots::Span;

/// How early and how far ahead appointments are offered, by the assistant, the pages and the API. People and programs may still make
/// one at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BookingRules {
    /// Minimum number of hours from now to the beginning of an offered appointment; 1 by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 720))]
    pub notice_hours: u32,
    /// How many days after today appointments may begin, on the business's calendar; null if there is no limit.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 730))]
    pub horizon_days: Option<u32>,
}

impl Default for BookingRules {
    fn default() -> Self {
        Self { notice_hours: 1, horizon_days: None }
    }
}

impl BookingRules {
    /// Whether they are those of a business that has set none.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the notice in minutes.
    pub const fn notice_minutes(&self) -> u32 {
        self.notice_hours.saturating_mul(60)
    }
}

/// Why a service can't be booked, in words that are useful to an assistant and a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBookable {
    /// The business has no opening hours, or is not described at all.
    #[error(
        "nothing can be booked: the business has not set its opening hours; write down what the caller wants instead"
    )]
    NoHours,
    /// The business has no service with that name.
    #[error("the business offers no such service; {}", bookable_list(.bookable))]
    UnknownService {
        /// The services that can be booked.
        bookable: Vec<String>,
    },
    /// The service has no duration.
    #[error("`{service}` can't be booked, because the business has not set how long it takes; {}", bookable_list(.bookable))]
    NoDuration {
        /// The requested service.
        service: String,
        /// The services that can be booked.
        bookable: Vec<String>,
    },
    /// The service takes longer than the longest appointment.
    #[error(
        "`{service}` can't be booked, because it takes longer than the longest appointment, {APPOINTMENT_MINUTES_MAX} minutes; {}",
        bookable_list(.bookable)
    )]
    TooLong {
        /// The requested service.
        service: String,
        /// The services that can be booked.
        bookable: Vec<String>,
    },
}

impl NotBookable {
    /// Returns its word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoHours => "no_hours",
            Self::UnknownService { .. } => "unknown_service",
            Self::NoDuration { .. } => "no_duration",
            Self::TooLong { .. } => "too_long",
        }
    }
}

fn bookable_list(bookable: &[String]) -> String {
    if bookable.is_empty() {
        return "none of its services can be booked".to_owned();
    }
    format!("what can be booked: {}", bookable.join(", "))
}

impl BusinessProfile {
    /// Returns the service with that name, ignoring case, and its duration in minutes.
    ///
    /// # Errors
    /// It can't be booked; without opening hours, nothing can.
    pub fn bookable(&self, service: &str) -> Result<(&Service, u32), NotBookable> {
        if self.hours.is_none() {
            return Err(NotBookable::NoHours);
        }
        let bookable = || {
            let all = self.services.iter().filter(|service| minutes(service).is_some());
            all.map(|service| service.name.clone()).take(BOOKABLE_LISTED_MAX).collect()
        };
        let Some(found) = self.service(service) else {
            return Err(NotBookable::UnknownService { bookable: bookable() });
        };
        match (found.duration_minutes, minutes(found)) {
            (_, Some(minutes)) => Ok((found, minutes)),
            (None, None) => {
                Err(NotBookable::NoDuration { service: found.name.clone(), bookable: bookable() })
            }
            (Some(_), None) => {
                Err(NotBookable::TooLong { service: found.name.clone(), bookable: bookable() })
            }
        }
    }

    /// Returns how long an appointment for the service with that name takes, in minutes, also without opening hours; none if the business offers no
    /// such service, or an appointment can't be that long.
    pub fn minutes_of(&self, service: &str) -> Option<u32> {
        self.service(service).and_then(minutes)
    }

    /// Returns the earliest beginning of an offered appointment.
    pub fn bookable_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::minutes(i64::from(self.bookings.notice_minutes()))
    }

    /// Returns the end of the last day on which an offered appointment may begin; none if there is no limit.
    pub fn bookable_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = u64::from(self.bookings.horizon_days?);
        let today = now.with_timezone(&self.time_zone).date_naive();
        let after = today.checked_add_days(Days::new(days + 1))?;
        first_moment(self.time_zone, after.and_hms_opt(0, 0, 0)?)
    }

    /// Returns its open periods that overlap with the time between two moments, up to [`SLOT_DAYS_MAX`] days from the first. They
    /// are not cut, because slots are counted from when it opens.
    pub fn open_between(&self, (from, to): Span) -> Vec<Span> {
        // A span that begins the day before may extend past midnight.
        let Some(first) = from.with_timezone(&self.time_zone).date_naive().checked_sub_days(Days::new(1))
        else {
            return Vec::new();
        };
        let days = first.iter_days().take(SLOT_DAYS_MAX as usize + 3);
        let spans = days.flat_map(|date| self.open_spans(date));
        spans.filter(|(opens, closes)| *opens < to && from < *closes).collect()
    }
}

/// Returns the duration of a service, if an appointment can be that long.
fn minutes(service: &Service) -> Option<u32> {
    service.duration_minutes.filter(|minutes| (1..=APPOINTMENT_MINUTES_MAX).contains(&i64::from(*minutes)))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use chrono_tz::Tz;
    use serde_json::json;

    use super::*;
    use crate::business::hours::open_spans;
    use crate::slots::{SlotRequest, free_slots};

    fn business(zone: &str) -> BusinessProfile {
        let day = json!([{ "from": "00:00", "to": "06:00" }]);
        serde_json::from_value(json!({
            "time_zone": zone,
            "hours": { "monday": day, "saturday": day, "sunday": day },
            "holidays": [{ "name": "Inventory", "from": "2026-03-30" }],
            "services": [
                { "name": "Inspection", "duration_minutes": 60 },
                { "name": "Estimate" },
                { "name": "Moving house", "duration_minutes": 2_880 },
            ],
        }))
        .unwrap()
    }

    /// Returns the beginnings of bookable hours on a day, in local time.
    fn begins(business: &BusinessProfile, date: &str) -> Vec<String> {
        let date: NaiveDate = date.parse().unwrap();
        let from = date.and_hms_opt(0, 0, 0).unwrap().and_utc() - chrono::TimeDelta::days(1);
        let span = (from, from + chrono::TimeDelta::days(3));
        let open = business.open_between(span);
        let request = SlotRequest { minutes: 60, every_minutes: 60, max: 100, ..SlotRequest::default() };
        free_slots(&open, &[], request, span)
            .into_iter()
            .map(|(begin, _)| begin.with_timezone(&business.time_zone))
            .filter(|begin| begin.date_naive() == date)
            .map(|begin| begin.format("%H:%M%z").to_string())
            .collect()
    }

    #[test]
    fn days_of_clock_changes_have_an_hour_less_or_more() {
        let business = business("Europe/Berlin");
        let spring = ["00:00+0100", "01:00+0100", "03:00+0200", "04:00+0200", "05:00+0200"];
        assert_eq!(begins(&business, "2026-03-29"), spring);
        let autumn = [
            "00:00+0200",
            "01:00+0200",
            "02:00+0200",
            "02:00+0100",
            "03:00+0100",
            "04:00+0100",
            "05:00+0100",
        ];
        assert_eq!(begins(&business, "2026-10-25"), autumn);
    }

    #[test]
    fn the_last_bookable_day_ends_at_local_midnight() {
        let mut business = business("Europe/Berlin");
        let now: DateTime<Utc> = "2026-03-27T23:30:00Z".parse().unwrap();
        assert_eq!(business.bookable_until(now), None);
        // It is the 28th there, and clocks change on the 29th.
        for (days, until) in [(1, "2026-03-29T22:00:00Z"), (2, "2026-03-30T22:00:00Z")] {
            business.bookings.horizon_days = Some(days);
            assert_eq!(business.bookable_until(now), Some(until.parse().unwrap()), "{days} days");
        }
    }

    #[test]
    fn nothing_can_be_booked_on_holidays_or_closed_days() {
        let business = business("Europe/Berlin");
        assert_eq!(begins(&business, "2026-03-30").len(), 0, "the holiday");
        assert_eq!(begins(&business, "2026-04-06").len(), 6, "a week later");
        assert_eq!(begins(&business, "2026-04-07").len(), 0, "a Tuesday");
    }

    #[test]
    fn open_times_are_each_days_and_are_not_cut() {
        let business = business("America/St_Johns");
        let date = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let whole = open_spans(business.hours.as_ref().unwrap(), &[], Tz::America__St_Johns, date);
        let [(opens, closes)] = whole[..] else { panic!("{whole:?}") };
        let hour = chrono::TimeDelta::hours(1);
        assert_eq!(business.open_between((opens - hour, closes + hour)), whole);
        assert_eq!(business.open_between((opens + hour, closes - hour)), whole);
        assert!(business.open_between((closes, closes + hour)).is_empty(), "after it");
        assert!(business.open_between((opens - hour, opens)).is_empty(), "before it");
    }

    #[test]
    fn a_refused_booking_names_what_can_be_booked() {
        let mut business = business("UTC");
        assert_eq!(
            business.bookable(" inspection ").map(|(found, minutes)| (&*found.name, minutes)),
            Ok(("Inspection", 60))
        );
        for (asked, code) in
            [("Massage", "unknown_service"), ("estimate", "no_duration"), ("Moving house", "too_long")]
        {
            let refused = business.bookable(asked).unwrap_err();
            assert_eq!(refused.code(), code);
            assert!(refused.to_string().ends_with("what can be booked: Inspection"), "{refused}");
        }
        business.services.clear();
        let refused = business.bookable("Inspection").unwrap_err();
        assert!(refused.to_string().contains("none of its services"), "{refused}");
        assert_eq!(BusinessProfile::default().bookable("Inspection").unwrap_err(), NotBookable::NoHours);
    }
}
