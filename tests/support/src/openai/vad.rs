//! Detects the caller's speech by loudness: as simple as a test needs it.

use crate::audio::rms;

/// The window that is judged at once, in ms.
const WINDOW_MS: u64 = 20;
/// A window with this RMS (0 to 32,767) is speech.
const SPEECH_RMS: f64 = 500.0;
/// How many loud windows in a row begin a turn.
const LOUD_WINDOWS: u64 = 3;

/// An event in the sound, with its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noticed {
    /// The caller began to speak.
    Started { at_ms: u64 },
    /// The caller has been silent for long enough.
    Stopped { at_ms: u64 },
}

/// Listens to one session's sound.
#[derive(Debug, Default)]
pub(crate) struct Vad {
    pending: Vec<i16>,
    heard_ms: u64,
    loud_windows: u64,
    silent_ms: u64,
    speaking: bool,
}

impl Vad {
    /// Adds more samples at `rate` Hz. A turn ends after `silence_ms` without speech.
    pub(crate) fn hear(&mut self, samples: &[i16], rate: u32, silence_ms: u64) -> Vec<Noticed> {
        self.pending.extend(samples);
        let window = (u64::from(rate) * WINDOW_MS / 1000) as usize;
        let whole = self.pending.len() / window * window;
        let windows: Vec<i16> = self.pending.drain(..whole).collect();
        windows.chunks(window).filter_map(|samples| self.hear_window(samples, silence_ms)).collect()
    }

    fn hear_window(&mut self, samples: &[i16], silence_ms: u64) -> Option<Noticed> {
        self.heard_ms += WINDOW_MS;
        if rms(samples) >= SPEECH_RMS {
            (self.loud_windows, self.silent_ms) = (self.loud_windows + 1, 0);
        } else {
            (self.loud_windows, self.silent_ms) = (0, self.silent_ms + WINDOW_MS);
        }
        if !self.speaking && self.loud_windows == LOUD_WINDOWS {
            self.speaking = true;
            return Some(Noticed::Started { at_ms: self.heard_ms - LOUD_WINDOWS * WINDOW_MS });
        }
        if self.speaking && self.silent_ms >= silence_ms {
            self.speaking = false;
            return Some(Noticed::Stopped { at_ms: self.heard_ms - self.silent_ms });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audio::{babble, silence};

    #[test]
    fn a_turn_is_noticed_however_the_sound_is_cut() {
        for cut in [160, 99, 4000] {
            let mut sound = silence(Duration::from_millis(400), 8000).samples;
            sound.extend(babble(1, Duration::from_millis(1200), 8000).samples);
            sound.extend(silence(Duration::from_millis(600), 8000).samples);
            let mut vad = Vad::default();
            let noticed: Vec<Noticed> =
                sound.chunks(cut).flat_map(|part| vad.hear(part, 8000, 500)).collect();
            let [Noticed::Started { at_ms: start }, Noticed::Stopped { at_ms: stop }] = noticed[..] else {
                panic!("{noticed:?}");
            };
            assert!((400..=500).contains(&start) && (1480..=1600).contains(&stop), "{start} to {stop}");
        }
    }
}
