//! Our own detection of the caller's speech, for a single question: did the caller say anything that the provider should have
//! heard?
//!
//! A provider that has died while its connection stays open says nothing, not even that the caller speaks. Nothing else would
//! distinguish that from a silent caller.

use cordboard_schema::audio::{Frame, g711};

/// Mean amplitude of the samples from which on the caller may be speaking: -40 dBFS, far above the hiss of a line.
const LOUD: u32 = 330;
/// Shortest loud audio that counts as speech, in ms: a cough or a click is shorter.
const SPEECH_MS_MIN: u32 = 400;
/// Silence that ends speech, in ms. Pauses inside a sentence are shorter.
const PAUSE_MS: u32 = 700;

/// See the module's description.
#[derive(Debug, Default)]
pub(in crate::assistant) struct Watch {
    /// Time since the beginning of the present loud audio, including pauses, in ms; 0 while nobody speaks.
    stretch_ms: u32,
    loud_ms: u32,
    quiet_ms: u32,
}

/// Speech that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::assistant) struct Spoken {
    /// How many milliseconds ago it began.
    pub(in crate::assistant) began_ms_ago: u64,
    /// How many milliseconds ago it ended.
    pub(in crate::assistant) ended_ms_ago: u64,
}

impl Watch {
    /// Returns whether the caller may be speaking, or was until a moment ago.
    pub(in crate::assistant) fn hears_speech(&self) -> bool {
        self.stretch_ms > 0
    }

    /// Takes a piece of the caller's audio. Returns the speech that ended with it, if any.
    pub(in crate::assistant) fn push(&mut self, frame: &Frame) -> Option<Spoken> {
        let ms = frame.sample_count() as u32 * 1_000 / frame.rate().hz();
        let is_loud = mean_amount(frame) >= LOUD;
        if !is_loud && self.stretch_ms == 0 {
            return None;
        }
        self.stretch_ms += ms;
        if is_loud {
            self.loud_ms += ms;
            self.quiet_ms = 0;
            return None;
        }
        self.quiet_ms += ms;
        if self.quiet_ms < PAUSE_MS {
            return None;
        }
        let Self { stretch_ms, loud_ms, quiet_ms } = std::mem::take(self);
        let spoken = Spoken { began_ms_ago: stretch_ms.into(), ended_ms_ago: quiet_ms.into() };
        (loud_ms >= SPEECH_MS_MIN).then_some(spoken)
    }
}

fn mean_amount(frame: &Frame) -> u32 {
    match frame {
        Frame::Pcm { samples, .. } => mean_of(samples),
        Frame::G711 { law, bytes } => mean_of(&g711::decode_all(*law, bytes)),
    }
}

fn mean_of(samples: &[i16]) -> u32 {
    let sum: u32 = samples.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
    sum.checked_div(samples.len() as u32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::SampleRate;

    use super::*;

    fn heard(watch: &mut Watch, level: i16, ms: usize) -> Vec<Spoken> {
        let samples: Vec<i16> = (0..160).map(|at| if at % 2 == 0 { level } else { -level }).collect();
        let frame = Frame::pcm(SampleRate::HZ_8000, samples);
        (0..ms / 20).filter_map(|_| watch.push(&frame)).collect()
    }

    #[test]
    fn speech_is_reported_once_after_a_long_enough_pause() {
        let mut watch = Watch::default();
        assert_eq!(heard(&mut watch, 2_000, 600), []);
        assert_eq!(heard(&mut watch, 10, 400), [], "a pause inside a sentence");
        assert_eq!(heard(&mut watch, 2_000, 300), []);
        let spoken = Spoken { began_ms_ago: 2_000, ended_ms_ago: 700 };
        assert_eq!(heard(&mut watch, 10, 3_000), [spoken]);
    }

    #[test]
    fn a_cough_and_line_hiss_are_no_speech() {
        let mut watch = Watch::default();
        assert_eq!(heard(&mut watch, 8_000, 200), []);
        assert_eq!(heard(&mut watch, 150, 5_000), []);
    }
}
