//! Level of audio, and how much of it is one tone.
//!
//! Levels are in dBFS: 0 is a sine whose peak just fills 16 bits. Digital silence has the level [`SILENCE_DBFS`] instead of minus
//! infinity.

use std::f64::consts::TAU;

use dasp::Sample;

use super::SampleRate;

/// The level of samples that are all zero, and the lowest that is ever returned: half a step of 16 bits is -96 dBFS.
pub const SILENCE_DBFS: f64 = -120.0;

/// Returns the root mean square in dBFS: -3.01 for a sine of full scale.
pub fn rms_dbfs(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    let energy: f64 = samples.iter().map(|sample| sample.to_sample::<f64>().powi(2)).sum();
    decibels((energy / samples.len() as f64).sqrt())
}

/// Returns the sum of the products of the samples of two sounds: their similarity times the level of both. The longer one counts
/// only as far as the shorter one goes.
pub fn correlation(one: &[i16], other: &[i16]) -> i64 {
    one.iter().zip(other).map(|(one, other)| i64::from(i32::from(*one) * i32::from(*other))).sum()
}

/// Samples of which none is louder than this are a pause: a hundredth of full scale, like a quiet room at a telephone.
const QUIET: u16 = 330;

/// Returns whether a sample is no louder than those of a pause.
pub const fn is_quiet(sample: i16) -> bool {
    sample.unsigned_abs() <= QUIET
}

/// Returns the level of the loudest sample in dBFS.
pub fn peak_dbfs(samples: &[i16]) -> f64 {
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    decibels(f64::from(peak) / f64::from(i16::MAX))
}

/// Returns the level in dBFS of the tone of `hz` in the samples (Goertzel): 0 for a sine of full scale.
///
/// Tones whose period doesn't fit into the samples a whole number of times leak a little: pass 100 ms or more.
pub fn tone_dbfs(samples: &[i16], rate: SampleRate, hz: f64) -> f64 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    let omega = TAU * hz / f64::from(rate.hz());
    let coefficient = 2.0 * omega.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let next = sample.to_sample::<f64>() + coefficient * last - before;
        (before, last) = (last, next);
    }
    let power = last * last + before * before - coefficient * last * before;
    decibels(power.max(0.0).sqrt() * 2.0 / samples.len() as f64)
}

/// Returns how far a sine of `hz` is above everything else in the samples, in dB: signal to noise and distortion.
///
/// The sine's amplitude and phase are fitted by least squares, so neither gain nor delay counts as noise.
pub fn tone_to_rest_db(samples: &[i16], rate: SampleRate, hz: f64) -> f64 {
    let omega = TAU * hz / f64::from(rate.hz());
    let wave = |index: usize| (omega * index as f64).sin_cos();

    let [mut sin_sin, mut cos_cos, mut sin_cos, mut by_sin, mut by_cos, mut all] = [0.0; 6];
    for (index, sample) in samples.iter().enumerate() {
        let (sin, cos) = wave(index);
        let value = sample.to_sample::<f64>();
        sin_sin += sin * sin;
        cos_cos += cos * cos;
        sin_cos += sin * cos;
        by_sin += value * sin;
        by_cos += value * cos;
        all += value * value;
    }
    let determinant = sin_sin * cos_cos - sin_cos * sin_cos;
    if determinant.abs() < f64::EPSILON {
        return 0.0;
    }
    let in_phase = (by_sin * cos_cos - by_cos * sin_cos) / determinant;
    let quadrature = (by_cos * sin_sin - by_sin * sin_cos) / determinant;
    let tone = in_phase * by_sin + quadrature * by_cos;
    10.0 * (tone / (all - tone).max(f64::MIN_POSITIVE)).log10()
}

fn decibels(amplitude: f64) -> f64 {
    (20.0 * amplitude.log10()).max(SILENCE_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    fn sine(hz: f64, amplitude: f64) -> Vec<i16> {
        (0..8_000).map(|i| (amplitude * (TAU * hz * f64::from(i) / 8_000.0).sin()).round() as i16).collect()
    }

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 0.05, "{actual} dB, expected {expected} dB");
    }

    #[test]
    fn a_full_sine_peaks_at_zero_and_averages_three_below() {
        let full = sine(1_000.0, 32_767.0);
        near(peak_dbfs(&full), 0.0);
        near(rms_dbfs(&full), -3.01);
        near(tone_dbfs(&full, RATE, 1_000.0), 0.0);
    }

    #[test]
    fn half_the_amplitude_is_six_decibels_less() {
        let half = sine(440.0, 16_384.0);
        near(rms_dbfs(&half), -9.03);
        near(tone_dbfs(&half, RATE, 440.0), -6.02);
    }

    #[test]
    fn an_absent_tone_is_not_found() {
        assert!(tone_dbfs(&sine(1_000.0, 16_384.0), RATE, 2_000.0) < -60.0);
    }

    #[test]
    fn silence_and_nothing_have_a_level() {
        for samples in [&[0_i16; 160][..], &[]] {
            assert_eq!(rms_dbfs(samples), SILENCE_DBFS);
            assert_eq!(peak_dbfs(samples), SILENCE_DBFS);
            assert_eq!(tone_dbfs(samples, RATE, 440.0), SILENCE_DBFS);
        }
        assert_eq!(tone_to_rest_db(&[], RATE, 440.0), 0.0);
    }

    #[test]
    fn a_second_tone_is_noise_to_the_first() {
        let both: Vec<i16> =
            sine(1_000.0, 16_000.0).iter().zip(sine(1_700.0, 160.0)).map(|(a, b)| a + b).collect();
        near(tone_to_rest_db(&both, RATE, 1_000.0), 40.0);
        assert!(tone_to_rest_db(&sine(1_000.0, 16_000.0), RATE, 1_000.0) > 85.0);
    }
}
