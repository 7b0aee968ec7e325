//! Days whose calls are in the warehouse: which are due, which server writes them, and what was written.
//!
//! A day is due an hour after its end, and again whenever figures of one of its hours were counted again since then (`figures/keeping.rs` counts
//! these changes). The number of changes is read with the claim, before the rows, so that a change during the export makes the day due again. A day
//! whose calls may have been deleted for their age is not written again: only its file has them. That stays so if calls are kept longer from then on.

use std::collections::BTreeSet;
use std::iter::successors;

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use cordboard_schema::dashboard::local_days;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{DAY_SETTLED_MS, EXPORT_CLAIM_MS};
use cordboard_schema::report::{hours_of, local_day_of};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{calls, exported_days, organizations};
use diesel::dsl::min;
use diesel::prelude::*;

use super::figures::{CountedCall, counted_calls, zone};
use super::moments::column;
use super::{Connection, StoreError, Unreadable, organization_deletions, retention};

/// Maximum difference in days between the dates of a call in two zones: clocks are at most 12 hours behind UTC, and 14 ahead of it.
const DAYS_BETWEEN_ZONES: u64 = 2;

/// A day that is being exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDay {
    /// The organization of the calls.
    pub organization_id: OrganizationId,
    /// The day.
    pub day: NaiveDate,
    /// The zone of the day.
    pub zone: Tz,
    /// The number of changes when it was claimed.
    changes: i64,
    /// Identifies the claim.
    until: NaiveDateTime,
}

/// Returns all organizations except those that are being deleted, for which jobs would write rows again; an invalid id keeps its place among them.
pub fn organization_ids(
    connection: &mut Connection,
) -> Result<Vec<Result<OrganizationId, Unreadable>>, StoreError> {
    let mut ids: Vec<String> =
        organizations::table.order(organizations::id).select(organizations::id).load(connection)?;
    let going = organization_deletions::ids(connection)?;
    ids.retain(|id| !going.contains(id));
    let parsed = |id: String| match id.parse::<OrganizationId>() {
        Ok(id) => Ok(id),
        Err(fault) => Err(Unreadable { fault: BadRow::new("organizations.id", fault), organization: id }),
    };
    Ok(ids.into_iter().map(parsed).collect())
}

/// Tells whether a day of the organization is due now, before `before` if that is given.
pub fn is_due(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Option<NaiveDate>,
    now: UnixMs,
) -> Result<bool, StoreError> {
    Ok(due(connection, organization_id, before, now)?.is_some())
}

/// The newest day that is due, and its zone.
fn due(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Option<NaiveDate>,
    now: UnixMs,
) -> Result<Option<(NaiveDate, Tz)>, StoreError> {
    // Some of its calls may be gone already: its days would be written again without them.
    if organization_deletions::since(connection, organization_id)?.is_some() {
        return Ok(None);
    }
    let owner = organization_id.to_string();
    // Before figures are counted, no changes are noted.
    let (Some(zone), _) = zone(connection, organization_id)? else { return Ok(None) };
    let first = calls::table
        .filter(calls::organization_id.eq(&owner))
        .select(min(calls::started_at))
        .first::<Option<NaiveDateTime>>(connection)?;
    let day_of = |at: NaiveDateTime| local_day_of(zone, at.and_utc()).map(|day| day.date);
    let Some(first) = first.and_then(day_of) else { return Ok(None) };
    let running = day_of(column(now - DAY_SETTLED_MS));
    let running = running.map(|day| before.map_or(day, |before| before.min(day)));
    let Some(last) = running.and_then(|day| day.checked_sub_days(Days::new(1))) else { return Ok(None) };
    let cut = retention::calls_deleted_until(connection, organization_id, now)?.map(column).and_then(day_of);
    // In the previous zone, the first call may have been on an earlier day, whose file still contains it.
    let earliest = first.checked_sub_days(Days::new(DAYS_BETWEEN_ZONES)).unwrap_or(first);
    let known: Vec<(String, i64, Option<i64>, Option<NaiveDateTime>)> = exported_days::table
        .filter(exported_days::organization_id.eq(&owner))
        .filter(exported_days::day.ge(earliest.to_string()))
        .select((
            exported_days::day,
            exported_days::changes,
            exported_days::written,
            exported_days::claimed_until,
        ))
        .load(connection)?;
    // One that lasts longer was made by a clock that was ahead.
    let longest_claim = column(now + 2 * EXPORT_CLAIM_MS);
    let mut done: BTreeSet<NaiveDate> = BTreeSet::new();
    let mut outdated: BTreeSet<NaiveDate> = BTreeSet::new();
    for (day, changes, written, claimed_until) in known {
        let day: NaiveDate = day.parse().map_err(|fault| BadRow::new("exported_days.day", fault))?;
        let is_claimed = claimed_until.is_some_and(|until| column(now) < until && until < longest_claim);
        let is_cut = written.is_some() && cut.is_some_and(|cut| day <= cut);
        if written == Some(changes) || is_claimed || is_cut {
            done.insert(day);
        } else if written.is_some() && day < first {
            outdated.insert(day);
        }
    }
    let mut days = successors(Some(last), NaiveDate::pred_opt).take_while(|day| *day >= first);
    let due = days.find(|day| !done.contains(day));
    let due = due.or_else(|| outdated.into_iter().rev().find(|day| *day <= last));
    Ok(due.map(|day| (day, zone)))
}

