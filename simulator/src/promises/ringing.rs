//! No agent is left ringing: an offer at a desk is gone when its call, its hand-off or its consultation is over, and desks get every change in order.

use cordboard_schema::event::{Decision, Event};

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::plan::Place;

const RINGING: &str = "no agent is left ringing";
const IN_ORDER: &str = "a desk gets every change in order";
const OWN: &str = "a desk is only offered calls of its organization";

/// Time until a desk learns that its caller is gone, in ms.
const LATE_MS: u64 = 2_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // A notice at which the router has died is handled once more, but not a third time: then the offer stays until its call is over.
    let deaths = evidence
        .plan
        .happenings
        .iter()
        .filter(|timed| timed.what.panics_in(&[Place::Router, Place::RouterAtEnd]));
    let may_lose_notices = deaths.count() > 1;
    for (life, agent, told) in &evidence.desks {
        let (name, organization, _) = crate::stage::AGENTS[*agent];
        let whose = format!("the desk of {name} in life {life}");
        // A killed life is not judged: it ended in the middle.
        let ended_in_order = evidence.lives.get(*life).is_some_and(|life| life.stored.is_some());
        let was_open = told.closed_at.is_none();
        if ended_in_order
            && was_open
            && let Some((offer, call)) = told.offers.first_key_value()
        {
            complaints.add(RINGING, &whose, format!("offer {offer} of call {call} still rings"));
        }
        let closed_ms = told.closed_at.map(|at| evidence.ms_of_moment(*life, at.into_std()));
        let last_ms = closed_ms.unwrap_or(evidence.lives[*life].ended_ms);
        for ring in told.rings.iter().filter(|_| !told.is_over) {
            let until_ms = ring.gone_at.map_or(last_ms, |at| evidence.ms_of_moment(*life, at.into_std()));
            let book = evidence.books.iter().find(|book| book.row.id.to_string() == ring.call);
            let Some(book) = book else { continue };
            let began_ms = evidence.ms_of_moment(*life, ring.began_at.into_std());
            let ended = ended_ms(evidence, book, *life).map(|ms| (ms, "the call"));
            let abandoned = abandoned_ms(evidence, book, *life, began_ms).map(|ms| (ms, "its hand-off"));
            let abandoned = abandoned.filter(|_| !may_lose_notices);
            for (over_ms, what) in ended.into_iter().chain(abandoned) {
                if until_ms > over_ms + LATE_MS {
                    let how = format!(
                        "offer {} of call {} rang until {until_ms} ms, and {what} was over at {over_ms} ms",
                        ring.offer, ring.call
                    );
                    complaints.add(RINGING, &whose, how);
                }
            }
        }
        if let Some(gap) = told.gaps.first() {
            complaints.add(IN_ORDER, &whose, format!("event {gap}"));
        }
        let own = evidence.organizations[organization];
        let foreign = evidence
            .books
            .iter()
            .find(|book| book.row.organization_id != own && told.calls.contains(&book.row.id.to_string()));
        if let Some(book) = foreign {
            complaints.add(OWN, &whose, format!("it was offered {}", book.row.id));
        }
    }
}

/// Returns when a call ended in this life, in ms from the beginning of the world.
fn ended_ms(evidence: &Evidence, book: &Book, life: usize) -> Option<u64> {
    let mut decided = decided(evidence, book, life);
    decided.find(|(_, decision)| matches!(decision, Decision::Ended { .. })).map(|(at_ms, _)| at_ms)
}

/// Returns when the hand-off ended without anyone taking over for which an offer began to ring at a time, in ms from the beginning of the world. That
/// is the last one requested until then: another hand-off of the call may have ended in the same moment.
fn abandoned_ms(evidence: &Evidence, book: &Book, life: usize, began_ms: u64) -> Option<u64> {
    let asked_for = |(_, decision): (u64, &Decision)| match decision {
        Decision::HandoffRequested { handoff, .. }
        | Decision::AgentRequested { handoff, .. }
        | Decision::ConsultBegan { consult: handoff, .. } => Some(*handoff),
        _ => None,
    };
    let until_then = decided(evidence, book, life).take_while(|(at_ms, _)| *at_ms <= began_ms);
    let asked = until_then.filter_map(asked_for).last()?;
    let is_its_end = |(at_ms, decision): &(u64, &Decision)| {
        let over = match decision {
            Decision::HandoffAbandoned { handoff, .. } | Decision::ConsultEnded { consult: handoff, .. } => {
                Some(*handoff)
            }
            _ => None,
        };
        *at_ms >= began_ms && over == Some(asked)
    };
    decided(evidence, book, life).find(is_its_end).map(|(at_ms, _)| at_ms)
}

/// Returns the decisions of a call in a life, each with its time, in ms from the beginning of the world.
fn decided<'a>(
    evidence: &'a Evidence,
    book: &'a Book,
    life: usize,
) -> impl Iterator<Item = (u64, &'a Decision)> {
    let entries = book.journal.iter().zip(evidence.lives_of(book));
    entries.filter(move |(_, of)| *of == life).filter_map(move |(entry, of)| match &entry.event {
        Event::Decision(decision) => Some((evidence.ms_of(of, entry.at), decision)),
        Event::Fact(_) => None,
    })
}
