//! First call resolution: whether callers called again, and up to which time that is known.
//!
//! Whether a call resolved its matter is known a week after it began, plus a margin for calls that are still being written (`RESOLUTION_GRACE_MS`).
//! So `figure_zones.settled_until` follows the clock, and the hours that it passes are marked. Its value decides what counts, never the clock, so
//! counting an hour twice gives the same result. A call that is written later marks the hours of its caller's calls in the week before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{RESOLUTION_DAYS, RESOLUTION_GRACE_MS, RESOLUTION_STEP_MS};
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{calls, figure_zones};
use diesel::prelude::*;

use super::keeping::mark_hours;
use super::{HourSpan, Marks, zone};
use crate::store::moments::column;
use crate::store::{Connection, StoreError, phone_numbers, retention};

/// Calls of a caller within this time are about the same matter.
const WEEK_MS: u64 = RESOLUTION_DAYS * 24 * 3_600_000;
/// Numbers in one statement.
const AT_ONCE: usize = 500;

/// Up to which time it could be known now.
fn horizon(now: UnixMs) -> UnixMs {
    now - WEEK_MS - RESOLUTION_GRACE_MS
}

/// Up to which time it is known for the organization's calls; none if it was never counted.
pub(super) fn settled_until(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<NaiveDateTime>, StoreError> {
    let found: Option<Option<NaiveDateTime>> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::settled_until)
        .first(connection)
        .optional()?;
    Ok(found.flatten())
}

/// Tells whether it could be known for more calls than it is.
pub(super) fn is_due(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let known = settled_until(connection, organization_id)?;
    let step = column(horizon(now) - RESOLUTION_STEP_MS);
    Ok(known.is_none_or(|known| known <= step))
}

/// The value with which counting all hours again begins.
pub(super) fn from_now_on() -> NaiveDateTime {
    column(horizon(world::now().into()))
}

/// Advances `settled_until` with the clock, and marks the hours that became known. If it was never set, it begins with the present calls. Hours that
/// have lost calls to retention stay as counted.
pub fn settle(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<(), StoreError> {
    let (Some(zone), _) = zone(connection, organization_id)? else { return Ok(()) };
    let until = column(horizon(now));
    let from = settled_until(connection, organization_id)?.unwrap_or(until);
    if from > until {
        return Ok(());
    }
    let from = whole_since(connection, organization_id, now)?.map_or(from, |kept| from.max(kept));
    if from < until {
        mark_hours(connection, organization_id, zone, from, until)?;
    }
    diesel::update(figure_zones::table.find(organization_id.to_string()))
        .set(figure_zones::settled_until.eq(until))
        .execute(connection)?;
    Ok(())
}

/// From when on no call of an hour is deleted for its age; none if calls are kept for ever. Earlier hours stay as counted.
pub(super) fn whole_since(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<NaiveDateTime>, StoreError> {
    let deleted_until = retention::calls_deleted_until(connection, organization_id, now)?;
    // Whole hours: an hour whose calls are being deleted is left alone.
    Ok(deleted_until.map(|until| column(until + 2 * 3_600_000)))
}

/// From when on hours are still to be counted again, when it becomes known whether their callers called again. A call that began since then and is
/// no longer there would be missing among the figures.
pub(in crate::store) fn counted_again_since(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<NaiveDateTime, StoreError> {
    let known = settled_until(connection, organization_id)?;
    let due = column(horizon(now) - RESOLUTION_STEP_MS);
    // The hour of this moment as a whole, in every zone.
    Ok(known.map_or(due, |known| known.min(due)) - chrono::TimeDelta::hours(2))
}

/// Whether the callers of these calls, which began in a span, called again within a week, by call. Calls for which it is not known are left out, such
/// as calls from a number of ours, which may be anybody. A call is given as its id, its caller's number and its begin.
pub(super) fn called_again(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (from, to): HourSpan,
    began: &[(&str, &str, NaiveDateTime)],
) -> Result<BTreeMap<String, bool>, StoreError> {
    let Some(until) = settled_until(connection, organization_id)? else { return Ok(BTreeMap::new()) };
    let own = phone_numbers::own_numbers(connection, organization_id, &OwnNumbers::default())?;
    let says_who = |number: &str| KnownCaller::parse(number, &own).is_some();
    let known: Vec<_> = began.iter().filter(|(_, number, at)| *at < until && says_who(number)).collect();
    let numbers: BTreeSet<&str> = known.iter().map(|(_, number, _)| *number).collect();
    let numbers: Vec<&str> = numbers.into_iter().collect();
    let last = column(UnixMs::from(to) + WEEK_MS);
    let mut times: BTreeMap<String, Vec<(NaiveDateTime, String)>> = BTreeMap::new();
    for numbers in numbers.chunks(AT_ONCE) {
        let rows: Vec<(Option<String>, NaiveDateTime, String)> = calls::table
            .filter(calls::organization_id.eq(organization_id.to_string()))
            .filter(calls::party_number.eq_any(numbers))
            .filter(calls::started_at.ge(from.naive_utc()))
            .filter(calls::started_at.lt(last))
            .filter(calls::direction.eq(Direction::Inbound.as_str()))
            .select((calls::party_number, calls::started_at, calls::id))
            .load(connection)?;
        for (number, at, id) in rows {
            times.entry(number.unwrap_or_default()).or_default().push((at, id));
        }
    }
    times.values_mut().for_each(|times| times.sort_unstable());
    let is_again = |(id, number, at): &(&str, &str, NaiveDateTime)| {
        let times = times.get(*number).map_or(&[][..], Vec::as_slice);
        let next = times.partition_point(|(other, of)| (other, of.as_str()) <= (at, *id));
        let within = chrono::TimeDelta::milliseconds(WEEK_MS.cast_signed());
        times.get(next).is_some_and(|(other, _)| *other - *at <= within)
    };
    Ok(known.into_iter().map(|call| (call.0.to_owned(), is_again(call))).collect())
}

/// Marks the hours of a caller's calls in the week before this call for which it is already known whether they called again.
pub(super) fn of_later_call(
    connection: &mut Connection,
    marks: &mut Marks,
    organization_id: OrganizationId,
    number: &str,
    began: UnixMs,
) -> Result<(), StoreError> {
    let Some(until) = settled_until(connection, organization_id)? else { return Ok(()) };
    let week = column(began - WEEK_MS);
    if week >= until {
        return Ok(());
    }
    let before: Vec<NaiveDateTime> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::party_number.eq(number))
        .filter(calls::started_at.ge(week))
        .filter(calls::started_at.le(column(began)))
        .filter(calls::started_at.lt(until))
        .select(calls::started_at)
        .load(connection)?;
    for at in before {
        marks.at(organization_id, at.and_utc().into());
    }
    Ok(())
}
