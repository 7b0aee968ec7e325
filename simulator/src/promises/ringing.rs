//! Nobody is left ringing: an offer at a desk is gone when its call is over, and desks see every change in order.

use super::Complaints;
use crate::evidence::Evidence;

const RINGING: &str = "nobody is left ringing";
const IN_ORDER: &str = "a desk is told every change in order";
const OWN: &str = "a desk is offered calls of its organization alone";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for (life, agent, told) in &evidence.desks {
        let (name, organization, _) = crate::stage::AGENTS[*agent];
        let whose = format!("the desk of {name} in life {life}");
        // Nothing can be said of a life that was killed: it ended in the middle.
        let ended_in_order = evidence.lives.get(*life).is_some_and(|life| life.stored.is_some());
        if ended_in_order && let Some((offer, call)) = told.offers.first_key_value() {
            complaints.add(RINGING, &whose, format!("offer {offer} of call {call} still rings"));
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
