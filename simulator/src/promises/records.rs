//! A record that a program writes under a key is written once, however often its request comes, and stays as it was answered, whatever happens to
//! the database and the process.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::ids::OrganizationId;

use super::Complaints;
use crate::evidence::Evidence;
use crate::model::slot_begins;
use crate::parties::records::{RecordLog, Reply};
use crate::plan::{Rebooking, RecordPlan};

const ONCE: &str = "what a program writes under a key is written once";
const KEPT: &str = "what a program was told is written is on disk";
const ANSWERED: &str = "a program that writes a record gets its answer";
const OWN: &str = "what a program writes belongs to its organization";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // A key is in use until its first request is five seconds old by the calendar.
    let is_owed = !evidence.plan.sets_calendar_back();
    for log in &evidence.records {
        let rows = rows(evidence, log);
        let own = evidence.organizations[log.organization % evidence.organizations.len()];
        for (promise, how) in faults(log, &rows, own, is_owed) {
            complaints.add(promise, format!("record {} ({:?})", log.record, log.written), how);
        }
    }
}

/// A record on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    organization: OrganizationId,
    id: String,
    /// When it begins, and whether it is cancelled, if it is an appointment.
    booked: Option<(DateTime<Utc>, bool)>,
}

/// Returns the rows that have a record's name.
fn rows(evidence: &Evidence, log: &RecordLog) -> Vec<Row> {
    let name = log.name();
    let row = |organization, id: String| Row { organization, id, booked: None };
    match log.written {
        RecordPlan::Lead => {
            let named = evidence.leads.iter().filter(|lead| lead.name == name);
            named.map(|lead| row(lead.organization_id, lead.id.to_string())).collect()
        }
        RecordPlan::Task => {
            let named = evidence.activities.iter().filter(|task| task.title == name);
            named.map(|task| row(task.organization_id, task.id.to_string())).collect()
        }
        RecordPlan::Appointment { .. } => {
            let named = evidence.appointments.iter().filter(|one| one.name == name);
            let booked = named.map(|one| Row {
                booked: Some((one.starts_at.to_utc(), one.status == AppointmentStatus::Cancelled)),
                ..row(one.organization_id, one.id.to_string())
            });
            booked.collect()
        }
    }
}

/// Returns what is wrong with a record, whose program belongs to an organization, and is owed an answer or not.
fn faults(log: &RecordLog, rows: &[Row], own: OrganizationId, is_owed: bool) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let done = log.replies.iter().filter(|reply| reply.is_done());
    let ids: BTreeSet<&str> = done.filter_map(|reply| reply.body["id"].as_str()).collect();
    if ids.len() > 1 || rows.len() > 1 {
        faults.push((ONCE, format!("the answers name {ids:?}, and on disk there are {rows:?}")));
    }
    if let Some(lost) = ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        faults.push((KEPT, format!("{lost} is not on disk: {rows:?}")));
    }
    if let Some(foreign) = rows.iter().find(|row| row.organization != own) {
        faults.push((OWN, format!("{foreign:?}, and it was written for {own}")));
    }
    let is_booked = matches!(log.written, RecordPlan::Appointment { .. });
    let refusals = log.replies.iter().filter(|reply| reply.is_final() && !reply.is_done());
    for refusal in refusals {
        let code = refusal.body["code"].as_str().unwrap_or_default();
        let is_right = code == "answer_not_kept" || is_booked && is_taken(code);
        if !is_right {
            faults.push((ANSWERED, format!("it was refused: {} {}", refusal.status, refusal.body)));
        }
    }
    // A program that is told last that the time is not free has no appointment.
    let is_refused =
        |reply: &Reply| reply.is_final() && is_taken(reply.body["code"].as_str().unwrap_or_default());
    if ids.is_empty() && !rows.is_empty() && log.is_over && log.replies.last().is_some_and(is_refused) {
        faults.push((ONCE, format!("its time was not free, and on disk there are {rows:?}")));
    }
    if is_owed && !log.replies.iter().any(Reply::is_final) {
        faults.push((ANSWERED, format!("there is none: {:?}", log.replies)));
    }
    faults.extend(wrong_change(log, rows));
    faults
}

fn is_taken(code: &str) -> bool {
    matches!(code, "slot_taken" | "kept_free")
}

