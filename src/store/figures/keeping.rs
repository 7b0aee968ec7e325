//! Stores what was counted: hours, and the days that contain them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::FIGURES_HOURS_AT_ONCE;
use cordboard_schema::report::{Cut, Sums, hours_of, local_day_of};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{calls, exported_days, figure_marks, figures};
use diesel::dsl::min;
use diesel::prelude::*;

use super::counting::{ByKey, hour};
use super::{HourSpan, Marks, bad_sums, hold_zone, months, naive, settling, unread_hour, zone};
use crate::store::text::kept_text;
use crate::store::{Connection, StoreError};

/// Marks in one read.
const MARKS_MAX: i64 = 10_000;
/// Rows in one statement.
const AT_ONCE: usize = 500;

/// The pending work for an organization's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// They were never counted, or in another zone than this: [`begin`](super::begin).
    FromScratch(Tz),
    /// For more calls than before it is known whether the callers called again: [`settle`](super::settle), then as for hours.
    Unsettled,
    /// Some hours have changed: [`count`], then [`keep`].
    Hours,
    /// No hour has changed, but days of a month that has ended: [`count_month`](super::count_month), then [`keep_month`](super::keep_month).
    Month,
}

/// Some counted hours.
#[derive(Clone, Debug)]
pub struct Counted {
    organization_id: OrganizationId,
    zone: Tz,
    hours: Vec<(HourSpan, ByKey)>,
    /// The marks that were read before counting.
    marks: Vec<String>,
    /// Whether there is more to count.
    pub is_more: bool,
    /// The newest hour that can't be counted, and why: one of its rows can't be read. Such hours stay marked.
    pub unread: Option<String>,
}

impl Counted {
    /// Tells whether no hour could be counted.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }
}

/// Returns what is to be done now for the organization's figures; none if they are up to date.
pub fn stale(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<Uncounted>, StoreError> {
    let (kept, wanted) = zone(connection, organization_id)?;
    if kept != Some(wanted) {
        return Ok(Some(Uncounted::FromScratch(wanted)));
    }
    if settling::is_due(connection, organization_id, now)? {
        return Ok(Some(Uncounted::Unsettled));
    }
    let mark = figure_marks::table
        .filter(figure_marks::organization_id.eq(organization_id.to_string()))
        .select(figure_marks::id)
        .first::<String>(connection)
        .optional()?;
    if mark.is_some() {
        return Ok(Some(Uncounted::Hours));
    }
    Ok(months::due(connection, organization_id, wanted, now)?.map(|_| Uncounted::Month))
}

/// Marks the hours of a span in which a call began.
pub(super) fn mark_hours(
    connection: &mut Connection,
    organization_id: OrganizationId,
    zone: Tz,
    mut from: NaiveDateTime,
    until: NaiveDateTime,
) -> Result<(), StoreError> {
    let mut marks = Marks::default();
    while let Some((at, (_, to))) = next_hour(connection, organization_id, zone, from)? {
        if naive(at) >= until {
            break;
        }
        marks.at(organization_id, at.into());
        from = naive(to);
    }
    marks.write(connection)
}

/// The time of the first call from `from` on, and the hour in which it began, by an index.
pub(super) fn next_hour(
    connection: &mut Connection,
    organization_id: OrganizationId,
    zone: Tz,
    from: NaiveDateTime,
) -> Result<Option<(DateTime<Utc>, HourSpan)>, StoreError> {
    let next: Option<NaiveDateTime> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(from))
        .select(min(calls::started_at))
        .first(connection)?;
    let found = next.map(|next| next.and_utc());
    Ok(found.and_then(|at| Some((at, hour_around(zone, at)?))))
}

