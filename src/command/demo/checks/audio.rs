//! What must have been heard: on the caller's side of the line, and in the server's recording.

use std::ops::Range;

use cordboard_actors::assistant::sounds::{CallerLine, Prompt, Recording};
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::line::Line;

use super::{Check, Evidence, Sounds};
use crate::command::caller::CALLER_RATE;
use crate::command::demo::sound::{Found, Track};
use crate::command::timeline::Ms;

/// Likeness from which a sound is the one that was looked for. The line changes nothing; a neighbour of a slip in the
/// caller's own buffer would still have 0.7.
const LIKENESS_MIN: f64 = 0.9;

/// How far from its moment in the journal a sound is looked for.
const SEARCHED_MS: u64 = 1_000;

/// How soon the assistant must be silent after the decision to interrupt it: 100 ms for the server, 50 ms for the buffer
/// in which the caller's telephone holds two frames.
const SILENCE_MS_MAX: u64 = 150;

/// Silence longer than any pause between two words.
const SILENCE_LASTS_MS: u64 = 300;

/// How much the recording's length may differ from the call's.
const LENGTH_MS_MAX: u64 = 100;

/// The last frames of a goodbye may still lie in the caller's buffer when the line is closed.
const TAIL_MS_MAX: u64 = 60;

/// The part of a goodbye's end that must be heard.
const TAIL_MS: u64 = 800;

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

fn greeting(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "greeting heard";
    let Some(began_at) = evidence.line_began_at(Some(Line::Greeting)) else {
        return Check::failed(SUBJECT, "it never began");
    };
    let prompt = sounds.prompts.get(Prompt::Greeting);
    let found = heard(&evidence.tape.right, prompt, 0..2_000, evidence.on_tape(began_at));
    judged(SUBJECT, found, |found| format!("{} after the call's start", Ms(found.at_ms)))
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
    let track = &evidence.tape.right;
    let found = heard(track, prompt, 0..prompt.duration_ms(), evidence.on_tape(began_at));
    let after = |found: Found| {
        let words_ended_ms = evidence.tape.left.last_loud_before(found.at_ms).unwrap_or(0);
        format!("{} after the caller's last sound", Ms(found.at_ms.saturating_sub(words_ended_ms)))
    };
    judged(SUBJECT, found, after)
}

fn goodbye(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "goodbye heard out";
    let Some(began_at) = evidence.line_began_at(Some(Line::Goodbye)) else {
        return Check::failed(SUBJECT, "it never began");
    };
    let prompt = sounds.prompts.get(Prompt::Goodbye);
    let length_ms = prompt.duration_ms();
    let tail = length_ms.saturating_sub(TAIL_MS)..length_ms;
    let found = heard(&evidence.tape.right, prompt, tail, evidence.on_tape(began_at));
    let missing = |found: Found| (found.at_ms + length_ms).saturating_sub(evidence.tape.length_ms());
    let Some(found) = found.filter(|found| missing(*found) <= TAIL_MS_MAX) else {
        return Check::failed(SUBJECT, "its end was not heard");
    };
    let last = found.at_ms + length_ms - missing(found);
    let to_the_end = Ms(evidence.tape.length_ms().saturating_sub(last));
    judged(SUBJECT, Some(found), |_| format!("to its end, {to_the_end} before the line was closed"))
}

fn recording_length(evidence: &Evidence) -> Check {
    const SUBJECT: &str = "recording's length";
    let (recorded_ms, lasted_ms) = (evidence.recording.length_ms(), evidence.tape.length_ms());
    let found = format!("{} of a call of {}", Ms(recorded_ms), Ms(lasted_ms));
    Check::new(SUBJECT, recorded_ms.abs_diff(lasted_ms) <= LENGTH_MS_MAX, found)
}

/// Left the caller's words, right the assistant's, at the moments at which they were on the line.
fn both_sides(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "recording's sides";
    let (recording, tape) = (&evidence.recording, &evidence.tape);
    let words = sounds.lines.get(CallerLine::Interruption);
    let prompt = sounds.prompts.get(Prompt::Greeting);
    let spoke_ms = tape.left.loud_from(0).unwrap_or(0);
    let greeted_ms = evidence.line_began_at(Some(Line::Greeting)).map_or(0, |at| evidence.on_tape(at));
    let left = heard(&recording.left, words, 0..words.duration_ms(), spoke_ms);
    let right = heard(&recording.right, prompt, 0..2_000, greeted_ms);
    let (Some(left), Some(right)) = (left, right) else { return Check::failed(SUBJECT, "one is missing") };
    let is_ok = left.likeness >= LIKENESS_MIN && right.likeness >= LIKENESS_MIN;
    let found = format!("likeness left {:.2}, right {:.2}", left.likeness, right.likeness);
    Check::new(SUBJECT, is_ok, found)
}

/// The message's part of the recording has the caller's words.
fn message(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "message's sound";
    let span = evidence.decisions().find_map(|(decision, _)| match decision {
        Decision::MessageTaken { from_ms, to_ms, .. } => Some(*from_ms..*to_ms),
        _ => None,
    });
    let Some(span) = span else { return Check::failed(SUBJECT, "no message was taken") };
    let words = sounds.lines.get(CallerLine::MessageText);
    let pcm = words.pcm(CALLER_RATE);
    let ends = [0..1_000, words.duration_ms().saturating_sub(1_000)..words.duration_ms()];
    let starts = span.start..span.end.saturating_sub(words.duration_ms());
    let found = ends.map(|part| evidence.recording.left.find(&pcm, part, starts.clone()));
    let [Some(first), Some(last)] = found else { return Check::failed(SUBJECT, "it is too short") };
    let likeness = first.likeness.min(last.likeness);
    let found =
        format!("all of it in {} of the recording, likeness {likeness:.2}", Ms(span.end - span.start));
    Check::new(SUBJECT, likeness >= LIKENESS_MIN, found)
}

/// A part (ms) of a recording in a track, round the moment at which it should begin there.
fn heard(track: &Track, recording: &Recording, part: Range<u64>, near_ms: u64) -> Option<Found> {
    let starts = near_ms.saturating_sub(SEARCHED_MS)..near_ms + SEARCHED_MS;
    track.find(&recording.pcm(CALLER_RATE), part, starts)
}

fn judged(subject: &'static str, found: Option<Found>, figure: impl Fn(Found) -> String) -> Check {
    match found {
        None => Check::failed(subject, "the recording is too short"),
        Some(found) => {
            let text = format!("{}, likeness {:.2}", figure(found), found.likeness);
            Check::new(subject, found.likeness >= LIKENESS_MIN, text)
        }
    }
}
