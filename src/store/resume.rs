//! What a process that died has left behind: the calls that were not over.

use cordboard_actors::world;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{RESUME_CALLS_MAX, RESUME_EVENTS_MAX};
use cordboard_schema::rows::BadRow;
use cordboard_schema::tables::calls;
use diesel::prelude::*;

use super::events::{After, journal};
use super::{Connection, Store, StoreError};

/// A call that is not over, and its journal.
pub type OpenCall = (CallId, Vec<JournalEntry>);

/// What a start finds.
#[derive(Debug, Default)]
struct Found {
    open: Vec<OpenCall>,
    /// Entries that end the calls which can't be resumed.
    endings: Vec<JournalEntry>,
}

/// The columns of `calls` that are needed before its journal is read.
struct Header {
    call_id: CallId,
    organization_id: OrganizationId,
    last_seq: u64,
}

impl Store {
    /// The calls that a process which died left open, newest first, each with its whole journal. Those that
    /// can't be resumed (a journal that can't be read or is too long, too many calls) are ended here, with a
    /// note in their journal. Of all organizations: to be asked once, at the start.
    pub async fn open_calls(&self) -> Result<Vec<OpenCall>, StoreError> {
        let found = self.reads().run(find).await?;
        self.journal(found.endings);
        Ok(found.open)
    }
}

fn find(connection: &mut Connection) -> Result<Found, StoreError> {
    let rows: Vec<(String, String, i64)> = calls::table
        .filter(calls::state.ne(cordboard_schema::call::CallState::Ended.as_str()))
        .order(calls::id.desc())
        .select((calls::id, calls::organization_id, calls::last_seq))
        .load(connection)?;
    let mut found = Found::default();
    for row in rows {
        let header = match Header::read(&row) {
            Ok(header) => header,
            Err(error) => {
                tracing::error!(call_id = row.0, %error, "an open call whose row can't be read is left as it is");
                continue;
            }
        };
        let read = if found.open.len() < RESUME_CALLS_MAX {
            resumable(connection, &header)?
        } else {
            Err(format!("more than {RESUME_CALLS_MAX} calls were open"))
        };
        match read {
            Ok(entries) => found.open.push((header.call_id, entries)),
            Err(reason) => {
                tracing::error!(call_id = %header.call_id, reason, "an open call can't be resumed and is ended");
                found.endings.extend(header.ending(reason));
            }
        }
    }
    Ok(found)
}

/// The journal, or why it can't be resumed from.
fn resumable(
    connection: &mut Connection,
    header: &Header,
) -> Result<Result<Vec<JournalEntry>, String>, StoreError> {
    let limit = RESUME_EVENTS_MAX + 1;
    let after = After { seq: 0, limit: i64::try_from(limit).unwrap_or(i64::MAX) };
    Ok(match journal(connection, header.organization_id, header.call_id, after) {
        Err(StoreError::BadRow(bad)) => Err(format!("its journal can't be read: {bad}")),
        Err(error) => return Err(error),
        Ok(entries) if entries.len() == limit => {
            Err(format!("its journal has over {RESUME_EVENTS_MAX} entries"))
        }
        Ok(entries) => match entries.first().map(|entry| &entry.event) {
            Some(Event::Fact(Fact::CallStarted { .. })) => Ok(entries),
            _ => Err("its journal has no beginning".to_owned()),
        },
    })
}

impl Header {
    fn read((id, organization_id, last_seq): &(String, String, i64)) -> Result<Self, BadRow> {
        let bad = |column, reason: String| BadRow { column, reason };
        Ok(Self {
            call_id: id.parse().map_err(|fault: uuid::Error| bad("calls.id", fault.to_string()))?,
            organization_id: organization_id
                .parse()
                .map_err(|fault: uuid::Error| bad("calls.organization_id", fault.to_string()))?,
            last_seq: u64::try_from(*last_seq).map_err(|fault| bad("calls.last_seq", fault.to_string()))?,
        })
    }

    /// A note and the end, behind what the journal holds.
    fn ending(&self, reason: String) -> [JournalEntry; 2] {
        let note = Fact::EffectFailed { effect: "resume".to_owned(), reason };
        let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
        let end = Decision::Ended { ending, next: NextStep::Hangup };
        let entry = |seq, event| JournalEntry {
            organization_id: self.organization_id,
            call_id: self.call_id,
            seq,
            at: world::now().into(),
            event,
        };
        [entry(self.last_seq + 1, note.into()), entry(self.last_seq + 2, end.into())]
    }
}
