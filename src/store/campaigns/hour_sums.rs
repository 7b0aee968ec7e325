//! Sums of closed attempts by the hour of the callee's week, kept with the other sums (`sums.rs`).
//!
//! There are sums for each campaign, and for all campaigns of an organization: the other campaigns' results are the difference.
//!
//! An attempt gets its hour and try number at its reservation. Attempts of earlier versions have neither: they are filled in after the start, while
//! campaigns run. Until then they count nowhere, even if they are closed meanwhile; filling them in adds them.

use std::collections::{BTreeMap, HashMap};

use chrono::{Months, NaiveDateTime};
use chrono_tz::Tz;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Calls, Hourly, WeekHour, counted_try};
use cordboard_campaigns::campaign::Campaign;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{attempt_hours, attempts, contacts};
use diesel::prelude::*;

use super::rows::unix;
use super::sums;
use crate::store::moments::column;
use crate::store::{Connection, StoreError, counted};

/// Number of months whose calls count, including the present one: daily routines change with the season.
const MONTHS: u32 = 3;
/// The campaign id of sums for all campaigns of an organization.
const ALL_CAMPAIGNS: &str = "";
/// Attempts of earlier versions that one transaction fills in, so that journals of calls don't wait long.
const FILLED_AT_ONCE: i64 = 200;
/// The hour of an attempt to a number whose zone is unknown.
const NO_HOUR: i32 = -1;

/// The key of a sum: columns of `attempt_hours`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HourKey {
    organization_id: String,
    month: String,
    campaign_id: String,
    hour: i32,
    nth: i32,
}

impl HourKey {
    /// The key of the organization's sum that this one is part of.
    pub(super) fn of_organization(&self) -> Self {
        Self { campaign_id: ALL_CAMPAIGNS.to_owned(), ..self.clone() }
    }
}

/// Sums of some attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HourSum {
    rang: i64,
    answered: i64,
}

impl HourSum {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            rang: self.rang.saturating_add(other.rang),
            answered: self.answered.saturating_add(other.answered),
        }
    }

    pub(super) const fn negative(self) -> Self {
        Self { rang: self.rang.saturating_neg(), answered: self.answered.saturating_neg() }
    }
}

/// Columns of an attempt that decide its hour: when it was made, its hour, its try number.
pub(super) type HourColumns = (NaiveDateTime, Option<i32>, Option<i32>);

/// Hour and try number of an attempt that is made now, as the columns store them.
pub(super) fn columns(number: &E164, zone: Option<Tz>, nth: u32, at: UnixMs) -> (i32, i32) {
    let hour = WeekHour::of_call(number, zone, at).map_or(NO_HOUR, WeekHour::number);
    (hour, i32::try_from(counted_try(nth)).unwrap_or(i32::MAX))
}

/// The sum that a closed attempt belongs to, and its share; none if it says nothing about an hour.
pub(super) fn share(
    campaign_id: &str,
    organization_id: &str,
    outcome: &str,
    (made_at, hour, nth): HourColumns,
) -> Option<(HourKey, HourSum)> {
    let Calls { rang, answered } = Calls::of(Outcome::of_word(outcome)?)?;
    let key = HourKey {
        organization_id: organization_id.to_owned(),
        month: month(made_at),
        campaign_id: campaign_id.to_owned(),
        hour: hour.filter(|hour| *hour != NO_HOUR)?,
        nth: nth?,
    };
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Some((key, HourSum { rang: whole(rang), answered: whole(answered) }))
}

fn month(at: NaiveDateTime) -> String {
    at.format("%Y-%m").to_string()
}

/// Adds a change to a sum, in one statement, because two servers may insert the row of an hour at the same time.
pub(super) fn add(connection: &mut Connection, key: &HourKey, change: HourSum) -> Result<(), StoreError> {
    let of_key = (
        attempt_hours::organization_id,
        attempt_hours::month,
        attempt_hours::campaign_id,
        attempt_hours::hour,
        attempt_hours::nth,
    );
    let add = diesel::insert_into(attempt_hours::table)
        .values((
            attempt_hours::organization_id.eq(&key.organization_id),
            attempt_hours::month.eq(&key.month),
            attempt_hours::campaign_id.eq(&key.campaign_id),
            attempt_hours::hour.eq(key.hour),
            attempt_hours::nth.eq(key.nth),
            attempt_hours::rang.eq(change.rang),
            attempt_hours::answered.eq(change.answered),
        ))
        .on_conflict(of_key)
        .do_update()
        .set((
            attempt_hours::rang.eq(attempt_hours::rang + change.rang),
            attempt_hours::answered.eq(attempt_hours::answered + change.answered),
        ));
    match connection {
        Connection::Sqlite(sqlite) => add.execute(sqlite)?,
        Connection::Postgres(postgres) => add.execute(postgres)?,
    };
    Ok(())
}

/// A row of `attempt_hours`: hour, try number, and the sums.
type HourRow = (i32, i32, i64, i64);

