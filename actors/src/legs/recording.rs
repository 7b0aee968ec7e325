//! The recording of a leg. The reader fills the left channel and the writer the right one.

use std::cell::RefCell;
use std::fmt;

use cordboard_schema::audio::{Frame, Resampler, SampleRate};

use crate::media::recorder::{Track, TrackInlet};

/// The track that a leg is recorded on, if there is one. The writer's ticks are its clock.
#[derive(Default)]
pub(crate) struct LegRecording(RefCell<Option<Running>>);

struct Running {
    track: Track,
    inlet: TrackInlet,
    /// Converts the caller's audio if its rate is not the recording's. A leg without audio is joined at a rate before the first
    /// audio arrives.
    resampler: Option<Resampler>,
    /// The latest converted audio, at the recording's rate.
    converted: Vec<i16>,
}

impl Running {
    fn heard(&mut self, rate: SampleRate, samples: &[i16]) {
        let own = self.track.rate();
        if rate == own {
            self.resampler = None;
            return self.inlet.heard(samples);
        }
        let resampler = match self.resampler.take() {
            Some(running) if running.from_rate() == rate => running,
            _ => Resampler::live(rate, own),
        };
        self.converted.clear();
        self.resampler.insert(resampler).push(samples, &mut self.converted);
        self.inlet.heard(&self.converted);
    }
}

impl LegRecording {
    /// Records from now on. The track before this one is finished.
    pub(crate) fn start(&self, track: Track) {
        let inlet = track.inlet();
        let before = self.0.replace(Some(Running { track, inlet, resampler: None, converted: Vec::new() }));
        finish(before);
    }

    /// Adds samples of the caller from one read, which ends now.
    pub(crate) fn heard(&self, rate: SampleRate, samples: &[i16]) {
        if let Some(running) = &mut *self.0.borrow_mut() {
            running.heard(rate, samples);
        }
    }

    /// Adds what the caller was played in one tick of the leg's clock: a frame, or silence.
    pub(crate) fn played(&self, frame: Option<&Frame>) {
        if let Some(running) = &mut *self.0.borrow_mut() {
            running.track.tick(frame);
        }
    }

    /// Closes the file, because the leg is over.
    pub(crate) fn finish(&self) {
        finish(self.0.take());
    }
}

fn finish(running: Option<Running>) {
    if let Some(Running { track, .. }) = running {
        track.finish();
    }
}

impl fmt::Debug for LegRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_running = self.0.try_borrow().is_ok_and(|running| running.is_some());
        f.debug_struct("LegRecording").field("is_running", &is_running).finish()
    }
}
