//! Actions that should happen once happen once: ends, tools, hand-offs, leads and the like.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::activity::{Activity, AudioSpan};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::EffectId;
use cordboard_schema::tool::ToolName;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::model;

const ENDED: &str = "a call ends once";
const TOOLS: &str = "every tool call is answered once";
const HANDOFFS: &str = "every hand-off ends in one of its reasons";
const WRITES: &str = "nothing is written twice";
const ROWS: &str = "what a tool writes is one row";
const MESSAGES: &str = "a message that a caller leaves is one activity";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        let whose = format!("call {}", book.row.id);
        let ends = decisions(book).filter(|decision| matches!(decision, Decision::Ended { .. })).count();
        if ends != 1 {
            complaints.add(ENDED, &whose, format!("it ended {ends} times"));
        }
        tools(book, &whose, complaints);
        handoffs(book, &whose, complaints);
        writes(book, &whose, complaints);
        rows(evidence, book, &whose, complaints);
        if let Some(how) = lost_message(book, &evidence.activities) {
            complaints.add(MESSAGES, &whose, how);
        }
    }
}

/// Returns how a message of the caller differs from its activity, if one does: people find messages by their activities.
fn lost_message(book: &Book, activities: &[Activity]) -> Option<String> {
    let theirs = activities.iter().filter(|one| one.call_id == Some(book.row.id));
    let mut on_disk: Vec<AudioSpan> = theirs.filter_map(|one| one.audio).collect();
    for entry in &book.journal {
        let span = match entry.event {
            Event::Decision(Decision::MessageTaken { from_ms, to_ms, .. }) => AudioSpan { from_ms, to_ms },
            Event::Fact(Fact::VoicemailLeft { duration_ms, .. }) => {
                AudioSpan { from_ms: 0, to_ms: duration_ms }
            }
            _ => continue,
        };
        let Some(place) = on_disk.iter().position(|other| *other == span) else {
            return Some(format!("the message of {span:?} is no activity"));
        };
        on_disk.swap_remove(place);
    }
    on_disk.first().map(|span| format!("an activity has {span:?}, and no such message was taken"))
}

/// Checks that each run of a tool has written at most one row, and one if the journal says so.
fn rows(evidence: &Evidence, book: &Book, whose: &str, complaints: &mut Complaints) {
    let mut on_disk = 0;
    for (title, tool) in [(model::TASK_TITLE, ToolName::CreateTodo), (model::EVENT, ToolName::CreateEvent)] {
        let is_it = |row: &&Activity| row.call_id == Some(book.row.id) && row.title == title;
        let rows = evidence.activities.iter().filter(is_it).count();
        let is_run = |decision: &&Decision| matches!(decision, Decision::ToolStarted { tool: run, .. } if *run == tool);
        let runs = decisions(book).filter(is_run).count();
        if rows > runs {
            complaints.add(ROWS, whose, format!("{runs} runs of {tool} have written {rows} rows"));
        }
        on_disk += rows;
    }
    let is_noted = |decision: &&Decision| matches!(decision, Decision::ActivityCreated { .. });
    let told = decisions(book).filter(is_noted).count();
    if told > on_disk {
        complaints.add(ROWS, whose, format!("{told} rows are in the journal, and {on_disk} are on disk"));
    }
}

fn decisions(book: &Book) -> impl Iterator<Item = &Decision> {
    book.journal.iter().filter_map(|entry| match &entry.event {
        Event::Decision(decision) => Some(decision),
        Event::Fact(_) => None,
    })
}

fn tools(book: &Book, whose: &str, complaints: &mut Complaints) {
    let (mut running, mut asked): (BTreeSet<EffectId>, BTreeSet<&str>) = Default::default();
    // The tool call of the current step, if it was reported before: a repeated fact counts once.
    let mut told_again: Option<&str> = None;
    for entry in &book.journal {
        match &entry.event {
            Event::Fact(Fact::ToolCall { tool_call, .. }) => {
                told_again = (!asked.insert(tool_call)).then_some(tool_call);
            }
            Event::Fact(_) => told_again = None,
            Event::Decision(
                Decision::ToolStarted { effect, .. } | Decision::CustomToolStarted { effect, .. },
            ) => {
                if !running.insert(*effect) {
                    complaints.add(TOOLS, whose, format!("run {effect} began twice"));
                }
                decided_again(told_again, whose, complaints);
            }
            Event::Decision(Decision::ToolFinished { effect, .. }) => {
                // A refused tool never began.
                running.remove(effect);
                decided_again(told_again, whose, complaints);
            }
            Event::Decision(_) => {}
        }
    }
    for effect in running {
        complaints.add(TOOLS, whose, format!("run {effect} never ended"));
    }
    let mut finished: BTreeMap<EffectId, usize> = BTreeMap::new();
    for decision in decisions(book) {
        if let Decision::ToolFinished { effect, .. } = decision {
            *finished.entry(*effect).or_default() += 1;
        }
    }
    for (effect, count) in finished.into_iter().filter(|(_, count)| *count > 1) {
        complaints.add(TOOLS, whose, format!("run {effect} ended {count} times"));
    }
}

