//! Calendar feeds: the tokens by which calendar programs read an organization's appointments.

use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::rows::BadRow;
use cordboard_schema::tables::calendar_feeds;
use diesel::prelude::*;

use super::{Connection, StoreError};
use crate::random_secret::hash;

/// Gives the organization's feed this token; the one before opens nothing any more.
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

/// Ends the organization's feed; false if it has none.
pub fn end(connection: &mut Connection, organization_id: OrganizationId) -> Result<bool, StoreError> {
    Ok(diesel::delete(calendar_feeds::table.find(organization_id.to_string())).execute(connection)? > 0)
}

/// Whose feed the token opens.
pub fn organization(connection: &mut Connection, token: &str) -> Result<Option<OrganizationId>, StoreError> {
    let id: Option<String> = calendar_feeds::table
        .filter(calendar_feeds::token_hash.eq(hash(token)))
        .select(calendar_feeds::organization_id)
        .first(connection)
        .optional()?;
    let parsed =
        |id: String| id.parse().map_err(|fault| BadRow::new("calendar_feeds.organization_id", fault));
    Ok(id.map(parsed).transpose()?)
}
