//! Finds out by listening who has answered a call: cuts the callee's sound into frames of 20 ms, and finds voice and
//! tones in them. Pure.
//!
//! A frame is voice if it is loud, above the noise of the line, and not a tone. These conditions are weaker than
//! those of the speech detection for callers (`vad.rs`), which needs a quarter of a second to be certain: words and
//! the pauses between them are shorter. A loud sound that is not a voice, such as music, counts as one; only a
//! machine answers a telephone with music.

use std::collections::VecDeque;

use cordboard_schema::audio::{SampleRate, level};

use super::answering_machine::{AnswerVerdict, AnsweringMachineDetector, DetectionTimes, HeardFrame};
use super::beep::BeepDetector;

/// The level below which nothing counts as voice: Asterisk's `silence_threshold` of 256 is -42 dBFS for a sine.
const VOICE_DBFS_MIN: f64 = -42.0;
/// Least level of voice above the noise of the line, in dB.
const ABOVE_NOISE_DB: f64 = 8.0;
/// The noise is assumed to be between these levels. A callee who speaks from the first frame on is not noise.
const NOISE_DBFS: std::ops::RangeInclusive<f64> = -65.0..=-40.0;
/// The noise is the quietest of this many frames: 2 s.
const NOISE_FRAMES: usize = 100;
/// A tone that lasts this long is not voice, in ms. In a vowel, one sine is found for a window or two at most.
const TONE_MS_MIN: u64 = 40;

/// Something that the listener has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerReport {
    /// The party that has answered. Reported once.
    Answered(AnswerVerdict),
    /// A mailbox's tone is over.
    ToneOver,
}

/// A listener to one callee.
#[derive(Clone, Debug)]
pub struct AnswerListener {
    rate: SampleRate,
    /// Samples that do not fill a frame yet.
    waiting: Vec<i16>,
    beeps: BeepDetector,
    levels: VecDeque<f64>,
    /// None once it has reported who answered.
    detector: Option<AnsweringMachineDetector>,
}

