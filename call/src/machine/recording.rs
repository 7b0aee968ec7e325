//! The position in the recording, and whether it is written.

use cordboard_schema::time::UnixMs;

use super::Machine;

/// Maps times to positions in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recording {
    started_at: UnixMs,
    offset_ms: u64,
    /// Since when it can't be written. It is tried again as long as the call goes on.
    fails_since: Option<UnixMs>,
}

impl Recording {
    /// Returns a recording that begins at this time, after `offset_ms` that the file already has.
    pub(super) const fn begun(started_at: UnixMs, offset_ms: u64) -> Self {
        Self { started_at, offset_ms, fails_since: None }
    }

    /// Returns the position at `moment` in ms. 0 if the recording began later.
    pub(super) fn position(&self, moment: UnixMs) -> u64 {
        self.offset_ms + moment.ms_since(self.started_at)
    }
}

impl Machine {
    /// Returns when the recording had this length.
    pub(super) fn recorded_at(&self, recorded_ms: u64) -> Option<UnixMs> {
        let Recording { started_at, offset_ms, .. } = self.recording?;
        Some(started_at + recorded_ms.saturating_sub(offset_ms))
    }

    /// Returns the position at `moment` in ms. 0 if the recording began later.
    pub(super) fn recording_position(&self, moment: UnixMs) -> Option<u64> {
        self.recording.map(|recording| recording.position(moment))
    }

    /// The recording can't be written any more.
    pub(super) fn recording_fails(&mut self, now: UnixMs) {
        if let Some(recording) = &mut self.recording {
            recording.fails_since.get_or_insert(now);
        }
    }

    /// The recording is written again, with silence for what was lost.
    pub(super) fn recording_goes_on(&mut self) {
        if let Some(recording) = &mut self.recording {
            recording.fails_since = None;
        }
    }

    /// Whether nothing since `moment` could be written.
    pub(super) fn is_unwritten_since(&self, moment: UnixMs) -> bool {
        let fails_since = self.recording.and_then(|recording| recording.fails_since);
        fails_since.is_some_and(|fails_since| fails_since <= moment)
    }
}
