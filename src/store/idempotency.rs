//! Requests that are done once, identified by clients' keys.

use chrono::{NaiveDateTime, TimeDelta};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::IDEMPOTENCY_KEY_MS;
use cordboard_schema::outbound::IdempotencyKey;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{calls, idempotency_keys as keys};
use diesel::prelude::*;
use uuid::Uuid;

use super::old_keys::forget_some;
use super::{Connection, StoreError};

/// The result of claiming a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This request has the key: it was not used recently.
    Ours,
    /// An earlier identical request has it. Its call has this id, if it was made.
    Theirs(CallId),
    /// An earlier, different request has it.
    Reused,
}

/// Claims the key for the request with this digest, whose call gets this id, or returns who has it. The returned time identifies the claim for
/// [`release`]. Some keys older than 24 h are deleted.
pub fn claim(
    connection: &mut Connection,
    organization_id: OrganizationId,
    key: &IdempotencyKey,
    request: Uuid,
    call_id: CallId,
) -> Result<(Claim, NaiveDateTime), StoreError> {
    let now = world::now();
    let kept = TimeDelta::milliseconds(i64::try_from(IDEMPOTENCY_KEY_MS).unwrap_or(i64::MAX));
    let oldest = (now - kept).naive_utc();
    forget_some!(connection, keys, oldest);
    let now = now.naive_utc();
    let (organization, request) = (organization_id.to_string(), request.to_string());
    // The expired key may not have been among those just deleted.
    let own = keys::table.find((&organization, key.as_str())).filter(keys::created_at.lt(oldest));
    diesel::delete(own).execute(connection)?;
    let known: Option<(String, String, NaiveDateTime)> = keys::table
        .find((&organization, key.as_str()))
        .select((keys::request, keys::call_id, keys::created_at))
        .first(connection)
        .optional()?;
    match known {
        Some((asked, _, at)) if asked != request => Ok((Claim::Reused, at)),
        Some((_, call_id, at)) => {
            let call_id: CallId =
                call_id.parse().map_err(|fault| BadRow::new("idempotency_keys.call_id", fault))?;
            if is_made(connection, call_id)? {
                return Ok((Claim::Theirs(call_id), at));
            }
            // This request may make the call now. If the earlier one is refused, it no longer releases the key.
            let later = now.max(at + TimeDelta::microseconds(1));
            let row = keys::table.find((&organization, key.as_str()));
            diesel::update(row).set(keys::created_at.eq(later)).execute(connection)?;
            Ok((Claim::Theirs(call_id), later))
        }
        None => {
            let row = (
                keys::organization_id.eq(organization),
                keys::key.eq(key.as_str()),
                keys::request.eq(request),
                keys::call_id.eq(call_id.to_string()),
                keys::created_at.eq(now),
            );
            diesel::insert_into(keys::table).values(row).execute(connection)?;
            Ok((Claim::Ours, now))
        }
    }
}

/// Releases the key of a request whose call was refused, so that a corrected request can use it. The key stays if the call was made, or if the same
/// request was repeated after this claim: that request may be making the call now.
pub fn release(
    connection: &mut Connection,
    organization_id: OrganizationId,
    key: &IdempotencyKey,
    call_id: CallId,
    claimed_at: NaiveDateTime,
) -> Result<(), StoreError> {
    if is_made(connection, call_id)? {
        return Ok(());
    }
    let row = keys::table
        .find((organization_id.to_string(), key.as_str()))
        .filter(keys::call_id.eq(call_id.to_string()))
        .filter(keys::created_at.eq(claimed_at));
    diesel::delete(row).execute(connection)?;
    Ok(())
}

fn is_made(connection: &mut Connection, call_id: CallId) -> Result<bool, StoreError> {
    let made: Option<String> =
        calls::table.find(call_id.to_string()).select(calls::id).first(connection).optional()?;
    Ok(made.is_some())
}
