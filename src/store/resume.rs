//! The calls of a dead process: those that had not ended, and those that had just ended with work left, such as a message to store.
//!
//! However many and long they are, a start has only one page of one journal in memory: the resumed call gets the entries one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::NaiveDateTime;
use cordboard_actors::call::actor::CallIdentity;
use cordboard_actors::call::found::{Finding, unresumed};
use cordboard_actors::panic_text::panic_text;
use cordboard_actors::world;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{
    PENDING_WRITES_MS, RESUME_CALLS_MAX, RESUME_ENDED_MS, RESUME_EVENTS_MAX, RESUME_EVENTS_TOTAL_MAX,
    RESUME_PAGE_EVENTS,
};
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{call_events, calls, recordings};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::calls::is_live;
use super::events::{After, journal};
use super::{Connection, Store, StoreError};

/// The fact that a tool's work has ended, and its pattern when it failed.
const TOOL_DONE: &str = "tool_done";
const FAILED: &str = r#"%"failed"%"#;

/// The outcome of calls that had not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// They are resumed, newest first, within these limits.
    Within {
        /// Maximum of calls.
        calls: usize,
        /// Maximum of entries in all their journals together.
        events: u64,
    },
    /// They are ended.
    Nothing {
        /// The reason.
        because: String,
    },
}

impl Default for Resume {
    fn default() -> Self {
        Self::Within { calls: RESUME_CALLS_MAX, events: RESUME_EVENTS_TOTAL_MAX }
    }
}

/// The state of a call while its journal is read.
pub trait Resumes: Sized + Send + 'static {
    /// Begins with the first entry. The error says why a call can't begin with it.
    ///
    /// # Errors
    /// The call can't be resumed, for this reason.
    fn begin(first: &JournalEntry) -> Result<Self, String>;

    /// Applies the next entry.
    ///
    /// # Errors
    /// The call can't be resumed, for this reason.
    fn take(&mut self, entry: &JournalEntry) -> Result<(), String>;

    /// Tells whether it has ended, with some requested work left.
    fn is_unfinished(&self) -> bool;
}

impl Resumes for Finding {
    fn begin(first: &JournalEntry) -> Result<Self, String> {
        Self::begin(first).map_err(|fault| fault.to_string())
    }

    fn take(&mut self, entry: &JournalEntry) -> Result<(), String> {
        self.take(entry).map_err(|fault| fault.to_string())
    }

    fn is_unfinished(&self) -> bool {
        self.is_unfinished()
    }
}

/// The calls that a start finds.
#[derive(Debug)]
pub struct LeftCalls<T> {
    /// Those that are resumed, and those that had just ended with work left.
    pub open: Vec<(CallId, T)>,
    /// Those that can't be resumed, and are ended.
    pub ended: Vec<EndedUnread>,
}

/// An open call that can't be resumed, and is ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedUnread {
    /// Its organization.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The number of its last entry, which ends it.
    pub last_seq: u64,
    /// The length of its recording as far as that was reported, in ms.
    pub recorded_ms: u64,
}

/// The columns of `calls` that are needed before the journal is read.
struct Header {
    call_id: CallId,
    organization_id: OrganizationId,
    last_seq: u64,
}

impl Store {
    /// Returns the calls that a dead process left open, newest first, and after them those that had just ended with work left, each built from its
    /// journal. Calls that can't be resumed (an unreadable or too long journal, too many calls) are ended here, with a note in their journal, and
    /// returned as such. For all organizations: to be called once, at the start.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn open_calls<T: Resumes>(&self, resume: Resume) -> Result<LeftCalls<T>, StoreError> {
        let (found, endings) = self.reads().run(move |connection| find(connection, resume)).await?;
        self.journal(endings);
        Ok(found)
    }
}

/// The calls, and the entries that end those that can't be resumed.
fn find<T: Resumes>(
    connection: &mut Connection,
    resume: Resume,
) -> Result<(LeftCalls<T>, Vec<JournalEntry>), StoreError> {
    let rows: Vec<(String, String, i64)> = calls::table
        .filter(is_live())
        .order(calls::id.desc())
        .select((calls::id, calls::organization_id, calls::last_seq))
        .load(connection)?;
    let mut left = resume;
    let mut found = LeftCalls { open: Vec::new(), ended: Vec::new() };
    let mut endings = Vec::new();
    for row in rows {
        let header = match Header::read(&row) {
            Ok(header) => header,
            Err(error) => {
                tracing::error!(call_id = row.0, %error, "an open call's row can't be read; the call stays open");
                continue;
            }
        };
        let read = match left.take(header.last_seq) {
            Ok(()) => resumed(connection, &header)?,
            Err(reason) => Err(reason),
        };
        match read {
            Ok(call) => found.open.push((header.call_id, call)),
            Err(reason) => {
                tracing::error!(call_id = %header.call_id, reason, "an open call can't be resumed and is ended");
                let Header { organization_id, call_id, last_seq } = header;
                let identity = CallIdentity { organization_id, call_id };
                let ending = unresumed(identity, last_seq, world::now().into(), reason);
                let last_seq = last_seq + ending.len() as u64;
                let recorded_ms = recorded_ms(connection, call_id)?;
                found.ended.push(EndedUnread { organization_id, call_id, last_seq, recorded_ms });
                endings.extend(ending);
            }
        }
    }
    if matches!(left, Resume::Within { .. }) {
        match unfinished(connection, &mut left) {
            Err(error) if error.is_of_the_row() => {
                tracing::error!(%error, "the remaining work of calls of a dead process can't be read, and is not done");
            }
            read => found.open.extend(read?),
        }
    }
    Ok((found, endings))
}

