//! The recorder's work, on a thread of its own in production: takes requests off the channel, writes files, and never
//! gives up a file.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::{RECORDER_BLOCKS_MAX, RECORDING_GAP_MS_MAX};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, timeout_at};

use super::recorder::{Counts, RecordingEvent};
use super::recorder_trouble::RecorderTrouble;
use super::timeline::Stereo;
use super::wav_file::{OpenedFile, WavError, WavFile, recorded_ms};
use crate::live_count::Live;

/// How often the thread looks for ended recordings.
const SWEEP: Duration = Duration::from_millis(200);
/// How long the thread lets requests gather after it wakes up. Each wake-up costs the leg that sends and a switch of
/// threads; so there are at most 20 a second, however many calls are recorded.
const GATHER: Duration = Duration::from_millis(50);
/// Blocks of 200 ms between two checkpoints of a file: its header is at most 400 ms old.
const BLOCKS_PER_CHECKPOINT: u32 = 2;
/// How often a file that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// A recording whose file could be opened within this time of the request is written from its beginning on.
const AT_ONCE: Duration = Duration::from_millis(500);

/// A track's number within the recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrackId(pub(super) u64);

/// A request of a track to the thread.
pub(super) enum Request {
    Open(Box<Opening>),
    Audio { id: TrackId, block: Vec<Stereo> },
    Silence { id: TrackId, samples: u64 },
    End,
}

/// A recording to begin.
pub(super) struct Opening {
    pub(super) id: TrackId,
    pub(super) path: PathBuf,
    pub(super) rate: SampleRate,
    /// When it was requested.
    pub(super) asked_at: Instant,
    /// Samples of the whole recording once the track has ended; `u64::MAX` before.
    pub(super) end: Arc<AtomicU64>,
    /// Samples that found no room on their way to the thread; complete once the track has ended.
    pub(super) dropped: Arc<AtomicU64>,
    pub(super) on_event: Box<dyn Fn(RecordingEvent) + Send>,
}

/// Counters of all recordings.
struct Books {
    counts: Arc<Counts>,
    trouble: RecorderTrouble,
}

/// The thread's state.
pub(super) struct RecorderThread {
    requests: Receiver<Request>,
    books: Books,
    /// In boxes, because half of the entries of a growing tree are empty.
    recordings: BTreeMap<TrackId, Box<Recording>>,
    is_to_end: bool,
}

impl RecorderThread {
    pub(super) fn new(requests: Receiver<Request>, counts: Arc<Counts>) -> Self {
        let books = Books { counts, trouble: RecorderTrouble::default() };
        Self { requests, books, recordings: BTreeMap::new(), is_to_end: false }
    }

    /// Works until it is ordered to end or no requester is left; then it ends every file.
    pub(super) async fn run(mut self) {
        let mut next_sweep = Instant::now() + SWEEP;
        while !self.is_to_end {
            match timeout_at(next_sweep, self.requests.recv()).await {
                Ok(Some(request)) => {
                    #[cfg(feature = "fault-injection")]
                    crate::disk_fault::pass_slowly().await;
                    self.carry_out(request);
                    self.drain();
                    if !self.is_to_end {
                        sleep(GATHER).await;
                    }
                }
                Ok(None) => break,
                Err(_) => {}
            }
            if Instant::now() >= next_sweep {
                self.sweep();
                next_sweep = Instant::now() + SWEEP;
            }
        }
        self.drain();
        for (_, recording) in std::mem::take(&mut self.recordings) {
            self.finish(*recording);
        }
    }

    /// A panic of one request must not end the other calls' recordings, whatever a listener or a library does.
    fn carry_out(&mut self, request: Request) {
        if catch_unwind(AssertUnwindSafe(|| self.step(request))).is_err() {
            tracing::error!("a step of the recorder panicked and was given up");
        }
    }

    fn step(&mut self, request: Request) {
        match request {
            Request::Open(opening) => self.open(*opening),
            Request::Audio { id, block } => {
                if let Some(recording) = self.recordings.get_mut(&id) {
                    recording.write(Piece::Audio(&block), &mut self.books);
                }
            }
            Request::Silence { id, samples } => {
                if let Some(recording) = self.recordings.get_mut(&id) {
                    recording.write(Piece::Silence(samples), &mut self.books);
                }
            }
            Request::End => self.is_to_end = true,
        }
    }

    fn open(&mut self, opening: Opening) {
        // A call that resumes at once may find its earlier part still open here.
        let same_path = self.recordings.iter().find(|(_, other)| other.opening.path == opening.path);
        let earlier = same_path.map(|(id, _)| *id);
        if let Some(earlier) = earlier.and_then(|id| self.recordings.remove(&id)) {
            self.finish(*earlier);
        }
        self.recordings.insert(opening.id, Box::new(Recording::begin(opening, &mut self.books)));
    }

