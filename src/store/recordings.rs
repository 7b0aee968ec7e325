//! Recordings of calls that are over: which are still to become Opus or to be moved, and what has become of them.

use chrono::NaiveDateTime;
use cordboard_schema::limits::{MESSAGE_AWAITED_MS_MAX, RECORDING_SETTLED_MS};
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{calls, recordings};
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError};

/// A recording that is to become Opus, or to be moved.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DueRecording {
    /// Its call.
    pub call_id: String,
    /// Its name in the folder of recordings.
    pub file: String,
    /// When it was moved to the object store.
    pub moved_at: Option<NaiveDateTime>,
}

/// Forms of recordings that are moved to the object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovedForms {
    /// Those that have become Opus, or stay WAV for good: the others are to become Opus first.
    Encoded,
    /// All that are written to their end.
    Settled,
}

/// Recordings that nothing more is written to, and that can be read, the oldest first.
macro_rules! due {
    ($now:expr, $after:expr, $limit:expr) => {
        recordings::table
            .inner_join(calls::table.on(calls::id.eq(recordings::call_id)))
            // Said at the first look, too: only so SQLite begins with the recordings that are due, and not with all calls that have ended.
            .filter(recordings::call_id.gt($after.unwrap_or_default().to_owned()))
            .filter(recordings::set_aside.is_null())
            .filter(calls::ended_at.lt(column($now - RECORDING_SETTLED_MS)))
            .filter(
                recordings::duration_ms
                    .is_not_null()
                    .or(calls::ended_at.lt(column($now - MESSAGE_AWAITED_MS_MAX))),
            )
            .order(recordings::call_id)
            .limit($limit)
            .select((recordings::call_id, recordings::file, recordings::moved_at))
            .into_boxed()
    };
}

/// Recordings of all organizations that are to become Opus, the oldest first, after that of the call `after`. Their calls have been over
/// for so long that nothing more is written to them; one that was never closed is awaited for as long as Twilio may take.
pub fn to_encode(
    connection: &mut Connection,
    now: UnixMs,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<DueRecording>, StoreError> {
    Ok(due!(now, after, limit).filter(recordings::encoded_at.is_null()).load(connection)?)
}

/// Recordings of all organizations that are to be moved to the object store, the oldest first, after that of the call `after`.
pub fn to_move(
    connection: &mut Connection,
    now: UnixMs,
    forms: MovedForms,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<DueRecording>, StoreError> {
    let mut found = due!(now, after, limit).filter(recordings::moved_at.is_null());
    if forms == MovedForms::Encoded {
        found = found.filter(recordings::encoded_at.is_not_null());
    }
    Ok(found.load(connection)?)
}

/// Whether a call has a recording.
pub fn has(connection: &mut Connection, call_id: &str) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).select(recordings::call_id);
    Ok(row.first::<String>(connection).optional()?.is_some())
}

/// How many recordings of calls that are over lie in the data folder.
pub fn unmoved(connection: &mut Connection) -> Result<i64, StoreError> {
    let here = recordings::table.filter(recordings::moved_at.is_null());
    Ok(here.count().get_result(connection)?)
}

/// Gives a recording another name. Says whether it had the one that it is thought to have.
pub fn rename(
    connection: &mut Connection,
    call_id: &str,
    before: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).filter(recordings::file.eq(before));
    Ok(diesel::update(row).set(recordings::file.eq(name)).execute(connection)? == 1)
}

/// Notes that a recording is Opus now and its WAV is gone, or that it stays WAV.
pub fn note_encoded(connection: &mut Connection, call_id: &str, now: UnixMs) -> Result<(), StoreError> {
    diesel::update(recordings::table.find(call_id))
        .set(recordings::encoded_at.eq(column(now)))
        .execute(connection)?;
    Ok(())
}

/// Notes that a recording lies in the object store alone. Says whether there is still a recording of that name.
pub fn note_moved(
    connection: &mut Connection,
    call_id: &str,
    file: &str,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).filter(recordings::file.eq(file));
    Ok(diesel::update(row).set(recordings::moved_at.eq(column(now))).execute(connection)? == 1)
}

/// Notes why a recording can't be encoded or moved for now.
pub fn set_aside(connection: &mut Connection, call_id: &str, why: &str) -> Result<(), StoreError> {
    diesel::update(recordings::table.find(call_id)).set(recordings::set_aside.eq(why)).execute(connection)?;
    Ok(())
}

/// Has those looked at again that were set aside.
pub fn look_again(connection: &mut Connection) -> Result<usize, StoreError> {
    let rows = recordings::table.filter(recordings::set_aside.is_not_null());
    Ok(diesel::update(rows).set(recordings::set_aside.eq(None::<String>)).execute(connection)?)
}
