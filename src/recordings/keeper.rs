//! Has recordings of calls that are over become Opus and be moved to the object store, one after the other, on a thread that runs behind all
//! others.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_actors::media::recorder::RecorderHandle;
use cordboard_actors::threads::{Started, Threads};
use cordboard_actors::world;
use cordboard_schema::limits::{RECORDINGS_AT_ONCE, RECORDINGS_LOOK_MS, RECORDINGS_WAITING_TOLD_MS};
use cordboard_schema::time::UnixMs;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::files::RecordingFiles;
use super::names::{OPUS, OPUS_PART, inside, is_opus, with_extension};
use super::opus_file::{EncodeError, encode};
use super::tally::RecordingOutcome;
use crate::config::RecordingFormat;
use crate::priority;
use crate::put_in_place::put_in_place;
use crate::store::{Connection, DueRecording, Store, StoreError, change, query};

/// A GB of the setting, in bytes.
pub const GB: u64 = 1_000_000_000;

/// Why a look was cut off.
#[derive(Debug, thiserror::Error)]
pub enum RecordingsError {
    /// The database can't be read or written at the moment.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file can't be written or deleted.
    #[error("the recording `{}` can't be written or deleted: {cause}; see that the server may write in its folder, and that the disk has room", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The object store does not take them.
    #[error("recordings can't be moved to {place}: {cause}")]
    Remote {
        /// Name of the store in the settings.
        place: String,
        /// Its error, or why there was no answer.
        cause: io::Error,
    },
    /// The server is going down.
    #[error("the server is going down")]
    Ending,
}

/// Has recordings encoded and moved.
#[derive(Clone)]
pub struct RecordingKeeper {
    /// Store with the calls.
    pub store: Store,
    /// Files of recordings.
    pub files: RecordingFiles,
    /// Format of kept recordings.
    pub format: RecordingFormat,
    /// Set once the server goes down.
    pub stop: Arc<AtomicBool>,
    /// Whether there may be marks of recordings that nobody is at work on. A process before this one may have left some.
    pub(super) has_marks: Arc<AtomicBool>,
    /// Recorder that is told to begin no more recordings, and the number of bytes that may be stored locally before that.
    bound: Option<(RecorderHandle, u64)>,
}

/// The work, under way.
#[derive(Debug)]
pub struct RecordingsWork {
    stop: Arc<AtomicBool>,
    /// Never sent: it is dropped.
    _end: oneshot::Sender<()>,
    thread: Started,
}

impl RecordingsWork {
    /// Ends it within some ms: what is being encoded or moved is given up, and begun anew by the next start.
    pub async fn end(self) {
        let Self { stop, _end, thread } = self;
        stop.store(true, Ordering::Relaxed);
        drop(_end);
        if thread.ended().await.is_err() {
            tracing::error!("the thread that encodes and moves recordings panicked");
        }
    }
}

/// Since when the work fails, and when that was reported last.
#[derive(Debug, Default)]
struct Outage {
    told_at: Option<UnixMs>,
}

impl Outage {
    fn is_over(&mut self) {
        self.told_at = None;
    }

    /// Whether the log has a line of it now: at first, and then now and again.
    fn is_to_be_told(&mut self, now: UnixMs) -> bool {
        let is_due = self.told_at.is_none_or(|told_at| now >= told_at + RECORDINGS_WAITING_TOLD_MS);
        if is_due {
            self.told_at = Some(now);
        }
        is_due
    }
}

/// Result for a WAV.
enum Outcome {
    /// There is an Opus of it.
    Encoded { wav_bytes: u64, opus_bytes: u64 },
    /// It is kept as it is for good.
    StaysWav(String),
    /// It can't be read for now.
    SetAside(String),
    /// It has grown meanwhile: it is tried again.
    Growing,
}

impl RecordingKeeper {
    /// One who works on that store and those files.
    pub fn new(store: Store, files: RecordingFiles, format: RecordingFormat) -> Self {
        let stop = Arc::default();
        let has_marks = Arc::new(AtomicBool::new(true));
        Self { store, files: files.stopped_by(&stop), format, stop, has_marks, bound: None }
    }

    /// The same, who has this recorder begin no more recordings while the object store takes none and so many bytes lie here.
    #[must_use]
    pub fn bounded(self, recorder: RecorderHandle, bytes_max: u64) -> Self {
        Self { bound: Some((recorder, bytes_max)), ..self }
    }

    /// Whether there is anything to do after calls.
    pub fn has_work(&self) -> bool {
        self.format == RecordingFormat::Opus || self.files.remote().is_some()
    }

