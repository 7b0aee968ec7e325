//! Calendar feeds: tokens by which calendar programs read an organization's appointments.

use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::permission::Permission;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::calendar_feeds;
use diesel::prelude::*;

use super::belongings::active_maker;
use super::{Connection, StoreError, profiles};
use crate::random_secret::hash;

/// Sets the token of the organization's feed. The previous one becomes invalid.
pub fn renew(
    connection: &mut Connection,
    organization_id: OrganizationId,
    token: &str,
) -> Result<(), StoreError> {
    end(connection, organization_id)?;
    let row = (
        calendar_feeds::organization_id.eq(organization_id.to_string()),
        calendar_feeds::token_hash.eq(hash(token)),
        calendar_feeds::created_at.eq(world::now().naive_utc()),
    );
    diesel::insert_into(calendar_feeds::table).values(row).execute(connection)?;
    Ok(())
}

/// Ends the organization's feed. Returns false if it has none.
pub fn end(connection: &mut Connection, organization_id: OrganizationId) -> Result<bool, StoreError> {
    Ok(diesel::delete(calendar_feeds::table.find(organization_id.to_string())).execute(connection)? > 0)
}

/// Returns the organization of a feed's token. A feed with a known maker is valid while the maker may sign in and read appointments.
pub fn organization(connection: &mut Connection, token: &str) -> Result<Option<OrganizationId>, StoreError> {
    let found: Option<(String, Option<String>)> = calendar_feeds::table
        .filter(calendar_feeds::token_hash.eq(hash(token)))
        .select((calendar_feeds::organization_id, calendar_feeds::made_by))
        .first(connection)
        .optional()?;
    let Some((id, made_by)) = found else { return Ok(None) };
    let id = id.parse().map_err(|fault| BadRow::new("calendar_feeds.organization_id", fault))?;
    if profiles::is_suspended(connection, id)? {
        return Ok(None);
    }
    let Some(maker) = made_by else { return Ok(Some(id)) };
    let maker = maker.parse().map_err(|fault| BadRow::new("calendar_feeds.made_by", fault))?;
    let maker = active_maker(connection, id, maker)?;
    Ok(maker.filter(|user| user.role.may(Permission::AppointmentsRead)).map(|_| id))
}