    /// Ends the recordings whose tracks have ended. Sound that their tracks sent before is in the channel by now, so
    /// it is written first; sound that could not be sent becomes silence.
    fn sweep(&mut self) {
        let is_ended = |recording: &Recording| recording.opening.end.load(Ordering::Acquire) != u64::MAX;
        let ended: Vec<TrackId> =
            self.recordings.iter().filter(|(_, it)| is_ended(it)).map(|(id, _)| *id).collect();
        if ended.is_empty() {
            return;
        }
        self.drain();
        for recording in ended.iter().filter_map(|id| self.recordings.remove(id)).collect::<Vec<_>>() {
            self.finish(*recording);
        }
    }

    /// Carries out what is in the channel now.
    fn drain(&mut self) {
        for _ in 0..RECORDER_BLOCKS_MAX {
            match self.requests.try_recv() {
                Ok(request) => self.carry_out(request),
                Err(_) => return,
            }
        }
    }

    fn finish(&mut self, recording: Recording) {
        let (id, books) = (recording.opening.id, &mut self.books);
        if catch_unwind(AssertUnwindSafe(|| recording.finish(books))).is_err() {
            tracing::error!("a recording's end panicked and was given up");
        }
        self.books.trouble.ended(id);
    }
}

/// Samples of a recording, as they come from its track.
enum Piece<'a> {
    Audio(&'a [Stereo]),
    Silence(u64),
}

impl Piece<'_> {
    fn samples(&self) -> u64 {
        match self {
            Self::Audio(block) => block.len() as u64,
            Self::Silence(samples) => *samples,
        }
    }
}

/// One recording and its file.
struct Recording {
    opening: Opening,
    file: FileState,
    /// Its beginning in the file, once the file was open.
    place: Option<Place>,
    /// Samples of this recording so far, written or lost, at its own rate.
    samples: u64,
    /// Samples of sound among them that the disk refused and that were not reported yet.
    lost: u64,
    pieces_since_checkpoint: u32,
    /// Milliseconds that the file held when it was last closed.
    ms_in_file: u64,
    is_failure_reported: bool,
    is_beginning_reported: bool,
    _live: Live,
}

/// The beginning of a recording in its file, in samples of the file. It does not change, however often the disk refuses.
#[derive(Clone, Copy)]
struct Place {
    samples: u64,
    /// Silence before it, for the time in which nobody wrote a file that is continued.
    gap_ms: Option<u64>,
}

impl Place {
    /// The place in a file that has just been opened, for a recording that was requested this long ago.
    fn in_file(file: &WavFile, found: &OpenedFile, asked_for: Duration) -> Self {
        let OpenedFile::Resumed { untouched_for } = found else {
            return Self { samples: file.samples(), gap_ms: None };
        };
        // Sound that came after the request has its own place, after the gap.
        let gap_ms = untouched_for.saturating_sub(asked_for).as_millis() as u64;
        let gap_ms = gap_ms.min(RECORDING_GAP_MS_MAX);
        let gap = gap_ms * u64::from(file.rate().hz()) / 1_000;
        Self { samples: file.samples() + gap, gap_ms: Some(gap_ms) }
    }
}

enum FileState {
    Open(WavFile),
    /// Can't be written now; sound is lost, but counted.
    Failing {
        retry_at: Instant,
    },
    /// Holds as much as a WAV file can.
    Full,
}

impl Recording {
    fn begin(opening: Opening, books: &mut Books) -> Self {
        let mut recording = Self {
            opening,
            file: FileState::Failing { retry_at: Instant::now() },
            place: None,
            samples: 0,
            lost: 0,
            pieces_since_checkpoint: 0,
            ms_in_file: 0,
            is_failure_reported: false,
            is_beginning_reported: false,
            _live: books.counts.recordings.one_more(),
        };
        if let Err(error) = recording.open_file(books) {
            recording.fail(&error, books);
        }
        recording
    }

    /// Opens the file for the first time or again, and fills it with silence up to the recording's present position.
    fn open_file(&mut self, books: &mut Books) -> Result<(), WavError> {
        let (mut file, found) = WavFile::open(&self.opening.path, self.opening.rate)?;
        let asked_for = self.opening.asked_at.elapsed();
        let late = if asked_for < AT_ONCE { Duration::ZERO } else { asked_for };
        // Before anything is written: a disk that takes only a part of the silence changes the file's date.
        let place = *self.place.get_or_insert_with(|| Place::in_file(&file, &found, late));
        let due = place.samples + self.at_rate_of(&file, self.samples);
        let missing = due.saturating_sub(file.samples());
        file.write_silence(missing)?;
        file.checkpoint()?;
        if !std::mem::replace(&mut self.is_beginning_reported, true) {
            if let Some(gap_ms) = place.gap_ms {
                self.tell(RecordingEvent::Resumed { gap_ms });
            }
            // Positions are counted from the moment of this event.
            let begun_at_ms = file.rate().ms_of_samples(place.samples);
            self.tell(RecordingEvent::Began { offset_ms: begun_at_ms + late.as_millis() as u64 });
        }
        if self.is_failure_reported {
            self.is_failure_reported = false;
            let lost_ms = self.opening.rate.ms_of_samples(std::mem::take(&mut self.lost));
            books.trouble.recovered(self.opening.id, lost_ms);
            self.tell(RecordingEvent::Recovered { lost_ms });
        } else {
            books.trouble.written();
        }
        self.file = FileState::Open(file);
        Ok(())
    }

