//! Requests that are done once, by the keys that clients give them.

use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::IDEMPOTENCY_KEY_MS;
use cordboard_schema::outbound::IdempotencyKey;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::idempotency_keys as keys;
use diesel::prelude::*;
use uuid::Uuid;

use super::old_keys::forget_some;
use super::{Connection, StoreError};

/// Claim of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This request's: nobody has used it of late.
    Ours,
    /// An earlier one's that asked for the same; its call has this id, if it was made.
    Theirs(CallId),
    /// An earlier one's that asked for something else.
    Reused,
}

/// Takes the key for the request with this digest, whose call gets this id; or says who has it. Some keys of more than 24 h ago are
/// forgotten.
pub fn claim(
    connection: &mut Connection,
    organization_id: OrganizationId,
    key: &IdempotencyKey,
    request: Uuid,
    call_id: CallId,
) -> Result<Claim, StoreError> {
    let now = world::now();
    let kept = TimeDelta::milliseconds(i64::try_from(IDEMPOTENCY_KEY_MS).unwrap_or(i64::MAX));
    let oldest = (now - kept).naive_utc();
    forget_some!(connection, keys, oldest);
    let (organization, request) = (organization_id.to_string(), request.to_string());
    // It may be one of many that are to be forgotten, and not among the first.
    let own = keys::table.find((&organization, key.as_str())).filter(keys::created_at.lt(oldest));
    diesel::delete(own).execute(connection)?;
    let known: Option<(String, String)> = keys::table
        .find((&organization, key.as_str()))
        .select((keys::request, keys::call_id))
        .first(connection)
        .optional()?;
    match known {
        Some((asked, _)) if asked != request => Ok(Claim::Reused),
        Some((_, call_id)) => Ok(Claim::Theirs(
            call_id.parse().map_err(|fault| BadRow::new("idempotency_keys.call_id", fault))?,
        )),
        None => {
            let row = (
                keys::organization_id.eq(organization),
                keys::key.eq(key.as_str()),
                keys::request.eq(request),
                keys::call_id.eq(call_id.to_string()),
                keys::created_at.eq(now.naive_utc()),
            );
            diesel::insert_into(keys::table).values(row).execute(connection)?;
            Ok(Claim::Ours)
        }
    }
}