/// The stale hours of an organization in a span, newest first, with the marks of each.
pub(super) fn stale_hours(
    connection: &mut Connection,
    organization_id: OrganizationId,
    zone: Tz,
    within: Option<HourSpan>,
) -> Result<Vec<(HourSpan, Vec<String>)>, StoreError> {
    let mut marked = figure_marks::table
        .filter(figure_marks::organization_id.eq(organization_id.to_string()))
        .order(figure_marks::at.desc())
        .select((figure_marks::id, figure_marks::at))
        .into_boxed();
    marked = match within {
        Some((from, to)) => {
            marked.filter(figure_marks::at.ge(naive(from))).filter(figure_marks::at.lt(naive(to)))
        }
        None => marked.limit(MARKS_MAX),
    };
    let marks: Vec<(String, NaiveDateTime)> = marked.load(connection)?;
    let mut hours: BTreeMap<DateTime<Utc>, (DateTime<Utc>, Vec<String>)> = BTreeMap::new();
    let mut last: Option<HourSpan> = None;
    for (id, at) in marks {
        let at = at.and_utc();
        let known = last.filter(|(from, to)| *from <= at && at < *to);
        let Some(span) = known.or_else(|| hour_around(zone, at)) else { continue };
        last = Some(span);
        hours.entry(span.0).or_insert_with(|| (span.1, Vec::new())).1.push(id);
    }
    Ok(hours.into_iter().rev().map(|(from, (to, ids))| ((from, to), ids)).collect())
}

fn hour_around(zone: Tz, at: DateTime<Utc>) -> Option<HourSpan> {
    let day = local_day_of(zone, at)?;
    hours_of(zone, &day).into_iter().map(|hour| hour.span).find(|(from, to)| *from <= at && at < *to)
}

