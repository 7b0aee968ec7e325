//! Costs of calls.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::calls;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Connection, StoreError, counted};

/// A day of UTC, in ms.
const DAY_MS: u64 = 86_400_000;

// A sum of BIGINTs is a NUMERIC to PostgreSQL, which SQLite has not.
const SUM: &str = "CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT)";

/// Cost of the organization's calls that began since then, in millionths of the currency.
pub(super) fn spent_micros(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
) -> Result<u64, StoreError> {
    let sum: i64 = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .select(sql::<BigInt>(SUM))
        .first(connection)?;
    Ok(counted(sum))
}

/// Cost of the organization's calls that began on the same day (UTC) as one that began then, in millionths of the currency.
pub fn spent_on_day_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    began: UnixMs,
) -> Result<u64, StoreError> {
    let day = began.utc_day();
    let sum: i64 = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(day.to_utc().naive_utc()))
        .filter(calls::started_at.lt((day + DAY_MS).to_utc().naive_utc()))
        .select(sql::<BigInt>(SUM))
        .first(connection)?;
    Ok(counted(sum))
}