impl AnswerListener {
    /// Creates a listener to a stream at this rate that begins with the answer.
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            waiting: Vec::new(),
            beeps: BeepDetector::new(rate),
            levels: VecDeque::with_capacity(NOISE_FRAMES),
            detector: Some(AnsweringMachineDetector::new(DetectionTimes::default())),
        }
    }

    /// Takes in the next samples, of any number. Returns the findings, in order.
    pub fn push(&mut self, samples: &[i16]) -> Vec<AnswerReport> {
        self.waiting.extend_from_slice(samples);
        let frame = self.rate.samples_per_frame();
        let whole = self.waiting.len() - self.waiting.len() % frame;
        let heard: Vec<i16> = self.waiting.drain(..whole).collect();
        heard.chunks(frame).flat_map(|frame| self.hear(frame)).collect()
    }

    fn hear(&mut self, frame: &[i16]) -> Vec<AnswerReport> {
        let ends_tone = self.beeps.push(frame);
        let is_voice = self.is_voice(frame);
        let heard = HeardFrame { is_voice, ends_tone, is_undecided: self.beeps.is_undecided() };
        let verdict = self.detector.as_mut().and_then(|one| one.push(heard));
        if verdict.is_some() {
            self.detector = None;
        }
        let tone = ends_tone.then_some(AnswerReport::ToneOver);
        verdict.map(AnswerReport::Answered).into_iter().chain(tone).collect()
    }

    fn is_voice(&mut self, frame: &[i16]) -> bool {
        let level = level::rms_dbfs(frame);
        if self.levels.len() == NOISE_FRAMES {
            self.levels.pop_front();
        }
        self.levels.push_back(level);
        let quietest = self.levels.iter().copied().fold(*NOISE_DBFS.end(), f64::min);
        let noise = quietest.max(*NOISE_DBFS.start());
        level >= VOICE_DBFS_MIN && level >= noise + ABOVE_NOISE_DB && self.beeps.tone_ms() < TONE_MS_MIN
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::AnswerReport::{Answered, ToneOver};
    use super::AnswerVerdict::{Beep, Machine, Person, Unsure};
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    /// These tones at once for this long, each with its peak.
    fn tones(of: &[(f64, f64)], lasts_ms: u32, rate: SampleRate) -> Vec<i16> {
        let wave = |at: usize| -> f64 {
            let seconds = at as f64 / f64::from(rate.hz());
            of.iter().map(|(hz, peak)| (TAU * hz * seconds).sin() * peak).sum()
        };
        (0..rate.samples_in_ms(lasts_ms)).map(|at| wave(at) as i16).collect()
    }

    /// Voiced sound: the partials of a vowel at 150 Hz.
    fn voice(lasts_ms: u32, rate: SampleRate) -> Vec<i16> {
        let partials: Vec<(f64, f64)> =
            (1..12).map(|number| (150.0 * f64::from(number), 4_000.0 / f64::from(number))).collect();
        tones(&partials, lasts_ms, rate)
    }

    fn silence(lasts_ms: u32, rate: SampleRate) -> Vec<i16> {
        vec![0; rate.samples_in_ms(lasts_ms)]
    }

    /// The same sound on a line with hiss.
    fn hissing(sound: &[i16], amplitude: i64) -> Vec<i16> {
        let mut state = 7_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % (2 * amplitude + 1) - amplitude
        };
        sound.iter().map(|sample| (i64::from(*sample) + noise()).clamp(-32_768, 32_767) as i16).collect()
    }

    fn reports(sound: &[i16], rate: SampleRate) -> Vec<AnswerReport> {
        AnswerListener::new(rate).push(sound)
    }

    #[test]
    fn a_hello_is_a_person_after_800_ms_of_silence() {
        for rate in [SampleRate::HZ_8000, SampleRate::HZ_16000] {
            let hello = [silence(300, rate), voice(500, rate), silence(2_000, rate)].concat();
            assert_eq!(reports(&hello, rate), [Answered(Person { after_ms: 1_600 })]);
            assert_eq!(reports(&hissing(&hello, 120), rate), [Answered(Person { after_ms: 1_600 })]);
        }
    }

    #[test]
    fn the_tone_after_a_long_greeting_is_reported() {
        let beep = tones(&[(1_000.0, 8_000.0)], 400, RATE);
        let mailbox = [silence(200, RATE), voice(6_000, RATE), beep, silence(500, RATE)].concat();
        assert_eq!(reports(&mailbox, RATE), [Answered(Machine { after_ms: 1_700 }), ToneOver]);
        let many = [voice(300, RATE), silence(200, RATE)].concat().repeat(4);
        assert_eq!(reports(&many, RATE), [Answered(Machine { after_ms: 1_600 })]);
    }

    #[test]
    fn a_tone_shows_a_machine_and_is_reported_itself() {
        let beep = tones(&[(440.0, 8_000.0)], 300, RATE);
        let short = [voice(600, RATE), silence(200, RATE), beep, silence(1_000, RATE)].concat();
        // At this pitch it could be a busy tone, which would have come again by then.
        assert_eq!(reports(&short, RATE), [Answered(Beep { at_ms: 1_960 }), ToneOver]);
        let beep = tones(&[(1_000.0, 8_000.0)], 300, RATE);
        let clear = [voice(600, RATE), silence(200, RATE), beep, silence(500, RATE)].concat();
        assert_eq!(reports(&clear, RATE), [Answered(Beep { at_ms: 1_160 }), ToneOver]);
        // The tone shows that the word was not a person's.
        let beep = tones(&[(440.0, 8_000.0)], 300, RATE);
        let late = [voice(600, RATE), silence(1_000, RATE), beep, silence(1_000, RATE)].concat();
        assert_eq!(reports(&late, RATE), [Answered(Person { after_ms: 1_400 }), ToneOver]);
    }

    #[test]
    fn tones_and_line_noise_are_not_words() {
        let ringing = tones(&[(425.0, 5_000.0)], 1_000, RATE);
        let rings = [ringing, silence(4_000, RATE)].concat();
        assert_eq!(reports(&rings, RATE), [Answered(Unsure { after_ms: 2_500 })]);
        let busy = [tones(&[(450.0, 5_000.0)], 350, RATE), silence(350, RATE)].concat().repeat(8);
        assert_eq!(reports(&busy, RATE), [Answered(Unsure { after_ms: 2_500 })]);
        let hiss = hissing(&silence(3_000, RATE), 300);
        assert_eq!(reports(&hiss, RATE), [Answered(Unsure { after_ms: 2_500 })]);
    }

    #[test]
    fn sound_may_be_cut_into_any_pieces() {
        let hello = [silence(300, RATE), voice(500, RATE), silence(2_000, RATE)].concat();
        for piece in [1, 7, 160, 161, 999] {
            let mut listener = AnswerListener::new(RATE);
            let reports: Vec<AnswerReport> =
                hello.chunks(piece).flat_map(|piece| listener.push(piece)).collect();
            assert_eq!(reports, [Answered(Person { after_ms: 1_600 })], "in pieces of {piece}");
        }
    }
}
