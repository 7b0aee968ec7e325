//! Finds the tone after which a mailbox records, in its greeting, and reports when the tone has ended.
//!
//! It differs from speech, DTMF and ringback: it is *one* tone, steady in pitch and level for [`TONE_MS_MIN`],
//! followed by silence or any other sound. Every 10 ms, two things are measured in a window: how often the wave
//! crosses zero, which gives the pitch, and how much of the window's energy a single sine of that pitch explains
//! (Goertzel). Two tones at once, such as DTMF (697 and 1209 Hz) or ringback (440 and 480 Hz), are never one sine; a
//! voice holds neither pitch nor level for so long. A steady tone that lasts longer than [`TONE_MS_MAX`] is not a
//! mailbox's: dial and comfort tones last that long.
//!
//! A network's busy, congestion and ringing tones are single steady tones as well, of 400 to 450 Hz in most
//! countries, and some mailboxes have a tone of such a pitch, too. The difference is that a network's tone repeats.
//! So a tone of [`PROGRESS_HZ`] is reported only if it has not come back within [`GAP_MS_MAX`]: the pauses of busy
//! and congestion tones are shorter. The pauses of ringing tones last seconds, in which a message could have begun;
//! for them, length and pitch decide ([`RINGING_HZ`]).

use std::f64::consts::TAU;

use cordboard_schema::audio::SampleRate;

/// Length of a window.
const WINDOW_MS: u64 = 10;
/// The least length of a tone.
const TONE_MS_MIN: u64 = 120;
/// The greatest length of a tone.
const TONE_MS_MAX: u64 = 4_000;
/// Time without the tone after which it has ended.
const OVER_MS: u64 = 60;
/// Pitches of mailboxes' tones.
const PITCH_HZ: std::ops::RangeInclusive<f64> = 400.0..=2_200.0;
/// Pitches of networks' tones that are a single tone.
const PROGRESS_HZ: std::ops::RangeInclusive<f64> = 380.0..=500.0;
/// The longest pause of a busy or congestion tone is 750 ms, as in India; this is a little more.
const GAP_MS_MAX: u64 = 850;
/// A tone that has come again is a network's unless it is away for longer than this: the longest pause of a ringing tone is 5 s.
const CADENCE_MS_MAX: u64 = 6_000;
/// Pitches of ringing tones that are a single tone: of most countries (425 Hz), and of China (450 Hz) ...
const RINGING_HZ: [std::ops::RangeInclusive<f64>; 2] = [417.0..=433.0, 445.0..=457.0];
/// ... and their least length.
const RINGING_MS_MIN: u64 = 350;
/// Largest change of a tone's pitch from its first window.
const PITCH_MOVES_HZ_MAX: f64 = 40.0;
/// Least part of a window's energy that one sine has to explain.
const PURITY_MIN: f64 = 0.9;
/// The level below which nothing counts as a tone: -36 dBFS.
const RMS_MIN: f64 = 500.0;
/// Largest difference in level between a window and the tone's first window: 3 dB.
const LEVEL_MOVES_MAX: f64 = 1.42;

/// Finds the end of a mailbox's tone in one stream of audio. Time is counted in audio.
#[derive(Clone, Debug)]
pub struct BeepDetector {
    rate: SampleRate,
    waiting: Vec<i16>,
    state: State,
    /// A tone that has ended, and is a mailbox's if it does not come back.
    held: Option<Past>,
    /// The newest tone of a cadence.
    cadence: Option<Past>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No tone.
    Quiet,
    /// A tone.
    Tone(Tone),
}

/// A tone that is heard now.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tone {
    lasts_ms: u64,
    first: Window,
    /// Time since it was last heard.
    other_ms: u64,
    /// The sum of its windows' pitches, and the number of these windows.
    pitches: (f64, u32),
}

/// A tone that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Past {
    pitch_hz: f64,
    /// Time since it ended.
    since_ms: u64,
}

/// One sine, as a window shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Window {
    pitch_hz: f64,
    rms: f64,
}

impl BeepDetector {
    /// Creates a detector for a stream at this rate.
    pub fn new(rate: SampleRate) -> Self {
        Self { rate, waiting: Vec::new(), state: State::Quiet, held: None, cadence: None }
    }

