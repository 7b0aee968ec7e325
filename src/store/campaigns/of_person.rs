//! Everything that campaigns have about a person, found by their numbers.

use cordboard_campaigns::campaign::{Attempt, ListedContact, ListedSuppression};
use cordboard_schema::ids::OrganizationId;
use cordboard_tables::tables::{attempts, contacts, suppressions};
use diesel::prelude::*;

use super::forgetting::lists_of;
use super::rows::{AttemptRow, ContactRow, SuppressionRow};
use crate::store::{Connection, StoreError};

/// Returns the ids of the contacts with one of these numbers in all lists, and the calls of the attempts to reach them: at most `limit` of each.
pub(in crate::store) fn ids_of_numbers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
    limit: i64,
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let owner = organization_id.to_string();
    let lists = lists_of(connection, &owner)?;
    let listed = contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::number.eq_any(numbers))
        .limit(limit)
        .select(contacts::id)
        .load(connection)?;
    let tried = attempts::table
        .filter(attempts::organization_id.eq(&owner))
        .filter(attempts::number.eq_any(numbers))
        .limit(limit)
        .select(attempts::call_id)
        .load(connection)?;
    Ok((listed, tried))
}

/// Returns these contacts, in order.
pub(in crate::store) fn contacts_by_id(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
) -> Result<Vec<ListedContact>, StoreError> {
    let rows: Vec<ContactRow> = contacts::table
        .filter(contacts::id.eq_any(ids))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .order(contacts::id)
        .select(ContactRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(ContactRow::into_listed).collect::<Result<_, _>>()?)
}

/// Returns the attempts with these calls, in order.
pub(in crate::store) fn attempts_by_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<AttemptRow> = attempts::table
        .filter(attempts::call_id.eq_any(ids))
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .order(attempts::call_id)
        .select(AttemptRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(AttemptRow::into_attempt).collect::<Result<_, _>>()?)
}

/// Returns the entries of the do-not-call list for these numbers, in the spellings in which they may be stored.
pub(in crate::store) fn suppressions_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
) -> Result<Vec<ListedSuppression>, StoreError> {
    let rows: Vec<SuppressionRow> = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .filter(suppressions::number.eq_any(numbers))
        .order(suppressions::number)
        .select(SuppressionRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(SuppressionRow::into_listed).collect::<Result<_, _>>()?)
}