/// Claims the newest due day, before `before` if that is given; none if none is due.
pub fn claim(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Option<NaiveDate>,
    now: UnixMs,
) -> Result<Option<ClaimedDay>, StoreError> {
    let Some((day, zone)) = due(connection, organization_id, before, now)? else { return Ok(None) };
    let (owner, date, until) = (organization_id.to_string(), day.to_string(), column(now + EXPORT_CLAIM_MS));
    let row = exported_days::table.find((&owner, &date));
    let known: Option<i64> = row.select(exported_days::changes).first(connection).optional()?;
    // The row exists before the day's calls are read, so that changes meanwhile are noted. No other change runs at the same time.
    match known {
        Some(_) => diesel::update(exported_days::table.find((&owner, &date)))
            .set(exported_days::claimed_until.eq(until))
            .execute(connection)?,
        None => diesel::insert_into(exported_days::table)
            .values((
                exported_days::organization_id.eq(&owner),
                exported_days::day.eq(&date),
                exported_days::changes.eq(0_i64),
                exported_days::claimed_until.eq(until),
            ))
            .execute(connection)?,
    };
    Ok(Some(ClaimedDay { organization_id, day, zone, changes: known.unwrap_or(0), until }))
}

/// Ends a claim, whether the day was written or not. If it has expired and another server has claimed the day, nothing changes.
pub fn finish(connection: &mut Connection, day: &ClaimedDay, is_written: bool) -> Result<(), StoreError> {
    let mine = exported_days::table
        .find((day.organization_id.to_string(), day.day.to_string()))
        .filter(exported_days::claimed_until.eq(day.until));
    match is_written {
        true => diesel::update(mine)
            .set((
                exported_days::written.eq(day.changes),
                exported_days::claimed_until.eq(None::<NaiveDateTime>),
            ))
            .execute(connection)?,
        false => diesel::update(mine)
            .set(exported_days::claimed_until.eq(None::<NaiveDateTime>))
            .execute(connection)?,
    };
    Ok(())
}

/// Returns the calls that began on a day, as of one moment, ordered by hour and id.
pub fn calls_of(connection: &mut Connection, day: &ClaimedDay) -> Result<Vec<CountedCall>, StoreError> {
    connection.snapshot(|connection| {
        let mut found = Vec::new();
        for local in local_days(day.zone, day.day, day.day) {
            for hour in hours_of(day.zone, &local) {
                found.extend(counted_calls(connection, day.organization_id, hour.span)?);
            }
        }
        Ok(found)
    })
}
