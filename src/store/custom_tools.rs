//! HTTP requests that a profile's assistants may make.

use std::collections::HashMap;

use cordboard_actors::world;
use cordboard_schema::custom_tool::{CustomTool, OfferedTool};
use cordboard_schema::ids::{CustomToolId, OrganizationId, ProfileId};
use cordboard_schema::limits::CUSTOM_TOOLS_MAX;
use cordboard_tables::rows::CustomToolRow;
use cordboard_tables::tables::custom_tools;
use diesel::prelude::*;

use super::Connection;
use super::StoreError;
use super::readable::{Faults, fault_of};

/// Returns the tools of a profile, by name.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
) -> Result<Vec<CustomTool>, StoreError> {
    let rows = custom_tools::table
        .filter(custom_tools::organization_id.eq(organization_id.to_string()))
        .filter(custom_tools::profile_id.eq(profile_id.to_string()))
        .order(custom_tools::name)
        .select(CustomToolRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(CustomToolRow::into_tool).collect::<Result<_, _>>()?)
}

/// Returns the tools of all profiles of the organization as calls use them, by profile and then by name.
pub(super) fn offered(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<HashMap<ProfileId, Vec<OfferedTool>>, StoreError> {
    let mut faults = Faults::default();
    let offered = offered_readable(connection, organization_id, &mut faults)?;
    faults.none()?;
    Ok(offered)
}

/// The same, without those that can't be read, so assistants don't have them.
pub(super) fn offered_readable(
    connection: &mut Connection,
    organization_id: OrganizationId,
    faults: &mut Faults,
) -> Result<HashMap<ProfileId, Vec<OfferedTool>>, StoreError> {
    let owner = organization_id.to_string();
    let rows = custom_tools::table
        .filter(custom_tools::organization_id.eq(&owner))
        .order(custom_tools::name)
        .select(CustomToolRow::as_select())
        .load::<CustomToolRow>(connection);
    let mut offered: HashMap<ProfileId, Vec<OfferedTool>> = HashMap::new();
    for row in faults.note(&owner, "custom_tools", rows)?.unwrap_or_default() {
        let name = row.name.clone();
        let tool = row.into_tool().map_err(|fault| fault_of(&name, fault));
        let Some(tool) = faults.note(&owner, "custom_tools", tool)? else { continue };
        offered.entry(tool.profile_id).or_default().push(tool.offered());
    }
    Ok(offered)
}

/// Returns the tool with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomToolId,
) -> Result<Option<CustomTool>, StoreError> {
    let row = custom_tools::table
        .find(id.to_string())
        .filter(custom_tools::organization_id.eq(organization_id.to_string()))
        .select(CustomToolRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CustomToolRow::into_tool).transpose()?)
}

/// Adds a tool. Returns false if the profile has the maximum of tools. A name that another tool of the profile has is a unique violation.
pub fn create(connection: &mut Connection, tool: &CustomTool) -> Result<bool, StoreError> {
    let count: i64 = custom_tools::table
        .filter(custom_tools::profile_id.eq(tool.profile_id.to_string()))
        .count()
        .get_result(connection)?;
    if usize::try_from(count).is_ok_and(|count| count >= CUSTOM_TOOLS_MAX) {
        return Ok(false);
    }
    let row = CustomToolRow::new(tool, world::now().into())?;
    diesel::insert_into(custom_tools::table).values(row).execute(connection)?;
    Ok(true)
}

/// Changes the tool with this id, except its owner. Returns false if the organization has none.
pub fn update(connection: &mut Connection, tool: &CustomTool) -> Result<bool, StoreError> {
    // Its creation time is not updated.
    let row = CustomToolRow::new(tool, world::now().into())?;
    let found =
        custom_tools::table.find(row.id).filter(custom_tools::organization_id.eq(row.organization_id));
    let changed = diesel::update(found)
        .set((
            custom_tools::name.eq(row.name),
            custom_tools::description.eq(row.description),
            custom_tools::method.eq(row.method),
            custom_tools::url.eq(row.url),
            custom_tools::parameters.eq(row.parameters),
            custom_tools::headers.eq(row.headers),
            custom_tools::timeout_ms.eq(row.timeout_ms),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Removes the tool with this id. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CustomToolId,
) -> Result<bool, StoreError> {
    let found = custom_tools::table
        .find(id.to_string())
        .filter(custom_tools::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
