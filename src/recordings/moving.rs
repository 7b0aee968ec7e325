//! Moves recordings from the data folder to the object store.
//!
//! ```text
//! written here ──put──> there as well ──deleted here──> there alone ──> the row says so
//! ```
//!
//! A reader of a recording looks here first and then there, so it plays in each of these states. A process may be killed between any two of them: the
//! next process finds the row unchanged and continues from there.

use std::fs;
use std::io;

use cordboard_actors::media::{Repair, repair};
use cordboard_schema::limits::{RECORDINGS_AT_ONCE, RECORDINGS_UNMOVED_MAX};
use cordboard_schema::time::UnixMs;

use super::keeper::{RecordingKeeper, RecordingsError};
use super::names::{inside, is_opus};
use super::remote::{RemoteStore, is_unreadable};
use super::tally::RecordingOutcome;
use crate::config::RecordingFormat;
use crate::store::{Connection, DueRecording, MovedForms, change, query};

/// The result for a recording that was to be moved.
enum Move {
    /// Only the object store has it.
    Done { bytes: u64 },
    /// It is neither here nor there, or its name leads out of the folder.
    Missing,
    /// It is here, and can't be read.
    Unreadable(io::Error),
}

impl RecordingKeeper {
    /// Moves all recordings that need it now, oldest first. One that is refused does not delay the others, until several in a row are refused.
    pub(super) async fn move_all(&self, now: UnixMs) -> Result<(), RecordingsError> {
        let Some(remote) = self.files.remote() else { return Ok(()) };
        let forms = match self.format {
            RecordingFormat::Opus => MovedForms::Encoded,
            RecordingFormat::Wav => MovedForms::Settled,
        };
        let mut after = None;
        let read = move |connection: &mut Connection, after: Option<&str>| {
            query::recordings_to_move(connection, now, forms, after, RECORDINGS_AT_ONCE)
        };
        let (mut first, mut refused_in_a_row) = (Ok(()), 0);
        loop {
            let found = self.due(&mut after, read).await?;
            if found.is_empty() {
                return first;
            }
            for recording in found {
                self.check_running()?;
                match self.move_one(remote, recording, now).await {
                    Ok(()) => refused_in_a_row = 0,
                    Err(error @ RecordingsError::Remote { .. }) => {
                        self.check_running()?;
                        self.files.tally().count(RecordingOutcome::Refused);
                        first = first.and(Err(error));
                        refused_in_a_row += 1;
                        if refused_in_a_row == RECORDINGS_UNMOVED_MAX {
                            return first;
                        }
                    }
                    failed => return failed,
                }
            }
        }
    }

    async fn move_one(
        &self,
        remote: &RemoteStore,
        recording: DueRecording,
        now: UnixMs,
    ) -> Result<(), RecordingsError> {
        self.marked(recording, async |recording| self.move_marked(remote, recording, now).await).await
    }

    async fn move_marked(
        &self,
        remote: &RemoteStore,
        recording: DueRecording,
        now: UnixMs,
    ) -> Result<(), RecordingsError> {
        let DueRecording { call_id, file, .. } = recording;
        match self.carry(remote, &file)? {
            Move::Done { bytes } => {
                let (id, name) = (call_id.clone(), file.clone());
                let note = move |connection: &mut Connection| {
                    change::note_recording_moved(connection, &id, &name, now)
                };
                if self.store.change(note).await? {
                    self.files.tally().count(RecordingOutcome::Moved);
                    tracing::info!(call_id, bytes, "a recording was moved to the object store");
                }
                // If there is no such row, it was deleted meanwhile. Settling its mark deletes the files made from it.
                Ok(())
            }
            Move::Missing => {
                tracing::warn!(
                    call_id,
                    file,
                    "a recording is neither here nor in the object store: the next start looks for it again"
                );
                self.set_aside(call_id, "it is neither here nor in the object store".to_owned()).await
            }
            Move::Unreadable(cause) => {
                tracing::warn!(
                    call_id,
                    file,
                    %cause,
                    "a recording is not moved to the object store: it is tried again after the next start"
                );
                self.set_aside(call_id, format!("{file}: {cause}")).await
            }
        }
    }

    /// Uploads a recording and deletes the local file. Blocks.
    fn carry(&self, remote: &RemoteStore, file: &str) -> Result<Move, RecordingsError> {
        let Some(path) = inside(self.files.folder(), file) else { return Ok(Move::Missing) };
        // A process that was killed, or a disk that took no more, may have left a header that is shorter than the file. A message from Twilio has
        // another header, and stays as it is.
        if !is_opus(file)
            && let Ok(Repair::Repaired { ms }) = repair(&path)
        {
            tracing::info!(file, ms, "the header of a recording was repaired before it is moved");
        }
        let there = remote.len(file).map_err(|cause| refused(remote, cause))?;
        let bytes = match (fs::metadata(&path), there) {
            (Ok(here), Some(there)) if here.len() == there => there,
            (Ok(_), _) => match remote.put(file, &path) {
                Ok(bytes) => bytes,
                Err(cause) if is_unreadable(&cause) => return Ok(Move::Unreadable(cause)),
                Err(cause) => return Err(refused(remote, cause)),
            },
            (Err(cause), Some(there)) if cause.kind() == io::ErrorKind::NotFound => there,
            (Err(cause), None) if cause.kind() == io::ErrorKind::NotFound => return Ok(Move::Missing),
            (Err(cause), _) => return Err(RecordingsError::File { path, cause }),
        };
        self.delete(file)?;
        Ok(Move::Done { bytes })
    }
}

fn refused(remote: &RemoteStore, cause: io::Error) -> RecordingsError {
    RecordingsError::Remote { place: remote.shown().to_owned(), cause }
}
