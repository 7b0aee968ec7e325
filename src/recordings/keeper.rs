//! Encodes recordings of ended calls as Opus and moves them to the object store, one after the other, on a thread with low priority.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_actors::media::recorder::RecorderHandle;
use cordboard_actors::threads::{Started, Threads};
use cordboard_actors::world;
use cordboard_schema::limits::{RECORDINGS_AT_ONCE, RECORDINGS_POLL_MS, RECORDINGS_WAITING_REPORT_MS};
use cordboard_schema::time::UnixMs;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::files::RecordingFiles;
use super::names::{OPUS, OPUS_PART, inside, is_opus, with_extension};
use super::opus_file::{EncodeError, encode};
use super::tally::RecordingOutcome;
use crate::config::RecordingFormat;
use crate::durable_rename::rename_durably;
use crate::priority;
use crate::store::{Connection, DueRecording, Store, StoreError, change, query};

/// A gigabyte, the setting's unit, in bytes.
pub const GB: u64 = 1_000_000_000;

/// Why a pass over the recordings stopped.
#[derive(Debug, thiserror::Error)]
pub enum RecordingsError {
    /// The database can't be read or written at present.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file can't be written or deleted.
    #[error("the recording `{}` can't be written or deleted: {cause}; check that the server may write to its folder, and that the disk has room", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The object store does not accept recordings.
    #[error("recordings can't be moved to {place}: {cause}")]
    Remote {
        /// Name of the store in the settings.
        place: String,
        /// The store's error, or why there was no answer.
        cause: io::Error,
    },
    /// The server is stopping.
    #[error("the server is stopping")]
    Ending,
}

/// Encodes and moves recordings.
#[derive(Clone)]
pub struct RecordingKeeper {
    /// The store with the calls.
    pub store: Store,
    /// The files of recordings.
    pub files: RecordingFiles,
    /// The format for keeping recordings.
    pub format: RecordingFormat,
    /// Set when the server stops.
    pub stop: Arc<AtomicBool>,
    /// Whether there may be marks of recordings that nobody is working on. An earlier process may have left some.
    pub(super) has_marks: Arc<AtomicBool>,
    /// The recorder that stops starting recordings, and the number of local bytes at which it does.
    bound: Option<(RecorderHandle, u64)>,
}

/// The running thread.
#[derive(Debug)]
pub struct RecordingsWork {
    stop: Arc<AtomicBool>,
    /// Nothing is sent on it: dropping it ends the thread.
    _end: oneshot::Sender<()>,
    thread: Started,
}

impl RecordingsWork {
    /// Stops the work within some ms. Encoding or moving under way is abandoned, and begins again at the next start.
    pub async fn end(self) {
        let Self { stop, _end, thread } = self;
        stop.store(true, Ordering::Relaxed);
        drop(_end);
        if thread.ended().await.is_err() {
            tracing::error!("the thread that encodes and moves recordings panicked");
        }
    }
}

/// Since when the work fails, and when that was last reported.
#[derive(Debug, Default)]
struct Outage {
    logged_at: Option<UnixMs>,
}

impl Outage {
    fn end(&mut self) {
        self.logged_at = None;
    }

    /// Whether to log the outage now: at first, and then at intervals.
    fn needs_logging(&mut self, now: UnixMs) -> bool {
        let is_due = self.logged_at.is_none_or(|logged_at| now >= logged_at + RECORDINGS_WAITING_REPORT_MS);
        if is_due {
            self.logged_at = Some(now);
        }
        is_due
    }
}

/// The result for a WAV.
enum Outcome {
    /// It was encoded as Opus.
    Encoded { wav_bytes: u64, opus_bytes: u64 },
    /// It is kept as WAV for good.
    KeptAsWav(String),
    /// It can't be read for now.
    SetAside(String),
    /// It grew meanwhile: it is tried again.
    Growing,
}

