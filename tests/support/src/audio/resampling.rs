//! Another rate for a recording, by a windowed sinc: exact enough to compare by, too slow for calls.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 24.0;

/// The same sound at another rate; what the lower rate cannot hold is left out.
#[must_use]
pub fn at_rate(samples: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz {
        return samples.to_vec();
    }
    let step = f64::from(from_hz) / f64::from(to_hz);
    // Downwards the sinc is stretched, so that it also cuts off what would be mirrored.
    let stretch = step.max(1.0);
    let reach = CROSSINGS * stretch;
    let count = (samples.len() as f64 / step).floor() as usize;
    (0..count)
        .map(|index| {
            let centre = index as f64 * step;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(samples.len().saturating_sub(1));
            let sum: f64 = (first..=last)
                .map(|at| {
                    let distance = (at as f64 - centre) / stretch;
                    f64::from(samples[at]) * windowed_sinc(distance)
                })
                .sum();
            (sum / stretch).round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
        })
        .collect()
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
