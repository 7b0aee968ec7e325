//! An answer, put on the agenda piece by piece.

use std::time::{Duration, Instant};

use super::WordsCome;
use super::session::{OUTPUT_HZ, Session, Task, lock};
use crate::openai::AudioFormat;
use crate::openai::answer::{Answer, Outcome, Pace, Part};
use crate::openai::script::Cause;

/// Sound of one piece, in ms: uneven, as they come.
const PIECES_MS: [u64; 4] = [120, 260, 180, 400];
/// How long after the end of their turn late words come.
const LATE: Duration = Duration::from_millis(30);

impl Session {
    /// Answers to something.
    pub(super) fn respond(&mut self, cause: Cause, now: Instant) {
        let answer = lock(&self.script).next_answer(cause);
        self.say(answer, now);
    }

    /// Puts an answer on the agenda.
    pub(super) fn say(&mut self, answer: Answer, now: Instant) {
        let Answer { parts, pace, delay, silence, outcome, mut trouble } = answer;
        let (words, format) = (self.manners().words, AudioFormat::Pcm { rate: OUTPUT_HZ });
        self.saying = None;
        let start = now + delay;
        if let Some((_, trouble)) = trouble.take_if(|(sent, _)| sent.is_zero()) {
            self.agenda.push((start, Task::Trouble(trouble)));
            return;
        }
        let mut sent = Duration::ZERO;
        let due = |sent: Duration| {
            let lead = match pace {
                Pace::Burst => Duration::ZERO,
                Pace::Times(times) => sent.div_f64(times),
            };
            start + silence + lead
        };
        let (mut calls, mut late) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Part::Say { text, sound } => {
                    if words == WordsCome::First {
                        self.agenda.push((start, Task::Words(text.clone())));
                    }
                    let bytes = format.encode(&sound);
                    let (whole, letters) = (bytes.len(), text.chars().count());
                    let (mut at, mut told) = (0, 0);
                    for piece_ms in PIECES_MS.iter().cycle() {
                        if at >= whole {
                            break;
                        }
                        let samples = (piece_ms * u64::from(OUTPUT_HZ) / 1000) as usize;
                        let end = (at + 2 * samples).min(whole);
                        self.agenda.push((due(sent), Task::Sound(bytes[at..end].to_vec())));
                        let until = letters * end / whole;
                        let piece: String = text.chars().skip(told).take(until - told).collect();
                        match words {
                            WordsCome::WithSound => self.agenda.push((due(sent), Task::Words(piece))),
                            WordsCome::Last => late.push(piece),
                            WordsCome::First => {}
                        }
                        sent += Duration::from_millis(format.length_ms(end - at));
                        (at, told) = (end, until);
                        if let Some((_, trouble)) = trouble.take_if(|(after, _)| sent >= *after) {
                            self.agenda.push((due(sent), Task::Trouble(trouble)));
                        }
                    }
                }
                Part::Call { name, arguments } => calls.push((name, arguments)),
            }
        }
        if calls.is_empty() {
            self.agenda.push((due(sent), Task::Generated));
            // It counts as heard in real time.
            let over = due(sent).max(start + silence + sent);
            // Late words come after the end of the sound, and before all of it is heard.
            for piece in late {
                self.agenda.push((due(sent) + LATE, Task::Words(piece)));
            }
            self.agenda.push((over, Task::TurnOver));
        } else {
            self.agenda.push((due(sent), Task::Calls(calls)));
        }
        if let Some((_, trouble)) = trouble {
            self.agenda.push((due(sent), Task::Trouble(trouble)));
        }
        if let Outcome::Failed(words) = outcome {
            self.agenda.push((due(sent), Task::Fail(words)));
        }
    }
}