    /// Takes in the next samples. Returns whether a mailbox's tone has ended with them.
    pub fn push(&mut self, samples: &[i16]) -> bool {
        let window = self.rate.samples_in_ms(WINDOW_MS as u32);
        self.waiting.extend_from_slice(samples);
        let whole = self.waiting.len() - self.waiting.len() % window;
        let heard: Vec<i16> = self.waiting.drain(..whole).collect();
        let rate_hz = f64::from(self.rate.hz());
        // Every window is examined: sound after a tone begins the next one.
        heard.chunks(window).filter(|samples| self.step(sine_in(samples, rate_hz))).count() > 0
    }

    /// How long the present tone has lasted, in ms; 0 if there is none.
    pub fn tone_ms(&self) -> u64 {
        match self.state {
            State::Quiet => 0,
            State::Tone(tone) => tone.lasts_ms,
        }
    }

    /// Whether a tone has ended that is a mailbox's unless it comes back in a moment.
    pub fn is_undecided(&self) -> bool {
        self.held.is_some()
    }

    fn step(&mut self, window: Option<Window>) -> bool {
        self.time_passes();
        let is_over = match (&mut self.state, window) {
            (State::Quiet, None) => false,
            (State::Quiet, Some(first)) => {
                self.begin(first);
                false
            }
            (State::Tone(tone), Some(window)) if window.matches(&tone.first) => {
                tone.extend(window);
                false
            }
            (State::Tone(tone), window) => {
                tone.other_ms += WINDOW_MS;
                let tone = *tone;
                let is_over = tone.other_ms >= OVER_MS || tone.lasts_ms < TONE_MS_MIN;
                if is_over {
                    self.state = State::Quiet;
                    window.into_iter().for_each(|first| self.begin(first));
                }
                is_over && self.is_beep(tone)
            }
        };
        self.mind_cadence();
        let is_held_enough = self.held.is_some_and(|held| held.since_ms >= GAP_MS_MAX);
        if is_held_enough && !self.has_come_back() {
            self.held = None;
            return true;
        }
        is_over
    }

    fn begin(&mut self, first: Window) {
        let pitches = (first.pitch_hz, 1);
        self.state = State::Tone(Tone { lasts_ms: WINDOW_MS, first, other_ms: 0, pitches });
    }

    fn time_passes(&mut self) {
        for past in self.held.iter_mut().chain(&mut self.cadence) {
            past.since_ms += WINDOW_MS;
        }
        self.cadence.take_if(|past| past.since_ms > CADENCE_MS_MAX);
    }

    /// Whether an ended tone is reported at once. A tone that may be a network's is held back.
    fn is_beep(&mut self, tone: Tone) -> bool {
        let pitch_hz = tone.pitch_hz();
        let rings = tone.lasts_ms >= RINGING_MS_MIN && RINGING_HZ.iter().any(|hz| hz.contains(&pitch_hz));
        if !(TONE_MS_MIN..=TONE_MS_MAX).contains(&tone.lasts_ms) || rings {
            return false;
        }
        if !PROGRESS_HZ.contains(&pitch_hz) {
            return true;
        }
        let past = Past { pitch_hz, since_ms: tone.other_ms };
        match &mut self.cadence {
            Some(cadence) if cadence.is_of(pitch_hz) => *cadence = past,
            _ => self.held = Some(past),
        }
        false
    }

    /// Whether the tone that is held back is heard again.
    fn has_come_back(&self) -> bool {
        let State::Tone(tone) = self.state else { return false };
        self.held.is_some_and(|held| held.is_of(tone.pitch_hz()))
    }

    /// A tone that is heard again, for at least the length of a tone, is a network's.
    fn mind_cadence(&mut self) {
        if self.has_come_back() && self.tone_ms() >= TONE_MS_MIN {
            self.cadence = self.held.take().map(|held| Past { since_ms: 0, ..held });
        }
    }
}

impl Tone {
    fn extend(&mut self, window: Window) {
        self.lasts_ms += self.other_ms + WINDOW_MS;
        self.other_ms = 0;
        self.pitches = (self.pitches.0 + window.pitch_hz, self.pitches.1 + 1);
    }

    /// The mean, which is more accurate than the pitch of one window.
    fn pitch_hz(&self) -> f64 {
        self.pitches.0 / f64::from(self.pitches.1)
    }
}

impl Past {
    fn is_of(&self, pitch_hz: f64) -> bool {
        (self.pitch_hz - pitch_hz).abs() <= PITCH_MOVES_HZ_MAX
    }
}

