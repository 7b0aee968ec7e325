//! Finds a sound in a recording, for the demo's checks.

use std::ops::Range;
use std::path::{Path, PathBuf};

use cordboard_schema::audio::level::{correlation, rms_dbfs};
use hound::{SampleFormat, WavReader};

use crate::command::caller::CALLER_RATE;

/// Samples of one millisecond at the caller's rate.
const SAMPLES_PER_MS: usize = CALLER_RATE.hz() as usize / 1_000;

/// Samples above this level are sound. Speech is 20 dB above it.
const SOUND_DBFS: f64 = -45.0;

/// Step width in ms of the search for sound.
const STEP_MS: u64 = 10;

/// Length of the part by which a sound is recognized: long enough to be unique, short enough that a late frame seldom falls into it.
pub(super) const WINDOW_MS: u64 = 200;

/// One side of a recording, at the caller's rate.
#[derive(Clone, Debug, Default)]
pub(super) struct Track(pub(super) Vec<i16>);

/// A recording of both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Stereo {
    /// The caller.
    pub(super) left: Track,
    /// The sound that the caller heard.
    pub(super) right: Track,
}

/// Why a recording can't be checked.
#[derive(Debug, thiserror::Error)]
pub(super) enum SoundError {
    /// The file is not a WAV.
    #[error("{} can't be read: {cause}", .path.display())]
    Wav { path: PathBuf, cause: hound::Error },
    /// Its format is not that of a call's recording.
    #[error("{} is not stereo with 16 bit at {} Hz", .0.display(), CALLER_RATE.hz())]
    Format(PathBuf),
}

impl Stereo {
    /// Reads a recording.
    pub(super) fn read(path: &Path) -> Result<Self, SoundError> {
        let unreadable = |cause| SoundError::Wav { path: path.to_owned(), cause };
        let reader = WavReader::open(path).map_err(unreadable)?;
        let spec = reader.spec();
        let as_recorded = (2, CALLER_RATE.hz(), 16, SampleFormat::Int);
        if (spec.channels, spec.sample_rate, spec.bits_per_sample, spec.sample_format) != as_recorded {
            return Err(SoundError::Format(path.to_owned()));
        }
        let samples: Vec<i16> = reader.into_samples().collect::<Result<_, _>>().map_err(unreadable)?;
        let side = |side: usize| Track(samples.chunks_exact(2).map(|pair| pair[side]).collect());
        Ok(Self { left: side(0), right: side(1) })
    }

    /// Its length in ms.
    pub(super) fn length_ms(&self) -> u64 {
        ms(self.left.0.len())
    }
}

/// The position of a sound that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Beginning of the sound in the track, in ms.
    pub(super) at_ms: u64,
    /// How similar it is: 1 is the same up to loudness, 0 is unrelated.
    pub(super) likeness: f64,
}

impl Track {
    /// Finds the beginning of `sound` among `starts` (ms), judged by the loudest 200 ms of its part `part` (ms). `None` if sound or track is too
    /// short.
    pub(super) fn find(&self, sound: &[i16], part: Range<u64>, starts: Range<u64>) -> Option<Found> {
        let window = samples(WINDOW_MS);
        let part = samples(part.start).min(sound.len())..samples(part.end).min(sound.len());
        let offset = part.start + loudest(sound.get(part.clone())?, window)?;
        let wanted = &sound[offset..offset + window];
        let wanted_power = correlation(wanted, wanted) as f64;

        let places =
            samples(starts.start) + offset..(samples(starts.end) + offset + window).min(self.0.len());
        let first = places.start;
        let searched = self.0.get(places)?;
        // The power of the compared samples changes by the sample that enters and the one that leaves.
        let mut power = correlation(searched.get(..window)?, &searched[..window]);
        let mut best = Found { at_ms: 0, likeness: f64::MIN };
        for (place, heard) in searched.windows(window).enumerate() {
            if place > 0 {
                power += square(searched[place + window - 1]) - square(searched[place - 1]);
            }
            let powers = wanted_power * power as f64;
            let likeness = if powers > 0.0 { correlation(wanted, heard) as f64 / powers.sqrt() } else { 0.0 };
            if likeness > best.likeness {
                best = Found { at_ms: ms(first + place - offset), likeness };
            }
        }
        Some(best)
    }

