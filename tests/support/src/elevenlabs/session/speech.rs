//! An answer, put on the agenda piece by piece.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Session, Task, lock};
use crate::openai::answer::{Answer, Outcome, Pace, Part};
use crate::openai::script::Cause;

/// Sound of one piece, in ms: uneven, as they come.
const PIECES_MS: [u64; 4] = [120, 260, 180, 400];

impl Session {
    /// Answers to something, after everything that it is about to say: it has one voice.
    pub(super) fn respond(&mut self, cause: Cause, now: Instant) {
        let answer = lock(&self.script).next_answer(cause);
        let speaks = |task: &Task| matches!(task, Task::Response(_) | Task::Sound { .. } | Task::Call { .. });
        let before = self.agenda.iter().filter(|(_, task)| speaks(task)).map(|(due, _)| *due).max();
        self.say(answer, before.map_or(now, |before| before.max(now)));
    }

    /// Puts an answer on the agenda.
    pub(super) fn say(&mut self, answer: Answer, now: Instant) {
        let Answer { parts, pace, delay, silence, outcome, mut trouble } = answer;
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
        for part in parts {
            match part {
                Part::Say { text, sound } => {
                    self.agenda
                        .push((if sent.is_zero() { start } else { due(sent) }, Task::Response(text.clone())));
                    let bytes = self.output.encode(&sound);
                    self.remembers_length
                        .insert(text.clone(), Duration::from_millis(self.output.length_ms(bytes.len())));
                    let (whole, mut at, mut letters_at) = (bytes.len(), 0, 0);
                    for piece_ms in PIECES_MS.iter().cycle() {
                        if at >= whole {
                            break;
                        }
                        let samples = (piece_ms * u64::from(self.output.rate()) / 1000) as usize;
                        let end = (at + samples * self.output.sample_bytes()).min(whole);
                        let letters_end = text.chars().count() * end / whole;
                        let letters = text.chars().skip(letters_at).take(letters_end - letters_at).collect();
                        self.agenda
                            .push((due(sent), Task::Sound { bytes: bytes[at..end].to_vec(), letters }));
                        sent += Duration::from_millis(self.output.length_ms(end - at));
                        (at, letters_at) = (end, letters_end);
                        if let Some((_, trouble)) = trouble.take_if(|(after, _)| sent >= *after) {
                            self.agenda.push((due(sent), Task::Trouble(trouble)));
                        }
                    }
                }
                Part::Call { name, arguments } => {
                    let parameters = serde_json::from_str(&arguments).ok();
                    let parameters = parameters.filter(Value::is_object).unwrap_or_else(|| json!({}));
                    self.agenda.push((due(sent), Task::Call { name, parameters }));
                }
            }
        }
        if let Some((_, trouble)) = trouble {
            self.agenda.push((due(sent), Task::Trouble(trouble)));
        }
        if let Outcome::Failed(code) = outcome {
            self.agenda.push((due(sent), Task::Fail(code)));
        }
    }
}
