//! Recordings of ended calls: which ones are to be encoded or moved, and the results.

use chrono::NaiveDateTime;
use cordboard_schema::limits::{MESSAGE_AWAITED_MS_MAX, RECORDING_SETTLED_MS};
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{calls, recordings};
use diesel::prelude::*;

use super::moments::column;
use super::text::kept_text;
use super::{Connection, StoreError};

/// A recording that is to be encoded as Opus, or to be moved.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DueRecording {
    /// Its call.
    pub call_id: String,
    /// File name in the recordings folder.
    pub file: String,
    /// When it was moved to the object store.
    pub moved_at: Option<NaiveDateTime>,
}

/// Which recordings are moved to the object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovedForms {
    /// Those in Opus, or kept as WAV for good: the others are encoded first.
    Encoded,
    /// All that are complete.
    Settled,
}

/// Complete recordings that can be read, oldest first.
macro_rules! due {
    ($now:expr, $after:expr, $limit:expr) => {
        recordings::table
            .inner_join(calls::table.on(calls::id.eq(recordings::call_id)))
            // Also for the first batch: without it SQLite begins with all ended calls instead of the due recordings.
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

/// Returns recordings of all organizations that are to be encoded, oldest first, after that of the call `after`. Their calls ended long enough ago
/// that nothing is written to them any more; one that was never closed waits as long as Twilio may take.
pub fn to_encode(
    connection: &mut Connection,
    now: UnixMs,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<DueRecording>, StoreError> {
    Ok(due!(now, after, limit).filter(recordings::encoded_at.is_null()).load(connection)?)
}

/// Returns recordings of all organizations that are to be moved to the object store, oldest first, after that of the call `after`.
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

/// Tells whether a call has a recording.
pub fn has(connection: &mut Connection, call_id: &str) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).select(recordings::call_id);
    Ok(row.first::<String>(connection).optional()?.is_some())
}

/// Counts the recordings of ended calls in the data folder.
pub fn unmoved(connection: &mut Connection) -> Result<i64, StoreError> {
    let here = recordings::table.filter(recordings::moved_at.is_null());
    Ok(here.count().get_result(connection)?)
}

/// Renames a recording. Returns whether it had the expected name.
pub fn rename(
    connection: &mut Connection,
    call_id: &str,
    before: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).filter(recordings::file.eq(before));
    Ok(diesel::update(row).set(recordings::file.eq(name)).execute(connection)? == 1)
}

/// Stores that a recording is Opus now and its WAV is deleted, or that it stays WAV.
pub fn note_encoded(connection: &mut Connection, call_id: &str, now: UnixMs) -> Result<(), StoreError> {
    diesel::update(recordings::table.find(call_id))
        .set(recordings::encoded_at.eq(column(now)))
        .execute(connection)?;
    Ok(())
}

/// Stores that only the object store has a recording. Returns whether there is still a recording with that name.
pub fn note_moved(
    connection: &mut Connection,
    call_id: &str,
    file: &str,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let row = recordings::table.find(call_id).filter(recordings::file.eq(file));
    Ok(diesel::update(row).set(recordings::moved_at.eq(column(now))).execute(connection)? == 1)
}

/// Stores why a recording can't be encoded or moved for now.
pub fn set_aside(connection: &mut Connection, call_id: &str, why: &str) -> Result<(), StoreError> {
    diesel::update(recordings::table.find(call_id))
        .set(recordings::set_aside.eq(kept_text(why)))
        .execute(connection)?;
    Ok(())
}

/// Makes recordings due again that were set aside.
pub fn retry_set_aside(connection: &mut Connection) -> Result<usize, StoreError> {
    let rows = recordings::table.filter(recordings::set_aside.is_not_null());
    Ok(diesel::update(rows).set(recordings::set_aside.eq(None::<String>)).execute(connection)?)
}
