//! An ear of our own on the caller, for one question only: did somebody speak whom the provider should have heard?
//!
//! A provider whose connection is up and that has died behind it says nothing, not even that the caller speaks. Nothing else would
//! distinguish that from a caller who is silent.

use cordboard_schema::audio::{Frame, g711};

/// Mean of the samples' amounts from which on somebody may be speaking: -40 dBFS, far above the hiss of a line.
const LOUD: u32 = 330;
/// Loud audio that makes a speech: a cough or a click is shorter.
const SPEECH_MS_MIN: u32 = 400;
/// Silence that ends a speech. People pause for less inside a sentence.
const PAUSE_MS: u32 = 700;

/// See the module's description.
#[derive(Debug, Default)]
pub(in crate::assistant) struct Watch {
    /// Length of the stretch that began with loud audio, pauses and all; 0 while nobody speaks.
    stretch_ms: u32,
    loud_ms: u32,
    quiet_ms: u32,
}

/// A speech has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::assistant) struct Spoken {
    /// Milliseconds ago that it began.
    pub(in crate::assistant) began_ms_ago: u64,
    /// Milliseconds ago that it ended.
    pub(in crate::assistant) ended_ms_ago: u64,
}

impl Watch {
    /// Whether somebody may be speaking, or has been until a moment ago.
    pub(in crate::assistant) fn hears_speech(&self) -> bool {
        self.stretch_ms > 0
    }

    /// Takes in a piece of the caller's audio. Gives the speech that ended with it, if one did.
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
    fn speech_is_told_once_after_a_long_enough_pause() {
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
