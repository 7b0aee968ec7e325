//! Recordings of calls that are over: which are still to become Opus, and what has become of them.

use chrono::NaiveDateTime;
use cordboard_schema::limits::{MESSAGE_AWAITED_MS_MAX, RECORDING_SETTLED_MS};
use cordboard_schema::tables::{calls, recordings};
use cordboard_schema::time::UnixMs;
use diesel::prelude::*;

use super::{Connection, StoreError};

/// A recording that is to become Opus.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct ToEncode {
    /// Its call.
    pub call_id: String,
    /// Its name in the folder of recordings.
    pub file: String,
}

fn column(moment: UnixMs) -> NaiveDateTime {
    moment.to_utc().naive_utc()
}

/// Recordings of all organizations that are to become Opus, the oldest first, behind that of the call `after`. Their calls have been over
/// for so long that nothing more is written to them; one that was never closed is awaited for as long as Twilio may take.
pub fn to_encode(
    connection: &mut Connection,
    now: UnixMs,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ToEncode>, StoreError> {
    let settled = column(now - RECORDING_SETTLED_MS);
    let given_up = column(now - MESSAGE_AWAITED_MS_MAX);
    let mut found = recordings::table
        .inner_join(calls::table.on(calls::id.eq(recordings::call_id)))
        .filter(recordings::encoded_at.is_null())
        .filter(recordings::set_aside.is_null())
        .filter(calls::ended_at.lt(settled))
        .filter(recordings::duration_ms.is_not_null().or(calls::ended_at.lt(given_up)))
        .order(recordings::call_id)
        .limit(limit)
        .select((recordings::call_id, recordings::file))
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(recordings::call_id.gt(after.to_owned()));
    }
    Ok(found.load(connection)?)
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

/// Notes why a recording can't be encoded for now.
pub fn set_aside(connection: &mut Connection, call_id: &str, why: &str) -> Result<(), StoreError> {
    diesel::update(recordings::table.find(call_id)).set(recordings::set_aside.eq(why)).execute(connection)?;
    Ok(())
}

/// Has those looked at again that were set aside.
pub fn look_again(connection: &mut Connection) -> Result<usize, StoreError> {
    let rows = recordings::table.filter(recordings::set_aside.is_not_null());
    Ok(diesel::update(rows).set(recordings::set_aside.eq(None::<String>)).execute(connection)?)
}
