//! Reads a call's journal and transcript.

use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_tables::rows::{EventRow, TranscriptRow};
use cordboard_tables::tables::{call_events, transcript_items};
use diesel::prelude::*;

use super::{Connection, StoreError};

/// A part of a journal or a transcript: at most `limit` rows after a position.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The `seq` before the first row; 0 for the beginning.
    pub seq: u64,
    /// Maximum of rows.
    pub limit: i64,
}

impl After {
    /// Everything, for commands that show one call.
    pub const WHOLE: Self = Self { seq: 0, limit: i64::MAX };

    /// After positions beyond the column's range there is nothing.
    fn column(self) -> i64 {
        i64::try_from(self.seq).unwrap_or(i64::MAX)
    }
}

/// Returns a part of a call's journal, in order.
pub fn journal(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    after: After,
) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = call_events::table
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(call_events::call_id.eq(call_id.to_string()))
        .filter(call_events::seq.gt(after.column()))
        .order(call_events::seq)
        .limit(after.limit)
        .select(EventRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(EventRow::into_entry).collect::<Result<_, _>>()?)
}

/// Returns the entries of a call's journal that are of this kind, in order. A journal may have many thousands of entries, and other services report
/// on a call as often as they like.
pub fn journal_of_kind(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    kind: &str,
) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = call_events::table
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(call_events::call_id.eq(call_id.to_string()))
        .filter(call_events::kind.eq(kind))
        .order(call_events::seq)
        .select(EventRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(EventRow::into_entry).collect::<Result<_, _>>()?)
}

/// Returns a call's whole journal, of any organization: for commands that read the database directly.
pub fn whole_journal(connection: &mut Connection, call_id: CallId) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = call_events::table
        .filter(call_events::call_id.eq(call_id.to_string()))
        .order(call_events::seq)
        .select(EventRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(EventRow::into_entry).collect::<Result<_, _>>()?)
}

/// Returns a part of a call's transcript, in order.
pub fn transcript(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    after: After,
) -> Result<Vec<TranscriptItem>, StoreError> {
    let rows = transcript_items::table
        .filter(transcript_items::organization_id.eq(organization_id.to_string()))
        .filter(transcript_items::call_id.eq(call_id.to_string()))
        .filter(transcript_items::seq.gt(after.column()))
        .order(transcript_items::seq)
        .limit(after.limit)
        .select(TranscriptRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(TranscriptRow::into_item).collect::<Result<_, _>>()?)
}
