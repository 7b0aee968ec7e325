//! Counting all of an organization's figures anew, as for another zone.
//!
//! It is done in parts, each a change of its own: a change that takes longer than
//! [`COMMIT_WAIT_MS`](cordboard_schema::limits::COMMIT_WAIT_MS) is taken back, and others write in between. At first the figures become those of
//! no zone: nobody reads or keeps any then. Then every hour in which a call began is marked, and the old figures are deleted; with the last of them the
//! zone is set. What is cut off is begun again by the next look, and finds what is marked and deleted already.

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

/// The zone of figures that are to be counted anew. No zone has this name, so that older versions find none either.
const UNSET: &str = "";

/// The next step of [`begin`].
#[derive(Clone, Debug, Default)]
pub struct Beginning(Step);

#[derive(Clone, Debug, Default)]
enum Step {
    /// The figures become those of no zone.
    #[default]
    Unset,
    /// The hours from then on in which a call began are marked.
    Mark(NaiveDateTime),
    /// The old figures from there on are deleted.
    Forget(Place),
}

/// A place among the figures, in the order of their key. Whoever goes on from it does not meet again what is deleted before it.
#[derive(Clone, Debug)]
struct Place {
    grain: String,
    cut: String,
    from: NaiveDateTime,
}

impl Place {
    /// Before all of them.
    fn first() -> Self {
        Self::begin_of((String::new(), String::new()))
    }

    fn begin_of((grain, cut): (String, String)) -> Self {
        Self { grain, cut, from: column(UnixMs(0)) }
    }
}

/// Whether the organization's figures are counted, or are to be counted anew.
pub fn is_begun(connection: &mut Connection, organization_id: OrganizationId) -> Result<bool, StoreError> {
    let known: Option<String> = figure_zones::table
        .find(organization_id.to_string())
        .select(figure_zones::organization_id)
        .first(connection)
        .optional()?;
    Ok(known.is_some())
}

/// Does a part of what it takes until the organization's figures are counted anew by the hours of this zone: they are forgotten, and every hour in
/// which a call began is marked. Returns what is to be done next; none where all is done, maybe by another server.
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
    // One a day. The deletion of the days has made some.
    let marks = figure_month_marks::table.filter(figure_month_marks::organization_id.eq(&organization));
    diesel::delete(marks).execute(connection)?;
    diesel::update(figure_zones::table.find(&organization))
        .set((figure_zones::zone.eq(zone.name()), figure_zones::settled_until.eq(settling::from_now_on())))
        .execute(connection)?;
    Ok(None)
}

/// Has the organization's figures be those of no zone.
fn unset(connection: &mut Connection, organization: &str) -> Result<(), StoreError> {
    let known = figure_zones::table.find(organization);
    if diesel::update(known).set(figure_zones::zone.eq(UNSET)).execute(connection)? == 0 {
        diesel::insert_into(figure_zones::table)
            .values((figure_zones::organization_id.eq(organization), figure_zones::zone.eq(UNSET)))
            .execute(connection)?;
    }
    Ok(())
}

/// Marks the next hours from then on in which a call began, where they are not marked already. Returns from when on there may be more. The zone before
/// is told where these are the first hours of all.
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
    write_files_anew(connection, organization_id, &hours, first_day)?;
    let mut marks = Marks::default();
    for (at, (begins, ends)) in hours {
        if marked.range(naive(begins)..naive(ends)).next().is_none() {
            marks.at(organization_id, at.into());
        }
    }
    marks.write(connection)?;
    Ok(is_more.then_some(from))
}

/// The earlier of the days of a moment by these two zones.
fn earlier_day(at: DateTime<Utc>, one: Tz, other: Tz) -> Option<NaiveDate> {
    [one, other].into_iter().filter_map(|zone| local_day_of(zone, at)).map(|day| day.date).min()
}

/// Has the warehouse's files written anew of the days in which the calls of these hours may have been by the zone before. A day without a call by
/// the new zone would keep those that it had, and they are in the file of the day beside it as well. Days before `first_day` had none of the calls that
/// are left: their files stay, with calls that only the warehouse has.
fn write_files_anew(
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

/// Deletes the next figures from a place on. Returns where there may be more.
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
            // No single column names a row: those of one moment go together.
            diesel::delete(rest().filter(figures::at.le(last))).execute(connection)?;
            return Ok(Some(Place { from: last, ..place }));
        }
        // Fewer than are left.
        let deleted = diesel::delete(rest()).execute(connection)?;
        left = left.saturating_sub(i64::try_from(deleted).unwrap_or(i64::MAX)).max(1);
        let Some(next) = next_place(connection, organization, &place)? else { return Ok(None) };
        place = next;
    }
}

/// First key of the figures whose grain and cut come next.
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
