//! Counts all figures of an organization again, for example for another zone.
//!
//! It runs in parts, each a change of its own: a change that takes longer than [`COMMIT_WAIT_MS`](cordboard_schema::limits::COMMIT_WAIT_MS) is rolled
//! back, and others write in between. First the zone is unset, so that nobody reads or stores figures. Then every hour in which a call began is
//! marked, and the old figures are deleted. With the last of them the zone is set. If this is interrupted, the next pass starts again, and finds the
//! earlier marks and deletions done.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{FIGURES_FORGOTTEN_AT_ONCE, FIGURES_HOURS_MARKED_AT_ONCE};
use cordboard_schema::report::local_day_of;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{exported_days, figure_marks, figure_month_marks, figure_zones, figures};
use diesel::prelude::*;

use super::keeping::next_hour;
use super::{HourSpan, Marks, hold_zone, naive, settling};
use crate::store::moments::column;
use crate::store::{Connection, StoreError};

/// The zone of figures that are to be counted again. It is not the name of a zone, so older versions find none either.
const UNSET: &str = "";

/// The next step of [`begin`].
#[derive(Clone, Debug, Default)]
pub struct Beginning(Step);

#[derive(Clone, Debug, Default)]
enum Step {
    /// Unset the zone.
    #[default]
    Unset,
    /// Mark the hours in which a call began, from then on.
    Mark(NaiveDateTime),
    /// Delete the old figures, from there on.
    Forget(Place),
}

/// A position among the figures, ordered by their key. Continuing from it does not read again what was deleted before it.
#[derive(Clone, Debug)]
struct Place {
    grain: String,
    cut: String,
    from: NaiveDateTime,
}

impl Place {
    /// The position before all of them.
    fn first() -> Self {
        Self::begin_of((String::new(), String::new()))
    }

    fn begin_of((grain, cut): (String, String)) -> Self {
        Self { grain, cut, from: column(UnixMs(0)) }
    }
}

/// Tells whether the organization's figures are counted, or are being counted again.
pub fn is_begun(connection: &mut Connection, organization_id: OrganizationId) -> Result<bool, StoreError> {
    let known: Option<String> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::organization_id)
        .first(connection)
        .optional()?;
    Ok(known.is_some())
}

/// Runs one step of counting the organization's figures again in this zone: deletes them, and marks every hour in which a call began. Returns the
/// next step; none if all is done, perhaps by another server.
pub fn begin(
    connection: &mut Connection,
    organization_id: OrganizationId,
    zone: Tz,
    Beginning(step): Beginning,
) -> Result<Option<Beginning>, StoreError> {
    let organization = organization_id.to_string();
    let unmarked = match &step {
        Step::Unset => {
            let (before, _) = super::zone(connection, organization_id)?;
            unset(connection, &organization)?;
            Some((column(UnixMs(0)), Some(before.unwrap_or(zone))))
        }
        Step::Mark(_) | Step::Forget(_) if !hold_zone(connection, &organization, UNSET)? => return Ok(None),
        Step::Mark(from) => Some((*from, None)),
        Step::Forget(_) => None,
    };
    if let Some((from, before)) = unmarked
        && let Some(next) = mark_some(connection, organization_id, (zone, before), from)?
    {
        return Ok(Some(Beginning(Step::Mark(next))));
    }
    let place = match step {
        Step::Forget(place) => place,
        Step::Unset | Step::Mark(_) => Place::first(),
    };
    if let Some(next) = forget_some(connection, &organization, place)? {
        return Ok(Some(Beginning(Step::Forget(next))));
    }
    // One for each day. Deleting the days has written some.
    let marks = figure_month_marks::table.filter(figure_month_marks::organization_id.eq(&organization));
    diesel::delete(marks).execute(connection)?;
    diesel::update(figure_zones::table.find(&organization))
        .set((figure_zones::zone.eq(zone.name()), figure_zones::settled_until.eq(settling::from_now_on())))
        .execute(connection)?;
    Ok(None)
}

/// Unsets the zone of the organization's figures.
fn unset(connection: &mut Connection, organization: &str) -> Result<(), StoreError> {
    let known = figure_zones::table.find(organization);
    if diesel::update(known).set(figure_zones::zone.eq(UNSET)).execute(connection)? == 0 {
        diesel::insert_into(figure_zones::table)
            .values((figure_zones::organization_id.eq(organization), figure_zones::zone.eq(UNSET)))
            .execute(connection)?;
    }
    Ok(())
}