/// Counts the newest of the stale hours; none if nothing is stale. An hour with a row that can't be read is skipped.
pub fn count(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<Counted>, StoreError> {
    connection.snapshot(|connection| {
        let (Some(zone), _) = zone(connection, organization_id)? else { return Ok(None) };
        let stale = stale_hours(connection, organization_id, zone, None)?;
        if stale.is_empty() {
            return Ok(None);
        }
        let mut counted = Counted {
            organization_id,
            zone,
            hours: Vec::new(),
            marks: Vec::new(),
            is_more: false,
            unread: None,
        };
        for (span, ids) in stale {
            if counted.hours.len() == FIGURES_HOURS_AT_ONCE {
                counted.is_more = true;
                break;
            }
            match hour(connection, organization_id, span) {
                Ok(by_key) => {
                    counted.hours.push((span, by_key));
                    counted.marks.extend(ids);
                }
                Err(error) if error.is_of_the_row() => {
                    counted.unread.get_or_insert_with(|| unread_hour(span, &error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(counted))
    })
}

/// Stores what was counted, and removes the marks. Returns false, and stores nothing, if another server has done so meanwhile, or the zone has
/// changed.
pub fn keep(connection: &mut Connection, counted: &Counted) -> Result<bool, StoreError> {
    let Counted { organization_id, zone: by, hours, marks, .. } = counted;
    let organization = organization_id.to_string();
    if !hold_zone(connection, &organization, by.name())? {
        return Ok(false);
    }
    // All are checked before one is removed: if this returns false, nothing was changed.
    for ids in marks.chunks(AT_ONCE) {
        let there: i64 =
            figure_marks::table.filter(figure_marks::id.eq_any(ids)).count().get_result(connection)?;
        if usize::try_from(there) != Ok(ids.len()) {
            return Ok(false);
        }
    }
    for ids in marks.chunks(AT_ONCE) {
        diesel::delete(figure_marks::table.filter(figure_marks::id.eq_any(ids))).execute(connection)?;
    }
    let mut days = BTreeMap::new();
    for ((from, _), by_key) in hours {
        replace(connection, &organization, Period::Hour, *from, by_key)?;
        if let Some(day) = local_day_of(*by, *from) {
            days.insert(day.span.0, (day.span.1, day.date));
        }
    }
    for (from, (to, date)) in days {
        // The export writes this day's file again.
        diesel::update(exported_days::table.find((&organization, date.to_string())))
            .set(exported_days::changes.eq(exported_days::changes + 1))
            .execute(connection)?;
        let mut whole = ByKey::new();
        for (cut, _, key, sums) in kept(connection, &organization, Which::all(Period::Hour), (from, to))? {
            whole.entry((cut, key)).or_default().add(&sums);
        }
        replace(connection, &organization, Period::Day, from, &whole)?;
    }
    Ok(true)
}

/// A period of stored sums. It is not the reports' `Grain`, which has no months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Hour,
    Day,
    Month,
}

impl Period {
    /// The word in the table.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// Replaces the sums of the period that begins at this time.
pub(super) fn replace(
    connection: &mut Connection,
    organization: &str,
    period: Period,
    at: DateTime<Utc>,
    by_key: &ByKey,
) -> Result<(), StoreError> {
    let old = figures::table
        .filter(figures::organization_id.eq(organization))
        .filter(figures::grain.eq(period.as_str()))
        .filter(figures::cut.eq_any(Cut::ALL.map(Cut::as_str)))
        .filter(figures::at.eq(naive(at)));
    diesel::delete(old).execute(connection)?;
    let mut rows = Vec::new();
    for ((cut, key), sums) in by_key {
        rows.push((
            figures::organization_id.eq(organization.to_owned()),
            figures::grain.eq(period.as_str()),
            figures::cut.eq(cut.as_str()),
            figures::at.eq(naive(at)),
            figures::key.eq(key.clone()),
            figures::sums.eq(serde_json::to_string(sums).map_err(bad_sums)?),
        ));
    }
    match connection {
        Connection::Sqlite(sqlite) => {
            for row in rows {
                diesel::insert_into(figures::table).values(row).execute(sqlite)?;
            }
        }
        Connection::Postgres(postgres) => {
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let some: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
                diesel::insert_into(figures::table).values(some).execute(postgres)?;
            }
        }
    }
    Ok(())
}

/// Stored sums: cut, time, key and sums.
pub(super) type Kept = (Cut, DateTime<Utc>, String, Sums);

/// The sums to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Which<'a> {
    pub(super) period: Period,
    /// None: of every cut.
    pub(super) cut: Option<Cut>,
    /// None: of every key.
    pub(super) key: Option<&'a str>,
}

impl Which<'_> {
    pub(super) const fn all(period: Period) -> Self {
        Self { period, cut: None, key: None }
    }
}

/// Returns the stored sums of a span.
pub(super) fn kept(
    connection: &mut Connection,
    organization: &str,
    Which { period, cut, key }: Which<'_>,
    (from, to): HourSpan,
) -> Result<Vec<Kept>, StoreError> {
    let cuts: Vec<&str> = cut.map_or_else(|| Cut::ALL.map(Cut::as_str).into(), |cut| vec![cut.as_str()]);
    let mut asked = figures::table
        .filter(figures::organization_id.eq(organization))
        .filter(figures::grain.eq(period.as_str()))
        .filter(figures::cut.eq_any(cuts))
        .filter(figures::at.ge(naive(from)))
        .filter(figures::at.lt(naive(to)))
        .select((figures::cut, figures::at, figures::key, figures::sums))
        .into_boxed();
    if let Some(key) = key {
        asked = asked.filter(figures::key.eq(kept_text(key)));
    }
    let rows: Vec<(String, NaiveDateTime, String, String)> = asked.load(connection)?;
    let mut found = Vec::with_capacity(rows.len());
    for (cut, at, key, sums) in rows {
        let named = Cut::ALL.into_iter().find(|known| known.as_str() == cut);
        let cut = named.ok_or_else(|| BadRow::new("figures.cut", cut))?;
        found.push((cut, at.and_utc(), key, serde_json::from_str(&sums).map_err(bad_sums)?));
    }
    Ok(found)
}
