//! Sums of months, computed from the sums of their days. Reports of many days by key read them.
//!
//! The database's triggers mark each day that changes. A month is computed after its end. While one of its days is marked, reports read the days.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::report::{local_day_of, local_month_of};
use cordboard_schema::slots::Span;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::figure_month_marks;
use diesel::dsl::min;
use diesel::prelude::*;

use super::counting::ByKey;
use super::keeping::{Period, Which, kept, replace};
use super::{hold_zone, naive, zone};
use crate::store::{Connection, StoreError};

/// The sums of a month.
#[derive(Clone, Debug)]
pub struct CountedMonth {
    organization_id: OrganizationId,
    zone: Tz,
    span: Span,
    by_key: ByKey,
    /// The marks that were read before counting, one for each day.
    marks: Vec<String>,
}

/// The oldest month with a marked day, if it has ended.
pub(super) fn due(
    connection: &mut Connection,
    organization_id: OrganizationId,
    zone: Tz,
    now: UnixMs,
) -> Result<Option<Span>, StoreError> {
    let marked: Option<NaiveDateTime> = figure_month_marks::table
        .filter(figure_month_marks::organization_id.eq(organization_id.to_string()))
        .select(min(figure_month_marks::at))
        .first(connection)?;
    let month = marked.and_then(|at| local_month_of(zone, local_day_of(zone, at.and_utc())?.date));
    Ok(month.filter(|(_, end)| *end <= now.to_utc()))
}

/// The marks of the days that begin in a span.
#[diesel::dsl::auto_type]
fn marks_in(organization_id: OrganizationId, span: Span) -> _ {
    let organization: String = organization_id.to_string();
    let (from, to): (NaiveDateTime, NaiveDateTime) = (naive(span.0), naive(span.1));
    figure_month_marks::table
        .filter(figure_month_marks::organization_id.eq(organization))
        .filter(figure_month_marks::at.ge(from))
        .filter(figure_month_marks::at.lt(to))
}

/// The begins of the marked days in a span.
pub(super) fn marked_days(
    connection: &mut Connection,
    organization_id: OrganizationId,
    span: Span,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    let marks = marks_in(organization_id, span);
    let days: Vec<NaiveDateTime> = marks.select(figure_month_marks::at).load(connection)?;
    Ok(days.into_iter().map(|day| day.and_utc()).collect())
}

/// Adds up the days of the oldest month that is to be computed; none if there is none.
pub fn count_month(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<CountedMonth>, StoreError> {
    connection.snapshot(|connection| {
        let (Some(zone), _) = zone(connection, organization_id)? else { return Ok(None) };
        let Some(span) = due(connection, organization_id, zone, now)? else { return Ok(None) };
        let organization = organization_id.to_string();
        let marks: Vec<String> =
            marks_in(organization_id, span).select(figure_month_marks::id).load(connection)?;
        let mut by_key = ByKey::new();
        for (cut, _, key, sums) in kept(connection, &organization, Which::all(Period::Day), span)? {
            by_key.entry((cut, key)).or_default().add(&sums);
        }
        Ok(Some(CountedMonth { organization_id, zone, span, by_key, marks }))
    })
}

/// Stores the month, and removes its days' marks. Returns false, and stores nothing, if one of these days has changed meanwhile, another server has
/// stored the month, or the zone has changed.
pub fn keep_month(connection: &mut Connection, counted: &CountedMonth) -> Result<bool, StoreError> {
    let CountedMonth { organization_id, zone: by, span, by_key, marks } = counted;
    let organization = organization_id.to_string();
    if !hold_zone(connection, &organization, by.name())? {
        return Ok(false);
    }
    let seen = || marks_in(*organization_id, *span).filter(figure_month_marks::id.eq_any(marks));
    // All are checked before one is removed: if this returns false, nothing was changed.
    let there: i64 = seen().count().get_result(connection)?;
    if usize::try_from(there) != Ok(marks.len()) {
        return Ok(false);
    }
    diesel::delete(seen()).execute(connection)?;
    replace(connection, &organization, Period::Month, span.0, by_key)?;
    Ok(true)
}
