//! Tags and notes of calls, and requests to colleagues to look at a call. None of it is in a call's journal.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::call_note::{CallNote, CallShare};
use cordboard_schema::ids::{CallId, CallNoteId, CallShareId, OrganizationId, UserId};
use cordboard_schema::limits::{CALLS_SHARED_MAX, KNOWN_CALL_TAGS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{CallNoteRow, CallShareRow};
use cordboard_tables::tables::{call_notes, call_shares, call_tags};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// Returns the tags of these calls, in alphabetical order for each call.
pub fn tags(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: &[CallId],
) -> Result<BTreeMap<CallId, Vec<String>>, StoreError> {
    // The organization is checked after the query: otherwise SQLite would scan all its tags by their index instead of looking up these calls.
    let rows: Vec<(String, String, String)> = call_tags::table
        .filter(call_tags::call_id.eq_any(calls.iter().map(ToString::to_string)))
        .order((call_tags::call_id, call_tags::tag))
        .select((call_tags::organization_id, call_tags::call_id, call_tags::tag))
        .load(connection)?;
    let owner = organization_id.to_string();
    let mut found: BTreeMap<CallId, Vec<String>> = BTreeMap::new();
    for (_, call_id, tag) in rows.into_iter().filter(|(organization, ..)| *organization == owner) {
        if let Ok(call_id) = call_id.parse() {
            found.entry(call_id).or_default().push(tag);
        }
    }
    Ok(found)
}

/// Replaces the tags of a call. The caller has to check that the call is the organization's.
pub fn set_tags(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    tags: &BTreeSet<String>,
) -> Result<(), StoreError> {
    // Found by their keys: by call and organization, SQLite would scan all tags of the organization.
    let mut before = self::tags(connection, organization_id, &[call_id])?;
    for tag in before.remove(&call_id).unwrap_or_default() {
        diesel::delete(call_tags::table.find((call_id.to_string(), tag))).execute(connection)?;
    }
    for tag in tags {
        diesel::insert_into(call_tags::table)
            .values((
                call_tags::call_id.eq(call_id.to_string()),
                call_tags::tag.eq(tag),
                call_tags::organization_id.eq(organization_id.to_string()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Returns the tags of the organization's calls with the number of calls for each, most frequent first.
pub fn known_tags(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(call_tags::table
        .filter(call_tags::organization_id.eq(organization_id.to_string()))
        .group_by(call_tags::tag)
        .order((count_star().desc(), call_tags::tag))
        .limit(KNOWN_CALL_TAGS_MAX)
        .select((call_tags::tag, count_star()))
        .load(connection)?)
}

/// Returns the notes of a call, oldest first.
pub fn notes(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<CallNote>, StoreError> {
    let rows: Vec<CallNoteRow> = call_notes::table
        .filter(call_notes::organization_id.eq(organization_id.to_string()))
        .filter(call_notes::call_id.eq(call_id.to_string()))
        .order(call_notes::id)
        .select(CallNoteRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(CallNoteRow::into_note).collect::<Result<_, _>>()?)
}

/// Returns the note with that id of that call.
pub fn note(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (call_id, id): (CallId, CallNoteId),
) -> Result<Option<CallNote>, StoreError> {
    let row = call_notes::table
        .find(id.to_string())
        .filter(call_notes::organization_id.eq(organization_id.to_string()))
        .filter(call_notes::call_id.eq(call_id.to_string()))
        .select(CallNoteRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CallNoteRow::into_note).transpose()?)
}

/// Adds a note.
pub fn create_note(connection: &mut Connection, note: &CallNote) -> Result<(), StoreError> {
    diesel::insert_into(call_notes::table).values(CallNoteRow::new(note)).execute(connection)?;
    Ok(())
}

/// Stores a note's new text.
pub fn update_note(connection: &mut Connection, note: &CallNote) -> Result<(), StoreError> {
    let row = CallNoteRow::new(note);
    let found = call_notes::table.find(row.id).filter(call_notes::organization_id.eq(row.organization_id));
    diesel::update(found)
        .set((call_notes::text.eq(row.text), call_notes::updated_at.eq(row.updated_at)))
        .execute(connection)?;
    Ok(())
}

/// Removes a note.
pub fn delete_note(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallNoteId,
) -> Result<(), StoreError> {
    let found = call_notes::table
        .find(id.to_string())
        .filter(call_notes::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}

/// Returns the users with whom a call was shared, oldest share first.
pub fn shares(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<CallShare>, StoreError> {
    let rows: Vec<CallShareRow> = call_shares::table
        .filter(call_shares::organization_id.eq(organization_id.to_string()))
        .filter(call_shares::call_id.eq(call_id.to_string()))
        .order(call_shares::id)
        .select(CallShareRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(CallShareRow::into_share).collect::<Result<_, _>>()?)
}

/// Returns the calls that were shared with a user who is not done with them, newest first.
pub fn shared_with(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Vec<CallShare>, StoreError> {
    let rows: Vec<CallShareRow> = call_shares::table
        .filter(call_shares::organization_id.eq(organization_id.to_string()))
        .filter(call_shares::user_id.eq(user_id.to_string()))
        .filter(call_shares::seen_at.is_null())
        .order(call_shares::id.desc())
        .limit(CALLS_SHARED_MAX)
        .select(CallShareRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(CallShareRow::into_share).collect::<Result<_, _>>()?)
}

/// Shares a call. The caller has to check that call and user are the organization's. The share replaces those that the user is done with, so a call has
/// at most one with each user.
pub fn share(connection: &mut Connection, share: &CallShare) -> Result<(), StoreError> {
    let done = call_shares::table
        .filter(call_shares::organization_id.eq(share.organization_id.to_string()))
        .filter(call_shares::call_id.eq(share.call_id.to_string()))
        .filter(call_shares::user_id.eq(share.user_id.to_string()))
        .filter(call_shares::seen_at.is_not_null());
    diesel::delete(done).execute(connection)?;
    diesel::insert_into(call_shares::table).values(CallShareRow::new(share)).execute(connection)?;
    Ok(())
}

/// Marks a call that was shared with a user as done. Returns false if there is no such open share.
pub fn done_with(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (user_id, id): (UserId, CallShareId),
    now: UnixMs,
) -> Result<bool, StoreError> {
    let found = call_shares::table
        .find(id.to_string())
        .filter(call_shares::organization_id.eq(organization_id.to_string()))
        .filter(call_shares::user_id.eq(user_id.to_string()))
        .filter(call_shares::seen_at.is_null());
    let seen_at = Some(now.to_utc().naive_utc());
    Ok(diesel::update(found).set(call_shares::seen_at.eq(seen_at)).execute(connection)? > 0)
}

/// Deletes the open shares with a user who is removed.
pub(super) fn forget_shares_with(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<(), StoreError> {
    let found = call_shares::table
        .filter(call_shares::organization_id.eq(organization_id.to_string()))
        .filter(call_shares::user_id.eq(user_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}
