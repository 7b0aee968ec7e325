//! Entries that the journal must have, and rows that must be stored.

use cordboard_actors::assistant::sounds::Prompt;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::event::Decision;
use cordboard_schema::fold::{Role, TranscriptItem};

use super::{Check, Evidence, Sounds};
use crate::command::timeline::Ms;

/// The kinds of entries of the call, in this order. Others may come between them.
const STORY: [&str; 24] = [
    "call_started",
    "leg_joined",
    "answered",
    "assistant_ready",
    "item_started",
    "speech_started",
    "barge_in",
    "assistant_said",
    "speech_stopped",
    "caller_said",
    "item_started",
    "assistant_said",
    "key_pressed",
    "tool_started",
    "item_started",
    "speech_started",
    "message_taken",
    "tool_finished",
    "key_pressed",
    "barge_in",
    "key_pressed",
    "tool_started",
    "assistant_said",
    "ended",
];

/// The kinds of entries of a call with a model.
const STORY_OF_ANY: [&str; 13] = [
    "call_started",
    "leg_joined",
    "answered",
    "assistant_ready",
    "item_started",
    "speech_started",
    "item_started",
    "key_pressed",
    "tool_started",
    "message_taken",
    "tool_finished",
    "key_pressed",
    "ended",
];

/// Kinds of entries that report a fault.
const FAULTS: [&str; 8] = [
    "step_panicked",
    "facts_missed",
    "deadline_stuck",
    "effect_failed",
    "assistant_failed",
    "recording_failed",
    "leg_misconfigured",
    "interrupted",
];

pub(super) fn examine(evidence: &Evidence, sounds: &Sounds) -> Vec<Check> {
    vec![
        story(evidence, &STORY),
        faults(evidence),
        barge_ins(evidence),
        message_kept(evidence),
        transcript(evidence, sounds),
        ending(evidence),
    ]
}

/// Checks that hold for every voice.
pub(super) fn examine_any(evidence: &Evidence) -> Vec<Check> {
    vec![story(evidence, &STORY_OF_ANY), faults(evidence), message_kept(evidence), ending(evidence)]
}

fn story(evidence: &Evidence, story: &[&str]) -> Check {
    const SUBJECT: &str = "journal";
    let gap = evidence.entries.iter().zip(1..).find(|(entry, seq)| entry.seq != *seq);
    if let Some((_, seq)) = gap {
        return Check::failed(SUBJECT, format!("entry {seq} is missing"));
    }
    let mut kinds = evidence.entries.iter().map(|entry| entry.event.kind());
    for (place, wanted) in story.iter().enumerate() {
        if !kinds.any(|kind| kind == *wanted) {
            let before = place.checked_sub(1).map_or("the start", |place| story[place]);
            return Check::failed(SUBJECT, format!("no {wanted} after {before} ({place})"));
        }
    }
    Check::new(SUBJECT, true, format!("{} entries without a gap, in order", evidence.entries.len()))
}

fn faults(evidence: &Evidence) -> Check {
    let kinds = evidence.entries.iter().map(|entry| entry.event.kind());
    let found: Vec<&str> = kinds.filter(|kind| FAULTS.contains(kind)).collect();
    let text = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
    Check::new("faults", found.is_empty(), text)
}

fn barge_ins(evidence: &Evidence) -> Check {
    let heard: Vec<String> = evidence
        .decisions()
        .filter_map(|(decision, _)| match decision {
            Decision::BargeIn { heard_ms, .. } => Some(Ms(*heard_ms).to_string()),
            _ => None,
        })
        .collect();
    Check::new("interruptions", heard.len() == 2, format!("{}, after {}", heard.len(), heard.join(" and ")))
}

fn message_kept(evidence: &Evidence) -> Check {
    const SUBJECT: &str = "message kept";
    match &evidence.activities[..] {
        [activity] if activity.audio.is_some() => Check::new(SUBJECT, true, activity.title.clone()),
        [_] => Check::failed(SUBJECT, "it has no audio"),
        activities => Check::failed(SUBJECT, format!("{} activities instead of one", activities.len())),
    }
}

/// Checks that the stored transcript is the journal's, with exactly what was heard of each utterance.
fn transcript(evidence: &Evidence, sounds: &Sounds) -> Check {
    const SUBJECT: &str = "transcript";
    let folded: Vec<TranscriptItem> =
        evidence.entries.iter().filter_map(TranscriptItem::from_entry).collect();
    let stored = &evidence.transcript;
    if *stored != folded {
        return Check::failed(
            SUBJECT,
            format!("{} lines, but the journal has {}", stored.len(), folded.len()),
        );
    }
    let text = |prompt| sounds.prompts.get(prompt).text();
    let said = |prompt: Prompt| {
        stored
            .iter()
            .any(|item| item.role == Role::Assistant && item.text == text(prompt) && !item.interrupted)
    };
    for (name, prompt) in
        [("answer", Prompt::Reply1), ("message saved", Prompt::MessageSaved), ("goodbye", Prompt::Goodbye)]
    {
        if !said(prompt) {
            return Check::failed(SUBJECT, format!("the {name} is not in it, or not to its end"));
        }
    }
    let greeting = stored.iter().find(|item| item.role == Role::Assistant);
    let is_cut = |item: &TranscriptItem| {
        item.interrupted
            && text(Prompt::Greeting).starts_with(&item.text)
            && item.text.len() < text(Prompt::Greeting).len()
    };
    if !greeting.is_some_and(is_cut) {
        return Check::failed(SUBJECT, "the greeting does not end where it was interrupted");
    }
    let turns = stored.iter().filter(|item| item.role == Role::Caller).count();
    let found = format!("{} lines, {turns} of the caller", stored.len());
    Check::new(SUBJECT, turns >= 2, found)
}

fn ending(evidence: &Evidence) -> Check {
    const SUBJECT: &str = "ending";
    let ended = evidence.decisions().find_map(|(decision, _)| match decision {
        Decision::Ended { ending, .. } => Some(ending),
        _ => None,
    });
    let Some(Ending { cause, by }) = ended else { return Check::failed(SUBJECT, "the call has not ended") };
    let is_ok = *cause == HangupCause::normal_clearing() && *by == HangupBy::Assistant;
    Check::new(SUBJECT, is_ok, format!("{cause}, by {by:?}").to_lowercase())
}
