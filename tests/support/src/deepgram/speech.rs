//! An answer, put on the agenda piece by piece.

use std::time::{Duration, Instant};

use super::session::{Session, Task, lock};
use crate::openai::answer::{Answer, Outcome, Pace, Part};
use crate::openai::script::Cause;

/// Sound of one piece, in ms: uneven, as they come.
const PIECES_MS: [u64; 4] = [120, 260, 180, 400];

impl Session {
    /// Answers to something.
    pub(super) fn respond(&mut self, cause: Cause, now: Instant) {
        let answer = lock(&self.script).next_answer(cause);
        self.say_behind(answer, now);
    }

    /// Says these words, which sound like the script's next answer to a request.
    pub(super) fn inject(&mut self, words: &str, now: Instant) {
        let mut answer = lock(&self.script).next_answer(Cause::Request);
        if let Some(Part::Say { text, .. }) = answer.parts.first_mut() {
            words.clone_into(text);
        }
        self.say_behind(answer, now);
    }

    /// Says an answer after everything that it is about to say: it has one voice.
    pub(super) fn say_behind(&mut self, answer: Answer, now: Instant) {
        let speaks = |task: &Task| {
            matches!(task, Task::Text(_) | Task::Starts | Task::Sound(_) | Task::Done | Task::Calls(_))
        };
        let before = self.agenda.iter().filter(|(_, task)| speaks(task)).map(|(due, _)| *due).max();
        match before {
            None => self.say(answer, now),
            Some(before) => self.agenda.push((before.max(now), Task::Next(answer))),
        }
    }

    /// Puts an answer on the agenda: words sentence by sentence, each before its sound.
    pub(super) fn say(&mut self, answer: Answer, now: Instant) {
        let Answer { parts, pace, delay, silence, outcome, mut trouble } = answer;
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
        let (mut calls, mut has_sound) = (Vec::new(), false);
        for part in parts {
            match part {
                Part::Say { text, sound } => {
                    let bytes = self.output.encode(&sound);
                    let (whole, letters) = (bytes.len(), text.chars().count().max(1));
                    let mut sentences = sentences(&text).into_iter();
                    let (mut at, mut told) = (0, 0);
                    for piece_ms in PIECES_MS.iter().cycle() {
                        if at >= whole {
                            break;
                        }
                        // The words of a sentence arrive before the sound of their first letter.
                        while whole * told / letters <= at
                            && let Some(sentence) = sentences.next()
                        {
                            told += sentence.chars().count() + 1;
                            let first = if sent.is_zero() { start } else { due(sent) };
                            self.agenda.push((first, Task::Text(sentence)));
                        }
                        if !std::mem::replace(&mut has_sound, true) {
                            self.agenda.push((due(sent), Task::Starts));
                        }
                        let samples = (piece_ms * u64::from(self.output.rate()) / 1000) as usize;
                        let end = (at + samples * self.output.sample_bytes()).min(whole);
                        self.agenda.push((due(sent), Task::Sound(bytes[at..end].to_vec())));
                        sent += Duration::from_millis(self.output.length_ms(end - at));
                        at = end;
                        if let Some((_, trouble)) = trouble.take_if(|(after, _)| sent >= *after) {
                            self.agenda.push((due(sent), Task::Trouble(trouble)));
                        }
                    }
                    // A sentence may be shorter than the last piece.
                    for sentence in sentences {
                        self.agenda.push((due(sent), Task::Text(sentence)));
                    }
                }
                Part::Call { name, arguments } => calls.push((name, arguments)),
            }
        }
        if has_sound {
            self.agenda.push((due(sent), Task::Done));
        }
        if !calls.is_empty() {
            self.agenda.push((due(sent), Task::Calls(calls)));
        }
        if let Some((_, trouble)) = trouble {
            self.agenda.push((due(sent), Task::Trouble(trouble)));
        }
        if let Outcome::Failed(code) = outcome {
            self.agenda.push((due(sent), Task::Fail(code)));
        }
    }
}

/// The sentences of a text.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in text.split(' ') {
        if let Some(last) = sentences.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
        if word.ends_with(['.', '?', '!']) {
            sentences.push(String::new());
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}
