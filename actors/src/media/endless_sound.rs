//! Sound that is generated here and goes on until it is dropped: hold music, ring-back tone.

use cordboard_schema::audio::{Frame, SampleRate};
use tokio::task::JoinHandle;

use super::playout::Playout;
use super::port::Port;

/// Sound that goes on until this is dropped.
#[derive(Debug)]
#[must_use = "the sound ends when this is dropped"]
pub struct EndlessSound(JoinHandle<()>);

impl EndlessSound {
    /// Speaks into the port's mouth, on the current arbiter. `sample` returns each sample, from the rate and the
    /// number of samples before it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub(super) fn start(port: Port, sample: fn(SampleRate, u64) -> i16) -> Self {
        Self(tokio::task::spawn_local(sound(port, sample)))
    }
}

impl Drop for EndlessSound {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn sound(port: Port, sample: fn(SampleRate, u64) -> i16) {
    let Port { mouth, ear } = port;
    let rate = ear.rate();
    let mut playout = Playout::at_random_phase();
    let mut position = 0;
    loop {
        for _ in 0..playout.tick().await {
            let end = position + rate.samples_per_frame() as u64;
            let samples: Vec<i16> = (position..end).map(|at| sample(rate, at)).collect();
            mouth.speak(None, Frame::pcm(rate, samples));
            position = end;
        }
    }
}
