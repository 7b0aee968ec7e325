//! The things that the end of a call waits for: its connections, its recordings, the first answers to due writes, its last
//! tasks. It also reports calls for which the end of the server need not wait.

use std::collections::BTreeSet;
use std::time::Duration;

use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use tokio::time::Instant;
use tracing::warn;

use super::live_call::LiveCall;
use crate::messages::ToRegistry;

/// How long a call that has ended waits for its legs, its recording and its last work: a leg drains for 1 s, the
/// store may take 5 s to keep a message. Together with the 2 s of the commit it is less than the 10 s after which
/// nothing of a call may be left.
const WIND_UP: Duration = Duration::from_secs(7);

/// The end of a call, as far as its machine does not know it.
#[derive(Debug, Default)]
pub(super) struct WindUp {
    recordings_open: usize,
    /// The end of the recording that a dead process has left open, unless it is continued here.
    left_recording: Option<Fact>,
    /// Due writes that the store has not answered. A failure has to be in the journal: the next process finds there
    /// which writes are still due.
    pending_writes: BTreeSet<EffectId>,
    /// The call has ended: it leaves at this time even if parts of it have not reported their end.
    until: Option<Instant>,
    /// The timeout of the parts has passed.
    is_given_up: bool,
    /// The registry was notified that the caller needs no server for now.
    is_reported_alone: bool,
}

impl WindUp {
    /// A dead process has left a recording open, which has this end if nobody continues it.
    pub(super) fn recording_left(&mut self, end: Option<Fact>) {
        self.left_recording = end;
    }

    /// Takes the end of the recording that a dead process has left open.
    pub(super) fn take_left_recording(&mut self) -> Option<Fact> {
        self.left_recording.take()
    }

    /// A recording was begun, and its end will be reported. It continues one that was left open.
    pub(super) fn recording_began(&mut self) {
        self.recordings_open += 1;
        self.left_recording = None;
    }

    /// The end of a recording was reported.
    pub(super) fn recording_finished(&mut self) {
        self.recordings_open = self.recordings_open.saturating_sub(1);
    }

    /// The store was asked for a due write, and its answer will be reported.
    pub(super) fn pending_write_began(&mut self, effect: EffectId) {
        self.pending_writes.insert(effect);
    }

    /// The answer to a write was reported.
    pub(super) fn write_answered(&mut self, effect: EffectId) {
        self.pending_writes.remove(&effect);
    }

    /// Whether no recording is open and no due write is unanswered.
    fn has_nothing_open(&self) -> bool {
        self.recordings_open == 0 && self.pending_writes.is_empty()
    }

    /// The machine has ended the call: the time for its parts begins, once.
    pub(super) fn begin(&mut self) {
        self.until.get_or_insert_with(|| Instant::now() + WIND_UP);
    }
}

impl LiveCall {
    /// Reports whether the caller goes on without this server: a server that goes down does not wait for such a call.
    pub(super) fn report_alone(&mut self) {
        let is_so = self.machine.continues_alone();
        if std::mem::replace(&mut self.wind_up.is_reported_alone, is_so) != is_so {
            self.neighbours.registry.tell(ToRegistry::ContinuesAlone { call_id: self.id(), is_so });
        }
    }

    /// The time that parts of an ended call may still take; none before its end.
    pub(super) fn winds_up_in(&self) -> Option<Duration> {
        self.wind_up.until.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// The time for the parts of a call that has ended is up.
    pub(super) fn give_its_parts_up(&mut self) {
        if !self.is_over() {
            let (recordings, writes) = (self.wind_up.recordings_open, self.wind_up.pending_writes.len());
            let (legs, controls) = (self.legs.count(), self.controls.count());
            warn!(
                legs,
                controls,
                recordings,
                writes,
                "the call is dropped although parts of it have not reported their end"
            );
            self.wind_up.is_given_up = true;
        }
    }

    /// Whether the call has ended and nothing of it is left or awaited.
    pub(crate) fn is_over(&self) -> bool {
        let is_alone =
            self.legs.count() == 0 && self.controls.count() == 0 && self.wind_up.has_nothing_open();
        self.wind_up.is_given_up || (self.machine.is_over() && is_alone)
    }
}
