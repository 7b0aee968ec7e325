//! The recorder: one thread per node that writes every call's recording (a task, if the server runs on a single thread).
//!
//! ```text
//! leg's writer task: Track.tick(right) \
//!                                        Timeline -> blocks of 200 ms -> bounded channel -> thread -> WAV files
//! leg's reader task: TrackInlet.heard() /
//! ```
//!
//! A leg never waits for a disk. Sound that the channel can't take becomes silence of the same length. So does sound
//! that the disk refuses, once the disk takes writes again. Later sound is never shifted. A [`Track`] ends its file
//! when it is dropped.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_schema::audio::{Frame, Resampler, SampleRate, g711};
use cordboard_schema::limits::RECORDER_BLOCKS_MAX;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::watch;
use tokio::time::Instant;

use super::recorder_thread::{Opening, RecorderThread, Request, TrackId};
use super::timeline::{Section, Timeline};
use crate::live_count::LiveCount;
use crate::threads::{Started, Threads};

/// An event of a recording. Sent on the recorder's thread, so a listener should only pass it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingEvent {
    /// The file is open for the first time.
    Began {
        /// Milliseconds that the file holds up to now: what it held before, the silence for the time since, and what
        /// was lost if a disk refused the file at first.
        offset_ms: u64,
    },
    /// The file of an interrupted recording continues, after silence for the time in between.
    Resumed {
        /// Milliseconds of silence that were added.
        gap_ms: u64,
    },
    /// The file can't be written. Reported once; then it is tried again every second while the call goes on.
    Failed {
        /// The cause, for an operator.
        error: String,
    },
    /// The file can be written again.
    Recovered {
        /// Milliseconds of silence that were added for the sound lost meanwhile.
        lost_ms: u64,
    },
    /// Some sound could not be written up to the end, or did not reach the writer. Reported once, before the end.
    Lost {
        /// Milliseconds that are silence, or are missing at the end.
        lost_ms: u64,
    },
    /// The recording ended. Always the last event.
    Finished {
        /// The file; it does not exist if it could never be written.
        path: PathBuf,
        /// Milliseconds of audio in the file.
        ms: u64,
    },
}

/// Figures of the recorder, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecorderCounters {
    /// Recordings that have begun and not ended.
    pub recordings_open: u64,
    /// Blocks of 200 ms that became silence because the thread did not keep up.
    pub blocks_dropped: u64,
    /// Times that a file could not be opened or written.
    pub write_errors: u64,
}

/// [`RecorderCounters`] as they are counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) recordings: LiveCount,
    pub(super) blocks_dropped: AtomicU64,
    pub(super) write_errors: AtomicU64,
}

/// The recorder of a node. It ends with [`end`](Self::end), or when it and all its handles and tracks are gone.
#[derive(Debug)]
pub struct Recorder {
    handle: RecorderHandle,
    thread: Started,
}

impl Recorder {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system can't start a thread.
    pub fn start() -> io::Result<Self> {
        Self::start_counting(LiveCount::new())
    }

    /// Starts the thread; open recordings are counted in `recordings`.
    ///
    /// # Errors
    /// If the system can't start a thread.
    pub fn start_counting(recordings: LiveCount) -> io::Result<Self> {
        Self::with_queue(RECORDER_BLOCKS_MAX, recordings)
    }

    fn with_queue(blocks_max: usize, recordings: LiveCount) -> io::Result<Self> {
        let (requests, received) = channel(blocks_max);
        let counts = Arc::new(Counts { recordings, ..Counts::default() });
        let writer = RecorderThread::new(received, Arc::clone(&counts));
        let thread = Threads::here().start("recorder", move || writer.run())?;
        let (paused, _) = watch::channel(None);
        let handle = RecorderHandle { requests, counts, next_track: Arc::default(), paused };
        Ok(Self { handle, thread })
    }

    /// Returns a handle by which recordings can be opened from anywhere.
    pub fn handle(&self) -> RecorderHandle {
        self.handle.clone()
    }

    /// Writes everything that was handed over, ends every file and waits for the thread. Tracks that still exist lose
    /// the sound that they keep back (less than a second) and record nothing more.
    pub async fn end(self) {
        // An error means that the thread has already gone, which is the aim.
        let _ = self.handle.requests.send(Request::End).await;
        if self.thread.ended().await.is_err() {
            tracing::error!("the recorder's thread panicked");
        }
    }

