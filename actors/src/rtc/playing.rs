//! Sound and marks that a leg has sent and that have not been played yet. Pure.

use std::collections::VecDeque;

use cordboard_rtc::FRAME_SAMPLES;
use cordboard_schema::wire::web_audio::{ServerMessage, read_sound};

use crate::media::PipedMessage;

/// The most samples that wait: 1 s. A leg sends no more than 120 ms ahead.
const SAMPLES_MAX: usize = 24_000;

/// The most samples that wait while the port keeps up: those 120 ms, a frame until the next tick, and one of slack.
const SAMPLES_IN_TIME: usize = 8 * FRAME_SAMPLES;

/// The waiting sound and marks, in order.
#[derive(Debug, Default)]
pub(super) struct Playing {
    samples: VecDeque<i16>,
    /// Names of marks, and how many samples are to be played before each.
    marks: VecDeque<(usize, String)>,
}

/// 20 ms of the waiting sound.
#[derive(Debug, PartialEq)]
pub(super) struct Played {
    /// None if nothing waits.
    pub(super) frame: Option<[i16; FRAME_SAMPLES]>,
    /// Marks that were passed with it.
    pub(super) marks: Vec<String>,
}

impl Playing {
    /// Takes in what the leg sends. A text for the peer is returned.
    pub(super) fn take(&mut self, message: PipedMessage) -> Option<String> {
        match message {
            PipedMessage::Binary(bytes) => {
                let mut samples = Vec::new();
                // Sound that our own leg writes can always be read.
                if read_sound(&bytes, &mut samples).is_ok() {
                    let room = SAMPLES_MAX.saturating_sub(self.samples.len());
                    self.samples.extend(samples.into_iter().take(room));
                }
                None
            }
            PipedMessage::Text(text) => match serde_json::from_str(&text) {
                Ok(ServerMessage::Mark { name }) => {
                    self.marks.push_back((self.samples.len(), name));
                    None
                }
                Ok(ServerMessage::Clear) => {
                    self.samples.clear();
                    self.marks.clear();
                    None
                }
                _ => Some(text),
            },
        }
    }

    /// How many frames to send now: two if ticks were missed. Otherwise the backlog would delay everything that
    /// follows, for as long as somebody speaks; a browser that gets it faster plays it faster.
    pub(super) fn frames_due(&self) -> usize {
        if self.samples.len() > SAMPLES_IN_TIME { 2 } else { 1 }
    }

    /// Takes the next 20 ms, filled up with silence if there is less.
    pub(super) fn frame(&mut self) -> Played {
        let count = self.samples.len().min(FRAME_SAMPLES);
        let mut frame = [0; FRAME_SAMPLES];
        for (place, sample) in frame.iter_mut().zip(self.samples.drain(..count)) {
            *place = sample;
        }
        let mut marks = Vec::new();
        while self.marks.front().is_some_and(|(before, _)| *before <= count) {
            marks.extend(self.marks.pop_front().map(|(_, name)| name));
        }
        for (before, _) in &mut self.marks {
            *before -= count;
        }
        Played { frame: (count > 0).then_some(frame), marks }
    }

    /// Whether everything was played.
    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::web_audio::write_sound;

    use super::*;

    fn sound(sample: i16, count: usize) -> PipedMessage {
        PipedMessage::Binary(write_sound(&vec![sample; count]))
    }

    fn text(message: &ServerMessage) -> PipedMessage {
        PipedMessage::Text(message.to_text())
    }

    fn mark(name: &str) -> PipedMessage {
        text(&ServerMessage::Mark { name: name.to_owned() })
    }

    #[test]
    fn a_mark_is_passed_when_all_before_it_was_played() {
        let mut playing = Playing::default();
        playing.take(mark("at once"));
        playing.take(sound(1, 480));
        playing.take(mark("first"));
        playing.take(sound(2, 500));
        playing.take(mark("second"));
        let first = playing.frame();
        assert_eq!(
            (first.frame.unwrap()[479], first.marks),
            (1, vec!["at once".to_owned(), "first".to_owned()])
        );
        assert_eq!(playing.frame().marks, [] as [String; 0]);
        let last = playing.frame();
        assert_eq!(
            (last.frame.unwrap()[19..21].to_vec(), last.marks),
            (vec![2, 0], vec!["second".to_owned()])
        );
        assert_eq!(playing.frame(), Played { frame: None, marks: Vec::new() });
    }

    #[test]
    fn a_backlog_of_missed_ticks_is_caught_up() {
        let mut playing = Playing::default();
        (0..7).for_each(|_| assert_eq!(playing.take(sound(1, FRAME_SAMPLES)), None));
        assert_eq!(playing.frames_due(), 1, "what a leg sends ahead is in time");
        // The leg keeps sending for half a second in which the port does nothing.
        (0..25).for_each(|_| assert_eq!(playing.take(sound(1, FRAME_SAMPLES)), None));
        for _ in 0..50 {
            for _ in 0..playing.frames_due() {
                assert!(playing.frame().frame.is_some());
            }
            playing.take(sound(1, FRAME_SAMPLES));
        }
        assert!(playing.samples.len() <= SAMPLES_IN_TIME + FRAME_SAMPLES, "{}", playing.samples.len());
    }

    #[test]
    fn cleared_sound_is_thrown_away_with_its_marks() {
        let mut playing = Playing::default();
        playing.take(sound(1, 960));
        playing.take(mark("never"));
        playing.take(text(&ServerMessage::Clear));
        assert!(playing.is_empty());
        assert_eq!(playing.frame(), Played { frame: None, marks: Vec::new() });
    }

    #[test]
    fn waiting_sound_is_bounded_and_texts_go_to_the_peer() {
        let mut playing = Playing::default();
        for _ in 0..10 {
            playing.take(sound(1, 24_000));
        }
        assert_eq!(playing.samples.len(), SAMPLES_MAX);
        let bye = ServerMessage::bye(cordboard_schema::wire::web_audio::ByeCause::Ended, "over").to_text();
        assert_eq!(playing.take(PipedMessage::Text(bye.clone())), Some(bye));
    }
}
