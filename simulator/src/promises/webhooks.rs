//! A webhook only receives what belongs to its own organization: calls, leads, appointments, failed hand-offs and recordings, each event under one id,
//! and all of them. Their order is not promised (`docs/webhooks.md`).

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{EffectId, OrganizationId};
use serde_json::Value;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::records::{RecordLog, Reply};
use crate::plan::{Happening, Plan, Rebooking, RecordPlan, Timed, WebhookTarget};

const OWN: &str = "a webhook only receives what belongs to its own organization";
const ONCE: &str = "an event has one webhook id, and an id one event";
const TOLD: &str = "a webhook that accepts events receives each event";

/// Time until a receiver that accepts everything has an event, in ms: the outbox is checked twice a second.
const TAKEN_MS: u64 = 5_000;
/// Longest delay until a planned change of the calendar takes place, in ms: earlier happenings take time.
const SET_MS: u64 = 2_000;

/// An event: its kind, and what it is about.
type Told = (String, String);

/// An event that happened.
struct Due {
    event: Told,
    /// When, in ms from the beginning of the world; none if it is unknown.
    at_ms: Option<u64>,
    /// Whether it happened up to some seconds later than that.
    is_inexact: bool,
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let Some(target) = evidence.plan.webhooks else { return };
    let owners = owners(evidence);
    let due: Vec<Due> = evidence
        .books
        .iter()
        .flat_map(|book| of_call(evidence, book))
        .chain(evidence.leads.iter().map(|lead| of_lead(evidence, &lead.id.to_string())))
        .chain(evidence.records.iter().flat_map(of_record))
        .collect();
    let mut ids: BTreeMap<Told, BTreeSet<String>> = BTreeMap::new();
    let mut events: BTreeMap<String, Told> = BTreeMap::new();
    for received in &evidence.told_by_webhook {
        let body: Value = serde_json::from_str(&received.body).unwrap_or_default();
        let event = event_of(&body);
        let whose = format!("the webhook {}", received.path);
        let number = received.path.rsplit(['/', '?']).next().and_then(|number| number.parse::<usize>().ok());
        let owner = number.and_then(|number| evidence.organizations.get(number));
        if owner.is_none() || owners.get(&subject_of(&body)) != owner {
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
    for (event, ids) in &ids {
        let times = times(evidence, &due, event);
        if ids.len() > times {
            complaints.add(
                ONCE,
                format!("{event:?}"),
                format!("it happened {times} times, and was sent as {ids:?}"),
            );
        }
    }
    if target == WebhookTarget::NeverAnswers {
        return;
    }
    for Due { event, at_ms, is_inexact } in due.iter().filter(|due| !ids.contains_key(&due.event)) {
        let is_put_off = match at_ms {
            Some(at_ms) if *is_inexact => may_be_put_off(&evidence.plan, WebhookTarget::RefusesTwice, *at_ms),
            Some(at_ms) => may_be_put_off(&evidence.plan, target, *at_ms),
            None => evidence.plan.sets_calendar_back(),
        };
        if !is_put_off {
            complaints.add(
                TOLD,
                format!("{event:?}"),
                format!("it happened at {at_ms:?} ms, and was not sent"),
            );
        }
    }
}

/// Returns how often an event may have happened. A recording may end several times, also without further sound.
fn times(evidence: &Evidence, due: &[Due], (kind, about): &Told) -> usize {
    if kind != "recording.ready" {
        return due.iter().filter(|due| due.event.0 == *kind && due.event.1 == *about).count().max(1);
    }
    let book = evidence.books.iter().find(|book| book.row.id.to_string() == *about);
    let entries = book.into_iter().flat_map(|book| &book.journal);
    entries.filter(|entry| matches!(entry.event, Event::Fact(Fact::RecordingFinished { .. }))).count().max(1)
}

/// Returns the organizations of calls, leads and appointments, by their ids.
fn owners(evidence: &Evidence) -> BTreeMap<String, OrganizationId> {
    let calls = evidence.books.iter().map(|book| (book.row.id.to_string(), book.row.organization_id));
    let leads = evidence.leads.iter().map(|lead| (lead.id.to_string(), lead.organization_id));
    let booked = evidence.appointments.iter().map(|one| (one.id.to_string(), one.organization_id));
    calls.chain(leads).chain(booked).collect()
}

/// Returns the id of the call, lead or appointment that an event is about.
fn subject_of(body: &Value) -> String {
    let data = &body["data"];
    let is_of_call = matches!(body["type"].as_str(), Some("handoff.failed" | "recording.ready"));
    let id = if is_of_call { &data["call_id"] } else { &data["id"] };
    id.as_str().unwrap_or_default().to_owned()
}

/// Returns the event that a webhook was sent.
fn event_of(body: &Value) -> Told {
    let (kind, subject, data) = (body["type"].as_str().unwrap_or_default(), subject_of(body), &body["data"]);
    let about = match kind {
        "handoff.failed" => format!("{subject} {}", data["handoff"]),
        "appointment.moved" => format!("{subject} {}", data["starts_at"].as_str().unwrap_or_default()),
        _ => subject,
    };
    (kind.to_owned(), about)
}

/// Returns the events of a call.
fn of_call(evidence: &Evidence, book: &Book) -> Vec<Due> {
    let due = |(event, _, at_ms): (&Event, usize, u64)| {
        let event = reported_event(&book.row.id.to_string(), event)?;
        // The next server writes the end of a recording that a dead process left, by its own calendar.
        let is_timed = event.0 != "recording.ready";
        Some(Due { event, at_ms: is_timed.then_some(at_ms), is_inexact: false })
    };
    evidence.entries(book).filter_map(due).collect()
}

/// Returns the event that reports an entry of a call's journal.
fn reported_event(call: &str, event: &Event) -> Option<Told> {
    let failed = |handoff: &EffectId| ("handoff.failed", format!("{call} {handoff}"));
    let (kind, about) = match event {
        Event::Fact(Fact::CallStarted { .. }) => ("call.started", call.to_owned()),
        Event::Decision(Decision::Ended { .. }) => ("call.ended", call.to_owned()),
        // A recording without any sound can't be fetched.
        Event::Fact(Fact::RecordingFinished { duration_ms }) if *duration_ms > 0 => {
            ("recording.ready", call.to_owned())
        }
        Event::Decision(Decision::HandoffAbandoned { handoff, .. }) => failed(handoff),
        Event::Decision(Decision::TransferFailed { transfer, .. }) => failed(transfer),
        _ => return None,
    };
    Some((kind.to_owned(), about))
}

/// Returns the event of a lead. It is written before the journal says so: a run of the tool begins before both.
fn of_lead(evidence: &Evidence, lead: &str) -> Due {
    let of_program = evidence.records.iter().find(|log| log.id() == Some(lead)).map(|log| log.asked_ms);
    let of_call = || evidence.books.iter().find_map(|book| began(evidence, book, lead));
    let at_ms = of_program.or_else(of_call);
    Due { event: ("lead.created".to_owned(), lead.to_owned()), at_ms, is_inexact: true }
}

/// Returns when the tool began that has written a lead on this call, in ms from the beginning of the world.
fn began(evidence: &Evidence, book: &Book, lead: &str) -> Option<u64> {
    let made = book.journal.iter().find_map(|entry| match &entry.event {
        Event::Decision(Decision::LeadCreated { effect, lead_id }) if lead_id.to_string() == lead => {
            Some(*effect)
        }
        _ => None,
    })?;
    let is_run = |event: &Event| matches!(event, Event::Decision(Decision::ToolStarted { effect, .. }) if *effect == made);
    evidence.entries(book).find(|(event, ..)| is_run(event)).map(|(.., at_ms)| at_ms)
}

/// Returns the events of an appointment that a program has made.
fn of_record(log: &RecordLog) -> Vec<Due> {
    let (RecordPlan::Appointment { then, .. }, Some(id)) = (log.written, log.id()) else { return Vec::new() };
    let due = |kind: &str, about: String| Due {
        event: (kind.to_owned(), about),
        at_ms: Some(log.asked_ms),
        is_inexact: true,
    };
    let mut all = vec![due("appointment.booked", id.to_owned())];
    if let (Some(then), Some(changed)) = (then, log.changes.iter().find(|reply| Reply::is_done(reply))) {
        all.push(match then {
            Rebooking::Cancels => due("appointment.cancelled", id.to_owned()),
            Rebooking::Moves { .. } => {
                let starts_at = changed.body["starts_at"].as_str().unwrap_or_default();
                due("appointment.moved", format!("{id} {starts_at}"))
            }
        });
    }
    all
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
    use cordboard_schema::switch::HandoffFailure;
    use serde_json::json;

    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn events_are_what_they_are_about() {
        let call = "0192d3c5-0000-7000-8000-000000000000";
        let failed =
            json!({ "type": "handoff.failed", "data": { "call_id": call, "handoff": 7, "id": "other" } });
        let left = Decision::HandoffAbandoned { handoff: EffectId(7), failure: HandoffFailure::Busy };
        assert_eq!(Some(event_of(&failed)), reported_event(call, &left.into()));
        let ready = json!({ "type": "recording.ready", "data": { "call_id": call, "duration_ms": 900 } });
        let finished = |duration_ms| reported_event(call, &Fact::RecordingFinished { duration_ms }.into());
        assert_eq!(finished(900), Some(event_of(&ready)));
        assert_eq!(finished(0), None, "nothing was recorded");
        let moved = json!({ "type": "appointment.moved", "data": { "id": call, "starts_at": "2027-05-05T08:30:00Z" } });
        assert_eq!(event_of(&moved).1, format!("{call} 2027-05-05T08:30:00Z"));
        assert_eq!([&failed, &ready, &moved].map(subject_of), [call; 3]);
    }

    #[test]
    fn an_appointment_is_due_as_it_was_answered() {
        let reply = |body| Reply { asked_ms: 900, answered_ms: 901, status: 200, body };
        let log = |then, changes| RecordLog {
            record: 3,
            organization: 0,
            written: RecordPlan::Appointment { service: 0, slot: 1, then },
            again_ms: 100,
            asked_ms: 800,
            replies: vec![reply(json!({ "id": "a" }))],
            changes,
            is_over: true,
        };
        let kinds =
            |log: &RecordLog| -> Vec<Told> { of_record(log).into_iter().map(|due| due.event).collect() };
        let event = |kind: &str, about: &str| (kind.to_owned(), about.to_owned());
        assert_eq!(kinds(&log(None, Vec::new())), [event("appointment.booked", "a")]);
        let moves = Some(Rebooking::Moves { slot: 2 });
        let moved = log(moves, vec![reply(json!({ "starts_at": "2027-05-05T09:00:00Z" }))]);
        let expected = event("appointment.moved", "a 2027-05-05T09:00:00Z");
        assert_eq!(kinds(&moved), [event("appointment.booked", "a"), expected]);
        let refused = Reply { status: 409, ..reply(json!({})) };
        assert_eq!(kinds(&log(moves, vec![refused])), [event("appointment.booked", "a")]);
    }

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
