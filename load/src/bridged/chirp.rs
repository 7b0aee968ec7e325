//! A sound that can be found again after a codec: a rising tone, once in a while, over a hum. Pure.

use std::f64::consts::TAU;
use std::time::{Duration, Instant};

use cordboard_rtc::{FRAME_SAMPLES, RATE_HZ};

/// Frames from one chirp to the next: 1 s, which is longer than sound is ever late.
pub(super) const PERIOD_FRAMES: u64 = 50;

/// How long a chirp is, in samples: 80 ms.
const CHIRP: usize = 4 * FRAME_SAMPLES;

/// Frequencies between which it rises, in Hz. All are in the range of speech.
const FROM_HZ: f64 = 400.0;
const TO_HZ: f64 = 2_800.0;

const AMPLITUDE: f64 = 18_000.0;

/// Sound between chirps, so that packets come without a pause: a hum of 150 Hz and its overtones.
const HUM_HZ: f64 = 150.0;
const HUM_AMPLITUDE: f64 = 900.0;

/// Every third received sample is enough.
const THIN: usize = 3;

/// Thinned samples of a frame, and of a chirp.
pub(super) const THINNED: usize = FRAME_SAMPLES / THIN;
const CHIRP_THINNED: usize = CHIRP / THIN;

/// No sound is later than this.
const LATE_MAX: Duration = Duration::from_millis(800);

/// Frames of [`LATE_MAX`], and of the chirp's end.
const SEARCHED_FRAMES: usize = 44;

/// Minimum similarity to a chirp; 1 is the maximum.
const LIKE_MIN: f64 = 0.5;

/// 20 ms of received sound, thinned, and the time.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// When it was played.
    pub(super) at: Instant,
    /// 8,000 samples a second.
    pub(super) samples: [f32; THINNED],
}

impl Heard {
    pub(super) fn of(at: Instant, frame: &[i16; FRAME_SAMPLES]) -> Self {
        let mut samples = [0.0; THINNED];
        for (thin, three) in samples.iter_mut().zip(frame.chunks_exact(THIN)) {
            *thin = three.iter().map(|sample| f32::from(*sample)).sum::<f32>() / THIN as f32;
        }
        Self { at, samples }
    }
}

/// Returns the frame with this number. A chirp begins with every [`PERIOD_FRAMES`]th.
pub(super) fn frame(number: u64) -> [i16; FRAME_SAMPLES] {
    let in_period = (number % PERIOD_FRAMES) as usize * FRAME_SAMPLES;
    let began = number * FRAME_SAMPLES as u64;
    let mut frame = [0; FRAME_SAMPLES];
    for (at, sample) in frame.iter_mut().enumerate() {
        let seconds = (began + at as u64) as f64 / f64::from(RATE_HZ);
        let hum: f64 = [1.0, 2.0, 3.0].iter().map(|n| (TAU * HUM_HZ * n * seconds).sin() / n).sum();
        *sample = (hum * HUM_AMPLITUDE + chirp(in_period + at)) as i16;
    }
    frame
}

/// Returns a sample of a chirp; silence after it.
fn chirp(at: usize) -> f64 {
    if at >= CHIRP {
        return 0.0;
    }
    let (part, lasts) = (at as f64 / CHIRP as f64, CHIRP as f64 / f64::from(RATE_HZ));
    let turns = lasts * (FROM_HZ * part + (TO_HZ - FROM_HZ) * part * part / 2.0);
    let window = (TAU / 2.0 * part).sin().powi(2);
    AMPLITUDE * window * (TAU * turns).sin()
}

/// Returns how long after it was sent a chirp is heard; none if it is not found.
pub(super) fn lag(said_at: Instant, heard: &[Heard]) -> Option<Duration> {
    let first = heard.partition_point(|frame| frame.at < said_at);
    let searched = heard.get(first..(first + SEARCHED_FRAMES).min(heard.len()))?;
    let samples: Vec<f32> = searched.iter().flat_map(|frame| frame.samples).collect();
    let known = thinned_chirp();
    let norm = energy(&known).sqrt();
    let mut loud = energy(samples.get(..CHIRP_THINNED)?);
    let alike = samples.windows(CHIRP_THINNED).enumerate().map(|(at, window)| {
        let product: f32 = window.iter().zip(&known).map(|(one, other)| one * other).sum();
        let alike = f64::from(product) / (norm * loud.max(1.0).sqrt());
        let next = samples.get(at + CHIRP_THINNED).copied().unwrap_or_default();
        loud += f64::from(next).powi(2) - f64::from(samples[at]).powi(2);
        alike
    });
    let (at, best) = alike.enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let frame = searched.get(at / THINNED)?;
    let within = Duration::from_secs(1) * (at % THINNED) as u32 / 8_000;
    let lag = (frame.at + within).saturating_duration_since(said_at);
    (best >= LIKE_MIN && lag <= LATE_MAX).then_some(lag)
}

fn thinned_chirp() -> Vec<f32> {
    let samples: Vec<f32> = (0..CHIRP).map(|at| chirp(at) as f32).collect();
    samples.chunks_exact(THIN).map(|three| three.iter().sum::<f32>() / THIN as f32).collect()
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chirps in frames that arrive this many ms late, as received: frame by frame.
    fn heard(began: Instant, late_ms: u64, frames: u64) -> Vec<Heard> {
        let late = Duration::from_millis(late_ms);
        (0..frames)
            .map(|n| Heard::of(began + late + Duration::from_millis(20) * n as u32, &frame(n)))
            .collect()
    }

    #[test]
    fn a_chirp_is_found_where_it_is_heard() {
        let began = Instant::now();
        for late_ms in [0, 7, 120, 400] {
            let heard = heard(began, late_ms, 3 * PERIOD_FRAMES);
            let lag = lag(began, &heard).unwrap();
            assert!(
                lag.abs_diff(Duration::from_millis(late_ms)) < Duration::from_millis(1),
                "{late_ms}: {lag:?}"
            );
        }
    }

    #[test]
    fn a_chirp_that_was_lost_is_not_found() {
        let began = Instant::now();
        let hum = |n: u64| Heard::of(began + Duration::from_millis(20) * n as u32, &frame(4 + n % 4));
        let heard: Vec<Heard> = (0..60).map(hum).collect();
        assert_eq!(lag(began, &heard), None);
        assert_eq!(lag(began, &[]), None);
    }
}