    /// As [`end`](Self::end), for a thread outside every runtime.
    pub fn join(self) {
        let _ = self.handle.requests.blocking_send(Request::End);
        if self.thread.wait().is_err() {
            tracing::error!("the recorder's thread panicked");
        }
    }
}

/// Opens recordings.
#[derive(Clone, Debug)]
pub struct RecorderHandle {
    requests: Sender<Request>,
    counts: Arc<Counts>,
    next_track: Arc<AtomicU64>,
    /// Why no recordings are begun; none if they are.
    paused: watch::Sender<Option<String>>,
}

impl RecorderHandle {
    /// Begins a recording at `path`, of samples at `rate` (the caller's). Its folder must exist.
    ///
    /// An existing recording is repaired and continued: first silence for the time since it was last written (at most
    /// 10 minutes), then the present sound, resampled if the file has another rate. Never blocks; failures go to
    /// `on_event`.
    pub fn open(
        &self,
        path: PathBuf,
        rate: SampleRate,
        on_event: impl Fn(RecordingEvent) + Send + 'static,
    ) -> Track {
        let id = TrackId(self.next_track.fetch_add(1, Ordering::Relaxed));
        let end = Arc::new(AtomicU64::new(u64::MAX));
        let dropped = Arc::new(AtomicU64::new(0));
        let opening = Opening {
            id,
            path,
            rate,
            asked_at: Instant::now(),
            end: Arc::clone(&end),
            dropped: Arc::clone(&dropped),
            on_event: Box::new(on_event),
        };
        let mut outlet = Outlet {
            id,
            requests: self.requests.clone(),
            counts: Arc::clone(&self.counts),
            opening: Some(Box::new(opening)),
            samples: 0,
            pending_silence: 0,
            end,
            dropped,
        };
        outlet.send_opening();
        let shared =
            Arc::new(Shared { rate, began: Instant::now(), timeline: Mutex::new(Timeline::new(rate)) });
        Track { shared, outlet, resampler: None }
    }

    /// Stops new recordings from beginning, for this reason; `None` lets them begin again. Running recordings go on.
    pub fn pause(&self, reason: Option<String>) {
        self.paused.send_replace(reason);
    }

    /// Why no recording may begin at the moment.
    pub fn paused(&self) -> Option<String> {
        self.paused.borrow().clone()
    }

    /// Counters of the recorder.
    pub fn counters(&self) -> RecorderCounters {
        let Counts { recordings, blocks_dropped, write_errors } = &*self.counts;
        RecorderCounters {
            recordings_open: recordings.now() as u64,
            blocks_dropped: blocks_dropped.load(Ordering::Relaxed),
            write_errors: write_errors.load(Ordering::Relaxed),
        }
    }
}

/// State that the track and its inlets share.
struct Shared {
    rate: SampleRate,
    began: Instant,
    timeline: Mutex<Timeline>,
}

impl Shared {
    fn timeline(&self) -> MutexGuard<'_, Timeline> {
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A recording that is being made, owned by the task that ticks the caller's ear. The recording ends when this is dropped.
pub struct Track {
    shared: Arc<Shared>,
    outlet: Outlet,
    /// Resampler for the ear's sound, if its rate is not the recording's.
    resampler: Option<Resampler>,
}

impl Track {
    /// Rate of the recording's samples.
    pub fn rate(&self) -> SampleRate {
        self.shared.rate
    }

    /// The inlet for the caller's voice.
    pub fn inlet(&self) -> TrackInlet {
        TrackInlet { shared: Arc::clone(&self.shared) }
    }

    /// One tick of the caller's ear: the 20 ms that were written to the connection, `None` for silence. To be called
    /// at the time of the tick, because that is the recording's clock. Missed ticks become silence automatically.
    pub fn tick(&mut self, right: Option<&Frame>) {
        let played: Cow<'_, [i16]> = match right {
            None => Cow::Borrowed(&[]),
            Some(Frame::G711 { law, bytes }) => {
                self.at_own_rate(SampleRate::HZ_8000, Cow::Owned(g711::decode_all(*law, bytes)))
            }
            Some(Frame::Pcm { rate, samples }) => self.at_own_rate(*rate, Cow::Borrowed(&samples[..])),
        };
        let ready = {
            let mut timeline = self.shared.timeline();
            timeline.tick(self.shared.began.elapsed(), &played);
            timeline.take_ready()
        };
        self.outlet.send(ready);
    }

    /// Adds silence of this length, for time that passes without ticks.
    pub fn gap(&mut self, ms: u64) {
        let ready = {
            let mut timeline = self.shared.timeline();
            timeline.gap(ms);
            timeline.take_ready()
        };
        self.outlet.send(ready);
    }

