//! A person at a telephone: what they say, and what they hear.

use std::time::{Duration, Instant};

use crate::audio::{Sound, Span, at_rate, samples_in};
use crate::clock::now;

/// Two frames with no more than this between them belong to the same sound.
const JITTER: Duration = Duration::from_millis(15);
/// A gap of this length is a pause, not a hole.
const PAUSE: Duration = Duration::from_millis(300);
/// How many frames an ear keeps: an hour.
const FRAMES_MAX: usize = 180_000;

/// The source of a frame that a caller heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A prompt that the switch played.
    Playback,
    /// The program, by unicast.
    Unicast,
    /// The other party of a bridge.
    Bridge,
}

/// One packet of sound that reached a caller's ear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardFrame {
    /// When it arrived.
    pub at: Instant,
    /// Its samples.
    pub samples: Vec<i16>,
    /// Its source.
    pub source: Source,
}

/// The sound that a caller has heard so far.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Samples a second, in Hz.
    pub rate: u32,
    /// The moment that counts as 0.
    pub since: Instant,
    /// Every packet, in order.
    pub frames: Vec<HeardFrame>,
}

impl Heard {
    /// An ear that has heard nothing yet.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, since: now(), frames: Vec::new() }
    }

    /// Adds a packet.
    pub(super) fn push(&mut self, samples: &[i16], source: Source) {
        if self.frames.len() < FRAMES_MAX {
            self.frames.push(HeardFrame { at: now(), samples: samples.to_vec(), source });
        }
    }

    /// A recording of what was heard, with gaps of more than 15 ms as silence. It begins at [`Heard::since`] and ends with the last packet.
    #[must_use]
    pub fn sound(&self) -> Sound {
        let mut samples = Vec::new();
        for frame in &self.frames {
            let due = frame.at.saturating_duration_since(self.since);
            let due = samples_in(due.saturating_sub(JITTER), self.rate);
            if due > samples.len() {
                samples.resize(due + samples_in(JITTER, self.rate), 0);
            }
            samples.extend_from_slice(&frame.samples);
        }
        Sound { rate: self.rate, samples }
    }

    /// The sound that was heard, with pauses but without the holes that a busy machine makes: packets follow one another as a telephone's buffer
    /// would play them, and gaps of 300 ms and more are silence of their length.
    #[must_use]
    pub fn words(&self) -> Sound {
        let mut samples = Vec::new();
        let mut before = self.since;
        for frame in &self.frames {
            let gap = frame.at.saturating_duration_since(before);
            if gap >= PAUSE {
                samples.resize(samples.len() + samples_in(gap, self.rate), 0);
            }
            samples.extend_from_slice(&frame.samples);
            before = frame.at;
        }
        Sound { rate: self.rate, samples }
    }

    /// The sound that was heard after a moment, as [`Heard::sound`].
    #[must_use]
    pub fn since(&self, moment: Instant) -> Sound {
        let frames = self.frames.iter().filter(|frame| frame.at >= moment).cloned().collect();
        Self { rate: self.rate, since: moment, frames }.sound()
    }

    /// Silences of at least `shortest` between the first and the last packet.
    #[must_use]
    pub fn gaps(&self, shortest: Duration) -> Vec<Span> {
        self.sound().silences(shortest)
    }

    /// When the last packet with sound in it arrived.
    #[must_use]
    pub fn last_sound(&self) -> Option<Instant> {
        let loud = |frame: &&HeardFrame| crate::audio::rms(&frame.samples) >= crate::audio::SILENCE_RMS;
        self.frames.iter().rev().find(loud).map(|frame| frame.at)
    }
}

/// The words of a caller, and their times.
#[derive(Debug, Clone, Default)]
pub(super) struct Mouth {
    spoken: Vec<Spoken>,
}

#[derive(Debug, Clone)]
struct Spoken {
    start: Instant,
    length: Duration,
    /// The same sound at each rate that was requested.
    at_rates: Vec<Sound>,
}

impl Mouth {
    /// Begins to say something; now, or after what is being said.
    pub(super) fn say(&mut self, sound: &Sound) {
        let at = now();
        let free = self.spoken.last().map_or(at, |last| last.start + last.length);
        let (start, length) = (free.max(at), sound.length());
        self.spoken.push(Spoken { start, length, at_rates: vec![sound.clone()] });
    }

    /// Falls silent.
    pub(super) fn hush(&mut self) {
        self.spoken.clear();
    }

    /// When everything will have been said.
    pub(super) fn said_at(&self) -> Option<Instant> {
        self.spoken.last().map(|last| last.start + last.length)
    }

    /// The `count` samples from a moment on, at a rate.
    pub(super) fn frame(&mut self, from: Instant, rate: u32, count: usize) -> Vec<i16> {
        let mut frame = vec![0_i16; count];
        for spoken in &mut self.spoken {
            if spoken.start + spoken.length <= from {
                continue;
            }
            let (skip, offset) = match from.checked_duration_since(spoken.start) {
                Some(elapsed) => (samples_in(elapsed, rate), 0),
                None => (0, samples_in(spoken.start.saturating_duration_since(from), rate)),
            };
            let sound = spoken.at(rate);
            let rest = sound.samples.get(skip..).unwrap_or_default();
            for (place, sample) in frame.iter_mut().skip(offset).zip(rest) {
                *place = place.saturating_add(*sample);
            }
        }
        frame
    }
}

impl Spoken {
    fn at(&mut self, rate: u32) -> &Sound {
        let index = self.at_rates.iter().position(|sound| sound.rate == rate);
        let index = index.unwrap_or_else(|| {
            let first = &self.at_rates[0];
            let samples = at_rate(&first.samples, first.rate, rate);
            self.at_rates.push(Sound { rate, samples });
            self.at_rates.len() - 1
        });
        &self.at_rates[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::tone;

    #[test]
    fn frames_of_a_mouth_join_without_a_click() {
        let sound = tone(440.0, 8000.0, Duration::from_millis(200), 8000);
        let mut mouth = Mouth::default();
        mouth.say(&sound);
        let start = mouth.spoken[0].start;
        let frames: Vec<i16> = (0..10)
            .flat_map(|index| mouth.frame(start + Duration::from_millis(20) * index, 8000, 160))
            .collect();
        assert_eq!(frames, sound.samples);
        assert_eq!(mouth.frame(start + Duration::from_millis(200), 8000, 160), [0; 160]);
    }

    #[test]
    fn a_gap_is_heard_as_silence() {
        let mut heard = Heard::new(8000);
        let frame = |ms| HeardFrame {
            at: heard.since + Duration::from_millis(ms),
            samples: vec![5000; 160],
            source: Source::Playback,
        };
        heard.frames = vec![frame(0), frame(22), frame(140)];
        let gaps = heard.gaps(Duration::from_millis(50));
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(heard.sound().samples.len(), 160 * 8);
    }
}
