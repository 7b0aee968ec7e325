//! Speech detection: when does the caller begin to speak, and when do they stop?
//!
//! The network of `earshot` gives each 16 ms a score. It was trained on wide-band sound. Measured on a telephone's
//! 300 Hz to 4 kHz, it takes steady hiss for speech (0.6 to 0.85). So two simple properties of speech are checked as
//! well: it is above the line's noise floor, and its level moves, while the level of hiss and steady tones does not.
//!
//! Time is counted in audio, not by a clock: a hole in the stream, which Asterisk makes while a key is pressed, is
//! neither speech nor silence. A leg whose frames stop for good pushes zeros.

use std::collections::VecDeque;

use cordboard_schema::audio::{Resampler, SampleRate, level};
use earshot::Detector;

/// Window of `earshot`: 256 samples at 16 kHz.
const WINDOW_SAMPLES: usize = 256;
const WINDOW_MS: u64 = 16;

/// Least level of speech above the noise floor, in dB.
const ABOVE_FLOOR_DB: f64 = 6.0;
/// The floor is assumed to be between these levels. Below is digital silence, which says nothing about the line;
/// above, loud speech without a pause would count as noise.
const FLOOR_DBFS: std::ops::RangeInclusive<f64> = -65.0..=-35.0;
/// The floor is the quietest window of the last two seconds, kept in blocks of half a second.
const FLOOR_BLOCKS: usize = 4;
const WINDOWS_PER_BLOCK: usize = 31;

/// Least movement of the level of speech within [`MOVING_WINDOWS`]; white noise moves by less than 3 dB.
const MOVING_DB: f64 = 5.0;
/// A quarter of a second.
const MOVING_WINDOWS: usize = 16;

/// Quiet windows in a row, half a second, after which the network rests. Its score decides nothing before the line is
/// loud again, and by then it has heard enough of the quiet.
const REST_AFTER_WINDOWS: u32 = 32;

/// When speech counts as begun and as ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VadSettings {
    /// Milliseconds of speech before it counts as begun. A cough or a click is shorter.
    pub start_ms: u64,
    /// Milliseconds without speech before it counts as ended: longer than the pause between two words.
    pub stop_ms: u64,
    /// Score (0 to 1) from which a window counts as speech while nobody speaks.
    pub start_score: f32,
    /// Score below which a window does not count as speech while somebody speaks. Lower than `start_score`, so that a
    /// weak syllable does not end a sentence.
    pub stop_score: f32,
    /// Level in dBFS below which nothing counts as speech.
    pub level_min_dbfs: f64,
}

impl Default for VadSettings {
    fn default() -> Self {
        Self { start_ms: 128, stop_ms: 600, start_score: 0.6, stop_score: 0.45, level_min_dbfs: -55.0 }
    }
}

/// A change between silence and speech. Times are milliseconds of audio since the detector began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VadEdge {
    /// Somebody speaks.
    Started {
        /// When the speech began: `start_ms` or a little more before it was noticed.
        at_ms: u64,
    },
    /// Nobody speaks any more.
    Stopped {
        /// Duration of the speech, without the silence after it.
        speech_ms: u64,
    },
}

/// Finds speech in one stream of audio. Takes about 1 ms of processor time per second of audio, and a tenth of that
/// while the line is quiet.
pub struct Vad {
    settings: VadSettings,
    detector: Box<Detector>,
    resampler: Resampler,
    /// 16 kHz samples that do not fill a window yet.
    waiting: Vec<i16>,
    windows: u64,
    /// Windows in a row in which nobody can be speaking.
    quiet_windows: u32,
    floor: NoiseFloor,
    state: State,
}

enum State {
    Silent {
        /// Milliseconds of speech in the last windows; windows without speech reduce it.
        speech_ms: u64,
        /// Window at which those began.
        since: u64,
        levels: RecentLevels,
    },
    Speaking {
        since: u64,
        /// First window after the last one with speech.
        until: u64,
    },
}

impl State {
    fn silent() -> Self {
        Self::Silent { speech_ms: 0, since: 0, levels: RecentLevels::default() }
    }
}

impl Vad {
    /// Creates a detector for a stream at this rate.
    pub fn new(rate: SampleRate, settings: VadSettings) -> Self {
        Self {
            settings,
            detector: Detector::default_boxed(),
            resampler: Resampler::new(rate, SampleRate::HZ_16000),
            waiting: Vec::with_capacity(2 * WINDOW_SAMPLES),
            windows: 0,
            quiet_windows: 0,
            floor: NoiseFloor::default(),
            state: State::silent(),
        }
    }

