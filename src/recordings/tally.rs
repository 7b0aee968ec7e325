//! Counts of recordings that were processed after their calls, since the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The result for a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordingOutcome {
    /// It became Opus.
    Encoded,
    /// It is kept as WAV for good: its content can't be encoded as Opus.
    KeptAsWav,
    /// It can't be read, or is missing: the next start tries again.
    SetAside,
    /// It was moved to the object store.
    Moved,
    /// The object store did not accept it: it is tried again.
    Refused,
}

impl RecordingOutcome {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Encoded, "encoded"),
        (Self::KeptAsWav, "stays_wav"),
        (Self::SetAside, "set_aside"),
        (Self::Moved, "moved"),
        (Self::Refused, "refused"),
    ];
}

/// Counts results. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordingTally(Arc<[AtomicU64; RecordingOutcome::ALL.len()]>);

impl RecordingTally {
    pub(super) fn count(&self, outcome: RecordingOutcome) {
        if let Some(count) = self.0.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often each result occurred.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        RecordingOutcome::ALL
            .iter()
            .zip(&*self.0)
            .map(|((_, word), count)| (*word, count.load(Ordering::Relaxed)))
    }
}
