//! Digits as tones in the voice band, for switches that take no digits in messages: two sines at once, with their
//! frequencies of ITU-T Q.23, 100 ms long with 100 ms of silence after each.

use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::digit::Digit;
use cordboard_schema::limits::DTMF_DIGITS_WAITING_MAX;

use super::mixer::Mixer;

/// Duration of a digit. Receivers need 40 ms (ITU-T Q.24); a network may lose some.
const TONE_MS: u32 = 100;
/// Silence after a digit, so that two equal digits are heard as two.
const PAUSE_MS: u32 = 100;
/// Duration of a tone's fade in and out: without it the tone clicks, and a click contains every frequency.
const RAMP_MS: u32 = 5;
/// Peak of the lower tone: -9 dBFS.
const LOW_PEAK: f64 = 0.354_813 * 32_767.0;
/// Peak of the higher tone: -8 dBFS, because lines attenuate high frequencies more.
const HIGH_PEAK: f64 = 0.398_107 * 32_767.0;

/// Peak of the other sound while a digit sounds: -21 dBFS, 15 dB below the digit. Receivers take no digit if too much of the sound is
/// something else, and a loud voice and a tone together would be clipped.
const VOICE_PEAK: u16 = 3_000;

/// The keypad's rows and columns, with the frequency in Hz of each.
const ROWS: [(&[u8; 4], f64); 4] = [(b"123A", 697.0), (b"456B", 770.0), (b"789C", 852.0), (b"*0#D", 941.0)];
const COLUMNS_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Digits that are being played to a leg's party, over what the party hears.
#[derive(Debug, Default)]
pub struct Tones {
    /// The digit that sounds, and those that follow.
    waiting: VecDeque<Digit>,
    /// Samples of the first digit, with its pause, that were played.
    played: usize,
    /// How much less loud the other sound is while this digit sounds: 0 to 1.
    dimmed_by: f64,
}

/// A sample of a digit.
struct ToneSample {
    sample: i16,
    /// 0 in the pause, 1 while the digit is as loud as it gets.
    loudness: f64,
}

impl Tones {
    /// Queues these digits after those that wait. Returns the number for which there was no room: at most
    /// [`DTMF_DIGITS_WAITING_MAX`] wait.
    pub fn push(&mut self, digits: &[Digit]) -> usize {
        let room = DTMF_DIGITS_WAITING_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(digits.iter().take(room));
        digits.len().saturating_sub(room)
    }

    /// Whether a digit sounds or waits.
    pub fn is_playing(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Returns the next frame of a paced ear with the tones over it. Without tones, the frame is returned unchanged.
    pub fn over(&mut self, frame: Option<Frame>, rate: SampleRate) -> Option<Frame> {
        if self.waiting.is_empty() {
            return frame;
        }
        let tones = self.next(rate);
        let mut voice = frame.map(|frame| frame.to_samples()).unwrap_or_default();
        self.dim(&mut voice, &tones);
        let mut mixer = Mixer::default();
        mixer.add(&voice);
        mixer.add(&tones.iter().map(|tone| tone.sample).collect::<Vec<i16>>());
        Some(Frame::pcm(rate, mixer.finish()))
    }

    /// The next 20 ms of tones.
    fn next(&mut self, rate: SampleRate) -> Vec<ToneSample> {
        let length = rate.samples_in_ms(TONE_MS + PAUSE_MS);
        let mut samples = Vec::with_capacity(rate.samples_per_frame());
        while samples.len() < rate.samples_per_frame() {
            let Some(digit) = self.waiting.front() else { break };
            samples.push(sample(*digit, self.played, rate));
            self.played += 1;
            if self.played >= length {
                self.waiting.pop_front();
                self.played = 0;
            }
        }
        samples
    }

    /// Makes a loud voice quieter while a digit sounds, so that the digit is detected.
    fn dim(&mut self, voice: &mut [i16], tones: &[ToneSample]) {
        if tones.iter().all(|tone| tone.loudness <= 0.0) {
            self.dimmed_by = 0.0;
            return;
        }
        let loudest = voice.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        if loudest > VOICE_PEAK {
            let by = 1.0 - f64::from(VOICE_PEAK) / f64::from(loudest);
            self.dimmed_by = self.dimmed_by.max(by);
        }
        for (sample, tone) in voice.iter_mut().zip(tones) {
            let gain = 1.0 - self.dimmed_by * tone.loudness;
            *sample = (f64::from(*sample) * gain).round() as i16;
        }
    }
}

/// The sample of a digit, this many samples after its beginning.
fn sample(digit: Digit, at: usize, rate: SampleRate) -> ToneSample {
    let length = rate.samples_in_ms(TONE_MS);
    if at >= length {
        return ToneSample { sample: 0, loudness: 0.0 };
    }
    let (low_hz, high_hz) = frequencies(digit);
    let seconds = at as f64 / f64::from(rate.hz());
    let tone = LOW_PEAK * (TAU * low_hz * seconds).sin() + HIGH_PEAK * (TAU * high_hz * seconds).sin();
    let ramp = rate.samples_in_ms(RAMP_MS);
    let from_edge = at.min(length - 1 - at).min(ramp) as f64 / ramp as f64;
    let loudness = 0.5 - 0.5 * (PI * from_edge).cos();
    ToneSample { sample: (tone * loudness).round() as i16, loudness }
}

/// The two frequencies of a digit in Hz, the lower one first.
fn frequencies(digit: Digit) -> (f64, f64) {
    let places = ROWS.iter().flat_map(|(keys, low_hz)| {
        keys.iter().zip(COLUMNS_HZ).map(move |(key, high_hz)| (*key, (*low_hz, high_hz)))
    });
    places.into_iter().find(|(key, _)| *key == digit.ascii()).map_or((0.0, 0.0), |(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digit_has_its_own_two_frequencies() {
        let mut found: Vec<_> = Digit::ALL.map(frequencies).to_vec();
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        found.dedup();
        assert_eq!(found.len(), 16);
        assert_eq!(found[0], (697.0, 1_209.0), "every digit has a tone");
        assert_eq!(frequencies(Digit::ZERO), (941.0, 1_336.0));
    }

    #[test]
    fn digits_without_room_are_not_played() {
        let mut tones = Tones::default();
        assert_eq!(tones.push(&[Digit::ONE; DTMF_DIGITS_WAITING_MAX]), 0);
        assert_eq!(tones.push(&[Digit::ZERO; 3]), 3);
    }
}
