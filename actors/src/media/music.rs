//! Hold music: broken chords of a soft bell, generated here and spoken into a mouth until they are dropped.

use std::f32::consts::TAU;

use cordboard_schema::audio::SampleRate;

use super::endless_sound::EndlessSound;
use super::port::Port;

/// Four chords (C, A minor, F, G), each with its tones in Hz, low to high. All of them are in a range that a
/// telephone transmits well.
const CHORDS_HZ: [[f32; 4]; 4] = [
    [261.63, 329.63, 392.00, 523.25],
    [261.63, 329.63, 440.00, 523.25],
    [261.63, 349.23, 440.00, 523.25],
    [293.66, 392.00, 493.88, 587.33],
];
/// The order in which a chord's tones are struck.
const PATTERN: [usize; 8] = [0, 1, 2, 3, 2, 3, 2, 1];
/// Milliseconds from one tone to the next.
const STEP_MS: u32 = 320;
/// A tone rings on under the tones that follow it, for this many steps.
const RINGING_STEPS: u64 = 4;
/// Loudness of each partial of a tone, and the seconds in which it decays to a third.
const PARTIALS: [(f32, f32); 3] = [(1.0, 0.45), (0.30, 0.22), (0.10, 0.10)];
/// Seconds of a tone's attack, so that it does not click.
const ATTACK_S: f32 = 0.006;
/// Loudness of a tone at its start.
const PEAK: f32 = 1_500.0;

/// Plays the music into the port's mouth, on the current arbiter.
///
/// # Panics
/// Outside an arbiter or a `LocalSet`.
pub fn play_music(port: Port) -> EndlessSound {
    EndlessSound::start(port, sample)
}

/// One sample of the music: the sum of the tones that were struck last, each as far as it has decayed.
fn sample(rate: SampleRate, at: u64) -> i16 {
    let step_samples = rate.samples_in_ms(STEP_MS) as u64;
    let step = at / step_samples;
    let ringing = (0..RINGING_STEPS).filter_map(|ago| step.checked_sub(ago));
    let wave: f32 = ringing
        .map(|struck| tone(tone_hz(struck), (at - struck * step_samples) as f32 / rate.hz() as f32))
        .sum();
    (PEAK * wave) as i16
}

/// The tone that is struck at a step.
fn tone_hz(step: u64) -> f32 {
    let (chord, place) = (step as usize / PATTERN.len(), step as usize % PATTERN.len());
    CHORDS_HZ[chord % CHORDS_HZ.len()][PATTERN[place]]
}

/// A tone, this many seconds after it was struck.
fn tone(hz: f32, seconds: f32) -> f32 {
    let ringing_s = (RINGING_STEPS as u32 * STEP_MS) as f32 / 1_000.0;
    // Fade to nothing at the end, because the rest is left out.
    let fade = (seconds / ATTACK_S).min(1.0) * (1.0 - seconds / ringing_s).max(0.0);
    let partials = PARTIALS.iter().zip(1_u8..).map(|((loudness, third_s), number)| {
        loudness * (-seconds / third_s).exp() * (TAU * hz * f32::from(number) * seconds).sin()
    });
    fade * partials.sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    /// The whole music, until it repeats.
    fn whole() -> Vec<i16> {
        let steps = PATTERN.len() * CHORDS_HZ.len();
        (0..(RATE.samples_in_ms(STEP_MS) * steps) as u64).map(|at| sample(RATE, at)).collect()
    }

    #[test]
    fn the_music_is_always_audible_and_never_loud() {
        let all = whole();
        let loudest = all.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        assert!((1_500..5_000).contains(&loudest), "{loudest}");
        let is_quiet = |frame: &&[i16]| frame.iter().all(|sample| sample.unsigned_abs() < 100);
        let quiet = all.chunks(160).filter(is_quiet).count();
        assert_eq!(quiet, 0, "frames of 20 ms that are nearly silent");
    }

    /// A click is a jump: from one sample to the next, the loudest tone of the highest pitch moves by less than this.
    #[test]
    fn the_music_does_not_click() {
        let leap = whole().windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap_or(0);
        assert!(leap < 2_000, "{leap}");
    }

    #[test]
    fn a_tone_begins_and_ends_in_silence() {
        let end_s = (RINGING_STEPS as u32 * STEP_MS) as f32 / 1_000.0;
        assert!(tone(440.0, 0.0).abs() < 0.001);
        assert!(tone(440.0, end_s - 0.0001).abs() < 0.001);
        assert!(tone(440.0, 0.02).abs() > 0.01);
    }
}
