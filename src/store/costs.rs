//! Costs of calls.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::tables::calls;
use cordboard_schema::time::UnixMs;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Connection, StoreError, counted};

/// Cost of the organization's calls that began since then, in millionths of the currency.
pub(super) fn spent_micros(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
) -> Result<u64, StoreError> {
    // A sum of BIGINTs is a NUMERIC to PostgreSQL, which SQLite has not.
    let sum: i64 = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .select(sql::<BigInt>("CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT)"))
        .first(connection)?;
    Ok(counted(sum))
}
