//! What calls cost.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::tables::calls;
use cordboard_schema::time::UnixMs;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::StoreError;
use super::pool::Connection;

/// What the organization's calls have cost that began since then, in millionths of the currency.
pub(super) fn spent_micros(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
) -> Result<u64, StoreError> {
    // diesel's own sum is a NUMERIC, which SQLite has not.
    let sum: i64 = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .select(sql::<BigInt>("COALESCE(SUM(cost_micros), 0)"))
        .first(connection)?;
    Ok(u64::try_from(sum).unwrap_or(0))
}
