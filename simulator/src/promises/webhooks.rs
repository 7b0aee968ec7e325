//! A webhook only receives its own organization's calls: each beginning and each end under one id, and all of them. Their order is not promised
//! (`docs/webhooks.md`).

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::event::{Decision, Event, Fact};
use serde_json::Value;

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, Plan, Timed, WebhookTarget};

const OWN: &str = "a webhook only receives calls of its own organization";
const ONCE: &str = "an event has one webhook id, and an id one event";
const TOLD: &str = "a webhook that accepts events receives the beginning and the end of each call";

/// Time until a receiver that accepts everything has an event, in ms: the outbox is checked twice a second.
const TAKEN_MS: u64 = 5_000;
/// Longest delay until a planned change of the calendar takes place, in ms: earlier happenings take time.
const SET_MS: u64 = 2_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let Some(target) = evidence.plan.webhooks else { return };
    // Events, by kind and call.
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
            complaints.add(OWN, &whose, format!("it received {}", received.body));
        }
        let Some(id) = received.header("webhook-id").map(str::to_owned) else {
            complaints.add(ONCE, &whose, format!("an event has no id: {}", received.body));
            continue;
        };
        ids.entry(event.clone()).or_default().insert(id.clone());
        let before = events.entry(id.clone()).or_insert_with(|| event.clone());
        if *before != event {
            complaints.add(ONCE, &whose, format!("{id} was {before:?}, and is {event:?}"));
        }
    }
    for ((kind, call), ids) in ids.iter().filter(|(_, ids)| ids.len() > 1) {
        complaints.add(ONCE, format!("call {call}"), format!("{kind} was sent as {ids:?}"));
    }
    if target == WebhookTarget::NeverAnswers {
        return;
    }
    for book in &evidence.books {
        for (kind, at_ms) in
            evidence.entries(book).filter_map(|(event, _, at_ms)| Some((told_as(event)?, at_ms)))
        {
            let is_told = ids.contains_key(&(kind.to_owned(), book.row.id.to_string()));
            if !is_told && !may_be_put_off(&evidence.plan, target, at_ms) {
                complaints.add(
                    TOLD,
                    format!("call {}", book.row.id),
                    format!("{kind} of {at_ms} ms was not sent"),
                );
            }
        }
    }
}

/// Returns the event that reports an entry of a journal.
fn told_as(event: &Event) -> Option<&'static str> {
    match event {
        Event::Fact(Fact::CallStarted { .. }) => Some("call.started"),
        Event::Decision(Decision::Ended { .. }) => Some("call.ended"),
        _ => None,
    }
}

/// Whether the next attempt to send an event may wait for a calendar that was set back. It does not if the event happened after that, or early enough
/// before it to have been sent.
fn may_be_put_off(plan: &Plan, target: WebhookTarget, at_ms: u64) -> bool {
    let is_back = |timed: &&Timed| matches!(timed.what, Happening::ClockSteps { by_ms } if by_ms < 0);
    let moments = || plan.happenings.iter().filter(is_back).map(|timed| timed.at_ms);
    let (Some(first), Some(last)) = (moments().min(), moments().max()) else { return false };
    let takes_at_once = target == WebhookTarget::Takes
        && !plan.has_database_trouble()
        && plan.first_ms(Happening::ends_a_life) > first;
    at_ms <= last + SET_MS && !(takes_at_once && at_ms + TAKEN_MS < first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn a_calendar_set_back_only_delays_unsent_events() {
        let put_off = |happenings: Vec<(u64, Happening)>, target| {
            let happenings = happenings.into_iter().map(|(at_ms, what)| Timed { at_ms, what }).collect();
            let plan = Plan { happenings, ..plan(0, Size::USUAL) };
            [1_000, 9_000, 11_000, 20_000].map(|at_ms| may_be_put_off(&plan, target, at_ms))
        };
        let set = |by_ms| (10_000, Happening::ClockSteps { by_ms });
        let takes = WebhookTarget::Takes;
        assert_eq!(put_off(vec![set(-60_000)], takes), [false, true, true, false]);
        assert_eq!(put_off(vec![set(60_000)], takes), [false; 4]);
        let others = [true, true, true, false];
        assert_eq!(put_off(vec![set(-60_000)], WebhookTarget::RefusesTwice), others);
        let killed = (5_000, Happening::Killed { away_ms: 500 });
        assert_eq!(put_off(vec![killed, set(-60_000)], takes), others);
    }
}
