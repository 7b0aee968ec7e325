//! Calls that a dead process has left open, rebuilt from their journals entry by entry. So a start never has a whole
//! journal in memory, and each call is no larger than a live one.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::fold::outside_ids_in;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::time::UnixMs;

use super::actor::CallIdentity;
use super::caller_page::CallerPage;
use super::log::CallLog;
use cordboard_call::machine::{FoldError, Folding, Machine};

/// Returns the end of a call that was found open and can't be resumed: a note and the end, after the newest entry of
/// its journal. Nothing else would end it.
pub fn unresumed(identity: CallIdentity, newest_seq: u64, at: UnixMs, reason: String) -> [JournalEntry; 2] {
    let CallIdentity { organization_id, call_id } = identity;
    let note = Fact::EffectFailed { effect: "resume".to_owned(), reason };
    let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
    let end = Decision::Ended { ending, next: NextStep::Hangup };
    let entry = |seq, event: Event| JournalEntry { organization_id, call_id, seq, at, event };
    [entry(newest_seq + 1, note.into()), entry(newest_seq + 2, end.into())]
}

/// The remains of a call whose process died.
#[derive(Debug)]
pub struct FoundCall {
    pub(crate) identity: CallIdentity,
    pub(crate) machine: Machine,
    /// The number of its newest entry.
    pub(crate) newest_seq: u64,
    /// When that was written.
    pub(crate) newest_at: UnixMs,
    /// Its names, in the order in which it got them.
    pub(crate) outside_ids: Vec<OutsideId>,
    pub(super) log: CallLog,
    pub(super) caller_page: CallerPage,
    /// Milliseconds in its recording, if there is one that can be read.
    pub(super) recorded_ms: Option<u64>,
    recording: JournalledRecording,
}

/// The state of a call's recording, by its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JournalledRecording {
    /// The journal has no recording. A process that is killed right after it has begun a file could not journal that.
    Absent,
    /// Its process died before it reported its end.
    Started,
    /// It has ended.
    Finished,
}

impl FoundCall {
    /// Whether it goes on in this process: it had not ended, or something that was ordered at its end is still to be
    /// done.
    pub fn goes_on(&self) -> bool {
        !self.machine.has_ended() || self.machine.has_work_left()
    }

    /// Returns the end of the recording that its process left open; `None` if there is none, or nothing of it can be
    /// read. If the caller comes back, the recorder continues the recording and reports its end.
    pub(super) fn recording_end(&self) -> Option<Fact> {
        let is_reported = self.recording == JournalledRecording::Finished;
        let duration_ms = self.recorded_ms.filter(|ms| !is_reported && *ms > 0)?;
        Some(Fact::RecordingFinished { duration_ms })
    }

    /// Returns the entry with the end of the recording that its process left open, for a call that does not go on.
    pub fn closing_entry(&self, at: UnixMs) -> Option<JournalEntry> {
        let CallIdentity { organization_id, call_id } = self.identity;
        let event = self.recording_end()?.into();
        Some(JournalEntry { organization_id, call_id, seq: self.newest_seq + 1, at, event })
    }
}

/// A call that is being rebuilt from its journal.
#[derive(Debug)]
pub struct Finding {
    identity: CallIdentity,
    folding: Folding,
    outside_ids: Vec<OutsideId>,
    log: CallLog,
    caller_page: CallerPage,
    recording: JournalledRecording,
    newest_at: UnixMs,
}

impl Finding {
    /// Begins with the journal's first entry.
    ///
    /// # Errors
    /// The entry does not start a call.
    pub fn begin(first: &JournalEntry) -> Result<Self, FoldError> {
        let identity = CallIdentity { organization_id: first.organization_id, call_id: first.call_id };
        let mut finding = Self {
            identity,
            folding: Folding::begin(first)?,
            outside_ids: Vec::new(),
            log: CallLog::default(),
            caller_page: CallerPage::default(),
            recording: JournalledRecording::Absent,
            newest_at: first.at,
        };
        finding.note(first);
        Ok(finding)
    }

    /// Takes in the next entry.
    ///
    /// # Errors
    /// The entry is not the next one.
    pub fn take(&mut self, entry: &JournalEntry) -> Result<(), FoldError> {
        self.folding.take(entry)?;
        self.note(entry);
        Ok(())
    }

    fn note(&mut self, entry: &JournalEntry) {
        self.newest_at = entry.at;
        self.outside_ids.extend_from_slice(outside_ids_in(entry));
        self.log.found(entry);
        self.caller_page.take(&entry.event);
        match &entry.event {
            Event::Fact(Fact::RecordingStarted { .. }) => self.recording = JournalledRecording::Started,
            Event::Fact(Fact::RecordingFinished { .. }) => self.recording = JournalledRecording::Finished,
            _ => {}
        }
    }

    /// Whether the call has ended, and something that was ordered at its end is still to be done, or its recording is
    /// still to be closed.
    pub fn is_unfinished(&self) -> bool {
        let machine = self.folding.so_far();
        machine.has_ended() && (machine.has_work_left() || self.recording == JournalledRecording::Started)
    }

    /// Whether its journal says that it was recorded.
    pub fn is_recorded(&self) -> bool {
        self.recording != JournalledRecording::Absent
    }

    /// Returns the call as its journal leaves it, with the milliseconds in its recording, if there is one that can be read.
    pub fn found(self, recorded_ms: Option<u64>) -> FoundCall {
        let Self { identity, folding, outside_ids, log, caller_page, recording, newest_at } = self;
        FoundCall {
            identity,
            newest_seq: folding.seq(),
            newest_at,
            machine: folding.machine(),
            outside_ids,
            log,
            caller_page,
            recorded_ms,
            recording,
        }
    }
}