fn decided_again(told_again: Option<&str>, whose: &str, complaints: &mut Complaints) {
    if let Some(tool_call) = told_again {
        complaints.add(TOOLS, whose, format!("{tool_call} was reported again and decided again"));
    }
}

fn handoffs(book: &Book, whose: &str, complaints: &mut Complaints) {
    let mut open: BTreeMap<EffectId, i64> = BTreeMap::new();
    for decision in decisions(book) {
        match decision {
            Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. } => {
                *open.entry(*handoff).or_default() += 1;
            }
            Decision::HandoffBridged { handoff } | Decision::HandoffAbandoned { handoff, .. } => {
                *open.entry(*handoff).or_default() -= 1;
            }
            _ => {}
        }
    }
    for (handoff, left) in open.into_iter().filter(|(_, left)| *left != 0) {
        complaints.add(HANDOFFS, whose, format!("hand-off {handoff} is missing {left} ends"));
    }
}

fn writes(book: &Book, whose: &str, complaints: &mut Complaints) {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for decision in decisions(book) {
        let key = match decision {
            Decision::LeadCreated { effect, .. } => format!("lead of {effect}"),
            Decision::ActivityCreated { effect, .. } => format!("activity of {effect}"),
            Decision::LeadUpdated { effect, .. } => format!("change of a lead of {effect}"),
            Decision::AppointmentHeld { effect, .. } => format!("time held by {effect}"),
            Decision::AppointmentBooked { effect, .. } => format!("appointment of {effect}"),
            Decision::TextQueued { effect, .. } => format!("text of {effect}"),
            Decision::NumberSuppressed { effect } => format!("suppression of {effect}"),
            Decision::MessageTaken { effect, .. } => format!("message of {effect}"),
            _ => continue,
        };
        *written.entry(key).or_default() += 1;
    }
    for (what, count) in written.into_iter().filter(|(_, count)| *count > 1) {
        complaints.add(WRITES, whose, format!("{what} was written {count} times"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::histories::book;
    use super::*;

    fn taken(from_ms: u64, to_ms: u64) -> Decision {
        Decision::MessageTaken { effect: EffectId(from_ms), from_ms, to_ms, speech_ms: 500 }
    }

    #[test]
    fn a_message_that_is_no_activity_or_two_is_reported() {
        let book = book(vec![taken(1_000, 3_000), taken(5_000, 6_000)]);
        let all: Vec<Activity> =
            book.journal.iter().filter_map(|entry| Activity::from_entry(entry, None)).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(lost_message(&book, &all), None);
        assert!(lost_message(&book, &all[..1]).is_some(), "one is lost");
        let twice = [&all[..], &all[..1]].concat();
        assert!(lost_message(&book, &twice).is_some());
        let other = Activity { audio: Some(AudioSpan { from_ms: 0, to_ms: 3_000 }), ..all[0].clone() };
        assert!(lost_message(&book, &[other, all[1].clone()]).is_some(), "another part of the recording");
    }

    #[test]
    fn a_time_held_twice_by_a_run_is_reported() {
        let appointment_id = cordboard_schema::ids::AppointmentId(uuid::Uuid::from_u128(7));
        let held = |effect| Decision::AppointmentHeld { effect: EffectId(effect), appointment_id };
        let count = |decisions| {
            let mut complaints = Complaints::default();
            writes(&book(decisions), "a call", &mut complaints);
            complaints.0.len()
        };
        assert_eq!([count(vec![held(1), held(2)]), count(vec![held(1), held(1)])], [0, 1]);
    }
}
