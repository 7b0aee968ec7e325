//! Whether the other side speaks, judged by its level.

use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::level::rms_dbfs;

use super::Progress;

/// Samples above this level are sound. Speech is 20 dB above it, the noise of a line 20 dB below.
const SOUND_DBFS: f64 = -45.0;

/// After this much silence the speaker is done. Pauses between two sentences are half as long.
const DONE_AFTER_MS: u32 = 800;

/// The sound that was heard so far. Time is counted in ticks of the caller's clock, so a server that sends nothing counts as silent.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// Whether anything loud has arrived since the last tick.
    loud_now: bool,
    state: State,
    first_sound: Option<Duration>,
    silent_ticks: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Quiet,
    Speaking {
        quiet_ticks: u32,
    },
}

impl Hearing {
    /// Takes the received samples, at the caller's rate.
    pub(super) fn hear(&mut self, samples: &[i16]) {
        self.loud_now |= !samples.is_empty() && rms_dbfs(samples) > SOUND_DBFS;
    }

    /// Ends a tick of 20 ms.
    pub(super) fn tick(&mut self, at: Duration, progress: &mut dyn FnMut(Progress)) {
        let loud = std::mem::take(&mut self.loud_now);
        if loud {
            self.first_sound.get_or_insert(at);
        } else {
            self.silent_ticks += 1;
        }
        self.state = match (self.state, loud) {
            (State::Quiet, false) => State::Quiet,
            (State::Quiet, true) => {
                progress(Progress::HeardSpeech);
                State::Speaking { quiet_ticks: 0 }
            }
            (State::Speaking { .. }, true) => State::Speaking { quiet_ticks: 0 },
            (State::Speaking { quiet_ticks }, false) if (quiet_ticks + 1) * FRAME_MS >= DONE_AFTER_MS => {
                progress(Progress::HeardSilence);
                State::Quiet
            }
            (State::Speaking { quiet_ticks }, false) => State::Speaking { quiet_ticks: quiet_ticks + 1 },
        };
    }

    /// Returns whether the other side speaks or has only just stopped.
    pub(super) fn is_speaking(&self) -> bool {
        self.state != State::Quiet
    }

    /// When the first sound arrived.
    pub(super) fn first_sound(&self) -> Option<Duration> {
        self.first_sound
    }

    /// How long nothing was heard, in total.
    pub(super) fn silence(&self) -> Duration {
        Duration::from_millis(u64::from(self.silent_ticks) * u64::from(FRAME_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_starts_at_once_and_ends_after_a_pause() {
        let mut hearing = Hearing::default();
        let mut heard = Vec::new();
        // 1 s of noise, 0.5 s of voice, a pause of 0.4 s, 0.5 s of voice, then nothing at all.
        for n in 0..200_u64 {
            match n {
                50..75 | 95..120 => hearing.hear(&[8_000; 160]),
                120.. => {}
                _ => hearing.hear(&[20; 160]),
            }
            let at = Duration::from_millis(20 * n);
            hearing.tick(at, &mut |progress| heard.push((at.as_millis(), progress)));
        }
        assert_eq!(heard, [(1000, Progress::HeardSpeech), (3180, Progress::HeardSilence)]);
        assert_eq!(hearing.first_sound(), Some(Duration::from_secs(1)));
        assert_eq!(hearing.silence(), Duration::from_secs(3));
        assert!(!hearing.is_speaking());
    }
}