impl Window {
    fn matches(&self, first: &Self) -> bool {
        let is_as_loud = (1.0 / LEVEL_MOVES_MAX..=LEVEL_MOVES_MAX).contains(&(self.rms / first.rms));
        is_as_loud && (self.pitch_hz - first.pitch_hz).abs() <= PITCH_MOVES_HZ_MAX
    }
}

/// The single sine that these samples are; none if they are not one.
fn sine_in(samples: &[i16], rate_hz: f64) -> Option<Window> {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let rms = (energy / samples.len() as f64).sqrt();
    if rms < RMS_MIN {
        return None;
    }
    let pitch_hz = pitch_of(samples, rate_hz).filter(|pitch| PITCH_HZ.contains(pitch))?;
    (purity(samples, energy, pitch_hz / rate_hz) >= PURITY_MIN).then_some(Window { pitch_hz, rms })
}

/// The pitch, from the first and the last rise through zero, each to a fraction of a sample.
fn pitch_of(samples: &[i16], rate_hz: f64) -> Option<f64> {
    let rises = samples.windows(2).enumerate().filter_map(|(at, pair)| {
        let [before, after] = [f64::from(pair[0]), f64::from(pair[1])];
        (before < 0.0 && after >= 0.0).then(|| at as f64 + before / (before - after))
    });
    let rises: Vec<f64> = rises.collect();
    let (first, last) = (rises.first()?, rises.last()?);
    (last > first).then(|| (rises.len() - 1) as f64 * rate_hz / (last - first))
}

