//! The same facts lead to the same decisions: a call that is resumed after a crash continues as it was.

use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};

use super::Complaints;
use crate::evidence::Evidence;

const PROMISE: &str = "the journal's facts lead to its decisions";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        if let Err(how) = replay(&book.journal) {
            complaints.add(PROMISE, format!("call {}", book.row.id), how);
        }
    }
}

fn replay(journal: &[JournalEntry]) -> Result<(), String> {
    let Some((first, _)) = journal.split_first() else { return Ok(()) };
    let Event::Fact(Fact::CallStarted { profile, policy, announced, .. }) = &first.event else {
        return Err("it begins with something else".to_owned());
    };
    let mut machine = Machine::new(profile.clone(), policy.clone(), announced.is_some(), first.at);
    let mut rest = journal;
    while let Some((entry, behind)) = rest.split_first() {
        let Event::Fact(fact) = &entry.event else {
            return Err(format!("no fact leads to {:?} at {}", entry.event, entry.seq));
        };
        let until = behind.iter().position(|entry| matches!(entry.event, Event::Fact(_)));
        let (decided, next) = behind.split_at(until.unwrap_or(behind.len()));
        let expected: Vec<Decision> = machine.apply(fact, entry.at).into_iter().filter_map(noted).collect();
        let stands = |(at, decision): (usize, &Decision)| {
            decided.get(at).is_some_and(|entry| entry.event == Event::Decision(decision.clone()))
        };
        // The last entries of a killed process may be cut off anywhere.
        let is_cut = next.is_empty()
            || matches!(next[0].event, Event::Fact(Fact::ServerRestarted { .. }))
                && decided.len() < expected.len();
        let is_same = expected.iter().enumerate().take(decided.len()).all(stands)
            && (decided.len() == expected.len() || is_cut && decided.len() < expected.len());
        if !is_same {
            let stood: Vec<&Event> = decided.iter().map(|entry| &entry.event).collect();
            return Err(format!("{fact:?} at {} led to {stood:?}, and now leads to {expected:?}", entry.seq));
        }
        rest = next;
    }
    Ok(())
}

fn noted(effect: Effect) -> Option<Decision> {
    match effect {
        Effect::Note(decision) => Some(decision),
        _ => None,
    }
}
