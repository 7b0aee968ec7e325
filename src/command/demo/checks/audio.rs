//! Checks of the sound on the caller's side of the line, and in the server's recording.

use std::fmt;
use std::ops::Range;

use cordboard_actors::assistant::sounds::{CallerLine, Prompt, Recording};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::line::Line;

use super::{Check, Evidence, Sounds};
use crate::command::caller::CALLER_RATE;
use crate::command::demo::sound::{Track, WINDOW_MS};
use crate::command::timeline::Ms;

/// Likeness from which a part of a sound counts as found. The line changes nothing, and other parts of a voice are far below this.
const LIKENESS_MIN: f64 = 0.9;

/// Sounds are searched in parts of this length, so that a late frame on a busy machine spoils one part and not the whole.
const PART_MS: u64 = 400;

/// How far from its moment in the journal a sound is searched.
const SEARCHED_MS: u64 = 500;

/// How soon the assistant must be silent after the decision to interrupt it: 100 ms for the server, and 50 ms for the buffer in which the caller's
/// telephone holds two frames.
const SILENCE_MS_MAX: u64 = 150;

/// Silence longer than any pause between two words.
const SILENCE_LASTS_MS: u64 = 300;

/// How much the recording's length may differ from the call's.
const LENGTH_MS_MAX: u64 = 100;

/// How much of a goodbye's end may be missing: one frame, in which its last consonant fades.
const TAIL_MS_MAX: u64 = 20;

/// The part of a goodbye's end that is checked.
const TAIL_MS: u64 = 1_200;

pub(super) fn examine(evidence: &Evidence, sounds: &Sounds) -> Vec<Check> {
    vec![
        greeting(evidence, sounds),
        silence(evidence),
        answer(evidence, sounds),
        goodbye(evidence, sounds),
        recording_length(evidence),
        both_sides(evidence, sounds),
        message(evidence, sounds),
    ]
}

/// Checks that hold for every voice.
pub(super) fn examine_any(evidence: &Evidence, sounds: &Sounds) -> Vec<Check> {
    vec![recording_length(evidence), message(evidence, sounds)]
}

fn greeting(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "greeting heard";
    let Some(began_at) = evidence.line_began_at(Some(Line::Greeting)) else {
        return Check::failed(SUBJECT, "it never began");
    };
    let near_ms = evidence.on_tape(began_at);
    let heard = Heard::listen(&evidence.tape.right, sounds.prompts.get(Prompt::Greeting), 0..2_000, near_ms);
    let found = format!("{} after the call's start, {heard}", Ms(heard.at_ms));
    Check::new(SUBJECT, heard.is_enough(), found)
}

fn silence(evidence: &Evidence) -> Check {
    const SUBJECT: &str = "silent when interrupted";
    let Some(decided_at) = evidence.fact_at(|fact| *fact == Fact::SpeechStarted) else {
        return Check::failed(SUBJECT, "no speech of the caller was noticed");
    };
    let decided_ms = evidence.on_tape(decided_at);
    let Some(silent_ms) = evidence.tape.right.silent_from(decided_ms, SILENCE_LASTS_MS) else {
        return Check::failed(SUBJECT, "the assistant went on speaking");
    };
    let after_ms = silent_ms - decided_ms;
    let noticed = evidence.tape.left.loud_from(0).map_or(0, |spoke_ms| decided_ms.saturating_sub(spoke_ms));
    let found = format!("{} after it was noticed, which took {} of speech", Ms(after_ms), Ms(noticed));
    Check::new(SUBJECT, after_ms <= SILENCE_MS_MAX, found)
}

fn answer(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "answer heard";
    let Some(began_at) = evidence.line_began_at(None) else {
        return Check::failed(SUBJECT, "it never began");
    };
    let prompt = sounds.prompts.get(Prompt::Reply1);
    let whole = 0..prompt.duration_ms();
    let heard = Heard::listen(&evidence.tape.right, prompt, whole, evidence.on_tape(began_at));
    let words_ended_ms = evidence.tape.left.last_loud_before(heard.at_ms).unwrap_or(0);
    let after = Ms(heard.at_ms.saturating_sub(words_ended_ms));
    Check::new(SUBJECT, heard.is_enough(), format!("{after} after the caller's last sound, {heard}"))
}

