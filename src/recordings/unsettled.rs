//! Marks of recordings that are being encoded or moved. A recording may be deleted meanwhile, with its row. Files that are made from it afterwards
//! have no row, so only the mark leads to them:
//!
//! ```text
//! id.unsettled ──encoded, or moved──> there is its row: the mark goes
//!                                     └── there is none: all forms are deleted, here and there, then the mark goes
//! ```
//!
//! A mark that a killed process left, or whose files could not be deleted, is settled by the next pass.

use std::fs;
use std::sync::atomic::Ordering;

use cordboard_schema::ids::CallId;

use super::files::NotDeleted;
use super::keeper::{RecordingKeeper, RecordingsError};
use super::names::{WAV, inside, with_extension};
use crate::store::{Connection, DueRecording, query};

/// The extension of a mark. Its content is the call's id.
const UNSETTLED: &str = "unsettled";

impl RecordingKeeper {
    /// Works on a recording, with a mark meanwhile.
    ///
    /// # Errors
    /// The error of the work, or of settling the mark.
    pub(super) async fn marked(
        &self,
        recording: DueRecording,
        work: impl AsyncFnOnce(DueRecording) -> Result<(), RecordingsError>,
    ) -> Result<(), RecordingsError> {
        let (call_id, file) = (recording.call_id.clone(), recording.file.clone());
        self.mark(&call_id, &file);
        let done = work(recording).await;
        done.and(self.settle_mark(&call_id, &file).await)
    }

    /// Marks a recording that is about to change. On a full disk there is no room for a mark, and the recording is changed without one.
    fn mark(&self, call_id: &str, file: &str) {
        let Some(mark) = inside(self.files.folder(), &with_extension(file, UNSETTLED)) else { return };
        if let Err(cause) = fs::write(&mark, call_id) {
            tracing::debug!(call_id, %cause, "a recording is changed without a mark");
        }
    }

    /// Settles a mark: removes it if the recording has its row, or else deletes the recording in all its forms.
    ///
    /// # Errors
    /// The row can't be read, or a file can't be deleted: the mark stays.
    async fn settle_mark(&self, call_id: &str, file: &str) -> Result<(), RecordingsError> {
        let settled = self.delete_without_row(call_id, file).await;
        match settled {
            // A mark that can't be removed is settled by the next start, and does no harm.
            Ok(()) => drop(self.delete(&with_extension(file, UNSETTLED))),
            Err(_) => self.has_marks.store(true, Ordering::Relaxed),
        }
        settled
    }

    async fn delete_without_row(&self, call_id: &str, file: &str) -> Result<(), RecordingsError> {
        let id = call_id.to_owned();
        let has_row = move |connection: &mut Connection| query::has_recording(connection, &id);
        if self.store.reads().run(has_row).await? {
            return Ok(());
        }
        let deleted = self.files.delete(file);
        deleted.map(drop).map_err(|NotDeleted { path, cause, is_remote }| match self.files.remote() {
            Some(remote) if is_remote => RecordingsError::Remote { place: remote.shown().to_owned(), cause },
            _ => RecordingsError::File { path, cause },
        })
    }

    /// Settles the marks that were left.
    ///
    /// # Errors
    /// The first [`RecordingsError`], because the next mark would fail as well.
    pub(super) async fn settle_marks(&self) -> Result<(), RecordingsError> {
        if !self.has_marks.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        for (call_id, file) in self.marks() {
            self.settle_mark(&call_id, &file).await?;
        }
        Ok(())
    }

    /// The calls of the marks in the folder, each with a name of its recording.
    fn marks(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.files.folder()).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let marks = names.filter(|name| name.rsplit_once('.').is_some_and(|(_, ending)| ending == UNSETTLED));
        marks.filter_map(|mark| Some((self.call_of(&mark)?, with_extension(&mark, WAV)))).collect()
    }

    /// The call of a mark; none if a power cut left an incomplete id, which no row would match.
    fn call_of(&self, mark: &str) -> Option<String> {
        let id = fs::read_to_string(self.files.folder().join(mark)).ok()?;
        id.parse::<CallId>().ok().map(|call_id| call_id.to_string())
    }
}