    /// When the track becomes silent for `for_ms`, from `from_ms` on.
    pub(super) fn silent_from(&self, from_ms: u64, for_ms: u64) -> Option<u64> {
        let steps_wanted = for_ms / STEP_MS;
        let mut silent_steps = 0;
        let mut at_ms = from_ms;
        while let Some(is_loud) = self.is_loud(at_ms) {
            at_ms += STEP_MS;
            silent_steps = if is_loud { 0 } else { silent_steps + 1 };
            if silent_steps == steps_wanted {
                return Some(at_ms - for_ms);
            }
        }
        None
    }

    /// When the track becomes loud, from `from_ms` on.
    pub(super) fn loud_from(&self, from_ms: u64) -> Option<u64> {
        (from_ms..ms(self.0.len())).step_by(STEP_MS as usize).find(|at_ms| self.is_loud(*at_ms) == Some(true))
    }

    /// When its last sound before `before_ms` ends.
    pub(super) fn last_loud_before(&self, before_ms: u64) -> Option<u64> {
        let steps = (0..before_ms / STEP_MS).rev().map(|step| step * STEP_MS);
        steps.into_iter().find(|at_ms| self.is_loud(*at_ms) == Some(true)).map(|at_ms| at_ms + STEP_MS)
    }

    /// Returns whether there is sound in the 10 ms from `at_ms` on; `None` after the end.
    fn is_loud(&self, at_ms: u64) -> Option<bool> {
        let step = self.0.get(samples(at_ms)..samples(at_ms + STEP_MS))?;
        Some(rms_dbfs(step) > SOUND_DBFS)
    }
}

/// Converts a number of samples to ms, rounded down.
pub(super) fn ms(samples: usize) -> u64 {
    (samples / SAMPLES_PER_MS) as u64
}

fn samples(ms: u64) -> usize {
    usize::try_from(ms).unwrap_or(usize::MAX).saturating_mul(SAMPLES_PER_MS)
}

/// Returns where the loudest `window` of `sound` begins.
fn loudest(sound: &[i16], window: usize) -> Option<usize> {
    let power = |start: usize| correlation(&sound[start..start + window], &sound[start..start + window]);
    let starts = (0..(sound.len() + 1).checked_sub(window)?).step_by(SAMPLES_PER_MS);
    starts.max_by_key(|start| power(*start))
}

fn square(sample: i16) -> i64 {
    i64::from(sample).pow(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a sound that is unlike all others. `seed` selects it.
    fn noise(length_ms: u64, mut seed: u32) -> Vec<i16> {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 16) as i16) / 8
        };
        (0..samples(length_ms)).map(|_| next()).collect()
    }

    fn track(parts: &[(u64, &[i16])], length_ms: u64) -> Track {
        let mut all = vec![0; samples(length_ms)];
        for (at_ms, part) in parts {
            all[samples(*at_ms)..][..part.len()].copy_from_slice(part);
        }
        Track(all)
    }

    #[test]
    fn only_the_right_sound_is_found() {
        let sound = noise(1_000, 1);
        let track = track(&[(700, &sound)], 3_000);
        for part in [0..1_000, 0..500, 500..1_000] {
            let found = track.find(&sound, part, 0..3_000).unwrap();
            assert_eq!(found.at_ms, 700);
            assert!(found.likeness > 0.999, "{found:?}");
        }
        let other = track.find(&noise(1_000, 2), 0..1_000, 0..3_000).unwrap();
        assert!(other.likeness < 0.2, "{other:?}");
        assert_eq!(track.find(&sound, 0..100, 0..3_000), None, "too short to tell");
        assert_eq!(track.find(&sound, 0..1_000, 5_000..6_000), None, "after the end");
    }

    #[test]
    fn beginnings_of_silence_and_sound_are_found() {
        let sound = noise(500, 3);
        let track = track(&[(300, &sound), (850, &sound)], 2_000);
        assert_eq!(track.loud_from(0), Some(300));
        assert_eq!(track.silent_from(300, 40), Some(800), "a short pause is enough");
        assert_eq!(track.silent_from(300, 200), Some(1_350), "a short pause does not count as a longer one");
        assert_eq!(track.silent_from(1_900, 200), None, "the track ends before");
        assert_eq!(track.last_loud_before(840), Some(800));
        assert_eq!(track.last_loud_before(2_000), Some(1_350));
        assert_eq!(track.last_loud_before(100), None);
    }
}
