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

/// The token with this hash, in whichever organization: it is what says in which. One that has ended is not found, nor one whose maker
/// has gone or may not sign in; its scopes are those that its maker has, too.
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

/// Whether the token is there, holds, and may do all of this still.
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

/// The token with those of its scopes that its maker has at the moment; none where they have none, or may not sign in, or nobody of the
/// organization may. One that the installation made has no maker.
fn as_its_maker_may(connection: &mut Connection, token: ApiToken) -> Result<Option<ApiToken>, StoreError> {
    if profiles::is_suspended(connection, token.organization_id)? {
        return Ok(None);
    }
    let Some(maker) = token.created_by else { return Ok(Some(token)) };
    let Some(maker) = active_maker(connection, token.organization_id, maker)? else { return Ok(None) };
    let scopes: Vec<_> = token.scopes.iter().copied().filter(|scope| maker.role.may(*scope)).collect();
    Ok((!scopes.is_empty()).then_some(ApiToken { scopes, ..token }))
}

/// The ids of the tokens that a user of the organization has made.
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

/// The ids of all tokens of the organization, also of those that can't be read.
pub fn ids_of_all(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<String>, StoreError> {
    let all = tokens::table.filter(tokens::organization_id.eq(organization_id.to_string()));
    Ok(all.select(tokens::id).load(connection)?)
}

/// The organization's tokens, the oldest first.
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

/// Adds a token, of which the hash alone is kept.
pub fn create(connection: &mut Connection, token: &ApiToken, hash: String) -> Result<(), StoreError> {
    diesel::insert_into(tokens::table).values(ApiTokenRow::new(token, hash)?).execute(connection)?;
    Ok(())
}

/// Removes a token; false if the organization has none of that id.
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

/// Notes when a token was used last.
pub fn note_use(connection: &mut Connection, id: ApiTokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let used = tokens::last_used_at.eq(Some(now.naive_utc()));
    diesel::update(tokens::table.filter(tokens::id.eq(id.to_string()))).set(used).execute(connection)?;
    Ok(())
}