    fn write(&mut self, piece: Piece<'_>, books: &mut Books) {
        if matches!(&self.file, FileState::Failing { retry_at } if Instant::now() >= *retry_at)
            && let Err(error) = self.open_file(books)
        {
            self.fail(&error, books);
        }
        let is_checkpoint_due = self.pieces_since_checkpoint + 1 >= BLOCKS_PER_CHECKPOINT;
        match self.append(&piece) {
            Ok(true) => {}
            Ok(false) => self.lose(&piece),
            Err(error) => {
                self.lose(&piece);
                self.fail(&error, books);
            }
        }
        if is_checkpoint_due
            && let FileState::Open(file) = &mut self.file
            && let Err(error) = file.checkpoint()
        {
            self.fail(&error, books);
        }
        self.pieces_since_checkpoint = if is_checkpoint_due { 0 } else { self.pieces_since_checkpoint + 1 };
        self.samples += piece.samples();
    }

    /// Writes a piece. Returns whether there is a file to write to.
    fn append(&mut self, piece: &Piece<'_>) -> Result<bool, WavError> {
        let rate = self.opening.rate;
        let FileState::Open(file) = &mut self.file else {
            return Ok(false);
        };
        match piece {
            Piece::Audio(block) => file.write(block)?,
            Piece::Silence(samples) => file.write_silence(converted(*samples, rate, file.rate()))?,
        }
        Ok(true)
    }

    fn lose(&mut self, piece: &Piece<'_>) {
        if let Piece::Audio(block) = piece {
            self.lost += block.len() as u64;
        }
    }

    /// Gives the file up for now. The repair finds the written part of a failed block later.
    fn fail(&mut self, error: &WavError, books: &mut Books) {
        books.counts.write_errors.fetch_add(1, Ordering::Relaxed);
        if let FileState::Open(file) = &self.file {
            self.ms_in_file = file.ms();
        }
        self.file = match error {
            WavError::Full { .. } => FileState::Full,
            _ => FileState::Failing { retry_at: Instant::now() + RETRY },
        };
        if !self.is_failure_reported {
            self.is_failure_reported = true;
            match error {
                // This concerns only this file.
                WavError::Full { .. } => tracing::error!(%error, "the rest of a recording is not kept"),
                _ => books.trouble.failed(self.opening.id, &self.opening.path, error),
            }
            self.tell(RecordingEvent::Failed { error: error.to_string() });
        }
    }

    fn finish(mut self, books: &mut Books) {
        if matches!(self.file, FileState::Failing { .. })
            && let Err(error) = self.open_file(books)
        {
            self.fail(&error, books);
        }
        let end = self.opening.end.load(Ordering::Acquire);
        if end != u64::MAX && end > self.samples {
            self.write(Piece::Silence(end - self.samples), books);
        }
        if let FileState::Open(file) = std::mem::replace(&mut self.file, FileState::Full) {
            self.ms_in_file = file.ms();
            match file.finish() {
                Ok(ms) => self.ms_in_file = ms,
                Err(error) => self.fail(&error, books),
            }
        } else {
            // The part before a resumption exists, even if nothing of this one could be written.
            self.ms_in_file = recorded_ms(&self.opening.path).unwrap_or(self.ms_in_file);
        }
        let lost = self.lost + self.opening.dropped.load(Ordering::Relaxed);
        if lost > 0 {
            self.tell(RecordingEvent::Lost { lost_ms: self.opening.rate.ms_of_samples(lost) });
        }
        let ms = self.ms_in_file;
        self.tell(RecordingEvent::Finished { path: self.opening.path.clone(), ms });
    }

    fn at_rate_of(&self, file: &WavFile, samples: u64) -> u64 {
        converted(samples, self.opening.rate, file.rate())
    }

    fn tell(&self, event: RecordingEvent) {
        (self.opening.on_event)(event);
    }
}

/// The number of samples at another rate that last equally long.
fn converted(samples: u64, from: SampleRate, to: SampleRate) -> u64 {
    samples * u64::from(to.hz()) / u64::from(from.hz())
}