/// The reported length of a call's recording, in ms.
fn recorded_ms(connection: &mut Connection, call_id: CallId) -> Result<u64, StoreError> {
    let row = recordings::table.find(call_id.to_string()).select(recordings::duration_ms);
    let reported: Option<Option<i64>> = row.first(connection).optional()?;
    Ok(reported.flatten().and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0))
}

/// Calls that had ended right before their process died, with work left or an open recording; and calls of the hour before whose writes failed. The
/// time of the process's death is not recorded: it is the end of the newest call, or later.
///
/// If the clock of an earlier process was ahead, the end of one of its calls is the newest for as long as the clock was ahead. So the newest end up
/// to now counts as well.
fn unfinished<T: Resumes>(
    connection: &mut Connection,
    left: &mut Resume,
) -> Result<Vec<(CallId, T)>, StoreError> {
    let now = world::now().naive_utc();
    let newest = newest_end(connection, None)?;
    let up_to_now = match newest {
        Some(newest) if newest > now => newest_end(connection, Some(now))?,
        _ => None,
    };
    let mut rows: Vec<(String, String, i64)> = Vec::new();
    for end in newest.into_iter().chain(up_to_now) {
        rows.extend(ended_before(connection, end)?);
    }
    // Sorted here, newest first: for the order SQLite would read all calls by id, and for their state all ended ones.
    rows.sort_unstable_by(|one, other| other.0.cmp(&one.0));
    rows.dedup();
    let mut found = Vec::new();
    for row in rows {
        // They have ended: one that can't be read stays as it is.
        let Ok(header) = Header::read(&row) else { continue };
        if left.take(header.last_seq).is_ok()
            && let Ok(call) = resumed::<T>(connection, &header)?
            && call.is_unfinished()
        {
            found.push((header.call_id, call));
        }
    }
    Ok(found)
}

/// When the newest call ended, or the newest of those that ended up to this moment.
fn newest_end(
    connection: &mut Connection,
    until: Option<NaiveDateTime>,
) -> Result<Option<NaiveDateTime>, StoreError> {
    let mut ends = calls::table
        .filter(calls::ended_at.is_not_null())
        .order(calls::ended_at.desc())
        .select(calls::ended_at)
        .into_boxed();
    if let Some(until) = until {
        ends = ends.filter(calls::ended_at.le(until));
    }
    let newest: Option<Option<NaiveDateTime>> = ends.first(connection).optional()?;
    Ok(newest.flatten())
}

/// Calls that ended up to this moment, and shortly before it; and those of the hour before it whose writes failed.
fn ended_before(
    connection: &mut Connection,
    end: NaiveDateTime,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    let just_ended = calls::ended_at.ge(end - Duration::from_millis(RESUME_ENDED_MS)).assume_not_null();
    let has_failed = call_events::table
        .filter(call_events::call_id.eq(calls::id))
        .filter(call_events::kind.eq(TOOL_DONE))
        .filter(call_events::data.like(FAILED));
    Ok(calls::table
        .filter(calls::ended_at.is_not_null())
        .filter(calls::ended_at.ge(end - Duration::from_millis(PENDING_WRITES_MS)))
        .filter(calls::ended_at.le(end))
        .filter(just_ended.or(exists(has_failed)))
        .select((calls::id, calls::organization_id, calls::last_seq))
        .load(connection)?)
}

impl Resume {
    /// Counts a call with this many entries against the limits. The error says why it can't be resumed.
    fn take(&mut self, entries: u64) -> Result<(), String> {
        match self {
            Self::Nothing { because } => Err(because.clone()),
            Self::Within { calls: 0, .. } => Err("too many newer calls were open".to_owned()),
            _ if entries > RESUME_EVENTS_MAX => {
                Err(format!("its journal has over {RESUME_EVENTS_MAX} entries"))
            }
            Self::Within { events, .. } if entries > *events => {
                Err("the journals of newer calls have used up what a start reads".to_owned())
            }
            Self::Within { calls, events } => {
                *calls -= 1;
                *events -= entries;
                Ok(())
            }
        }
    }
}

/// The call built from its journal, or why it can't be resumed.
fn resumed<T: Resumes>(
    connection: &mut Connection,
    header: &Header,
) -> Result<Result<T, String>, StoreError> {
    let mut call: Option<T> = None;
    let mut seq = 0;
    while seq < header.last_seq {
        let limit = RESUME_PAGE_EVENTS.min(header.last_seq - seq);
        let after = After { seq, limit: i64::try_from(limit).unwrap_or(i64::MAX) };
        let page = match journal(connection, header.organization_id, header.call_id, after) {
            Err(bad) if bad.is_of_the_row() => {
                return Ok(Err(format!("its journal can't be read: {bad}")));
            }
            read => read?,
        };
        let Some(newest) = page.last() else {
            return Ok(Err(format!("its journal ends before its entry {}", header.last_seq)));
        };
        seq = newest.seq;
        // A call whose journal makes the code panic must not end every start.
        let taken = catch_unwind(AssertUnwindSafe(|| take(&mut call, &page)));
        if let Err(reason) = taken.unwrap_or_else(|panic| Err(panic_text(panic.as_ref()).to_owned())) {
            return Ok(Err(reason));
        }
    }
    Ok(call.ok_or_else(|| "its journal is empty".to_owned()))
}

fn take<T: Resumes>(call: &mut Option<T>, page: &[JournalEntry]) -> Result<(), String> {
    for entry in page {
        match call {
            Some(call) => call.take(entry)?,
            None => *call = Some(T::begin(entry)?),
        }
    }
    Ok(())
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
}
