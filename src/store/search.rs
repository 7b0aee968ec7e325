//! Searches by a few letters or digits, for the newest few of each kind.

use cordboard_schema::fold::Call;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::lead::Lead;
use cordboard_schema::limits::SEARCHED_ROWS_MAX;
use cordboard_tables::rows::LeadRow;
use cordboard_tables::tables::{calls, leads};
use diesel::prelude::*;

use super::text::{holds, holds_any, spellings};
use super::{Connection, StoreError};

/// Returns leads whose name, number or need contains `part`, newest first, at most `limit`; among the newest [`SEARCHED_ROWS_MAX`].
pub fn leads_with(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (part, number): (&str, &str),
    limit: i64,
) -> Result<Vec<Lead>, StoreError> {
    let of_organization = || leads::table.filter(leads::organization_id.eq(organization_id.to_string()));
    let oldest: Option<String> = of_organization()
        .order(leads::id.desc())
        .offset(SEARCHED_ROWS_MAX)
        .select(leads::id)
        .first(connection)
        .optional()?;
    let spelled = spellings(part);
    let is_in = |column| holds_any(connection, column, &spelled);
    let is_it = is_in("leads.name").or(is_in("leads.need")).or(holds(connection, "leads.phone", number));
    let rows: Vec<LeadRow> = of_organization()
        .filter(leads::id.gt(oldest.unwrap_or_default()))
        .filter(is_it)
        .order(leads::id.desc())
        .limit(limit)
        .select(LeadRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(LeadRow::into_lead).collect::<Result<_, _>>()?)
}

/// Returns calls whose caller's number or name, or dialled number, contains `part`, newest first, at most `limit`; among the newest
/// [`SEARCHED_ROWS_MAX`].
pub fn calls_with(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &str,
    limit: i64,
) -> Result<Vec<Call>, StoreError> {
    let of_organization = || calls::table.filter(calls::organization_id.eq(organization_id.to_string()));
    let oldest: Option<String> = of_organization()
        .order(calls::id.desc())
        .offset(SEARCHED_ROWS_MAX)
        .select(calls::id)
        .first(connection)
        .optional()?;
    let spelled = spellings(number);
    let is_in = |column| holds_any(connection, column, &spelled);
    let is_it = is_in("calls.from_party").or(is_in("calls.to_party"));
    let ids: Vec<String> = of_organization()
        .filter(calls::id.gt(oldest.unwrap_or_default()))
        .filter(is_it)
        .order(calls::id.desc())
        .limit(limit)
        .select(calls::id)
        .load(connection)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Ok(id) = id.parse() else { continue };
        found.extend(super::calls::find(connection, organization_id, id)?);
    }
    Ok(found)
}
