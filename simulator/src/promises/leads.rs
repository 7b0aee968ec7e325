//! The lead of a call is written once and kept, whatever happens to the database and the process; and the business is notified.

use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::LeadId;
use cordboard_schema::lead::Lead;
use cordboard_schema::tool::ToolName;
use serde_json::Value;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::model;
use crate::parties::services::told;

const KEPT: &str = "a lead of a call is on disk, as it was said";
const ONE: &str = "a call has one lead";
const TOLD: &str = "people who want to know of new leads are told";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        for (promise, how) in faults(book, &evidence.leads) {
            complaints.add(promise, format!("call {}", book.row.id), how);
        }
    }
    if !evidence.plan.services.mail {
        return;
    }
    for (number, organization) in evidence.organizations.into_iter().enumerate() {
        let count = evidence.leads.iter().filter(|lead| lead.organization_id == organization).count();
        let reader = told(number);
        if count > 0 && !has_notice(&evidence.mails.notices, &reader) {
            complaints.add(TOLD, reader, format!("there are {count} leads, and no notice of any"));
        }
    }
}

/// Whether a notice of new leads was sent to an address, or waits to be sent.
fn has_notice(notices: &[Value], reader: &str) -> bool {
    notices.iter().any(|notice| notice["event"] == "new_lead" && notice["target"] == reader)
}

/// Returns what is wrong with the leads of a call.
fn faults(book: &Book, leads: &[Lead]) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let (mut runs, mut made) = (0, 0);
    let mut named: Vec<LeadId> = Vec::new();
    for entry in &book.journal {
        match &entry.event {
            Event::Decision(Decision::ToolStarted { tool: ToolName::CreateLead, .. }) => runs += 1,
            Event::Decision(Decision::LeadCreated { lead_id, .. }) => {
                made += 1;
                named.push(*lead_id);
            }
            Event::Decision(Decision::LeadUpdated { lead_id, .. }) => named.push(*lead_id),
            _ => {}
        }
    }
    let theirs: Vec<&Lead> = leads.iter().filter(|lead| lead.call_id == Some(book.row.id)).collect();
    if theirs.len() > runs || theirs.len() > 1 || made > 1 {
        let how =
            format!("{runs} runs have written {} leads, and the journal has {made} new ones", theirs.len());
        faults.push((ONE, how));
    }
    let is_theirs = |id: &LeadId| {
        theirs.iter().any(|lead| lead.id == *id && lead.organization_id == book.row.organization_id)
    };
    if let Some(id) = named.iter().find(|id| !is_theirs(id)) {
        faults.push((KEPT, format!("lead {id} is in the journal, and is not its lead on disk")));
    }
    if let Some(lead) = theirs.iter().find(|lead| lead.need != model::NEED) {
        faults.push((KEPT, format!("lead {} wants \"{}\"", lead.id, lead.need)));
    }
    faults
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::EffectId;
    use cordboard_schema::lead::LeadBody;
    use cordboard_schema::time::UnixMs;
    use cordboard_schema::tool::ToolOrigin;
    use serde_json::json;
    use uuid::Uuid;

    use super::super::told::histories;
    use super::*;

    const LEAD: LeadId = LeadId(Uuid::from_u128(7));
    const OTHER: LeadId = LeadId(Uuid::from_u128(8));

    /// A call in which the model has run the tool, and whose journal then has these decisions.
    fn book(decisions: Vec<Decision>) -> Book {
        let started = Decision::ToolStarted {
            effect: EffectId(1),
            tool: ToolName::CreateLead,
            origin: ToolOrigin::Key,
        };
        histories::book([vec![started], decisions].concat())
    }

    fn lead(id: LeadId, book: &Book, need: &str) -> Lead {
        let body = LeadBody { need: need.to_owned(), ..LeadBody::default() };
        let lead = Lead::of_body(id, book.row.organization_id, body, UnixMs(0));
        Lead { call_id: Some(book.row.id), ..lead }
    }

    fn made(lead_id: LeadId) -> Decision {
        Decision::LeadCreated { effect: EffectId(1), lead_id }
    }

    fn broken(book: &Book, leads: &[Lead]) -> Vec<&'static str> {
        faults(book, leads).into_iter().map(|(promise, _)| promise).collect()
    }

    #[test]
    fn a_lead_that_is_lost_or_changed_is_reported() {
        let book = book(vec![made(LEAD)]);
        let right = lead(LEAD, &book, model::NEED);
        assert_eq!(broken(&book, std::slice::from_ref(&right)), [] as [&str; 0]);
        assert_eq!(broken(&book, &[]), [KEPT]);
        assert_eq!(broken(&book, &[lead(OTHER, &book, model::NEED)]), [KEPT], "it names another one");
        assert_eq!(broken(&book, &[lead(LEAD, &book, "")]), [KEPT], "its words are lost");
        let of_another = Lead { call_id: None, ..right };
        assert_eq!(broken(&book, &[of_another]), [KEPT]);
    }

    #[test]
    fn a_second_lead_of_a_call_is_reported() {
        let book = book(vec![made(LEAD), made(OTHER)]);
        let both = [lead(LEAD, &book, model::NEED), lead(OTHER, &book, model::NEED)];
        assert_eq!(broken(&book, &both), [ONE]);
    }

    #[test]
    fn a_new_lead_of_which_nobody_is_told_is_reported() {
        let notices = [json!({ "event": "missed_call", "target": told(0), "state": "delivered" })];
        assert!(!has_notice(&notices, &told(0)));
        let notices = [json!({ "event": "new_lead", "target": told(0), "state": "waiting" })];
        assert!(has_notice(&notices, &told(0)) && !has_notice(&notices, &told(1)));
    }
}
