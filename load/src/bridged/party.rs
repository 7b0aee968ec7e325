//! A party in a bridged call: what it sends, and what it hears of others.

use std::cell::{Cell, RefCell};
use std::f64::consts::TAU;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_rtc::{FRAME_SAMPLES, Peer, PeerFault, RATE_HZ};
use tokio::sync::Notify;

use super::super::webrtc::Party;
use super::chirp::{Heard, PERIOD_FRAMES, frame};

/// Sound of a supervisor: a tone with whole waves in a frame.
const TONE_HZ: f64 = 1_000.0;
const TONE_AMPLITUDE: f64 = 12_000.0;

/// Amplitude from which on the tone counts as heard, and below which it does not. The codec changes it a little.
const HEARD_FROM: f64 = 3_000.0;
const SILENT_BELOW: f64 = 600.0;

/// The sound that a party sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Saying {
    /// Nothing.
    #[default]
    Nothing,
    /// Chirps over a hum.
    Chirps,
    /// A tone.
    Tone,
}

/// State of one party.
#[derive(Debug, Default)]
pub(super) struct Voice {
    saying: Cell<Saying>,
    texts: RefCell<Vec<String>>,
    /// When each chirp was said.
    said: RefCell<Vec<Instant>>,
    /// Received sound, while it is kept.
    heard: RefCell<Vec<Heard>>,
    is_recording: Cell<bool>,
    hears_tone: Cell<bool>,
    changed: Notify,
}

impl Voice {
    /// Sends this from now on.
    pub(super) fn set_saying(&self, saying: Saying) {
        self.saying.set(saying);
    }

    /// Sends the server a text.
    pub(super) fn send_text(&self, text: String) {
        self.texts.borrow_mut().push(text);
    }

    /// Starts or stops keeping what is heard and sent.
    pub(super) fn set_recording(&self, is_recording: bool) {
        self.is_recording.set(is_recording);
    }

    /// Takes the times of chirps sent since the last time.
    pub(super) fn take_chirps(&self) -> Vec<Instant> {
        self.said.take()
    }

    /// Takes the sound heard since the last time.
    pub(super) fn take_heard(&self) -> Vec<Heard> {
        self.heard.take()
    }

    /// Waits until the tone is heard, or until it is not.
    pub(super) async fn hears_tone(&self, wanted: bool) {
        loop {
            let changed = self.changed.notified();
            if self.hears_tone.get() == wanted {
                return;
            }
            changed.await;
        }
    }
}

/// A party's mouth and ear.
#[derive(Debug)]
pub(super) struct Talking {
    voice: Rc<Voice>,
    frames: u64,
}

impl Talking {
    pub(super) fn with(voice: &Rc<Voice>) -> Box<Self> {
        Box::new(Self { voice: Rc::clone(voice), frames: 0 })
    }
}

impl Party for Talking {
    fn frame(&mut self, peer: &mut Peer, now: Instant, _: Duration) -> Result<(), PeerFault> {
        let voice = &self.voice;
        for text in voice.texts.take() {
            peer.send_text(&text)?;
        }
        // The server's texts are not needed here, and must not pile up.
        drop(peer.take_texts());
        let heard = peer.hear(now);
        if voice.is_recording.get() {
            voice.heard.borrow_mut().push(Heard::of(now, &heard));
        }
        let amplitude = tone_in(&heard);
        if !(SILENT_BELOW..HEARD_FROM).contains(&amplitude) {
            let hears = amplitude >= HEARD_FROM;
            if voice.hears_tone.replace(hears) != hears {
                voice.changed.notify_waiters();
            }
        }
        let number = self.frames;
        self.frames += 1;
        match voice.saying.get() {
            Saying::Nothing => peer.send_sound(now, None),
            Saying::Chirps => {
                if voice.is_recording.get() && number.is_multiple_of(PERIOD_FRAMES) {
                    voice.said.borrow_mut().push(now);
                }
                peer.send_sound(now, Some(&frame(number)))
            }
            Saying::Tone => peer.send_sound(now, Some(&tone())),
        }
    }
}

fn tone() -> [i16; FRAME_SAMPLES] {
    let mut frame = [0; FRAME_SAMPLES];
    for (at, sample) in frame.iter_mut().enumerate() {
        *sample = (TONE_AMPLITUDE * (TAU * TONE_HZ * at as f64 / f64::from(RATE_HZ)).sin()) as i16;
    }
    frame
}

/// The amplitude of the tone in a frame.
fn tone_in(frame: &[i16; FRAME_SAMPLES]) -> f64 {
    let turn = TAU * TONE_HZ / f64::from(RATE_HZ);
    let (mut sines, mut cosines) = (0.0, 0.0);
    for (at, sample) in frame.iter().enumerate() {
        let (sine, cosine) = (turn * at as f64).sin_cos();
        sines += f64::from(*sample) * sine;
        cosines += f64::from(*sample) * cosine;
    }
    2.0 * (sines * sines + cosines * cosines).sqrt() / FRAME_SAMPLES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_differs_from_chirps_and_silence() {
        assert!((tone_in(&tone()) - TONE_AMPLITUDE).abs() < 50.0);
        assert!(tone_in(&[0; FRAME_SAMPLES]) < SILENT_BELOW);
        assert!(tone_in(&frame(PERIOD_FRAMES - 1)) < SILENT_BELOW, "a hum does not count");
    }
}
