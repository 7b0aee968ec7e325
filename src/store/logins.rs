//! Sign-ins: families of refresh tokens, and the cookies of pages.

use chrono::{DateTime, Utc};
use cordboard_schema::account::EmailAddress;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_tables::rows::{LoginSessionRow, UserRow};
use cordboard_tables::tables::{login_sessions as sessions, users};
use diesel::prelude::*;

use super::Connection;
use super::StoreError;

/// Returns the sign-in with this id and its user, of any organization: only the sign-in says which. An expired one is not found.
pub fn find(
    connection: &mut Connection,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<(LoginSessionRow, Option<UserRow>)>, StoreError> {
    let found = sessions::table
        .left_join(users::table.on(sessions::user_id.eq(users::id.nullable())))
        .filter(sessions::id.eq(id))
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .select((LoginSessionRow::as_select(), Option::<UserRow>::as_select()));
    Ok(found.first(connection).optional()?)
}

/// Addresses at which this user's active sign-ins began.
pub fn addresses(
    connection: &mut Connection,
    email: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let found = sessions::table
        .inner_join(users::table.on(sessions::user_id.eq(users::id.nullable())))
        .filter(users::email.eq(email.as_str()))
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .filter(sessions::address.is_not_null())
        .select(sessions::address.assume_not_null());
    Ok(found.load(connection)?)
}

/// Begins a sign-in. Expired ones are deleted. If the user has too many, the oldest end, and their ids are returned.
pub fn open(
    connection: &mut Connection,
    row: &LoginSessionRow,
    most: i64,
) -> Result<Vec<String>, StoreError> {
    let over = sessions::table.filter(sessions::expires_at.le(row.created_at));
    diesel::delete(over).execute(connection)?;
    let mut own = sessions::table.order(sessions::id.desc()).offset(most - 1).limit(1_000).into_boxed();
    own = match &row.user_id {
        Some(user_id) => own.filter(sessions::user_id.eq(user_id)),
        None => own.filter(sessions::user_id.is_null()),
    };
    let too_many: Vec<String> = own.select(sessions::id).load(connection)?;
    for id in &too_many {
        end(connection, id)?;
    }
    diesel::insert_into(sessions::table).values(row.clone()).execute(connection)?;
    Ok(too_many)
}

/// Replaces the refresh token `old` by a new one. Returns false if `old` is not the newest any more.
pub fn rotate(
    connection: &mut Connection,
    id: &str,
    (old, new): (&str, &str),
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let newest = sessions::table.filter(sessions::id.eq(id)).filter(sessions::secret_hash.eq(old));
    let rotated = diesel::update(newest)
        .set((
            sessions::secret_hash.eq(new),
            sessions::previous_hash.eq(old),
            sessions::used_at.eq(now.naive_utc()),
            sessions::expires_at.eq(expires_at.naive_utc()),
        ))
        .execute(connection)?;
    Ok(rotated > 0)
}

/// Prolongs a page's sign-in until this time, unless it has expired or began at or before `begun`. Returns whether it is prolonged.
pub fn prolong(
    connection: &mut Connection,
    id: &str,
    begun: DateTime<Utc>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, StoreError> {
    let active = sessions::table
        .filter(sessions::id.eq(id))
        .filter(sessions::kind.eq("page"))
        .filter(sessions::created_at.gt(begun.naive_utc()))
        .filter(sessions::expires_at.gt(now.naive_utc()));
    let prolonged = sessions::expires_at.eq(until.naive_utc());
    Ok(diesel::update(active).set(prolonged).execute(connection)? > 0)
}

/// Stores when a sign-in was last used.
pub fn note_use(connection: &mut Connection, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let used = sessions::used_at.eq(now.naive_utc());
    diesel::update(sessions::table.filter(sessions::id.eq(id))).set(used).execute(connection)?;
    Ok(())
}

/// Ends a sign-in.
pub fn end(connection: &mut Connection, id: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.filter(sessions::id.eq(id))).execute(connection)?;
    Ok(())
}

/// Ends all sign-ins of a user, and returns their ids.
pub fn end_all(connection: &mut Connection, user_id: UserId) -> Result<Vec<String>, StoreError> {
    let own = sessions::table.filter(sessions::user_id.eq(user_id.to_string()));
    let ids = own.select(sessions::id).load(connection)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id.to_string()))).execute(connection)?;
    Ok(ids)
}

/// Ends all sign-ins of an organization, and returns their ids.
pub fn end_all_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<String>, StoreError> {
    let own = || sessions::table.filter(sessions::organization_id.eq(organization_id.to_string()));
    let ids = own().select(sessions::id).load(connection)?;
    diesel::delete(own()).execute(connection)?;
    Ok(ids)
}

/// Returns the active sign-ins of a user, newest first.
pub fn list_of(
    connection: &mut Connection,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<LoginSessionRow>, StoreError> {
    let own = sessions::table
        .filter(sessions::user_id.eq(user_id.to_string()))
        .filter(sessions::expires_at.gt(now.naive_utc()))
        .order(sessions::id.desc())
        .select(LoginSessionRow::as_select());
    Ok(own.load(connection)?)
}

/// Ends a sign-in of this user. Returns false if it is not theirs.
pub fn end_of(connection: &mut Connection, user_id: UserId, id: &str) -> Result<bool, StoreError> {
    let own = sessions::table.filter(sessions::id.eq(id)).filter(sessions::user_id.eq(user_id.to_string()));
    Ok(diesel::delete(own).execute(connection)? > 0)
}

/// Ends all sign-ins of a user except this one, and returns their ids.
pub fn end_others(
    connection: &mut Connection,
    user_id: UserId,
    kept: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    // No sign-in has the empty id.
    let kept = kept.unwrap_or_default();
    let others =
        || sessions::table.filter(sessions::user_id.eq(user_id.to_string())).filter(sessions::id.ne(kept));
    let ids = others().select(sessions::id).load(connection)?;
    diesel::delete(others()).execute(connection)?;
    Ok(ids)
}
