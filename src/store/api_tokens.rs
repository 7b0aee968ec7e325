//! API tokens.

use chrono::{DateTime, Utc};
use cordboard_schema::account::ApiToken;
use cordboard_schema::ids::{ApiTokenId, OrganizationId, UserId};
use cordboard_schema::permission::Permissions;
use cordboard_tables::rows::ApiTokenRow;
use cordboard_tables::tables::api_tokens as tokens;
use diesel::prelude::*;

use super::belongings::active_maker;
use super::{Connection, StoreError, profiles};

/// Returns the token with this hash, of any organization: only the token says which. An expired token is not found, nor one whose maker was removed
/// or may not sign in. Its scopes are limited to its maker's permissions.
pub fn by_hash(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<ApiToken>, StoreError> {
    let found = tokens::table
        .filter(tokens::token_hash.eq(hash))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now.naive_utc())))
        .select(ApiTokenRow::as_select());
    let row = found.first(connection).optional()?;
    let Some(token) = row.map(ApiTokenRow::into_token).transpose()? else { return Ok(None) };
    as_its_maker_may(connection, token)
}

/// Tells whether the token exists, has not expired, and has all of these permissions.
pub fn opens(
    connection: &mut Connection,
    id: &str,
    permissions: Permissions,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let found = tokens::table
        .filter(tokens::id.eq(id))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now.naive_utc())))
        .select(ApiTokenRow::as_select());
    let row = found.first(connection).optional()?;
    let Some(token) = row.map(ApiTokenRow::into_token).transpose()? else { return Ok(false) };
    let token = as_its_maker_may(connection, token)?;
    let held: Permissions = token.into_iter().flat_map(|token| token.scopes).collect();
    Ok(held.and(permissions) == permissions)
}

/// The token, with the scopes that its maker still has. None if no scope is left, if the maker may not sign in, or if the organization is suspended.
/// A token made with the admin token has no maker.
fn as_its_maker_may(connection: &mut Connection, token: ApiToken) -> Result<Option<ApiToken>, StoreError> {
    if profiles::is_suspended(connection, token.organization_id)? {
        return Ok(None);
    }
    let Some(maker) = token.created_by else { return Ok(Some(token)) };
    let Some(maker) = active_maker(connection, token.organization_id, maker)? else { return Ok(None) };
    let scopes: Vec<_> = token.scopes.iter().copied().filter(|scope| maker.role.may(*scope)).collect();
    Ok((!scopes.is_empty()).then_some(ApiToken { scopes, ..token }))
}

/// Returns the ids of the tokens that a user of the organization made.
pub fn ids_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: UserId,
) -> Result<Vec<String>, StoreError> {
    let theirs = tokens::table
        .filter(tokens::organization_id.eq(organization_id.to_string()))
        .filter(tokens::created_by.eq(maker.to_string()));
    Ok(theirs.select(tokens::id).load(connection)?)
}

/// Returns the ids of all tokens of the organization, including tokens that can't be read.
pub fn ids_of_all(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<String>, StoreError> {
    let all = tokens::table.filter(tokens::organization_id.eq(organization_id.to_string()));
    Ok(all.select(tokens::id).load(connection)?)
}

/// Returns the organization's tokens, oldest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<ApiToken>, StoreError> {
    let rows = tokens::table
        .filter(tokens::organization_id.eq(organization_id.to_string()))
        .order(tokens::id)
        .select(ApiTokenRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(ApiTokenRow::into_token).collect::<Result<_, _>>()?)
}

/// Adds a token. Only its hash is stored.
pub fn create(connection: &mut Connection, token: &ApiToken, hash: String) -> Result<(), StoreError> {
    diesel::insert_into(tokens::table).values(ApiTokenRow::new(token, hash)?).execute(connection)?;
    Ok(())
}

/// Removes a token. Returns false if the organization has none with that id.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ApiTokenId,
) -> Result<bool, StoreError> {
    let found = tokens::table
        .filter(tokens::id.eq(id.to_string()))
        .filter(tokens::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Stores when a token was last used.
pub fn note_use(connection: &mut Connection, id: ApiTokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let used = tokens::last_used_at.eq(Some(now.naive_utc()));
    diesel::update(tokens::table.filter(tokens::id.eq(id.to_string()))).set(used).execute(connection)?;
    Ok(())
}