    /// Listens to the next samples, of any number. A piece of one frame contains at most one change; of a longer one,
    /// the last change is reported.
    pub fn push(&mut self, samples: &[i16]) -> Option<VadEdge> {
        self.resampler.push(samples, &mut self.waiting);
        let waiting = std::mem::take(&mut self.waiting);
        let windows = waiting.chunks_exact(WINDOW_SAMPLES);
        self.waiting.extend_from_slice(windows.remainder());
        windows.filter_map(|window| self.listen(window)).last()
    }

    /// No more audio comes: running speech ends now.
    pub fn finish(&mut self) -> Option<VadEdge> {
        match std::mem::replace(&mut self.state, State::silent()) {
            State::Silent { .. } => None,
            State::Speaking { since, until } => {
                Some(VadEdge::Stopped { speech_ms: (until - since) * WINDOW_MS })
            }
        }
    }

    /// Whether somebody speaks now.
    pub fn is_speech(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }

    fn listen(&mut self, window: &[i16]) -> Option<VadEdge> {
        let now = self.windows;
        self.windows += 1;
        let level = level::rms_dbfs(window);
        let floor = self.floor.follow(level);
        let is_loud = level >= self.settings.level_min_dbfs && level >= floor + ABOVE_FLOOR_DB;
        self.quiet_windows = if is_loud || self.is_speech() { 0 } else { self.quiet_windows + 1 };
        // While it is quiet, the score is computed only to keep the network's memory in step.
        let rests = self.quiet_windows > REST_AFTER_WINDOWS;
        let score = if rests { 0.0 } else { self.detector.predict_i16(window) };

        match &mut self.state {
            State::Silent { speech_ms, since, levels } => {
                if score < self.settings.start_score || !is_loud {
                    *speech_ms = speech_ms.saturating_sub(WINDOW_MS);
                    return None;
                }
                if *speech_ms == 0 {
                    *since = now;
                    levels.clear();
                }
                *speech_ms += WINDOW_MS;
                levels.push(level);
                if *speech_ms < self.settings.start_ms || levels.range_db() < MOVING_DB {
                    return None;
                }
                let since = *since;
                self.state = State::Speaking { since, until: now + 1 };
                Some(VadEdge::Started { at_ms: since * WINDOW_MS })
            }
            State::Speaking { since, until } => {
                if score >= self.settings.stop_score && is_loud {
                    *until = now + 1;
                    return None;
                }
                if (now + 1 - *until) * WINDOW_MS < self.settings.stop_ms {
                    return None;
                }
                let speech_ms = (*until - *since) * WINDOW_MS;
                self.state = State::silent();
                Some(VadEdge::Stopped { speech_ms })
            }
        }
    }
}

/// The quietest level of the last two seconds.
#[derive(Default)]
struct NoiseFloor {
    blocks: VecDeque<f64>,
    windows_in_block: usize,
}

impl NoiseFloor {
    /// Takes in the level of a window and returns the floor. Before the first two seconds are over, the line is
    /// assumed to be quiet: a caller may speak at once.
    fn follow(&mut self, level: f64) -> f64 {
        match self.blocks.back_mut() {
            Some(quietest) if self.windows_in_block < WINDOWS_PER_BLOCK => *quietest = quietest.min(level),
            _ => {
                self.blocks.push_back(level);
                self.windows_in_block = 0;
            }
        }
        self.windows_in_block += 1;
        if self.blocks.len() > FLOOR_BLOCKS {
            self.blocks.pop_front();
        }
        let quietest = if self.blocks.len() < FLOOR_BLOCKS {
            *FLOOR_DBFS.start()
        } else {
            self.blocks.iter().copied().fold(*FLOOR_DBFS.end(), f64::min)
        };
        quietest.clamp(*FLOOR_DBFS.start(), *FLOOR_DBFS.end())
    }
}

/// The levels of the last windows that may be speech.
#[derive(Default)]
struct RecentLevels(VecDeque<f64>);

impl RecentLevels {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn push(&mut self, level: f64) {
        if self.0.len() == MOVING_WINDOWS {
            self.0.pop_front();
        }
        self.0.push_back(level);
    }

    /// Range of the levels without the two outermost: where a noise begins or ends, one window is half full.
    fn range_db(&self) -> f64 {
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        match sorted[..] {
            [_, second, .., last_but_one, _] => last_but_one - second,
            _ => 0.0,
        }
    }
}
