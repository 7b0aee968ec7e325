//! Actions that are done once are done once: ends, tools, hand-offs, leads and the like.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::EffectId;
use cordboard_schema::tool::ToolOrigin;

use super::Complaints;
use crate::evidence::{Book, Evidence};

const ENDED: &str = "a call ends once";
const TOOLS: &str = "every tool call is answered once";
const HANDOFFS: &str = "every hand-off ends in one of its reasons";
const WRITES: &str = "nothing is written twice";

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
    }
}

fn decisions(book: &Book) -> impl Iterator<Item = &Decision> {
    book.journal.iter().filter_map(|entry| match &entry.event {
        Event::Decision(decision) => Some(decision),
        Event::Fact(_) => None,
    })
}

fn tools(book: &Book, whose: &str, complaints: &mut Complaints) {
    let mut running: BTreeMap<EffectId, String> = BTreeMap::new();
    let mut asked: BTreeMap<String, i64> = BTreeMap::new();
    for entry in &book.journal {
        match &entry.event {
            Event::Fact(Fact::ToolCall { tool_call, .. }) => {
                *asked.entry(tool_call.clone()).or_default() += 1
            }
            Event::Decision(
                Decision::ToolStarted { effect, origin, .. }
                | Decision::CustomToolStarted { effect, origin, .. },
            ) => {
                let asked_by = match origin {
                    ToolOrigin::Assistant { tool_call } => tool_call.clone(),
                    ToolOrigin::Key | ToolOrigin::Words => String::new(),
                };
                if running.insert(*effect, asked_by).is_some() {
                    complaints.add(TOOLS, whose, format!("run {effect} began twice"));
                }
            }
            Event::Decision(Decision::ToolFinished { effect, .. }) => {
                // A tool that was refused never began.
                running.remove(effect);
            }
            _ => {}
        }
    }
    for effect in running.keys() {
        complaints.add(TOOLS, whose, format!("run {effect} never ended"));
    }
    let twice = asked.iter().find(|(_, count)| **count > 1);
    if let Some((tool_call, count)) = twice {
        // A repeated fact counts once.
        let answers = decisions(book).filter(|decision| {
            matches!(decision, Decision::ToolStarted { origin: ToolOrigin::Assistant { tool_call: of }, .. } if of == tool_call)
        });
        let began = answers.count();
        if began > 1 {
            complaints.add(
                TOOLS,
                whose,
                format!("{tool_call} was told {count} times and begun {began} times"),
            );
        }
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
        complaints.add(HANDOFFS, whose, format!("hand-off {handoff} has {left} ends too few"));
    }
}

fn writes(book: &Book, whose: &str, complaints: &mut Complaints) {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for decision in decisions(book) {
        let key = match decision {
            Decision::LeadCreated { effect, .. } => format!("lead of {effect}"),
            Decision::ActivityCreated { effect, .. } => format!("activity of {effect}"),
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