fn goodbye(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "goodbye heard out";
    let Some(began_at) = evidence.line_began_at(Some(Line::Goodbye)) else {
        return Check::failed(SUBJECT, "it never began");
    };
    let prompt = sounds.prompts.get(Prompt::Goodbye);
    let length_ms = prompt.duration_ms();
    let tail = length_ms.saturating_sub(TAIL_MS)..length_ms;
    let heard = Heard::listen(&evidence.tape.right, prompt, tail, evidence.on_tape(began_at));
    let missing_ms = (heard.at_ms + length_ms).saturating_sub(evidence.tape.length_ms());
    let end = if missing_ms == 0 { "to its end".to_owned() } else { format!("all but {}", Ms(missing_ms)) };
    let found = format!("{end}, {heard}");
    Check::new(SUBJECT, heard.is_enough() && missing_ms <= TAIL_MS_MAX, found)
}

fn recording_length(evidence: &Evidence) -> Check {
    const SUBJECT: &str = "recording's length";
    let (recorded_ms, lasted_ms) = (evidence.recording.length_ms(), evidence.connected_ms);
    let found = format!("{} of a call of {}", Ms(recorded_ms), Ms(lasted_ms));
    Check::new(SUBJECT, recorded_ms.abs_diff(lasted_ms) <= LENGTH_MS_MAX, found)
}

/// Checks that the recording has the caller's words left and the assistant's right, at the moments at which they were on the line.
fn both_sides(evidence: &Evidence, sounds: &Sounds) -> Check {
    let recording = &evidence.recording;
    let words = sounds.lines.get(CallerLine::Interruption);
    let spoke_ms = evidence.tape.left.loud_from(0).unwrap_or(0);
    let greeted_ms = evidence.line_began_at(Some(Line::Greeting)).map_or(0, |at| evidence.on_tape(at));
    let left = Heard::listen(&recording.left, words, 0..words.duration_ms(), spoke_ms);
    let right = Heard::listen(&recording.right, sounds.prompts.get(Prompt::Greeting), 0..2_000, greeted_ms);
    let found = format!("left the caller, {left}; right the assistant, {right}");
    Check::new("recording's sides", left.is_enough() && right.is_enough(), found)
}

/// Checks that the message's part of the recording has the caller's words.
fn message(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "message's sound";
    let span = evidence.decisions().find_map(|(decision, _)| match decision {
        Decision::MessageTaken { from_ms, to_ms, .. } => Some(*from_ms..*to_ms),
        _ => None,
    });
    let Some(span) = span else { return Check::failed(SUBJECT, "no message was taken") };
    let words = sounds.lines.get(CallerLine::MessageText);
    let starts = span.start..span.end.saturating_sub(words.duration_ms());
    let heard = Heard::search(&evidence.recording.left, words, 0..words.duration_ms(), starts);
    let found = format!("in {} of the recording, {heard}", Ms(span.end - span.start));
    Check::new(SUBJECT, heard.is_enough(), found)
}

/// The result of a search for a sound.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    parts: usize,
    found: usize,
    /// Beginning of the sound, derived from the last of its parts that was found.
    at_ms: u64,
}

impl Heard {
    /// Searches a part (ms) of a recording in a track, near the moment at which it should begin there.
    fn listen(track: &Track, recording: &Recording, part: Range<u64>, near_ms: u64) -> Self {
        Self::search(track, recording, part, near_ms.saturating_sub(SEARCHED_MS)..near_ms + SEARCHED_MS)
    }

    /// Searches for the recording, beginning at one of `starts` (ms).
    fn search(track: &Track, recording: &Recording, part: Range<u64>, starts: Range<u64>) -> Self {
        let pcm = recording.pcm(CALLER_RATE);
        let mut heard = Self::default();
        for from_ms in part.clone().step_by(PART_MS as usize) {
            let part = from_ms..(from_ms + PART_MS).min(part.end);
            if part.end - part.start < WINDOW_MS {
                continue;
            }
            heard.parts += 1;
            let found = track.find(&pcm, part, starts.clone());
            if let Some(found) = found.filter(|found| found.likeness >= LIKENESS_MIN) {
                heard.found += 1;
                heard.at_ms = found.at_ms;
            }
        }
        heard
    }

    /// Returns whether no more is missing than late frames explain.
    fn is_enough(&self) -> bool {
        self.parts > 0 && self.found * 3 >= self.parts * 2
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} parts", self.found, self.parts)
    }
}
