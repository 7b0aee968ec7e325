//! An organization never sees another's calls, and can't command them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Complaints;
use crate::evidence::Evidence;

const PROMISE: &str = "an organization never sees another's call";

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
