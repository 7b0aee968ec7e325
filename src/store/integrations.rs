//! An organization's accounts at other services.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, IntegrationKind};
use cordboard_tables::rows::IntegrationRow;
use cordboard_tables::tables::integrations;
use diesel::prelude::*;

use super::readable::organizations;
use super::revisions::{Subject, count};
use super::{Connection, StoreError};

/// Returns all of the organization's integrations, by kind.
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

/// Returns the organization's readable integrations. Those that can't be read are logged.
pub fn readable(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Integration>, StoreError> {
    let rows: Vec<IntegrationRow> = integrations::table
        .filter(integrations::organization_id.eq(organization_id.to_string()))
        .select(IntegrationRow::as_select())
        .load(connection)?;
    Ok(read(rows))
}

/// Returns the integrations of all organizations.
pub fn everywhere(connection: &mut Connection) -> Result<Vec<Integration>, StoreError> {
    match integrations::table.select(IntegrationRow::as_select()).load(connection).map_err(StoreError::from) {
        // An error of the database's driver does not say whose row can't be read.
        Err(error) if error.is_of_the_row() => one_organization_after_the_other(connection),
        rows => Ok(read(rows?)),
    }
}

fn one_organization_after_the_other(connection: &mut Connection) -> Result<Vec<Integration>, StoreError> {
    let mut all = Vec::new();
    for organization_id in organizations(connection)? {
        match readable(connection, organization_id) {
            Err(error) if error.is_of_the_row() => {
                tracing::error!(%organization_id, %error, "integrations can't be read: they count as none");
            }
            own => all.extend(own?),
        }
    }
    Ok(all)
}

/// A bad row does not prevent the use of other accounts.
fn read(rows: Vec<IntegrationRow>) -> Vec<Integration> {
    let readable = |row: IntegrationRow| {
        let named = (row.organization_id.clone(), row.kind.clone());
        row.into_integration()
            .inspect_err(|error| {
                let (organization_id, kind) = &named;
                tracing::error!(organization_id, kind, %error, "an integration can't be read: it counts as none");
            })
            .ok()
    };
    rows.into_iter().filter_map(readable).collect()
}

/// Returns the integration of this kind.
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

/// Sets the integration of its kind.
pub fn set(connection: &mut Connection, integration: &Integration) -> Result<(), StoreError> {
    let row = IntegrationRow::new(integration)?;
    diesel::delete(integrations::table.find((&row.organization_id, &row.kind))).execute(connection)?;
    let kind = integration.settings.kind();
    diesel::insert_into(integrations::table).values(row).execute(connection)?;
    note_change(connection, kind)
}

/// Removes the integration of this kind. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    kind: IntegrationKind,
) -> Result<bool, StoreError> {
    let found = integrations::table.find((organization_id.to_string(), kind.as_str()));
    let is_gone = diesel::delete(found).execute(connection)? > 0;
    if is_gone {
        note_change(connection, kind)?;
    }
    Ok(is_gone)
}

/// The account at Twilio proves which numbers calls may show.
fn note_change(connection: &mut Connection, kind: IntegrationKind) -> Result<(), StoreError> {
    if kind == IntegrationKind::TWILIO { count(connection, Subject::Dialling) } else { Ok(()) }
}
