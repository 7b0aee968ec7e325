//! An organization's accounts at other services.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, IntegrationKind};
use cordboard_tables::rows::IntegrationRow;
use cordboard_tables::tables::integrations;
use diesel::prelude::*;

use super::readable::organizations;
use super::revisions::{Subject, count};
use super::{Connection, StoreError};

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

/// All that the organization has set and that can be read; of what can't, the log tells.
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

/// The same of all organizations.
pub fn everywhere(connection: &mut Connection) -> Result<Vec<Integration>, StoreError> {
    match integrations::table.select(IntegrationRow::as_select()).load(connection).map_err(StoreError::from) {
        // A row that the database's driver can't read does not say whose it is.
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

/// One bad row keeps nobody else's account from being used.
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
    let kind = integration.settings.kind();
    diesel::insert_into(integrations::table).values(row).execute(connection)?;
    tell_of(connection, kind)
}

/// Removes the one of that kind; false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    kind: IntegrationKind,
) -> Result<bool, StoreError> {
    let found = integrations::table.find((organization_id.to_string(), kind.as_str()));
    let is_gone = diesel::delete(found).execute(connection)? > 0;
    if is_gone {
        tell_of(connection, kind)?;
    }
    Ok(is_gone)
}

/// The account at Twilio proves numbers, which calls may show.
fn tell_of(connection: &mut Connection, kind: IntegrationKind) -> Result<(), StoreError> {
    if kind == IntegrationKind::TWILIO { count(connection, Subject::Dialling) } else { Ok(()) }
}
