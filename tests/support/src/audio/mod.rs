//! The contents of a recording: tones, silences, prompts. Samples are signed 16-bit mono at a rate in Hz.

pub mod g711;
mod resampling;
mod search;

use std::f64::consts::TAU;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Duration;

pub use self::resampling::at_rate;
pub use self::search::{Found, Share, find, share_heard};

/// Below this RMS (-50 dB of full scale) a stretch of sound counts as silence: G.711's idle noise is well below.
pub const SILENCE_RMS: f64 = 100.0;
/// The step at which silence is searched for.
const SILENCE_STEP: Duration = Duration::from_millis(10);

/// The bytes before the samples of a plain WAV file.
const WAV_HEADER_BYTES: usize = 44;

/// A mono recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// Samples a second, in Hz.
    pub rate: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

/// A part of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub start: Duration,
    /// When it ends.
    pub end: Duration,
}

impl Span {
    /// Returns its length.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl Sound {
    /// Returns how long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        duration_of(self.samples.len(), self.rate)
    }

    /// Returns the part between two moments, cut to what exists.
    #[must_use]
    pub fn part(&self, span: Span) -> Self {
        let start = samples_in(span.start, self.rate).min(self.samples.len());
        let end = samples_in(span.end, self.rate).clamp(start, self.samples.len());
        Self { rate: self.rate, samples: self.samples[start..end].to_vec() }
    }

    /// Returns the same sound at another rate.
    #[must_use]
    pub fn resampled(&self, rate: u32) -> Self {
        Self { rate, samples: at_rate(&self.samples, self.rate, rate) }
    }

    /// Returns the loudness as RMS, 0 to 32,767.
    #[must_use]
    pub fn rms(&self) -> f64 {
        rms(&self.samples)
    }

    /// Returns the share of the loudness that is a pure tone of `frequency_hz`: 1.0 if there is nothing else, near 0 if there is none.
    #[must_use]
    pub fn tone_share(&self, frequency_hz: f64) -> f64 {
        tone_share(&self.samples, frequency_hz, self.rate)
    }

    /// Returns all silences that last at least `shortest`.
    #[must_use]
    pub fn silences(&self, shortest: Duration) -> Vec<Span> {
        let mut silences: Vec<Span> = Vec::new();
        let step = samples_in(SILENCE_STEP, self.rate).max(1);
        for (index, chunk) in self.samples.chunks(step).enumerate() {
            if rms(chunk) >= SILENCE_RMS {
                continue;
            }
            let start = duration_of(index * step, self.rate);
            let end = duration_of(index * step + chunk.len(), self.rate);
            match silences.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => silences.push(Span { start, end }),
            }
        }
        silences.retain(|silence| silence.length() >= shortest);
        silences
    }

    /// Returns when sound is first heard, if at all.
    #[must_use]
    pub fn first_sound(&self) -> Option<Duration> {
        let step = samples_in(SILENCE_STEP, self.rate).max(1);
        let index = self.samples.chunks(step).position(|chunk| rms(chunk) >= SILENCE_RMS)?;
        Some(duration_of(index * step, self.rate))
    }

    /// Reads one channel of a 16-bit WAV file.
    ///
    /// # Errors
    /// The file can't be read, is no 16-bit WAV, or has no such channel.
    pub fn read_wav_channel(path: &Path, channel: usize) -> hound::Result<Self> {
        Self::from_wav(BufReader::new(File::open(path)?), channel)
    }

    /// Reads one channel of a 16-bit WAV file from any reader.
    ///
    /// # Errors
    /// As [`Sound::read_wav_channel`].
    pub fn from_wav(wav: impl Read, channel: usize) -> hound::Result<Self> {
        let mut reader = hound::WavReader::new(wav)?;
        let spec = reader.spec();
        let channels = usize::from(spec.channels);
        if spec.bits_per_sample != 16 || channel >= channels {
            return Err(hound::Error::FormatError("not a 16-bit WAV with that channel"));
        }
        let all: Vec<i16> = reader.samples::<i16>().collect::<hound::Result<_>>()?;
        Ok(Self {
            rate: spec.sample_rate,
            samples: all.into_iter().skip(channel).step_by(channels).collect(),
        })
    }

    /// Reads the only or first channel of a 16-bit WAV file.
    ///
    /// # Errors
    /// As [`Sound::read_wav_channel`].
    pub fn read_wav(path: &Path) -> hound::Result<Self> {
        Self::read_wav_channel(path, 0)
    }

    /// Reads a mono WAV file that another program writes: `None` until it is finished and has sound in it.
    #[must_use]
    pub fn read_finished_wav(path: &Path) -> Option<Self> {
        let sound = Self::read_wav(path).ok()?;
        // The length in the header is written last.
        let bytes = usize::try_from(std::fs::metadata(path).ok()?.len()).ok()?;
        let is_whole = !sound.samples.is_empty() && sound.samples.len() * 2 + WAV_HEADER_BYTES >= bytes;
        is_whole.then_some(sound)
    }

    /// Writes a 16-bit mono WAV file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_wav(&self, path: &Path) -> hound::Result<()> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec)?;
        for &sample in &self.samples {
            writer.write_sample(sample)?;
        }
        writer.finalize()
    }
}

