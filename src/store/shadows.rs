//! The answers of shadows in calls, and their costs.

use chrono::Months;
use cordboard_schema::ids::{OrganizationId, ProfileId, ShadowCallId};
use cordboard_schema::limits::SHADOW_CALLS_KEPT;
use cordboard_schema::shadow::ShadowCall;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::ShadowCallRow;
use cordboard_tables::tables::{calls, shadow_calls};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::moments::column;
use super::saturating_sum::saturating_sum;
use super::{Connection, StoreError, counted};
use crate::shadows::month_of;

/// Adds a shadow that begins to listen, if the profile's shadows have cost less than `cap_micros` since then, and deletes the profile's oldest ones.
/// Returns whether it was added.
pub fn begin(
    connection: &mut Connection,
    call: &ShadowCall,
    (cap_micros, since): (u64, UnixMs),
) -> Result<bool, StoreError> {
    if spent_micros(connection, call.organization_id, call.profile_id, since)? >= cap_micros {
        return Ok(false);
    }
    diesel::insert_into(shadow_calls::table).values(ShadowCallRow::new(call)?).execute(connection)?;
    let of_profile = || {
        shadow_calls::table
            .filter(shadow_calls::organization_id.eq(call.organization_id.to_string()))
            .filter(shadow_calls::profile_id.eq(call.profile_id.to_string()))
    };
    let oldest: Option<String> = of_profile()
        .order(shadow_calls::id.desc())
        .offset(SHADOW_CALLS_KEPT)
        .limit(1)
        .select(shadow_calls::id)
        .first(connection)
        .optional()?;
    if let Some(oldest) = oldest {
        // Those of this month are kept, because their cost still counts.
        let old = of_profile()
            .filter(shadow_calls::id.le(oldest))
            .filter(shadow_calls::started_at.lt(since.to_utc().naive_utc()))
            .select(shadow_calls::id);
        let old: Vec<String> = old.load(connection)?;
        diesel::delete(shadow_calls::table.filter(shadow_calls::id.eq_any(old))).execute(connection)?;
    }
    Ok(true)
}

/// Stores its state. Returns whether the profile's shadows have cost less than `cap_micros` since then.
pub fn keep(
    connection: &mut Connection,
    call: &ShadowCall,
    (cap_micros, since): (u64, UnixMs),
) -> Result<bool, StoreError> {
    let row = ShadowCallRow::new(call)?;
    let found =
        shadow_calls::table.find(row.id).filter(shadow_calls::organization_id.eq(row.organization_id));
    diesel::update(found)
        .set((
            shadow_calls::ended_at.eq(row.ended_at),
            shadow_calls::failure.eq(row.failure),
            shadow_calls::cost_micros.eq(row.cost_micros),
            shadow_calls::turns.eq(row.turns),
        ))
        .execute(connection)?;
    Ok(spent_micros(connection, call.organization_id, call.profile_id, since)? < cap_micros)
}

/// Deletes what shadows answered in these calls. Rows of this month stay, without words, because their cost still counts.
pub(super) fn forget_words(
    connection: &mut Connection,
    call_ids: &[String],
    now: UnixMs,
) -> Result<(), StoreError> {
    let of_calls = || shadow_calls::table.filter(shadow_calls::call_id.eq_any(call_ids));
    let month = month_of(now).to_utc().naive_utc();
    diesel::delete(of_calls().filter(shadow_calls::started_at.lt(month))).execute(connection)?;
    diesel::update(of_calls()).set(shadow_calls::turns.eq("[]")).execute(connection)?;
    Ok(())
}

/// Returns the cost of a profile's shadows that began in the month that begins then, in millionths of the currency. A clock that was ahead has left
/// shadows of later months.
pub fn spent_micros(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    since: UnixMs,
) -> Result<u64, StoreError> {
    let from = column(since);
    let to = from.checked_add_months(Months::new(1)).unwrap_or(from);
    let sum: i64 = shadow_calls::table
        .filter(shadow_calls::organization_id.eq(organization_id.to_string()))
        .filter(shadow_calls::profile_id.eq(profile_id.to_string()))
        .filter(shadow_calls::started_at.ge(from))
        .filter(shadow_calls::started_at.lt(to))
        .select(sql::<BigInt>(&saturating_sum("cost_micros")))
        .first(connection)?;
    Ok(counted(sum))
}

/// Returns how many ended calls of a profile began since then, and their total talk time in ms.
pub fn heard_by_profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    since: UnixMs,
) -> Result<(u64, u64), StoreError> {
    let of_profile = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::profile_id.eq(profile_id.to_string()))
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .filter(calls::ended_at.is_not_null());
    let (count, ms): (i64, i64) = of_profile
        .select((sql::<BigInt>("COUNT(*)"), sql::<BigInt>("CAST(COALESCE(SUM(talk_ms), 0) AS BIGINT)")))
        .first(connection)?;
    Ok((counted(count), counted(ms)))
}

/// Returns what shadows answered in a profile's calls, newest first: at most `limit` before `before`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    before: Option<ShadowCallId>,
    limit: i64,
) -> Result<Vec<ShadowCall>, StoreError> {
    let mut found = shadow_calls::table
        .filter(shadow_calls::organization_id.eq(organization_id.to_string()))
        .filter(shadow_calls::profile_id.eq(profile_id.to_string()))
        .order(shadow_calls::id.desc())
        .limit(limit)
        .select(ShadowCallRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(shadow_calls::id.lt(before.to_string()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(ShadowCallRow::into_call).collect::<Result<_, _>>()?)
}

/// Returns what a shadow answered in a call of this profile.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    id: ShadowCallId,
) -> Result<Option<ShadowCall>, StoreError> {
    let row = shadow_calls::table
        .find(id.to_string())
        .filter(shadow_calls::organization_id.eq(organization_id.to_string()))
        .filter(shadow_calls::profile_id.eq(profile_id.to_string()))
        .select(ShadowCallRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(ShadowCallRow::into_call).transpose()?)
}
