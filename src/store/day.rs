//! Figures of one day, hour by hour.

use chrono::NaiveDateTime;
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::call::Direction;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::day::DayByHour;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::DAY_CALLS_MAX;
use cordboard_schema::report::CallTally;
use cordboard_schema::slots::Span;
use cordboard_tables::tables::{appointments, calls, leads};
use diesel::prelude::*;

use super::counted_as::{as_number, is_counted};
use super::{Connection, StoreError, counted};

/// Columns of a call: begin, duration, cost, and whether it counts as contained, handed over and missed.
type CallOfHour = (NaiveDateTime, Option<i64>, i64, i64, i64, i64);

/// Fills in the hours of a day. Calls beyond the limit are not counted.
pub fn day(
    connection: &mut Connection,
    organization_id: OrganizationId,
    frame: DayByHour,
    (from, to): Span,
) -> Result<DayByHour, StoreError> {
    let mut day = frame;
    let organization = organization_id.to_string();
    let (from, to) = (from.naive_utc(), to.naive_utc());
    let rows: Vec<CallOfHour> = calls::table
        .filter(calls::organization_id.eq(&organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .order(calls::started_at)
        .select((
            calls::started_at,
            calls::talk_ms,
            calls::cost_micros,
            as_number(CountedAs::Contained),
            as_number(CountedAs::HandedOver),
            as_number(CountedAs::Missed),
        ))
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    wait(connection, &mut day, &organization, (from, to))?;
    for (started_at, talk_ms, cost_micros, contained, handed_over, missed) in rows {
        let Some(hour) = day.hour_of(started_at.and_utc()) else { continue };
        hour.calls += 1;
        hour.cost_micros = hour.cost_micros.saturating_add(counted(cost_micros));
        hour.alone += counted(contained);
        hour.handed_over += counted(handed_over);
        hour.missed += counted(missed);
        if let Some(talk_ms) = talk_ms {
            hour.talk_ms = hour.talk_ms.saturating_add(counted(talk_ms));
            hour.talked += 1;
        }
    }
    let made: Vec<NaiveDateTime> = leads::table
        .filter(leads::organization_id.eq(&organization))
        .filter(leads::created_at.ge(from))
        .filter(leads::created_at.lt(to))
        .select(leads::created_at)
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    made.into_iter().for_each(|at| {
        if let Some(hour) = day.hour_of(at.and_utc()) {
            hour.leads += 1;
        }
    });
    let made: Vec<(NaiveDateTime, String)> = appointments::table
        .filter(appointments::organization_id.eq(&organization))
        .filter(appointments::created_at.ge(from))
        .filter(appointments::created_at.lt(to))
        .select((appointments::created_at, appointments::status))
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    // A time that is held for a caller is not booked, whether the hold has lapsed or was released.
    let agreed = AppointmentStatus::AGREED.map(AppointmentStatus::as_str);
    let booked = made.into_iter().filter(|(_, status)| agreed.contains(&status.as_str()));
    booked.for_each(|(at, _)| {
        if let Some(hour) = day.hour_of(at.and_utc()) {
            hour.bookings += 1;
        }
    });
    Ok(day)
}

/// Counts how long callers in these hours waited for a person who joined, as in reports: from the request for a person until the person joined. Their
/// calls are among those that count as handed over.
fn wait(
    connection: &mut Connection,
    day: &mut DayByHour,
    organization: &str,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<(), StoreError> {
    let rows: Vec<(NaiveDateTime, Option<String>)> = calls::table
        .filter(calls::organization_id.eq(organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(from))
        .filter(calls::started_at.lt(to))
        .filter(is_counted(CountedAs::HandedOver))
        .order(calls::started_at)
        .select((calls::started_at, calls::tally))
        .limit(DAY_CALLS_MAX)
        .load(connection)?;
    for (started_at, tally) in rows {
        // A tally that can't be read has no wait, as in the figures.
        let tally: Option<CallTally> = tally.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some((tally, hour)) = tally.zip(day.hour_of(started_at.and_utc())) else { continue };
        hour.waited_ms = hour.waited_ms.saturating_add(tally.waits.total_ms());
        hour.waited += tally.waits.count();
    }
    Ok(())
}
