//! A supervisor who takes a call over has its caller alone from that moment on; and only supervisors with the right take calls over.

use std::collections::BTreeSet;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::UserId;
use cordboard_schema::supervision::SupervisionEnd;

use super::Complaints;
use super::supervision::{forbidden, is_within};
use crate::evidence::{Book, Evidence};
use crate::plan::Happening;
use crate::stage::SUPERVISORS;

const HAS: &str = "a supervisor who takes a call over has its caller";
const ALONE: &str = "a supervisor who takes a call over has its caller alone";
const MAY: &str = "no one takes a call over without the right";

/// Time until a call has done what it has admitted, in ms.
const LATE_MS: u64 = 200;
/// A killed process has written everything except its last moments, in ms.
const WRITTEN_MS: u64 = 3_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.has_supervisors() {
        return;
    }
    requests(evidence, complaints);
    for book in &evidence.books {
        for (at_ms, taken) in taken_over(evidence, book) {
            let whose = format!("call {}", book.row.id);
            let Taken { by, is_agent, others } = taken;
            if !is_agent {
                complaints.add(HAS, whose, format!("{by} took it over at {at_ms} ms, and is no agent of it"));
            } else if !others.is_empty() {
                let how = format!("{by} took it over at {at_ms} ms, and {others:?} are still there");
                complaints.add(ALONE, whose, how);
            }
        }
    }
}

/// Checks that requests are admitted rightly, and that admitted ones are carried out. An entry that is not written by the time of a fault may be lost
/// with it.
fn requests(evidence: &Evidence, complaints: &mut Complaints) {
    let fails_ms =
        evidence.plan.first_ms(|what| what.panics_in_a_call() || matches!(what, Happening::Database { .. }));
    for (life, number, log) in &evidence.supervisors {
        let (name, organization, role) = SUPERVISORS[*number];
        let forbidden = forbidden(&evidence.rights, *number, role);
        for request in log.take_overs.iter().filter(|request| request.status == 202) {
            let whose = format!("{name} in life {life}");
            if is_within(&forbidden, request.asked_ms, 0) {
                complaints.add(MAY, &whose, format!("they may not, and got it: {request:?}"));
            }
            let Some(book) = evidence.books.iter().find(|book| book.row.id == request.call) else { continue };
            if book.row.organization_id != evidence.organizations[organization] {
                complaints.add(MAY, &whose, format!("another organization's call: {request:?}"));
            }
            let ends_ms = evidence.lives.get(*life).map_or(0, |life| life.ended_ms);
            let is_known = request.answered_ms + WRITTEN_MS < fails_ms.min(ends_ms);
            let span = request.asked_ms..=request.answered_ms + LATE_MS;
            let by = evidence.supervisor_users.get(*number);
            let mut taken = taken_over(evidence, book).into_iter();
            if is_known && !taken.any(|(at_ms, taken)| span.contains(&at_ms) && Some(&taken.by) == by) {
                complaints.add(HAS, &whose, format!("it was admitted, and never happened: {request:?}"));
            }
        }
    }
}

/// A call that was taken over, after the step in which it was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    by: UserId,
    /// Whether they are its agent.
    is_agent: bool,
    /// Other agents who still have the caller.
    others: BTreeSet<UserId>,
}

/// Returns when a call was taken over, in ms from the beginning of the world, and by whom.
fn taken_over(evidence: &Evidence, book: &Book) -> Vec<(u64, Taken)> {
    steps(evidence.entries(book).map(|(event, _, at_ms)| (event, at_ms)))
}

/// The same for a journal's events, each with its time. The last decisions of a killed process may be missing: its last step is not judged.
fn steps<'a>(events: impl Iterator<Item = (&'a Event, u64)>) -> Vec<(u64, Taken)> {
    let (mut all, mut agents) = (Vec::new(), BTreeSet::new());
    let mut step: Option<(u64, UserId)> = None;
    for (event, at_ms) in events {
        match event {
            Event::Fact(fact) => {
                let is_cut = matches!(fact, Fact::ServerRestarted { .. });
                if let Some((since_ms, by)) = step.take().filter(|_| !is_cut) {
                    let others = agents.iter().filter(|agent| **agent != by).copied().collect();
                    all.push((since_ms, Taken { by, is_agent: agents.contains(&by), others }));
                }
            }
            Event::Decision(Decision::SupervisorLeft { user_id, how: SupervisionEnd::TookOver, .. }) => {
                step = Some((at_ms, *user_id));
            }
            Event::Decision(Decision::AgentJoined { user_id, .. }) => {
                agents.insert(*user_id);
            }
            Event::Decision(Decision::AgentLeft { user_id, .. }) => {
                agents.remove(user_id);
            }
            Event::Decision(_) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::AgentEnd;
    use cordboard_schema::ids::{EffectId, LegId};
    use uuid::Uuid;

    use super::*;

    const SAM: UserId = UserId(Uuid::from_u128(1));
    const ANNA: UserId = UserId(Uuid::from_u128(2));

    fn took_over() -> Event {
        let how = SupervisionEnd::TookOver;
        Decision::SupervisorLeft { user_id: SAM, heard_ms: Some(900), how }.into()
    }

    fn joined(user_id: UserId) -> Event {
        Decision::AgentJoined { handoff: EffectId(3), user_id, leg: LegId(5) }.into()
    }

    fn left(user_id: UserId) -> Event {
        Decision::AgentLeft { user_id, talked_ms: Some(900), how: AgentEnd::TakenOver }.into()
    }

    /// Returns the calls that were taken over after these events, which are followed by another fact.
    fn told(events: &[Event], next: Fact) -> Vec<(u64, Taken)> {
        let next: Event = next.into();
        steps(events.iter().chain([&next]).map(|event| (event, 7_000)))
    }

    #[test]
    fn a_take_over_leaves_the_caller_with_one_person() {
        let whole = [joined(ANNA), took_over(), joined(SAM), left(ANNA)];
        let taken = |is_agent, others: &[UserId]| {
            let others = others.iter().copied().collect();
            vec![(7_000, Taken { by: SAM, is_agent, others })]
        };
        assert_eq!(told(&whole, Fact::SpeechStarted), taken(true, &[]));
        assert_eq!(told(&whole[..3], Fact::SpeechStarted), taken(true, &[ANNA]), "anna stays");
        assert_eq!(told(&whole[1..2], Fact::SpeechStarted), taken(false, &[]), "sam has no one");
        assert!(told(&whole[..1], Fact::SpeechStarted).is_empty());
    }
}