/// Returns a sine of `frequency_hz`, with `amplitude` as its peak (0 to 32,767).
#[must_use]
pub fn tone(frequency_hz: f64, amplitude: f64, length: Duration, rate: u32) -> Sound {
    let step = TAU * frequency_hz / f64::from(rate);
    let samples = (0..samples_in(length, rate))
        .map(|index| (amplitude * (step * index as f64).sin()).round() as i16)
        .collect();
    Sound { rate, samples }
}

/// Returns a vowel at 150 Hz, as loud as speech and without a pause: the longest possible word.
#[must_use]
pub fn vowel(length: Duration, rate: u32) -> Sound {
    let partials: Vec<Sound> = (1..8_u32)
        .map(|number| tone(150.0 * f64::from(number), 4_000.0 / f64::from(number), length, rate))
        .collect();
    let at = |index: usize| partials.iter().map(|partial| partial.samples[index]).sum::<i16>();
    Sound { rate, samples: (0..samples_in(length, rate)).map(at).collect() }
}

/// Returns silence.
#[must_use]
pub fn silence(length: Duration, rate: u32) -> Sound {
    Sound { rate, samples: vec![0; samples_in(length, rate)] }
}

/// Returns something like speech, for tests of the search and of voice detection: a buzz of 120 Hz and its overtones, in syllables of 180 ms
/// with pauses of 60 ms, that never repeats exactly. The same `seed` gives the same sound.
#[must_use]
pub fn babble(seed: u64, length: Duration, rate: u32) -> Sound {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 40) as f64 / (1_u64 << 24) as f64
    };
    let syllable = samples_in(Duration::from_millis(240), rate);
    let voiced = samples_in(Duration::from_millis(180), rate);
    let total = samples_in(length, rate);
    let mut samples = Vec::with_capacity(total + syllable);
    while samples.len() < total {
        let pitch_hz = 100.0 + 60.0 * next();
        let strengths: Vec<f64> = (0..20).map(|_| next().powi(3)).collect();
        for index in 0..syllable {
            let phase = TAU * pitch_hz * index as f64 / f64::from(rate);
            let buzz: f64 =
                (1_u32..).zip(&strengths).map(|(n, strength)| strength * (f64::from(n) * phase).sin()).sum();
            let envelope =
                if index < voiced { (TAU / 2.0 * index as f64 / voiced as f64).sin() } else { 0.0 };
            samples.push((2500.0 * envelope * buzz).clamp(-30000.0, 30000.0) as i16);
        }
    }
    samples.truncate(total);
    Sound { rate, samples }
}

/// Returns the loudness as RMS, 0 to 32,767; 0 for no samples.
#[must_use]
pub fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

/// As [`Sound::tone_share`], of samples at `rate` Hz.
#[must_use]
pub fn tone_share(samples: &[i16], frequency_hz: f64, rate: u32) -> f64 {
    let total: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    if total == 0.0 { 0.0 } else { goertzel_energy(samples, frequency_hz, rate) / total }
}

/// Returns the energy (sum of squares) at one frequency, by Goertzel's recurrence.
fn goertzel_energy(samples: &[i16], frequency_hz: f64, rate: u32) -> f64 {
    let coefficient = 2.0 * (TAU * frequency_hz / f64::from(rate)).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for &sample in samples {
        (before, last) = (last, f64::from(sample) + coefficient * last - before);
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power / samples.len().max(1) as f64
}

/// Returns how many samples fit into a time.
#[must_use]
pub fn samples_in(length: Duration, rate: u32) -> usize {
    (length.as_secs_f64() * f64::from(rate)).round() as usize
}

/// Returns how long a number of samples lasts.
#[must_use]
pub fn duration_of(samples: usize, rate: u32) -> Duration {
    Duration::from_secs_f64(samples as f64 / f64::from(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn joined(parts: &[Sound]) -> Sound {
        Sound { rate: parts[0].rate, samples: parts.iter().flat_map(|part| part.samples.clone()).collect() }
    }

    #[test]
    fn a_tone_is_distinguished_from_others_and_from_speech() {
        let sound = tone(1000.0, 8000.0, ms(500), 8000);
        assert!(sound.tone_share(1000.0) > 0.99);
        assert!(sound.tone_share(1100.0) < 0.01);
        assert!(babble(1, ms(500), 8000).tone_share(1000.0) < 0.3);
        assert_eq!(silence(ms(500), 8000).tone_share(1000.0), 0.0);
        assert!((sound.rms() - 8000.0 / 2_f64.sqrt()).abs() < 5.0);
    }

    #[test]
    fn silences_are_found_where_they_are() {
        let sound = joined(&[
            silence(ms(300), 8000),
            tone(400.0, 5000.0, ms(500), 8000),
            silence(ms(40), 8000),
            tone(400.0, 5000.0, ms(200), 8000),
            silence(ms(200), 8000),
        ]);
        assert_eq!(
            sound.silences(ms(100)),
            [Span { start: ms(0), end: ms(300) }, Span { start: ms(1040), end: ms(1240) }]
        );
        assert_eq!(sound.first_sound(), Some(ms(300)));
        assert_eq!(silence(ms(100), 8000).first_sound(), None);
    }

    #[test]
    fn wav_files_keep_every_sample() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let sound = babble(3, ms(700), 16000);
        sound.write_wav(&path).unwrap();
        assert_eq!(Sound::read_wav(&path).unwrap(), sound);
        assert!(Sound::read_wav_channel(&path, 1).is_err());
    }
}
