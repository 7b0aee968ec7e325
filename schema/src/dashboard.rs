//! Figures of a business for a period of its local days.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use crate::appointment::AppointmentStatus;
use crate::business::hours::first_moment;
use crate::lead::LeadStatus;
use crate::slots::Span;
use crate::switch::HandoffFailure;

/// A local day of a time zone, with its beginning and end in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    /// The date.
    pub date: NaiveDate,
    /// From its first moment to the next day's: 23 or 25 hours if clocks change.
    pub span: Span,
}

/// Returns every day from one date to another, both inclusive. A date that a zone has skipped is left out.
pub fn local_days(zone: Tz, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = LocalDay> {
    let begins = move |date: NaiveDate| first_moment(zone, date.and_hms_opt(0, 0, 0)?);
    from.iter_days().take_while(move |date| *date <= to).filter_map(move |date| {
        let span = (begins(date)?, begins(date.succ_opt()?)?);
        (span.0 < span.1).then_some(LocalDay { date, span })
    })
}

/// Figures of a business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The time zone of these days.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub tz: String,
    /// ISO 4217 currency of `cost_micros`.
    pub currency: String,
    /// Calls that began on these days.
    pub calls: CallFigures,
    /// Hand-offs on these days, as journals have them: those of calls whose words were deleted are missing here, and not in reports.
    pub handoffs: HandoffFigures,
    /// Leads that were made on these days.
    pub leads: LeadFigures,
    /// Appointments that were made on these days, by their current state. A hold that has lapsed counts as cancelled.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub bookings: BTreeMap<AppointmentStatus, u64>,
    /// The same figures for each day.
    pub days: Vec<DayFigures>,
}

/// Figures of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayFigures {
    /// The day.
    pub date: NaiveDate,
    /// Calls that began on it.
    pub calls: CallFigures,
    /// Hand-offs that were requested.
    pub handoffs: u64,
    /// Leads that were made.
    pub leads: u64,
    /// Appointments that were made and are agreed, which are those that are confirmed or moved.
    pub bookings: u64,
}

/// Figures of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallFigures {
    /// All calls.
    pub total: u64,
    /// Inbound calls.
    pub inbound: u64,
    /// Calls that we made.
    pub outbound: u64,
    /// Calls whose caller was connected.
    pub answered: u64,
    /// Calls that the assistant handled alone: answered and over, without a person, and not transferred. Reports count them the
    /// same way.
    pub contained: u64,
    /// Calls that a person joined, or whose caller was transferred to one. Reports count them the same way.
    pub handed_over: u64,
    /// Inbound calls that ended before they were answered.
    pub missed: u64,
    /// Calls that are not over.
    pub open: u64,
    /// Average duration of calls that were answered and are over, in ms; null if there are none.
    pub average_ms: Option<u64>,
    /// Cost of their assistants, in millionths of the currency.
    pub cost_micros: u64,
    /// Calls that are over, by the cause of their end.
    pub outcomes: BTreeMap<String, u64>,
    /// Total duration of all calls that were answered and are over, in ms, and their number.
    #[serde(skip)]
    pub talked: (u64, u64),
}

impl CallFigures {
    /// Adds the figures of another period.
    pub fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.answered += other.answered;
        self.contained += other.contained;
        self.handed_over += other.handed_over;
        self.missed += other.missed;
        self.open += other.open;
        self.cost_micros = self.cost_micros.saturating_add(other.cost_micros);
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += count;
        }
        self.talk(other.talked);
    }

    /// Adds the total duration of a number of calls.
    pub fn talk(&mut self, (ms, calls): (u64, u64)) {
        self.talked = (self.talked.0.saturating_add(ms), self.talked.1 + calls);
        self.average_ms = self.talked.0.checked_div(self.talked.1);
    }
}

/// Figures of hand-offs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandoffFigures {
    /// Hand-offs that were requested.
    pub requested: u64,
    /// Hand-offs that joined a caller and a person.
    pub bridged: u64,
    /// Hand-offs that failed.
    pub failed: u64,
    /// Why they failed.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub failures: BTreeMap<HandoffFailure, u64>,
}

/// Figures of leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadFigures {
    /// All leads.
    pub total: u64,
    /// Leads by their current status.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub by_status: BTreeMap<LeadStatus, u64>,
    /// Total value of the leads whose value is known, by status and currency.
    pub values: Vec<LeadValue>,
}

/// Value of leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadValue {
    /// Status of the leads.
    pub status: LeadStatus,
    /// ISO 4217 currency.
    pub currency: String,
    /// Total value, in the smallest unit of the currency.
    pub value_minor: u64,
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_have_no_gaps_and_have_their_true_length() {
        let zone = Tz::Europe__Berlin;
        let days: Vec<LocalDay> = local_days(zone, date("2026-03-01"), date("2026-11-30")).collect();
        assert_eq!(days.len(), 275);
        assert!(days.windows(2).all(|pair| pair[0].span.1 == pair[1].span.0));
        for (day, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)] {
            let day = days.iter().find(|found| found.date == date(day)).unwrap();
            assert_eq!(day.span.1 - day.span.0, Duration::hours(hours));
        }
        assert_eq!(days[0].span.0.to_rfc3339(), "2026-02-28T23:00:00+00:00");
    }

    #[test]
    fn days_without_midnight_begin_later_and_skipped_days_are_missing() {
        let cairo = local_days(Tz::Africa__Cairo, date("2026-04-24"), date("2026-04-24")).next().unwrap();
        assert_eq!(cairo.span.1 - cairo.span.0, Duration::hours(23));
        let samoa = local_days(Tz::Pacific__Apia, date("2011-12-29"), date("2011-12-31"));
        assert_eq!(samoa.map(|day| day.date).collect::<Vec<_>>(), [date("2011-12-29"), date("2011-12-31")]);
        assert_eq!(local_days(Tz::UTC, date("2026-01-02"), date("2026-01-01")).count(), 0);
    }
}
