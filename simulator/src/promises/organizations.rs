//! An organization never sees another's calls, and can't command them; and what a call writes belongs to the call's organization.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::ids::{CallId, OrganizationId};
use serde_json::Value;

use super::Complaints;
use crate::evidence::Evidence;

const PROMISE: &str = "an organization never sees another's call";
const WRITTEN: &str = "what a call writes belongs to its organization";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for (life, organization, told) in &evidence.programs {
        let whose = format!("the program of organization {organization} in life {life}");
        let own: BTreeSet<String> = evidence
            .books
            .iter()
            .filter(|book| book.row.organization_id == evidence.organizations[*organization])
            .map(|book| book.row.id.to_string())
            .collect();
        let foreign: BTreeSet<String> = evidence
            .books
            .iter()
            .filter(|book| book.row.organization_id != evidence.organizations[*organization])
            .map(|book| book.row.id.to_string())
            .collect();
        for message in &told.messages {
            // An answer repeats nothing; an event may name calls anywhere.
            let is_event = message["seq"].is_u64();
            if let Some(call) =
                named(message).into_iter().find(|call| foreign.contains(call)).filter(|_| is_event)
            {
                complaints.add(PROMISE, &whose, format!("it received {call}: {message}"));
            }
            if !is_event && message["ok"] == true {
                let sent = told.sent.iter().find(|sent| sent["id"] == message["id"]);
                let call = sent.and_then(|sent| sent["call_id"].as_str()).unwrap_or_default();
                if foreign.contains(call) && !own.contains(call) {
                    complaints.add(PROMISE, &whose, format!("it commanded {call}: {message}"));
                }
            }
        }
    }
    written(evidence, complaints);
}

/// Checks the leads, appointments, text messages, events and to-dos of calls.
fn written(evidence: &Evidence, complaints: &mut Complaints) {
    let calls: BTreeMap<CallId, OrganizationId> =
        evidence.books.iter().map(|book| (book.row.id, book.row.organization_id)).collect();
    let leads = evidence.leads.iter().map(|one| (one.call_id, one.organization_id, one.id.to_string()));
    let booked =
        evidence.appointments.iter().map(|one| (one.call_id, one.organization_id, one.id.to_string()));
    let texts = evidence.messages.iter().map(|one| (one.call_id, one.organization_id, one.id.to_string()));
    let tasks = evidence.activities.iter().map(|one| (one.call_id, one.organization_id, one.id.to_string()));
    for (call, owner, id) in leads.chain(booked).chain(texts).chain(tasks) {
        if let Some(how) = foreign(&calls, call, owner) {
            complaints.add(WRITTEN, id, how);
        }
    }
}

/// Returns how a row belongs to another organization than its call, if it does. Programs write rows that belong to no call.
fn foreign(
    calls: &BTreeMap<CallId, OrganizationId>,
    call: Option<CallId>,
    owner: OrganizationId,
) -> Option<String> {
    let call = call?;
    match calls.get(&call) {
        Some(own) if *own == owner => None,
        own => Some(format!("it belongs to {owner}, and its call {call} to {own:?}")),
    }
}

/// Returns every text of a message at any depth: ids of calls are among them.
fn named(message: &Value) -> Vec<String> {
    match message {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(named).collect(),
        Value::Object(members) => members.values().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rows_of_another_organization_are_reported() {
        let (ours, theirs) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let (call, other) = (CallId(Uuid::from_u128(3)), CallId(Uuid::from_u128(4)));
        let calls = BTreeMap::from([(call, ours)]);
        assert_eq!([foreign(&calls, Some(call), ours), foreign(&calls, None, theirs)], [None, None]);
        assert!(foreign(&calls, Some(call), theirs).is_some());
        assert!(foreign(&calls, Some(other), ours).is_some(), "there is no such call");
    }
}