impl RecordingKeeper {
    /// A keeper for this store and these files.
    pub fn new(store: Store, files: RecordingFiles, format: RecordingFormat) -> Self {
        let stop = Arc::default();
        let has_marks = Arc::new(AtomicBool::new(true));
        Self { store, files: files.stopped_by(&stop), format, stop, has_marks, bound: None }
    }

    /// The same, but while the object store accepts nothing and this many bytes are stored locally, `recorder` starts no recordings.
    #[must_use]
    pub fn bounded(self, recorder: RecorderHandle, bytes_max: u64) -> Self {
        Self { bound: Some((recorder, bytes_max)), ..self }
    }

    /// Whether recordings need work after their calls.
    pub fn has_work(&self) -> bool {
        self.format == RecordingFormat::Opus || self.files.remote().is_some()
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// The system can't start a thread.
    pub fn start(self) -> io::Result<RecordingsWork> {
        let stop = Arc::clone(&self.stop);
        let (end, ending) = oneshot::channel();
        let thread = Threads::here().start("recordings", move || async move {
            if Threads::here() == Threads::OnCores {
                priority::lower();
            }
            tokio::select! {
                biased;
                _ = ending => {}
                () = self.run() => {}
            }
        })?;
        Ok(RecordingsWork { stop, _end: end, thread })
    }

    async fn run(self) {
        let mut outage = Outage::default();
        if let Err(error) = self.store.change(change::retry_set_aside_recordings).await {
            tracing::warn!(%error, "recordings that were set aside are not tried again");
        }
        loop {
            let now = world::now().into();
            match self.run_once(now).await {
                Ok(()) => outage.end(),
                Err(RecordingsError::Ending) => return,
                Err(error) => {
                    if outage.needs_logging(now) {
                        let here = self.store.reads().run(query::unmoved_recordings).await.ok();
                        tracing::error!(%error, recordings_here = here, "recordings can't be encoded or moved for now; this is tried again");
                    }
                }
            }
            sleep(Duration::from_millis(RECORDINGS_POLL_MS)).await;
        }
    }

    /// Encodes and then moves all recordings that need it now, oldest first.
    ///
    /// # Errors
    /// The first [`RecordingsError`], because the next recording would fail as well. The next pass does the rest.
    pub async fn run_once(&self, now: UnixMs) -> Result<(), RecordingsError> {
        let settled = self.settle_marks().await;
        let encoded = match self.format {
            RecordingFormat::Opus => self.encode_all(now).await,
            RecordingFormat::Wav => Ok(()),
        };
        match encoded {
            Err(RecordingsError::Ending) => encoded,
            // A recording that can't be encoded does not stop others from being moved.
            encoded => {
                let moved = self.move_all(now).await;
                self.keep_bound(&moved);
                moved.and(encoded).and(settled)
            }
        }
    }

    /// Recordings that can't be moved must not fill the disk, which the database needs: above the bound new calls are not recorded.
    fn keep_bound(&self, moved: &Result<(), RecordingsError>) {
        let Some((recorder, bytes_max)) = &self.bound else { return };
        let is_away = matches!(moved, Err(RecordingsError::Remote { .. }));
        let here = if is_away { bytes_in(self.files.folder()) } else { 0 };
        let reason = (here > *bytes_max).then(|| {
            format!(
                "the object store accepts no recordings, and the data folder has {} GB of them, the maximum that recordings.local_gb_max allows",
                bytes_max / GB
            )
        });
        match (recorder.paused().is_some(), &reason) {
            (false, Some(reason)) => tracing::error!(bytes = here, "new calls are not recorded: {reason}"),
            (true, None) => tracing::info!("calls are recorded again"),
            _ => return,
        }
        recorder.pause(reason);
    }

    async fn encode_all(&self, now: UnixMs) -> Result<(), RecordingsError> {
        let mut after = None;
        let read = move |connection: &mut Connection, after: Option<&str>| {
            query::recordings_to_encode(connection, now, after, RECORDINGS_AT_ONCE)
        };
        loop {
            let found = self.due(&mut after, read).await?;
            if found.is_empty() {
                return Ok(());
            }
            for recording in found {
                self.check_running()?;
                let call_id = recording.call_id.clone();
                if recording.moved_at.is_some() && !is_opus(&recording.file) {
                    // It was moved while recordings were kept as WAV: there is no local copy, and it stays as it is.
                    self.done(call_id, now).await?;
                    continue;
                }
                let settled = self.settle(recording, now).await;
                if settled.as_ref().is_err_and(|error| self.has_no_room(error)) {
                    // A recording that waits for its Opus is not moved, so a full disk would stay full. Each is decided by itself: the next
                    // may have room.
                    self.files.tally().count(RecordingOutcome::KeptAsWav);
                    // The full disk itself is logged once.
                    tracing::info!(call_id, "a recording stays WAV: the disk has no room for its Opus");
                    self.done(call_id, now).await?;
                }
                settled?;
            }
        }
    }

    /// A batch of recordings, after the call `after`, which is set to the last one; `after` is none once all were read.
    pub(super) async fn due(
        &self,
        after: &mut Option<String>,
        read: impl FnOnce(&mut Connection, Option<&str>) -> Result<Vec<DueRecording>, StoreError> + Send + 'static,
    ) -> Result<Vec<DueRecording>, RecordingsError> {
        let from = after.clone();
        let read = move |connection: &mut Connection| read(connection, from.as_deref());
        let found = self.store.reads().run(read).await?;
        *after = found.last().map(|last| last.call_id.clone());
        Ok(found)
    }

    /// # Errors
    /// The server is stopping.
    pub(super) fn check_running(&self) -> Result<(), RecordingsError> {
        if self.stop.load(Ordering::Relaxed) { Err(RecordingsError::Ending) } else { Ok(()) }
    }

    /// Encodes one recording, whatever state it is in.
    async fn settle(&self, recording: DueRecording, now: UnixMs) -> Result<(), RecordingsError> {
        self.marked(recording, async |recording| self.settle_marked(recording, now).await).await
    }

    async fn settle_marked(&self, recording: DueRecording, now: UnixMs) -> Result<(), RecordingsError> {
        let DueRecording { call_id, file, .. } = recording;
        if !is_opus(&file) {
            match self.encode(&file)? {
                Outcome::Encoded { wav_bytes, opus_bytes } => {
                    self.files.tally().count(RecordingOutcome::Encoded);
                    tracing::info!(call_id, wav_bytes, opus_bytes, "a recording has become Opus");
                }
                Outcome::KeptAsWav(why) => {
                    self.files.tally().count(RecordingOutcome::KeptAsWav);
                    tracing::warn!(call_id, why, "a recording stays WAV");
                    return self.done(call_id, now).await;
                }
                Outcome::SetAside(why) => {
                    tracing::warn!(
                        call_id,
                        why,
                        "a recording can't be read: it is tried again after the next start"
                    );
                    return self.set_aside(call_id, why).await;
                }
                Outcome::Growing => return Ok(()),
            }
            let (id, before, name) = (call_id.clone(), file.clone(), with_extension(&file, OPUS));
            let rename =
                move |connection: &mut Connection| change::rename_recording(connection, &id, &before, &name);
            if !self.store.change(rename).await? {
                // It was deleted meanwhile. Settling its mark deletes the files made from it.
                return Ok(());
            }
        }
        self.delete(&with_extension(&file, super::names::WAV))?;
        self.done(call_id, now).await
    }

    /// Whether the disk has no room for an Opus, and gets room once a recording is moved.
    fn has_no_room(&self, error: &RecordingsError) -> bool {
        let RecordingsError::File { path, cause } = error else { return false };
        let is_full = matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        is_full && path.to_string_lossy().ends_with(OPUS_PART) && self.files.remote().is_some()
    }

    async fn done(&self, call_id: String, now: UnixMs) -> Result<(), RecordingsError> {
        let note =
            move |connection: &mut Connection| change::note_recording_encoded(connection, &call_id, now);
        Ok(self.store.change(note).await?)
    }

    pub(super) async fn set_aside(&self, call_id: String, why: String) -> Result<(), RecordingsError> {
        self.files.tally().count(RecordingOutcome::SetAside);
        let set = move |connection: &mut Connection| change::set_recording_aside(connection, &call_id, &why);
        Ok(self.store.change(set).await?)
    }

    /// Deletes a file, which may not exist.
    pub(super) fn delete(&self, name: &str) -> Result<(), RecordingsError> {
        let Some(path) = inside(self.files.folder(), name) else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(RecordingsError::File { path, cause })
            }
            _ => Ok(()),
        }
    }

    /// Encodes a WAV as Opus: completely and on disk, or not at all. Blocks.
    fn encode(&self, file: &str) -> Result<Outcome, RecordingsError> {
        let in_folder = |name: &str| inside(self.files.folder(), name);
        let paths = (in_folder(file), in_folder(&with_extension(file, OPUS)));
        let (Some(wav), Some(opus)) = paths else {
            return Ok(Outcome::SetAside("its name leads out of the folder".to_owned()));
        };
        let part = wav.with_extension(OPUS_PART);
        let wav_bytes = match fs::metadata(&wav) {
            Ok(found) => found.len(),
            // A backup was made after the rename and before the old file was deleted.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && opus.exists() => {
                let opus_bytes = fs::metadata(&opus).map_or(0, |found| found.len());
                return Ok(Outcome::Encoded { wav_bytes: 0, opus_bytes });
            }
            Err(cause) => return Ok(Outcome::SetAside(format!("{}: {cause}", wav.display()))),
        };
        let failed = |cause| RecordingsError::File { path: part.clone(), cause };
        let to = File::create(&part).map_err(failed)?;
        let outcome = match encode(&wav, BufWriter::new(&to), &self.stop) {
            Ok(()) if fs::metadata(&wav).map_or(0, |found| found.len()) != wav_bytes => Ok(Outcome::Growing),
            Ok(()) => keep(&to, &part, &opus)
                .map(|opus_bytes| Outcome::Encoded { wav_bytes, opus_bytes })
                .map_err(failed),
            Err(EncodeError::Unfit(why)) => Ok(Outcome::KeptAsWav(why)),
            Err(EncodeError::Unreadable(cause)) => {
                Ok(Outcome::SetAside(format!("{}: {cause}", wav.display())))
            }
            Err(EncodeError::Stopped) => Err(RecordingsError::Ending),
            Err(EncodeError::Io(cause)) => Err(failed(cause)),
        };
        if !matches!(outcome, Ok(Outcome::Encoded { .. })) {
            // If this fails as well, the next try overwrites the file.
            let _ = fs::remove_file(&part);
        }
        outcome
    }
}

/// Total bytes of the files in a folder. Files that can't be read count nothing.
fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

/// Renames a written file once it is on disk. Returns its length.
fn keep(file: &File, part: &Path, name: &Path) -> io::Result<u64> {
    rename_durably(part, name)?;
    Ok(file.metadata()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_outage_is_reported_at_once_and_then_hourly() {
        let mut outage = Outage::default();
        let day = 24 * 3_600_000 / RECORDINGS_POLL_MS;
        let mut logged = |first: u64| {
            let passes = (first..first + day).map(|pass| UnixMs(0) + pass * RECORDINGS_POLL_MS);
            passes.filter(|now| outage.needs_logging(*now)).map(|now| now.0).collect::<Vec<i64>>()
        };
        let hours: Vec<i64> = (0..24).map(|hour| hour * 3_600_000).collect();
        assert_eq!(logged(0), hours);
        assert_eq!(logged(day).len(), 24, "and it continues on the next day");
        outage.end();
        assert!(outage.needs_logging(UnixMs(0)), "the next outage is reported at once");
    }
}
