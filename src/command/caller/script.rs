//! What a caller does at each tick. Pure, so a script can be tested without a connection.

use std::collections::VecDeque;
use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::digit::Digit;

use super::hearing::Hearing;
use super::speech::Speech;
use super::{FRAME_SAMPLES, Progress, SILENCE, Step};

/// Ticks without audio for a digit before Asterisk sends it: 100 ms of key, and 60 ms until the audio is back.
const HOLE_TICKS: u32 = 8;

/// The next thing to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A frame of audio, also of silence.
    Speak(Box<[i16; FRAME_SAMPLES]>),
    /// Nothing: a key is down.
    Hole,
    /// The digit, at the end of its hole.
    Press(Digit),
    /// The caller hangs up.
    HangUp,
}

/// A caller's steps, and the current one.
#[derive(Debug)]
pub(super) struct Script {
    steps: VecDeque<Step>,
    doing: Doing,
}

#[derive(Debug)]
enum Doing {
    Nothing,
    Waiting { ticks_left: u64, until: Until },
    Speaking { speech: Speech, position: usize },
    Pressing { digit: Digit, hole_ticks_left: u32 },
}

/// Event that ends a wait early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    TimeIsUp,
    Speech,
    Silence,
}

impl Until {
    fn is_fulfilled(self, hearing: &Hearing) -> bool {
        match self {
            Self::TimeIsUp => false,
            Self::Speech => hearing.is_speaking(),
            Self::Silence => !hearing.is_speaking(),
        }
    }
}

impl Script {
    pub(super) fn new(steps: Vec<Step>) -> Self {
        Self { steps: steps.into(), doing: Doing::Nothing }
    }

    /// Returns the frame or key for the next 20 ms. A script that has ended keeps listening.
    pub(super) fn tick(&mut self, hearing: &Hearing, progress: &mut dyn FnMut(Progress)) -> Action {
        loop {
            if let Some(action) = self.go_on(hearing) {
                return action;
            }
            self.doing = match self.steps.pop_front() {
                None => return Action::Speak(Box::new(SILENCE)),
                Some(Step::Wait(time)) => wait(time, Until::TimeIsUp),
                Some(Step::WaitForSpeech { max }) => wait(max, Until::Speech),
                Some(Step::WaitForSilence { max }) => wait(max, Until::Silence),
                Some(Step::Speak(speech)) => {
                    progress(Progress::Speaking { name: speech.name().to_owned() });
                    Doing::Speaking { speech, position: 0 }
                }
                Some(Step::Digit(digit)) => {
                    progress(Progress::Pressed(digit));
                    Doing::Pressing { digit, hole_ticks_left: HOLE_TICKS }
                }
                Some(Step::HangUp) => return Action::HangUp,
            };
        }
    }

    /// Returns the next 20 ms of the current step; `None` when the step is done.
    fn go_on(&mut self, hearing: &Hearing) -> Option<Action> {
        match &mut self.doing {
            Doing::Nothing => None,
            Doing::Waiting { ticks_left: 0, .. } => None,
            Doing::Waiting { until, .. } if until.is_fulfilled(hearing) => None,
            Doing::Waiting { ticks_left, .. } => {
                *ticks_left -= 1;
                Some(Action::Speak(Box::new(SILENCE)))
            }
            Doing::Speaking { speech, position } => {
                let rest = speech.samples().get(*position..).filter(|rest| !rest.is_empty())?;
                let piece = &rest[..rest.len().min(FRAME_SAMPLES)];
                let mut samples = SILENCE;
                samples[..piece.len()].copy_from_slice(piece);
                *position += piece.len();
                Some(Action::Speak(Box::new(samples)))
            }
            Doing::Pressing { hole_ticks_left: 0, digit } => {
                let digit = *digit;
                self.doing = Doing::Nothing;
                Some(Action::Press(digit))
            }
            Doing::Pressing { hole_ticks_left, .. } => {
                *hole_ticks_left -= 1;
                Some(Action::Hole)
            }
        }
    }
}

fn wait(time: Duration, until: Until) -> Doing {
    let ticks = time.as_millis() / u128::from(FRAME_MS);
    Doing::Waiting { ticks_left: u64::try_from(ticks).unwrap_or(u64::MAX), until }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Duration = Duration::from_secs(1);

    /// Returns a script's actions, one letter per tick: v voice, s silence, h gap, a digit, ! hang-up. The other side speaks during the given ticks.
    fn played(steps: Vec<Step>, ticks: u64, they_speak: std::ops::Range<u64>) -> String {
        let mut script = Script::new(steps);
        let mut hearing = Hearing::default();
        let letter = |action: Action| match action {
            Action::Speak(samples) if *samples == SILENCE => 's',
            Action::Speak(_) => 'v',
            Action::Hole => 'h',
            Action::Press(digit) => char::from(digit),
            Action::HangUp => '!',
        };
        (0..ticks)
            .map(|n| {
                if they_speak.contains(&n) {
                    hearing.hear(&[9_000; 160]);
                }
                hearing.tick(Duration::from_millis(20 * n), &mut |_| {});
                letter(script.tick(&hearing, &mut |_| {}))
            })
            .collect()
    }

    fn speech(samples: usize) -> Step {
        Step::Speak(Speech::new("test", vec![7; samples]))
    }

    fn digit(key: char) -> Step {
        Step::Digit(Digit::try_from(key).unwrap())
    }

    #[test]
    fn speech_is_cut_into_frames_and_its_end_padded() {
        let steps = vec![Step::Wait(Duration::from_millis(40)), speech(2 * 160 + 1), Step::HangUp];
        assert_eq!(played(steps, 6, 0..0), "ssvvv!");
    }

    #[test]
    fn a_digit_comes_at_the_end_of_its_hole() {
        assert_eq!(played(vec![digit('1'), digit('#')], 20, 0..0), "hhhhhhhh1hhhhhhhh#ss");
    }

    #[test]
    fn a_wait_ends_with_what_it_waits_for() {
        let steps = || vec![Step::WaitForSpeech { max: MAX }, Step::WaitForSilence { max: MAX }, speech(160)];
        // Speech from tick 3 to 6, then 0.8 s that count as a silence.
        assert_eq!(played(steps(), 60, 3..6).find('v'), Some(45));
        // The other side never speaks: 1 s of waiting, and it is silent already.
        assert_eq!(played(steps(), 60, 0..0).find('v'), Some(50));
        // Speech that never ends: at most 1 s more.
        assert_eq!(played(steps(), 120, 0..120).find('v'), Some(50));
    }

    #[test]
    fn a_script_that_has_ended_keeps_listening() {
        assert_eq!(played(vec![speech(160)], 5, 0..0), "vssss");
    }
}