/// Columns of such a row.
const HOUR_ROW: (attempt_hours::hour, attempt_hours::nth, attempt_hours::rang, attempt_hours::answered) =
    (attempt_hours::hour, attempt_hours::nth, attempt_hours::rang, attempt_hours::answered);

/// The campaign's calls in the months that count now.
pub(super) fn own(
    connection: &mut Connection,
    campaign: &Campaign,
    now: UnixMs,
) -> Result<Hourly, StoreError> {
    of(connection, campaign.organization_id, &campaign.id.to_string(), now)
}

/// The calls of all campaigns of an organization.
pub(super) fn of_organization(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Hourly, StoreError> {
    of(connection, organization_id, ALL_CAMPAIGNS, now)
}

fn of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: &str,
    now: UnixMs,
) -> Result<Hourly, StoreError> {
    let rows: Vec<HourRow> = attempt_hours::table
        .filter(attempt_hours::organization_id.eq(organization_id.to_string()))
        .filter(attempt_hours::month.eq_any(months(now)))
        .filter(attempt_hours::campaign_id.eq(campaign_id))
        .select(HOUR_ROW)
        .load(connection)?;
    Ok(hourly(rows))
}

fn hourly(rows: Vec<HourRow>) -> Hourly {
    let mut hourly = Hourly::default();
    for (hour, nth, rang, answered) in rows {
        let (Some(hour), Ok(nth)) = (WeekHour::of_number(hour), u32::try_from(nth)) else { continue };
        if rang > 0 {
            hourly.add(hour, nth, Calls { rang: counted(rang), answered: counted(answered) });
        }
    }
    hourly
}

/// The months that count now.
fn months(now: UnixMs) -> Vec<String> {
    let now = column(now);
    (0..MONTHS).filter_map(|back| now.checked_sub_months(Months::new(back))).map(month).collect()
}

/// Counts the attempts of earlier versions without an hour.
pub fn count_unfilled(connection: &mut Connection) -> Result<u64, StoreError> {
    let count: i64 =
        attempts::table.filter(attempts::callee_hour.is_null()).count().get_result(connection)?;
    Ok(counted(count))
}

/// Fills in hour and try number of some attempts of earlier versions, and adds closed ones to the sums. Returns how many.
pub fn fill_some(connection: &mut Connection) -> Result<u64, StoreError> {
    let found = unfilled(connection)?;
    if !found.is_empty() {
        fill_these(connection, &found)?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}

/// An attempt of an earlier version: call, contact, number, when it was made, and the contact's known zone.
type UnfilledRow = (String, String, String, NaiveDateTime, Option<String>);

/// Some attempts to fill in.
fn unfilled(connection: &mut Connection) -> Result<Vec<UnfilledRow>, StoreError> {
    let their_contacts =
        contacts::id.eq(attempts::contact_id).and(contacts::organization_id.eq(attempts::organization_id));
    Ok(attempts::table
        .left_join(contacts::table.on(their_contacts))
        .filter(attempts::callee_hour.is_null())
        .limit(FILLED_AT_ONCE)
        .select((
            attempts::call_id,
            attempts::contact_id,
            attempts::number,
            attempts::reserved_at,
            contacts::zone.nullable(),
        ))
        .load(connection)?)
}

fn fill_these(connection: &mut Connection, found: &[UnfilledRow]) -> Result<(), StoreError> {
    let people: Vec<&str> = found.iter().map(|(_, contact_id, ..)| contact_id.as_str()).collect();
    let all: Vec<(String, NaiveDateTime)> = attempts::table
        .filter(attempts::contact_id.eq_any(people))
        .select((attempts::contact_id, attempts::reserved_at))
        .load(connection)?;
    let mut moments: HashMap<&str, Vec<NaiveDateTime>> = HashMap::new();
    for (contact_id, at) in &all {
        moments.entry(contact_id).or_default().push(*at);
    }
    let mut filled: BTreeMap<(i32, i32), Vec<String>> = BTreeMap::new();
    for (call_id, contact_id, number, at, zone) in found {
        // A number or a zone that can't be read gives no hour.
        let zone = zone.as_deref().and_then(|zone| zone.parse::<Tz>().ok());
        let before =
            moments.get(contact_id.as_str()).map_or(0, |all| all.iter().filter(|one| *one < at).count());
        let nth = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        let to = match number.parse::<E164>() {
            Ok(number) => columns(&number, zone, nth, unix(*at)),
            Err(_) => (NO_HOUR, 1),
        };
        filled.entry(to).or_default().push(call_id.clone());
    }
    let ids: Vec<String> = found.iter().map(|(call_id, ..)| call_id.clone()).collect();
    sums::around(connection, &ids, |connection| {
        for ((hour, nth), ids) in &filled {
            diesel::update(attempts::table.filter(attempts::call_id.eq_any(ids)))
                .set((attempts::callee_hour.eq(hour), attempts::callee_try.eq(nth)))
                .execute(connection)?;
        }
        Ok(())
    })
}
