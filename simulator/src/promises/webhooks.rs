//! A webhook is told of its own organization's calls alone, of each beginning and each end under one id, and of no end not at all.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::call::CallState;
use serde_json::Value;

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::WebhookTarget;

const OWN: &str = "a webhook is told of its own organization's calls alone";
const ONCE: &str = "an event has one webhook id, and an id one event";
const TOLD: &str = "the end of each call is told to a webhook that takes it";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let Some(target) = evidence.plan.webhooks else { return };
    // Events, each a kind and a call.
    let mut ids: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut events: BTreeMap<String, (String, String)> = BTreeMap::new();
    for received in &evidence.told_by_webhook {
        let body: Value = serde_json::from_str(&received.body).unwrap_or_default();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let event = (word(&body["type"]), word(&body["data"]["id"]));
        let whose = format!("the webhook {}", received.path);
        let book = evidence.books.iter().find(|book| book.row.id.to_string() == event.1);
        // Both organizations have one address in worlds whose receiver never answers.
        let number = received.path.rsplit('/').next().and_then(|number| number.parse::<usize>().ok());
        let owner = number.and_then(|number| evidence.organizations.get(number));
        let is_own = book.is_some_and(|book| owner.is_none_or(|owner| *owner == book.row.organization_id));
        if !is_own {
            complaints.add(OWN, &whose, format!("it was told {}", received.body));
        }
        let Some(id) = received.header("webhook-id").map(str::to_owned) else {
            complaints.add(ONCE, &whose, format!("no id has {}", received.body));
            continue;
        };
        ids.entry(event.clone()).or_default().insert(id.clone());
        let before = events.entry(id.clone()).or_insert_with(|| event.clone());
        if *before != event {
            complaints.add(ONCE, &whose, format!("{id} was {before:?}, and is {event:?}"));
        }
    }
    for ((kind, call), ids) in ids.iter().filter(|(_, ids)| ids.len() > 1) {
        complaints.add(ONCE, format!("call {call}"), format!("{kind} was told as {ids:?}"));
    }
    // The next attempt waits for a calendar that was set back.
    if evidence.plan.sets_calendar_back() || target == WebhookTarget::NeverAnswers {
        return;
    }
    for book in evidence.books.iter().filter(|book| book.row.state == CallState::Ended) {
        let ended = ("call.ended".to_owned(), book.row.id.to_string());
        if !ids.contains_key(&ended) {
            complaints.add(TOLD, format!("call {}", book.row.id), "nobody was told that it is over");
        }
    }
}
