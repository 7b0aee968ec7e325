//! Resamples a recording by a windowed sinc: exact enough for comparisons, too slow for calls.

use std::collections::HashMap;
use std::f64::consts::PI;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 24.0;

/// How many samples the cache holds at most, of all sounds together: 32 MB.
const REMEMBERED_MAX: usize = 16_000_000;

/// A cache of resampled sounds, by both rates in Hz. The people of a simulated world say the same few sounds again and again; without the
/// cache, resampling took an eighth of all CPU there.
#[derive(Default)]
struct Remembered {
    sounds: HashMap<(u32, u32), BySamples>,
    samples: usize,
}

/// Resampled sounds, by their original samples.
type BySamples = HashMap<Box<[i16]>, Arc<[i16]>>;

static REMEMBERED: LazyLock<Mutex<Remembered>> = LazyLock::new(Mutex::default);

impl Remembered {
    fn find(&self, samples: &[i16], rates: (u32, u32)) -> Option<Arc<[i16]>> {
        self.sounds.get(&rates)?.get(samples).cloned()
    }

    fn keep(&mut self, samples: &[i16], rates: (u32, u32), at_rate: Arc<[i16]>) {
        let more = samples.len() + at_rate.len();
        if self.samples + more > REMEMBERED_MAX {
            *self = Self::default();
        }
        if more <= REMEMBERED_MAX
            && self.sounds.entry(rates).or_default().insert(samples.into(), at_rate).is_none()
        {
            self.samples += more;
        }
    }
}

/// Returns the same sound at another rate; frequencies above the lower rate's limit are cut off.
#[must_use]
pub fn at_rate(samples: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz {
        return samples.to_vec();
    }
    let rates = (from_hz, to_hz);
    // The lock is not held while a sound is resampled, so that the tests of one process can do it at the same time.
    let remembered = || REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = remembered().find(samples, rates);
    if let Some(known) = known {
        return known.to_vec();
    }
    let made = made_at_rate(samples, from_hz, to_hz);
    remembered().keep(samples, rates, made.as_slice().into());
    made
}

fn made_at_rate(samples: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    let step = f64::from(from_hz) / f64::from(to_hz);
    // When the rate goes down, the sinc is stretched so that it also cuts off what would alias.
    let stretch = step.max(1.0);
    let count = (samples.len() as f64 / step).floor() as usize;
    let kernels = kernels(from_hz, to_hz, stretch);
    (0..count)
        .map(|index| {
            let kernel = &kernels[index % kernels.len()];
            let first = (index as u64 * u64::from(from_hz) / u64::from(to_hz)) as i64 + kernel.first;
            // Before the first sample and after the last there is silence.
            let (skipped, first) = ((-first).max(0) as usize, first.max(0) as usize);
            let (from, weights) = (samples.get(first..), kernel.weights.get(skipped..));
            let mut sum = 0.0;
            for (&sample, weight) in from.unwrap_or_default().iter().zip(weights.unwrap_or_default()) {
                sum += f64::from(sample) * weight;
            }
            (sum / stretch).round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
        })
        .collect()
}

/// Weights of the samples around a new one.
struct Kernel {
    /// The position of the first weight, relative to the old sample at or before the new one.
    first: i64,
    weights: Vec<f64>,
}

/// Returns a kernel for each position that a new sample can have between two old ones: there are few positions, and many samples.
fn kernels(from_hz: u32, to_hz: u32, stretch: f64) -> Vec<Kernel> {
    let places = to_hz / common_divisor(from_hz, to_hz);
    let reach = CROSSINGS * stretch;
    (0..u64::from(places))
        .map(|index| {
            let offset = (index * u64::from(from_hz) % u64::from(to_hz)) as f64 / f64::from(to_hz);
            let (first, last) = ((offset - reach).ceil() as i64, (offset + reach).floor() as i64);
            let weight = |at: i64| windowed_sinc((at as f64 - offset) / stretch);
            Kernel { first, weights: (first..=last).map(weight).collect() }
        })
        .collect()
}

fn common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

fn windowed_sinc(distance: f64) -> f64 {
    let sinc = if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
    let window = 0.5 + 0.5 * (PI * distance / CROSSINGS).cos();
    sinc * window
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::audio::tone;

    #[test]
    fn tones_keep_their_pitch_and_level() {
        let wide = tone(1000.0, 8000.0, Duration::from_millis(400), 16000);
        let narrow = wide.resampled(8000);
        assert_eq!(narrow.samples.len(), 3200);
        assert!(narrow.tone_share(1000.0) > 0.99);
        assert!((narrow.rms() / wide.rms() - 1.0).abs() < 0.01);
        assert!(narrow.resampled(16000).tone_share(1000.0) > 0.99);
        assert!(tone(6000.0, 8000.0, Duration::from_millis(400), 16000).resampled(8000).rms() < 100.0);
    }
}