/// Part of the energy that a sine of this many turns per sample explains: the best fit of a sine and a cosine.
fn purity(samples: &[i16], energy: f64, turns: f64) -> f64 {
    let (mut ss, mut cc, mut sc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let (sine, cosine) = (TAU * turns * at as f64).sin_cos();
        let sample = f64::from(*sample);
        (ss, cc, sc) = (ss + sine * sine, cc + cosine * cosine, sc + sine * cosine);
        (xs, xc) = (xs + sample * sine, xc + sample * cosine);
    }
    let determinant = ss * cc - sc * sc;
    if determinant.abs() < f64::EPSILON {
        return 0.0;
    }
    let (a, b) = ((xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant);
    (a * xs + b * xc) / energy
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    /// These tones at once for this long, each with this peak.
    fn tones(pitches_hz: &[f64], lasts_ms: u32, peak: f64) -> Vec<i16> {
        let samples = 0..RATE.samples_in_ms(lasts_ms);
        let wave = |at: usize| -> f64 {
            let turns = at as f64 / f64::from(RATE.hz());
            pitches_hz.iter().map(|hz| (TAU * hz * turns).sin() * peak).sum()
        };
        samples.map(|at| wave(at) as i16).collect()
    }

    fn silence(lasts_ms: u32) -> Vec<i16> {
        vec![0; RATE.samples_in_ms(lasts_ms)]
    }

    /// Voiced sound: a buzz of many partials whose pitch glides, with gaps as between syllables.
    fn speech(lasts_ms: u32) -> Vec<i16> {
        let mut phase = 0.0_f64;
        let sample = |at: usize| {
            let seconds = at as f64 / f64::from(RATE.hz());
            let pitch_hz = 140.0 + 40.0 * (TAU * 1.3 * seconds).sin();
            phase += pitch_hz / f64::from(RATE.hz());
            let buzz: f64 =
                (1..12).map(|partial| (TAU * phase * f64::from(partial)).sin() / f64::from(partial)).sum();
            let syllables = (TAU * 2.2 * seconds).sin().max(0.0);
            (buzz * syllables * 6_000.0) as i16
        };
        (0..RATE.samples_in_ms(lasts_ms)).map(sample).collect()
    }

    /// After how many ms the detector reports that a tone has ended, in frames of 20 ms.
    fn over_at(sound: &[i16]) -> Option<u64> {
        let mut beeps = BeepDetector::new(RATE);
        let frames = sound.chunks(RATE.samples_per_frame());
        frames.zip(1_u64..).find(|(frame, _)| beeps.push(frame)).map(|(_, number)| number * 20)
    }

    /// How long after its end a tone of this pitch is reported.
    fn reported_after_ms(pitch_hz: f64) -> u64 {
        if PROGRESS_HZ.contains(&pitch_hz) { GAP_MS_MAX } else { OVER_MS }
    }

    #[test]
    fn a_tone_has_ended_after_a_moment_of_silence() {
        for (pitch_hz, lasts_ms) in
            [(400.0, 200), (440.0, 1_000), (450.0, 250), (1_000.0, 150), (1_400.0, 400), (2_200.0, 3_000)]
        {
            let sound =
                [speech(2_000), silence(300), tones(&[pitch_hz], lasts_ms, 8_000.0), silence(1_000)].concat();
            let over = over_at(&sound).unwrap_or(0);
            let expected = 2_300 + u64::from(lasts_ms) + reported_after_ms(pitch_hz);
            assert!(
                (expected..=expected + 40).contains(&over),
                "{pitch_hz} Hz for {lasts_ms} ms: {over}, not {expected}"
            );
        }
    }

    #[test]
    fn a_soft_tone_over_line_noise_is_found() {
        let noise = |at: usize| ((at * 7_919) % 201) as i16 - 100;
        let sound = [silence(200), tones(&[1_000.0], 500, 2_000.0), silence(500)].concat();
        let noisy: Vec<i16> = sound.iter().enumerate().map(|(at, sample)| sample + noise(at)).collect();
        assert!(over_at(&noisy).is_some());
    }

    /// The sound with noise of this greatest amplitude; the same noise for the same sound.
    fn noisy(sound: &[i16], amplitude: i64) -> Vec<i16> {
        let mut state = 7_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % (2 * amplitude + 1) - amplitude
        };
        sound.iter().map(|sample| (i64::from(*sample) + noise()).clamp(-32_768, 32_767) as i16).collect()
    }

    #[test]
    fn all_pitches_levels_and_lengths_are_found_on_noisy_lines() {
        for pitch_hz in [440.0, 600.0, 750.0, 1_000.0, 1_200.0, 1_400.0, 1_633.0, 2_000.0] {
            for peak in [1_500.0, 3_000.0, 8_000.0, 20_000.0] {
                for lasts_ms in [200, 1_000, 2_000] {
                    for amplitude in [0, 100, 300] {
                        let sound =
                            [silence(200), tones(&[pitch_hz], lasts_ms, peak), silence(1_000)].concat();
                        let over = over_at(&noisy(&sound, amplitude)).unwrap_or(0);
                        let expected = 200 + u64::from(lasts_ms) + reported_after_ms(pitch_hz);
                        assert!(
                            (expected..=expected + 60).contains(&over),
                            "{pitch_hz} Hz at {peak} for {lasts_ms} ms, noise {amplitude}: {over}"
                        );
                    }
                }
            }
        }
    }

    /// A vowel at this pitch: partials that its formants amplify.
    fn vowel(pitch_hz: f64, formants_hz: &[f64], lasts_ms: u32) -> Vec<i16> {
        let partials: Vec<f64> =
            (1..40).map(|number| f64::from(number) * pitch_hz).filter(|hz| *hz < 3_600.0).collect();
        let gain = |hz: f64| -> f64 {
            formants_hz.iter().map(|formant| 1.0 / (1.0 + ((hz - formant) / 80.0).powi(2))).sum()
        };
        let samples = 0..RATE.samples_in_ms(lasts_ms);
        let wave = |at: usize| -> f64 {
            let turns = at as f64 / f64::from(RATE.hz());
            partials.iter().map(|hz| (gain(*hz) + 0.02) * (TAU * hz * turns).sin()).sum()
        };
        let wave: Vec<f64> = samples.map(wave).collect();
        let peak = wave.iter().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
        wave.into_iter().map(|sample| (sample / peak * 9_000.0) as i16).collect()
    }

    #[test]
    fn vowels_and_chords_are_not_a_mailbox_tone() {
        let vowels = [
            ("a", [730.0, 1_090.0, 2_440.0]),
            ("i", [270.0, 2_290.0, 3_010.0]),
            ("u", [300.0, 870.0, 2_240.0]),
            ("e", [530.0, 1_840.0, 2_480.0]),
            ("o", [570.0, 840.0, 2_410.0]),
        ];
        for (name, formants_hz) in vowels {
            for pitch_hz in [100.0, 140.0, 200.0, 250.0, 300.0, 420.0, 500.0] {
                let sound = [silence(100), vowel(pitch_hz, &formants_hz, 600), silence(300)].concat();
                assert_eq!(over_at(&sound), None, "{name} at {pitch_hz} Hz");
            }
        }
        let chords: [&[f64]; 4] =
            [&[262.0, 330.0, 392.0], &[440.0, 523.0, 659.0], &[392.0, 494.0, 587.0, 698.0], &[440.0, 880.0]];
        for chord in chords {
            let sound = [silence(100), tones(chord, 800, 4_000.0), silence(300)].concat();
            assert_eq!(over_at(&sound), None, "{chord:?}");
        }
    }

    #[test]
    fn other_tones_are_not_a_mailbox_tone() {
        let dtmf = [697.0, 1_209.0];
        let table = [
            ("speech", speech(10_000)),
            ("DTMF", [tones(&dtmf, 500, 6_000.0), silence(500)].concat().repeat(4)),
            (
                "ringback of North America",
                [tones(&[440.0, 480.0], 2_000, 5_000.0), silence(4_000)].concat().repeat(2),
            ),
            (
                "ringback of the United Kingdom",
                [tones(&[400.0, 450.0], 400, 5_000.0), silence(200)].concat().repeat(6),
            ),
            ("ringback of China", [tones(&[450.0], 1_000, 5_000.0), silence(4_000)].concat().repeat(2)),
            ("busy tone of China", [tones(&[450.0], 350, 5_000.0), silence(350)].concat().repeat(6)),
            ("congestion tone of China", [tones(&[450.0], 700, 5_000.0), silence(700)].concat().repeat(4)),
            (
                "busy tone of China that ends",
                [[tones(&[450.0], 350, 5_000.0), silence(350)].concat().repeat(3), silence(5_000)].concat(),
            ),
            ("busy tone of India", [tones(&[400.0], 750, 5_000.0), silence(750)].concat().repeat(4)),
            ("busy tone of Spain", [tones(&[425.0], 200, 5_000.0), silence(200)].concat().repeat(6)),
            (
                "busy tone of the United Kingdom",
                [tones(&[400.0], 375, 5_000.0), silence(375)].concat().repeat(6),
            ),
            ("busy tone of Japan", [tones(&[400.0], 500, 5_000.0), silence(500)].concat().repeat(6)),
            ("ringback of Germany", [tones(&[425.0], 1_000, 5_000.0), silence(4_000)].concat().repeat(2)),
            ("a tone that is too short", [tones(&[1_000.0], 100, 8_000.0), silence(500)].concat()),
            ("a tone that does not end", tones(&[425.0], 20_000, 5_000.0)),
            ("a dial tone that ends", [tones(&[425.0], 9_000, 5_000.0), silence(500)].concat()),
            ("a tone that is too low", [tones(&[300.0], 500, 8_000.0), silence(500)].concat()),
            ("a tone that is too high", [tones(&[2_600.0], 500, 8_000.0), silence(500)].concat()),
            ("a tone that can hardly be heard", [tones(&[1_000.0], 500, 300.0), silence(500)].concat()),
            ("silence", silence(5_000)),
        ];
        for (what, sound) in table {
            assert_eq!(over_at(&sound), None, "{what}");
        }
    }

    proptest::proptest! {
        /// However the audio is cut, and wherever the tone begins.
        #[test]
        fn a_tone_is_found_however_the_audio_is_cut(
            pitch_hz in 410.0_f64..2_150.0, lasts_ms in 140_u32..3_500, before_ms in 0_u32..500, piece in 1_usize..500,
        ) {
            proptest::prop_assume!(!(415.0..435.0).contains(&pitch_hz) && !(443.0..459.0).contains(&pitch_hz));
            let sound = [silence(before_ms), tones(&[pitch_hz], lasts_ms, 6_000.0), silence(1_000)].concat();
            let mut beeps = BeepDetector::new(RATE);
            let found = sound.chunks(piece).filter(|piece| beeps.push(piece)).count();
            proptest::prop_assert_eq!(found, 1);
        }

        /// Two tones at once are not one tone, however loud each is.
        #[test]
        fn two_tones_at_once_are_not_a_mailbox_tone(low_hz in 400.0_f64..900.0, apart_hz in 60.0_f64..900.0, loudness in 0.5_f64..2.0) {
            let two: Vec<i16> = tones(&[low_hz], 1_000, 5_000.0)
                .iter()
                .zip(tones(&[low_hz + apart_hz], 1_000, 5_000.0 * loudness))
                .map(|(a, b)| a.saturating_add(b))
                .collect();
            proptest::prop_assert_eq!(over_at(&[two, silence(300)].concat()), None);
        }
    }
}
