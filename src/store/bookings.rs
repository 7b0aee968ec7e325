//! What can be booked, and when: from the business's hours and the appointments that there are.

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use cordboard_schema::appointment::MAIN_RESOURCE;
use cordboard_schema::business::hours::{DaySpan, TimeOfDay, WeekHours, open_spans};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{SLOT_DAYS_MAX, SLOTS_MAX};
use cordboard_schema::slots::{SlotWish, Span, free_slots};

use super::{Connection, StoreError, appointments};

/// What an organization lets be booked.
#[derive(Clone, Debug)]
pub struct Bookable {
    /// The business's zone.
    pub zone: Tz,
    /// When it is open in the time that was asked for.
    pub open: Vec<Span>,
    /// How long the service takes, in minutes.
    pub minutes: u32,
    /// Minutes from one begin to the next that is offered.
    pub every_minutes: u32,
    /// The least minutes from now to a begin.
    pub lead_minutes: u32,
}

/// What the organization lets be booked of a service between those times.
///
/// An organization that has said nothing of its business is open from 9 to 17 on weekdays in UTC, and takes an hour for
/// everything.
///
/// # Errors
/// The database can't be read.
pub fn bookable(
    _connection: &mut Connection,
    _organization_id: OrganizationId,
    _service: &str,
    span: Span,
) -> Result<Bookable, StoreError> {
    let zone = Tz::UTC;
    Ok(Bookable {
        zone,
        open: open_between(&office_hours(), zone, span),
        minutes: 60,
        every_minutes: 30,
        lead_minutes: 60,
    })
}

/// From 9 to 17 on weekdays.
fn office_hours() -> WeekHours {
    let time = |text: &str| text.parse().unwrap_or(TimeOfDay::MIDNIGHT);
    let day = || vec![DaySpan { from: time("09:00"), to: time("17:00") }];
    WeekHours {
        monday: day(),
        tuesday: day(),
        wednesday: day(),
        thursday: day(),
        friday: day(),
        ..WeekHours::default()
    }
}

/// The open times between two moments.
fn open_between(hours: &WeekHours, zone: Tz, (from, to): Span) -> Vec<Span> {
    let Some(first) = from.with_timezone(&zone).date_naive().checked_sub_days(Days::new(1)) else {
        return Vec::new();
    };
    // One that begins the day before may go on over midnight.
    let days = first.iter_days().take(SLOT_DAYS_MAX as usize + 3);
    let spans = days.flat_map(|date| open_spans(hours, &[], zone, date));
    spans
        .map(|(opens, closes)| (opens.max(from), closes.min(to)))
        .filter(|(opens, closes)| opens < closes)
        .collect()
}

/// The free slots of a service between those times, at most `max`, and the business's zone.
///
/// # Errors
/// The database can't be read.
pub fn free(
    connection: &mut Connection,
    organization_id: OrganizationId,
    service: &str,
    span: Span,
    max: usize,
    now: DateTime<Utc>,
) -> Result<(Tz, Vec<Span>), StoreError> {
    let Bookable { zone, open, minutes, every_minutes, lead_minutes } =
        bookable(connection, organization_id, service, span)?;
    let busy = appointments::busy(connection, organization_id, MAIN_RESOURCE, span, now.into())?;
    let wish = SlotWish { minutes, every_minutes, lead_minutes, max: max.min(SLOTS_MAX) };
    Ok((zone, free_slots(&open, &busy, wish, now)))
}