/// Marks the next hours from `from` on in which a call began, if they are not marked. Returns from where there may be more. `before` is the previous
/// zone, and only set for the first hours of all.
fn mark_some(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (zone, before): (Tz, Option<Tz>),
    mut from: NaiveDateTime,
) -> Result<Option<NaiveDateTime>, StoreError> {
    let mut hours = Vec::new();
    while hours.len() < FIGURES_HOURS_MARKED_AT_ONCE {
        let Some((at, span)) = next_hour(connection, organization_id, zone, from)? else { break };
        hours.push((at, span));
        from = naive(span.1);
    }
    let is_more = hours.len() == FIGURES_HOURS_MARKED_AT_ONCE;
    let (Some((at, first)), Some((_, last))) = (hours.first(), hours.last()) else { return Ok(None) };
    let first_day = before.and_then(|before| earlier_day(*at, before, zone));
    let marked: Vec<NaiveDateTime> = figure_marks::table
        .filter(figure_marks::organization_id.eq(organization_id.to_string()))
        .filter(figure_marks::at.ge(naive(first.0)))
        .filter(figure_marks::at.lt(naive(last.1)))
        .select(figure_marks::at)
        .distinct()
        .load(connection)?;
    let marked: BTreeSet<NaiveDateTime> = marked.into_iter().collect();
    note_changed_days(connection, organization_id, &hours, first_day)?;
    let mut marks = Marks::default();
    for (at, (begins, ends)) in hours {
        if marked.range(naive(begins)..naive(ends)).next().is_none() {
            marks.at(organization_id, at.into());
        }
    }
    marks.write(connection)?;
    Ok(is_more.then_some(from))
}

/// The earlier of the dates of a moment in these two zones.
fn earlier_day(at: DateTime<Utc>, one: Tz, other: Tz) -> Option<NaiveDate> {
    [one, other].into_iter().filter_map(|zone| local_day_of(zone, at)).map(|day| day.date).min()
}

/// Makes the export write the files again of all days on which the calls of these hours may have been in the previous zone. Otherwise a day without
/// calls in the new zone would keep its old ones, which are in the file of the next day as well. Days before `first_day` had none of the remaining
/// calls: their files stay, with calls that only the warehouse has.
fn note_changed_days(
    connection: &mut Connection,
    organization_id: OrganizationId,
    hours: &[(DateTime<Utc>, HourSpan)],
    first_day: Option<NaiveDate>,
) -> Result<(), StoreError> {
    let mut days = BTreeSet::new();
    for (first, (_, ends)) in hours {
        // Clocks are at most 12 hours behind UTC, and 14 ahead of it.
        let (from, to) = (*first - TimeDelta::hours(12), *ends + TimeDelta::hours(14));
        let last = to.date_naive();
        let dates = from.date_naive().iter_days().take_while(|day| *day <= last);
        let dates = dates.filter(|day| first_day.is_none_or(|first| *day >= first));
        days.extend(dates.map(|day| day.to_string()));
    }
    let known = exported_days::table
        .filter(exported_days::organization_id.eq(organization_id.to_string()))
        .filter(exported_days::day.eq_any(days));
    diesel::update(known).set(exported_days::changes.eq(exported_days::changes + 1)).execute(connection)?;
    Ok(())
}

/// Deletes the next figures from a position on. Returns where there may be more.
fn forget_some(
    connection: &mut Connection,
    organization: &str,
    mut place: Place,
) -> Result<Option<Place>, StoreError> {
    let mut left = FIGURES_FORGOTTEN_AT_ONCE;
    loop {
        let rest = || {
            figures::table
                .filter(figures::organization_id.eq(organization))
                .filter(figures::grain.eq(&place.grain))
                .filter(figures::cut.eq(&place.cut))
                .filter(figures::at.ge(place.from))
        };
        let last: Option<NaiveDateTime> = rest()
            .order(figures::at)
            .offset(left - 1)
            .limit(1)
            .select(figures::at)
            .first(connection)
            .optional()?;
        if let Some(last) = last {
            // No single column identifies a row, so rows of one time are deleted together.
            diesel::delete(rest().filter(figures::at.le(last))).execute(connection)?;
            return Ok(Some(Place { from: last, ..place }));
        }
        // There are fewer left than one part.
        let deleted = diesel::delete(rest()).execute(connection)?;
        left = left.saturating_sub(i64::try_from(deleted).unwrap_or(i64::MAX)).max(1);
        let Some(next) = next_place(connection, organization, &place)? else { return Ok(None) };
        place = next;
    }
}

/// The first key of the next grain and cut.
fn next_place(
    connection: &mut Connection,
    organization: &str,
    Place { grain, cut, .. }: &Place,
) -> Result<Option<Place>, StoreError> {
    let of_grain: Option<(String, String)> = figures::table
        .filter(figures::organization_id.eq(organization))
        .filter(figures::grain.eq(grain))
        .filter(figures::cut.gt(cut))
        .order(figures::cut)
        .select((figures::grain, figures::cut))
        .first(connection)
        .optional()?;
    if let Some(next) = of_grain {
        return Ok(Some(Place::begin_of(next)));
    }
    let of_next: Option<(String, String)> = figures::table
        .filter(figures::organization_id.eq(organization))
        .filter(figures::grain.gt(grain))
        .order((figures::grain, figures::cut))
        .select((figures::grain, figures::cut))
        .first(connection)
        .optional()?;
    Ok(of_next.map(Place::begin_of))
}