    /// Milliseconds of the caller's voice that were dropped because they came in too late or too fast.
    pub fn caller_ms_dropped(&self) -> u64 {
        self.shared.rate.ms_of_samples(self.shared.timeline().left_samples_dropped())
    }

    /// Ends the recording, as dropping the track does.
    pub fn finish(self) {}

    /// Converts the samples to the recording's rate; they stay as they are if they have it already.
    fn at_own_rate<'a>(&mut self, rate: SampleRate, samples: Cow<'a, [i16]>) -> Cow<'a, [i16]> {
        let own = self.shared.rate;
        if rate == own {
            self.resampler = None;
            return samples;
        }
        let resampler = match self.resampler.take() {
            Some(running) if running.from_rate() == rate => running,
            _ => Resampler::live(rate, own),
        };
        let mut converted = Vec::new();
        self.resampler.insert(resampler).push(&samples, &mut converted);
        Cow::Owned(converted)
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        let ready = {
            let mut timeline = self.shared.timeline();
            timeline.finish();
            timeline.take_ready()
        };
        self.outlet.send(ready);
        self.outlet.end();
    }
}

/// The inlet for the caller's voice into a recording, owned by the task that reads the caller's connection.
#[derive(Clone)]
pub struct TrackInlet {
    shared: Arc<Shared>,
}

impl TrackInlet {
    /// Takes samples that were just read from the socket in one read, at the recording's rate.
    pub fn heard(&self, samples: &[i16]) {
        self.shared.timeline().heard(self.shared.began.elapsed(), samples);
    }
}

/// The track's end of the channel to the thread. Sound that does not get through is replaced by silence later.
struct Outlet {
    id: TrackId,
    requests: Sender<Request>,
    counts: Arc<Counts>,
    /// Not sent yet.
    opening: Option<Box<Opening>>,
    /// Samples of the recording so far, sent or still to be replaced by silence.
    samples: u64,
    pending_silence: u64,
    /// Gives the thread the recording's length once it has ended, even if the channel is full.
    end: Arc<AtomicU64>,
    /// Samples of sound that became silence because the channel was full.
    dropped: Arc<AtomicU64>,
}

impl Outlet {
    fn send(&mut self, sections: Vec<Section>) {
        for section in sections {
            match section {
                Section::Silence(samples) => self.add_silence(samples),
                Section::Audio(block) => {
                    let samples = block.len() as u64;
                    let is_sent = self.send_pending() && self.try_send(Request::Audio { id: self.id, block });
                    if is_sent {
                        self.samples += samples;
                    } else {
                        self.counts.blocks_dropped.fetch_add(1, Ordering::Relaxed);
                        self.dropped.fetch_add(samples, Ordering::Relaxed);
                        self.add_silence(samples);
                    }
                }
            }
        }
    }

    fn add_silence(&mut self, samples: u64) {
        self.samples += samples;
        self.pending_silence += samples;
    }

    /// Sends what must come before the next block. Returns whether all of it went through.
    fn send_pending(&mut self) -> bool {
        if !self.send_opening() {
            return false;
        }
        let samples = self.pending_silence;
        if samples == 0 {
            return true;
        }
        let is_sent = self.try_send(Request::Silence { id: self.id, samples });
        if is_sent {
            self.pending_silence = 0;
        }
        is_sent
    }

    fn send_opening(&mut self) -> bool {
        let Some(opening) = self.opening.take() else {
            return true;
        };
        match self.requests.try_send(Request::Open(opening)) {
            Ok(()) => true,
            Err(
                TrySendError::Full(Request::Open(opening)) | TrySendError::Closed(Request::Open(opening)),
            ) => {
                self.opening = Some(opening);
                false
            }
            Err(_) => false,
        }
    }

    fn try_send(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }

    fn end(&mut self) {
        self.send_pending();
        self.end.store(self.samples, Ordering::Release);
        if let Some(Opening { path, rate, on_event, .. }) = self.opening.take().map(|opening| *opening) {
            let error = format!("recording {}: the recorder has ended or is overloaded", path.display());
            on_event(RecordingEvent::Failed { error });
            let lost = self.dropped.load(Ordering::Relaxed);
            if lost > 0 {
                on_event(RecordingEvent::Lost { lost_ms: rate.ms_of_samples(lost) });
            }
            on_event(RecordingEvent::Finished { path, ms: 0 });
        }
    }
}
