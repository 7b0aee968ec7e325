//! The caller's own recording of a call: their speech left, what they heard right.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{CALLER_RATE, CallerError, FRAME_SAMPLES, SILENCE};

/// Audio that is buffered before it is played, as in a telephone. Two frames absorb the difference between the clocks of both sides.
const START_SAMPLES: usize = 2 * FRAME_SAMPLES;

/// The most audio that is buffered, half a second. Older audio is dropped. A server that keeps pace never fills it.
const WAITING_SAMPLES_MAX: usize = 25 * FRAME_SAMPLES;

/// A recording in progress. It takes one frame of both sides per tick.
pub(super) struct Tape {
    path: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    ear: Ear,
}

impl Tape {
    pub(super) fn create(path: PathBuf) -> Result<Self, CallerError> {
        let spec = WavSpec {
            channels: 2,
            sample_rate: CALLER_RATE.hz(),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        match WavWriter::create(&path, spec) {
            Ok(writer) => Ok(Self { path, writer, ear: Ear::default() }),
            Err(cause) => Err(CallerError::Recording { path, cause }),
        }
    }

    /// Takes samples from the server.
    pub(super) fn hear(&mut self, samples: &[i16]) {
        self.ear.hear(samples);
    }

    /// Writes the next 20 ms.
    pub(super) fn tick(&mut self, spoken: &[i16; FRAME_SAMPLES]) -> Result<(), CallerError> {
        let heard = self.ear.play();
        let mut sides = spoken.iter().zip(&heard).flat_map(|(left, right)| [*left, *right]);
        let written = sides.try_for_each(|sample| self.writer.write_sample(sample));
        written.map_err(|cause| CallerError::Recording { path: self.path.clone(), cause })
    }

    /// Completes the file with the audio that had arrived and was not played yet.
    pub(super) fn finish(mut self) -> Result<(), CallerError> {
        self.ear.play_out();
        while self.ear.has_sound() {
            self.tick(&SILENCE)?;
        }
        let Self { path, writer, .. } = self;
        writer.finalize().map_err(|cause| CallerError::Recording { path, cause })
    }
}

/// A telephone's playout buffer: it starts to play when it holds two frames.
#[derive(Debug, Default)]
struct Ear {
    waiting: VecDeque<i16>,
    state: EarState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EarState {
    #[default]
    Filling,
    Playing,
}

impl Ear {
    fn hear(&mut self, samples: &[i16]) {
        self.waiting.extend(samples);
        let excess = self.waiting.len().saturating_sub(WAITING_SAMPLES_MAX);
        self.waiting.drain(..excess);
    }

    /// Marks the end of the audio: the rest is played, however short it is.
    fn play_out(&mut self) {
        self.state = EarState::Playing;
    }

    fn has_sound(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn play(&mut self) -> [i16; FRAME_SAMPLES] {
        let mut frame = [0; FRAME_SAMPLES];
        if self.waiting.len() >= START_SAMPLES {
            self.state = EarState::Playing;
        }
        if self.state == EarState::Playing {
            let count = self.waiting.len().min(FRAME_SAMPLES);
            for (place, sample) in frame.iter_mut().zip(self.waiting.drain(..count)) {
                *place = sample;
            }
            if count < FRAME_SAMPLES {
                self.state = EarState::Filling;
            }
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_or_late_frames_are_heard_without_a_gap() {
        let mut ear = Ear::default();
        let mut heard = Vec::new();
        // Each frame holds its number. The frames arrive in pairs, every other tick.
        for n in 0..20_i16 {
            if n % 2 == 0 {
                ear.hear(&[n + 1; FRAME_SAMPLES]);
                ear.hear(&[n + 2; FRAME_SAMPLES]);
            }
            heard.push(ear.play()[0]);
        }
        assert_eq!(heard, (1..=20).collect::<Vec<_>>());
    }

    #[test]
    fn a_burst_is_cut_to_half_a_second() {
        let mut ear = Ear::default();
        for n in 0..100_i16 {
            ear.hear(&[n; FRAME_SAMPLES]);
        }
        assert_eq!(ear.play()[0], 75);
    }

    #[test]
    fn gaps_are_filled_with_silence() {
        let mut ear = Ear::default();
        assert_eq!(ear.play(), [0; FRAME_SAMPLES]);
        ear.hear(&[5; FRAME_SAMPLES]);
        assert_eq!(ear.play(), [0; FRAME_SAMPLES], "one frame is not enough to start");
        ear.hear(&[6; FRAME_SAMPLES]);
        assert_eq!(ear.play(), [5; FRAME_SAMPLES]);
    }

    #[test]
    fn the_last_frames_are_played() {
        let mut ear = Ear::default();
        ear.hear(&[5; FRAME_SAMPLES]);
        assert_eq!(ear.play(), [0; FRAME_SAMPLES]);
        ear.play_out();
        assert!(ear.has_sound());
        assert_eq!(ear.play(), [5; FRAME_SAMPLES]);
        assert!(!ear.has_sound());
    }
}
