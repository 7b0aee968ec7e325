//! Ring-back tone: what a caller hears until their call is answered, generated here. 425 Hz, 1 s on and 4 s off, as
//! in most of Europe (ITU-T E.180).

use std::f64::consts::{PI, TAU};

use cordboard_schema::audio::SampleRate;

use super::endless_sound::EndlessSound;
use super::port::Port;

const TONE_HZ: f64 = 425.0;
const TONE_MS: u32 = 1_000;
const PERIOD_MS: u32 = 5_000;
/// Duration of the tone's fade in and out, so that it does not click.
const RAMP_MS: u32 = 10;
/// Loudness: well below speech.
const PEAK: f64 = 2_500.0;

/// Plays the tone into the port's mouth, on the current arbiter.
///
/// # Panics
/// Outside an arbiter or a `LocalSet`.
pub fn sound_ring_back(port: Port) -> EndlessSound {
    EndlessSound::start(port, sample)
}

/// The sample this many samples after the tone's beginning.
fn sample(rate: SampleRate, at: u64) -> i16 {
    let length = rate.samples_in_ms(TONE_MS) as u64;
    let at = at % rate.samples_in_ms(PERIOD_MS) as u64;
    if at >= length {
        return 0;
    }
    let ramp = rate.samples_in_ms(RAMP_MS) as u64;
    let from_edge = at.min(length - 1 - at).min(ramp) as f64 / ramp as f64;
    let loudness = 0.5 - 0.5 * (PI * from_edge).cos();
    (PEAK * loudness * (TAU * TONE_HZ * at as f64 / f64::from(rate.hz())).sin()).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    #[test]
    fn one_second_of_tone_is_followed_by_four_of_silence() {
        let all: Vec<i16> = (0..RATE.samples_in_ms(PERIOD_MS) as u64).map(|at| sample(RATE, at)).collect();
        let (tone, pause) = all.split_at(RATE.samples_in_ms(TONE_MS));
        assert!(pause.iter().all(|sample| *sample == 0));
        assert!(tone.iter().any(|sample| *sample > 2_400) && tone.iter().all(|sample| sample.abs() <= 2_500));
        let crossings = tone.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((423..=426).contains(&crossings), "{crossings} Hz");
        assert_eq!((tone[0], tone[tone.len() - 1]), (0, 0), "it begins and ends in silence");
        assert_eq!(sample(RATE, all.len() as u64), sample(RATE, 0), "it repeats");
    }
}