/// Returns how an appointment differs from the last answer to its change, if it does.
fn wrong_change(log: &RecordLog, rows: &[Row]) -> Option<(&'static str, String)> {
    let RecordPlan::Appointment { then: Some(then), .. } = log.written else { return None };
    if !log.changes.iter().any(Reply::is_done) {
        return None;
    }
    let [Row { booked: Some((begins, is_cancelled)), .. }] = rows else { return None };
    let is_right = match then {
        Rebooking::Cancels => *is_cancelled,
        Rebooking::Moves { slot } => {
            !is_cancelled && slot_begins(slot).parse::<DateTime<Utc>>() == Ok(*begins)
        }
    };
    (!is_right).then(|| (KEPT, format!("its change was answered, and on disk there are {rows:?}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const OURS: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const THEIRS: OrganizationId = OrganizationId(Uuid::from_u128(2));

    fn reply(status: u16, body: Value) -> Reply {
        Reply { asked_ms: 1_000, answered_ms: 1_001, status, body }
    }

    fn made(id: &str) -> Reply {
        reply(201, json!({ "id": id }))
    }

    fn refused(code: &str) -> Reply {
        reply(409, json!({ "code": code }))
    }

    fn log(written: RecordPlan, replies: Vec<Reply>) -> RecordLog {
        RecordLog {
            record: 3,
            organization: 0,
            written,
            again_ms: 100,
            asked_ms: 1_000,
            replies,
            changes: Vec::new(),
            is_over: true,
        }
    }

    fn row(id: &str) -> Row {
        Row { organization: OURS, id: id.to_owned(), booked: None }
    }

    fn broken(log: &RecordLog, rows: &[Row]) -> Vec<&'static str> {
        faults(log, rows, OURS, true).into_iter().map(|(promise, _)| promise).collect()
    }

    #[test]
    fn a_record_that_is_written_twice_or_lost_is_reported() {
        let lead = |replies| log(RecordPlan::Lead, replies);
        let unknown = reply(503, json!({ "code": "outcome_unknown" }));
        let repeated = lead(vec![unknown.clone(), refused("idempotency_key_in_use"), made("a"), made("a")]);
        assert_eq!(broken(&repeated, &[row("a")]), [] as [&str; 0]);
        assert_eq!(broken(&repeated, &[row("a"), row("b")]), [ONCE]);
        assert_eq!(broken(&repeated, &[]), [KEPT]);
        assert_eq!(broken(&lead(vec![made("a"), made("b")]), &[row("a")]), [ONCE, KEPT]);
        let unkept = lead(vec![unknown.clone(), refused("answer_not_kept")]);
        assert_eq!(broken(&unkept, &[row("a")]), [] as [&str; 0]);
        let foreign = Row { organization: THEIRS, ..row("a") };
        assert_eq!(broken(&repeated, &[foreign]), [OWN]);
        assert_eq!(broken(&lead(vec![unknown]), &[]), [ANSWERED]);
        assert_eq!(broken(&lead(vec![refused("idempotency_key_reused")]), &[]), [ANSWERED]);
    }

    #[test]
    fn a_refused_appointment_must_not_be_made() {
        let book = |then| RecordPlan::Appointment { service: 0, slot: 1, then };
        let taken = log(book(None), vec![refused("slot_taken"), refused("slot_taken")]);
        assert_eq!(broken(&taken, &[]), [] as [&str; 0]);
        assert_eq!(broken(&taken, &[row("a")]), [ONCE]);
        assert_eq!(broken(&log(RecordPlan::Lead, taken.replies), &[]), [ANSWERED, ANSWERED]);
    }

    #[test]
    fn a_change_that_was_answered_and_lost_is_reported() {
        let booked = |slot: u8, is_cancelled| Row {
            booked: Some((slot_begins(slot).parse().unwrap(), is_cancelled)),
            ..row("a")
        };
        let changed = |then, status| {
            let written = RecordPlan::Appointment { service: 0, slot: 1, then: Some(then) };
            RecordLog { changes: vec![reply(status, json!({}))], ..log(written, vec![made("a"), made("a")]) }
        };
        let moved = changed(Rebooking::Moves { slot: 2 }, 200);
        assert_eq!(broken(&moved, &[booked(2, false)]), [] as [&str; 0]);
        assert_eq!(broken(&moved, &[booked(1, false)]), [KEPT]);
        let cancelled = changed(Rebooking::Cancels, 200);
        assert_eq!(broken(&cancelled, &[booked(1, true)]), [] as [&str; 0]);
        assert_eq!(broken(&cancelled, &[booked(1, false)]), [KEPT]);
        let refused = changed(Rebooking::Moves { slot: 2 }, 409);
        assert_eq!(broken(&refused, &[booked(1, false)]), [] as [&str; 0]);
    }
}
