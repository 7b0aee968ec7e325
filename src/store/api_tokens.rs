//! API tokens.

use chrono::{DateTime, Utc};
use cordboard_schema::account::ApiToken;
use cordboard_schema::ids::{ApiTokenId, OrganizationId};
use cordboard_schema::rows::ApiTokenRow;
use cordboard_schema::tables::api_tokens as tokens;
use diesel::prelude::*;

use super::Connection;
use super::StoreError;

/// The token with this hash, in whichever organization: it is what says in which. One that has ended is not found.
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
    Ok(row.map(ApiTokenRow::into_token).transpose()?)
}

/// Whether the token is there and holds.
pub fn holds(connection: &mut Connection, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let found = tokens::table
        .filter(tokens::id.eq(id))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now.naive_utc())));
    Ok(found.count().get_result::<i64>(connection)? > 0)
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
