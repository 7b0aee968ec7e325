//! Hold music: a quiet pattern of tones, made here, spoken into a mouth for as long as somebody keeps it.

use std::f32::consts::TAU;

use cordboard_schema::audio::{Frame, SampleRate};
use tokio::task::JoinHandle;

use super::playout::Playout;
use super::port::{Mouth, Port};

/// The tones of the pattern in Hz, one a [`TONE_MS`]: a chord, up and down.
const TONES_HZ: [f32; 8] = [261.63, 329.63, 392.0, 523.25, 392.0, 329.63, 293.66, 246.94];
/// How long each tone is.
const TONE_MS: usize = 600;
/// Loudness of a tone's start; it fades to its end.
const PEAK: f32 = 2_600.0;

/// Music that is played until this is dropped.
#[derive(Debug)]
#[must_use = "the music ends when this is dropped"]
pub struct Music(JoinHandle<()>);

impl Music {
    /// Plays into the port's mouth, on the current arbiter.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn start(port: Port) -> Self {
        Self(tokio::task::spawn_local(play(port)))
    }
}

impl Drop for Music {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn play(port: Port) {
    let Port { mouth, ear } = port;
    let rate = ear.rate();
    let mut playout = Playout::at_random_phase();
    let mut position = 0;
    loop {
        for _ in 0..playout.tick().await {
            position = speak(&mouth, rate, position);
        }
    }
}

/// Speaks 20 ms of the pattern from this sample on; where the next begin.
fn speak(mouth: &Mouth, rate: SampleRate, position: usize) -> usize {
    let samples: Vec<i16> =
        (position..position + rate.samples_per_frame()).map(|at| sample(rate, at)).collect();
    mouth.speak(None, Frame::pcm(rate, samples));
    (position + rate.samples_per_frame()) % (tone_samples(rate) * TONES_HZ.len())
}

fn tone_samples(rate: SampleRate) -> usize {
    rate.samples_in_ms(TONE_MS as u32)
}

/// One sample of the pattern: a sine with its octave, struck and fading.
fn sample(rate: SampleRate, at: usize) -> i16 {
    let length = tone_samples(rate);
    let hz = TONES_HZ[(at / length) % TONES_HZ.len()];
    let in_tone = (at % length) as f32;
    let seconds = in_tone / rate.hz() as f32;
    let fade = 1.0 - in_tone / length as f32;
    let attack = (seconds / 0.01).min(1.0);
    let wave = (TAU * hz * seconds).sin() + 0.3 * (TAU * 2.0 * hz * seconds).sin();
    (PEAK * attack * fade * fade * wave) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_heard_and_never_loud() {
        let rate = SampleRate::HZ_8000;
        let all: Vec<i16> = (0..tone_samples(rate) * TONES_HZ.len()).map(|at| sample(rate, at)).collect();
        let loudest = all.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        assert!((1_500..4_000).contains(&loudest), "{loudest}");
        let quiet_frames =
            all.chunks(160).filter(|frame| frame.iter().all(|s| s.unsigned_abs() < 30)).count();
        assert!(
            quiet_frames < all.len() / 160 / 4,
            "{quiet_frames} of {} frames are silent",
            all.len() / 160
        );
    }
}
