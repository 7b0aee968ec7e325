//! An organization's accounts at other services.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, IntegrationKind};
use cordboard_schema::rows::IntegrationRow;
use cordboard_schema::tables::integrations;
use diesel::prelude::*;

use super::Connection;
use super::StoreError;

/// All that the organization has set, by kind.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Integration>, StoreError> {
    let rows = integrations::table
        .filter(integrations::organization_id.eq(organization_id.to_string()))
        .order(integrations::kind)
        .select(IntegrationRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(IntegrationRow::into_integration).collect::<Result<_, _>>()?)
}

/// The one of that kind.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    kind: IntegrationKind,
) -> Result<Option<Integration>, StoreError> {
    let row = integrations::table
        .find((organization_id.to_string(), kind.as_str()))
        .select(IntegrationRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(IntegrationRow::into_integration).transpose()?)
}

/// Sets the one of its kind.
pub fn set(connection: &mut Connection, integration: &Integration) -> Result<(), StoreError> {
    let row = IntegrationRow::new(integration)?;
    diesel::delete(integrations::table.find((&row.organization_id, &row.kind))).execute(connection)?;
    diesel::insert_into(integrations::table).values(row).execute(connection)?;
    Ok(())
}

/// Removes the one of that kind; false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    kind: IntegrationKind,
) -> Result<bool, StoreError> {
    let found = integrations::table.find((organization_id.to_string(), kind.as_str()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