    /// Starts the work.
    ///
    /// # Errors
    /// The system gives no thread.
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
        if let Err(error) = self.store.change(change::look_again_at_recordings).await {
            tracing::warn!(%error, "recordings that were set aside are not looked at again");
        }
        loop {
            let now = world::now().into();
            match self.look(now).await {
                Ok(()) => outage.is_over(),
                Err(RecordingsError::Ending) => return,
                Err(error) => {
                    if outage.is_to_be_told(now) {
                        let here = self.store.reads().run(query::unmoved_recordings).await.ok();
                        tracing::error!(%error, recordings_here = here, "recordings stay as they are and where they are; it is tried again");
                    }
                }
            }
            sleep(Duration::from_millis(RECORDINGS_LOOK_MS)).await;
        }
    }

    /// Encodes and then moves all that is to be encoded or moved at this moment, the oldest first.
    ///
    /// # Errors
    /// The first [`RecordingsError`]: it would be the next recording's as well. Work that was not done is done by another look.
    pub async fn look(&self, now: UnixMs) -> Result<(), RecordingsError> {
        let settled = self.settle_marks().await;
        let encoded = match self.format {
            RecordingFormat::Opus => self.encode_all(now).await,
            RecordingFormat::Wav => Ok(()),
        };
        match encoded {
            Err(RecordingsError::Ending) => encoded,
            // A recording that can't be encoded does not keep the others here.
            encoded => {
                let moved = self.move_all(now).await;
                self.keep_bound(&moved);
                moved.and(encoded).and(settled)
            }
        }
    }

    /// Recordings that can't be moved must not fill the disk, which the database needs: beyond the bound new calls are not recorded.
    fn keep_bound(&self, moved: &Result<(), RecordingsError>) {
        let Some((recorder, bytes_max)) = &self.bound else { return };
        let is_away = matches!(moved, Err(RecordingsError::Remote { .. }));
        let here = if is_away { bytes_in(self.files.folder()) } else { 0 };
        let reason = (here > *bytes_max).then(|| {
            format!(
                "the object store takes no recordings, and {} GB of them lie in the data folder, which is all that recordings.local_gb_max allows",
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
                self.go_on()?;
                let call_id = recording.call_id.clone();
                if recording.moved_at.is_some() && !is_opus(&recording.file) {
                    // It was moved while recordings were kept as WAV: there is none of it here, and it stays as it is.
                    self.done(call_id, now).await?;
                    continue;
                }
                let settled = self.settle(recording, now).await;
                if settled.as_ref().is_err_and(|error| self.has_no_room(error)) {
                    // A recording that waits for its Opus is not moved, so a full disk would stay full. One at a time: the next may find room.
                    self.files.tally().count(RecordingOutcome::StaysWav);
                    // The full disk itself has one line of the log.
                    tracing::info!(call_id, "a recording stays WAV: the disk has no room for its Opus");
                    self.done(call_id, now).await?;
                }
                settled?;
            }
        }
    }

    /// Recordings of a part, after that of the call `after`, which moves on to the last of them; none once all were read.
    pub(super) async fn due(
        &self,
        after: &mut Option<String>,
        read: impl FnOnce(&mut Connection, Option<&str>) -> Result<Vec<DueRecording>, StoreError> + Send + 'static,
    ) -> Result<Vec<DueRecording>, RecordingsError> {
        let behind = after.clone();
        let read = move |connection: &mut Connection| read(connection, behind.as_deref());
        let found = self.store.reads().run(read).await?;
        *after = found.last().map(|last| last.call_id.clone());
        Ok(found)
    }

    /// # Errors
    /// The server is going down.
    pub(super) fn go_on(&self) -> Result<(), RecordingsError> {
        if self.stop.load(Ordering::Relaxed) { Err(RecordingsError::Ending) } else { Ok(()) }
    }

    /// Brings one recording from wherever it is to its end.
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
                Outcome::StaysWav(why) => {
                    self.files.tally().count(RecordingOutcome::StaysWav);
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
                // It was deleted meanwhile, and so is what was made of it as its mark is settled.
                return Ok(());
            }
        }
        self.delete(&with_extension(&file, super::names::WAV))?;
        self.done(call_id, now).await
    }

    /// Whether the disk has no room for an Opus, and has some once a recording is moved.
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

    /// Deletes a file, which may be gone already.
    pub(super) fn delete(&self, name: &str) -> Result<(), RecordingsError> {
        let Some(path) = inside(self.files.folder(), name) else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(RecordingsError::File { path, cause })
            }
            _ => Ok(()),
        }
    }

    /// Makes the Opus of a WAV: whole and on disk, or not at all. Blocks.
    fn encode(&self, file: &str) -> Result<Outcome, RecordingsError> {
        let in_folder = |name: &str| inside(self.files.folder(), name);
        let paths = (in_folder(file), in_folder(&with_extension(file, OPUS)));
        let (Some(wav), Some(opus)) = paths else {
            return Ok(Outcome::SetAside("its name leads out of the folder".to_owned()));
        };
        let part = wav.with_extension(OPUS_PART);
        let wav_bytes = match fs::metadata(&wav) {
            Ok(found) => found.len(),
            // A backup was made between the new name and the old file's end.
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
            Err(EncodeError::Unfit(why)) => Ok(Outcome::StaysWav(why)),
            Err(EncodeError::Unreadable(cause)) => {
                Ok(Outcome::SetAside(format!("{}: {cause}", wav.display())))
            }
            Err(EncodeError::Stopped) => Err(RecordingsError::Ending),
            Err(EncodeError::Io(cause)) => Err(failed(cause)),
        };
        if !matches!(outcome, Ok(Outcome::Encoded { .. })) {
            // If that fails as well, the next try begins the file anew.
            let _ = fs::remove_file(&part);
        }
        outcome
    }
}

/// Bytes of the files of a folder. Those that can't be looked at count nothing.
fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

/// Gives a file that is written its name, once it is on disk. Says how long it is.
fn keep(file: &File, part: &Path, name: &Path) -> io::Result<u64> {
    put_in_place(part, name)?;
    Ok(file.metadata()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_outage_is_reported_at_once_and_then_hourly() {
        let mut outage = Outage::default();
        let day = 24 * 3_600_000 / RECORDINGS_LOOK_MS;
        let mut told = |first: u64| {
            let looks = (first..first + day).map(|look| UnixMs(0) + look * RECORDINGS_LOOK_MS);
            looks.filter(|now| outage.is_to_be_told(*now)).map(|now| now.0).collect::<Vec<i64>>()
        };
        let hours: Vec<i64> = (0..24).map(|hour| hour * 3_600_000).collect();
        assert_eq!(told(0), hours);
        assert_eq!(told(day).len(), 24, "nor does it stop on the next day");
        outage.is_over();
        assert!(outage.is_to_be_told(UnixMs(0)), "the next one is told at once");
    }
}
