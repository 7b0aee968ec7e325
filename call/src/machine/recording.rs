//! The position in the recording.

use cordboard_schema::time::UnixMs;

use super::Machine;

/// Maps times to positions in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) started_at: UnixMs,
    pub(super) offset_ms: u64,
}

impl Recording {
    /// Returns the position at `moment` in ms. 0 if the recording began later.
    pub(super) fn position(&self, moment: UnixMs) -> u64 {
        self.offset_ms + moment.ms_since(self.started_at)
    }
}

impl Machine {
    /// Returns when the recording had this length.
    pub(super) fn recorded_at(&self, recorded_ms: u64) -> Option<UnixMs> {
        let Recording { started_at, offset_ms } = self.recording?;
        Some(started_at + recorded_ms.saturating_sub(offset_ms))
    }

    /// Returns the position at `moment` in ms. 0 if the recording began later.
    pub(super) fn recording_position(&self, moment: UnixMs) -> Option<u64> {
        self.recording.map(|recording| recording.position(moment))
    }
}
