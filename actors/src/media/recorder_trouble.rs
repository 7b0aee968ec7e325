//! Logs for operators that recordings can't be written: one line when that begins, however many calls are recorded,
//! and one when it is over. Each call's journal has its own entries.

use std::collections::BTreeSet;
use std::path::Path;

use tokio::time::Instant;

use super::recorder_thread::TrackId;
use super::wav_file::WavError;

/// Recordings that can't be written at the moment, and how many there were since that began.
#[derive(Debug, Default)]
pub(super) struct RecorderTrouble {
    failing: BTreeSet<TrackId>,
    since: Option<Since>,
}

#[derive(Debug)]
struct Since {
    began: Instant,
    recordings: u64,
    lost_ms: u64,
}

impl RecorderTrouble {
    /// A recording can no longer be written.
    pub(super) fn failed(&mut self, id: TrackId, path: &Path, error: &WavError) {
        self.failing.insert(id);
        if let Some(since) = &mut self.since {
            since.recordings += 1;
            return;
        }
        self.since = Some(Since { began: Instant::now(), recordings: 1, lost_ms: 0 });
        let path = path.display();
        tracing::error!(
            %path, %error,
            "recordings can't be written: calls go on, and lost sound becomes silence; check the disk"
        );
    }

    /// A failed file is written again, with silence of this length for the lost sound.
    pub(super) fn recovered(&mut self, id: TrackId, lost_ms: u64) {
        self.failing.remove(&id);
        if let Some(since) = &mut self.since {
            since.lost_ms += lost_ms;
        }
        self.written();
    }

    /// A recording has ended, well or not.
    pub(super) fn ended(&mut self, id: TrackId) {
        self.failing.remove(&id);
    }

    /// A file was opened: if no other one fails, the trouble is over.
    pub(super) fn written(&mut self) {
        if !self.failing.is_empty() {
            return;
        }
        if let Some(Since { began, recordings, lost_ms }) = self.since.take() {
            let duration_ms = began.elapsed().as_millis() as u64;
            tracing::info!(recordings, lost_ms, duration_ms, "recordings are written again");
        }
    }
}
