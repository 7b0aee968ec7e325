//! A time is promised to as many callers as the business has places, and a run of the tool books one time, whatever happens to the database and the
//! process.

use std::collections::BTreeSet;

use cordboard_schema::appointment::{Appointment, AppointmentStatus};
use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::AppointmentId;
use cordboard_schema::tool::ToolName;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::records::Reply;
use crate::plan::{Happening, RecordPlan};
use crate::stage::{SERVICES, Service};

const PLACES: &str = "a time is promised to as many callers as there are places";
const FREE: &str = "time that a service keeps free around its appointments is promised to nobody";
const RUNS: &str = "a run of a tool books one time";
const TOLD: &str = "a time that an assistant was told is on disk";

/// The words before the id of an appointment that an assistant is told.
const NAMED: &str = "as appointment ";
/// Length of an id.
const ID_CHARS: usize = 36;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.bookings {
        return;
    }
    // A booked time is free again after the calendar has passed it. Appointments that were promised before the calendar was set were promised at the
    // same time.
    let set_ms = evidence.plan.first_ms(|what| matches!(what, Happening::ClockSteps { .. }));
    let by_calls = evidence.books.iter().flat_map(|book| promised_before(evidence, book, set_ms));
    let promised: BTreeSet<AppointmentId> = by_calls.chain(written_before(evidence, set_ms)).collect();
    for organization in evidence.organizations {
        for service in &SERVICES {
            let is_judged = |one: &&Appointment| set_ms == u64::MAX || promised.contains(&one.id);
            let is_theirs = |one: &&Appointment| {
                one.organization_id == organization
                    && one.service == service.name
                    && one.status != AppointmentStatus::Cancelled
            };
            let all: Vec<&Appointment> =
                evidence.appointments.iter().filter(is_theirs).filter(is_judged).collect();
            if let Some((promise, how)) = crowded(service, &all) {
                complaints.add(promise, format!("organization {organization}"), how);
            }
        }
    }
    evidence.books.iter().for_each(|book| runs(&evidence.appointments, book, complaints));
    told(evidence, complaints);
}

/// Returns the times that a call was promised before a moment, in ms from the beginning of the world.
fn promised_before(evidence: &Evidence, book: &Book, until_ms: u64) -> Vec<AppointmentId> {
    let promised = |(event, _, at_ms): (&Event, usize, u64)| match event {
        Event::Decision(Decision::AppointmentHeld { appointment_id, .. }) if at_ms < until_ms => {
            Some(*appointment_id)
        }
        _ => None,
    };
    evidence.entries(book).filter_map(promised).collect()
}

/// Returns the times that programs have booked before a moment, in ms from the beginning of the world. One that was changed may have another time
/// since then.
fn written_before(evidence: &Evidence, until_ms: u64) -> Vec<AppointmentId> {
    let logs = evidence.records.iter().filter(|log| {
        let keeps_its_time = matches!(log.written, RecordPlan::Appointment { then: None, .. });
        let is_early = |reply: &Reply| reply.is_done() && reply.answered_ms < until_ms;
        keeps_its_time && log.replies.iter().any(is_early)
    });
    logs.filter_map(|log| log.id()?.parse().ok()).collect()
}

/// Returns how the promised appointments of a service break its rules, if they do.
fn crowded(service: &Service, promised: &[&Appointment]) -> Option<(&'static str, String)> {
    for one in promised {
        let is_there =
            |other: &&&Appointment| other.starts_at <= one.starts_at && one.starts_at < other.ends_at;
        let there: Vec<&&Appointment> = promised.iter().filter(is_there).collect();
        let is_apart = service.is_class && there.iter().any(|other| other.starts_at != one.starts_at);
        if there.len() > service.capacity || is_apart {
            let all: Vec<String> = there.iter().map(|other| shown(other)).collect();
            return Some((PLACES, format!("of {} there are {}", service.name, all.join(", and "))));
        }
    }
    let free_ms = service.free_before.max(service.free_after) * 60_000;
    for one in promised.iter().filter(|_| free_ms > 0) {
        let is_near =
            |other: &&&Appointment| other.starts_at >= one.ends_at && other.starts_at < one.ends_at + free_ms;
        if let Some(other) = promised.iter().find(is_near) {
            return Some((
                FREE,
                format!("of {} there is {} before {}", service.name, shown(one), shown(other)),
            ));
        }
    }
    None
}

fn shown(one: &Appointment) -> String {
    format!("{} of call {:?} from {:?} to {:?}", one.id, one.call_id, one.starts_at, one.ends_at)
}

/// Checks that the appointments which assistants were told are on disk: what a caller has heard is not only what the journal says.
fn told(evidence: &Evidence, complaints: &mut Complaints) {
    for (life, connection) in &evidence.connections {
        for entry in connection.from_client("conversation.item.create") {
            let output = entry.event["item"]["output"].as_str().unwrap_or_default();
            for id in named(output) {
                if !evidence.appointments.iter().any(|one| one.id.to_string() == id) {
                    complaints.add(TOLD, format!("life {life}"), format!("{id} is not: \"{output}\""));
                }
            }
        }
    }
}

/// Returns the ids of the appointments that are named in the output of a tool.
fn named(output: &str) -> Vec<&str> {
    output.split(NAMED).skip(1).map(|rest| rest.get(..ID_CHARS).unwrap_or(rest)).collect()
}

/// Checks that each run of the tool has booked one time at most, and that the appointments in the journal are on disk.
fn runs(appointments: &[Appointment], book: &Book, complaints: &mut Complaints) {
    let whose = format!("call {}", book.row.id);
    let (mut runs, mut told) = (0, Vec::new());
    for entry in &book.journal {
        match &entry.event {
            Event::Decision(Decision::ToolStarted { tool: ToolName::BookEstimate, .. }) => runs += 1,
            Event::Decision(Decision::AppointmentHeld { appointment_id, .. }) => told.push(*appointment_id),
            _ => {}
        }
    }
    let theirs = appointments.iter().filter(|one| one.call_id == Some(book.row.id)).count();
    if theirs > runs {
        complaints.add(RUNS, &whose, format!("{runs} runs have booked {theirs} times"));
    }
    let is_on_disk = |id| appointments.iter().any(|one| one.id == id);
    if let Some(id) = told.into_iter().find(|id| !is_on_disk(*id)) {
        complaints.add(RUNS, &whose, format!("appointment {id} is in the journal, but not on disk"));
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;
    use cordboard_schema::time::UnixMs;
    use uuid::Uuid;

    use super::*;

    fn appointment(from_ms: i64, until_ms: i64) -> Appointment {
        Appointment {
            id: AppointmentId(Uuid::from_u128(u128::from(from_ms.unsigned_abs()) + 1)),
            organization_id: OrganizationId(Uuid::from_u128(1)),
            customer_id: None,
            lead_id: None,
            call_id: None,
            resource: "main".to_owned(),
            service: "Estimate".to_owned(),
            starts_at: UnixMs(from_ms),
            ends_at: UnixMs(until_ms),
            zone: "Europe/Berlin".to_owned(),
            status: AppointmentStatus::Confirmed,
            hold_until: None,
            name: String::new(),
            phone: None,
            address: String::new(),
            notes: String::new(),
            sequence: 0,
            created_at: UnixMs(0),
            updated_at: UnixMs(0),
        }
    }

    fn is_broken(service: &Service, times: &[(i64, i64)]) -> bool {
        let all: Vec<Appointment> =
            times.iter().map(|(from_ms, until_ms)| appointment(*from_ms, *until_ms)).collect();
        crowded(service, &all.iter().collect::<Vec<_>>()).is_some()
    }

    #[test]
    fn two_callers_are_promised_no_overlapping_times() {
        let [estimate, ..] = SERVICES;
        let is_broken = |times: &[(i64, i64)]| is_broken(&estimate, times);
        assert!(is_broken(&[(2_700, 5_400), (0, 2_701)]));
        assert!(!is_broken(&[(2_700, 5_400), (0, 2_700)]));
        assert!(is_broken(&[(0, 9_000), (1_000, 2_000), (3_000, 4_000)]), "neighbours are not the only ones");
    }

    #[test]
    fn places_classes_and_time_that_is_kept_free_are_judged() {
        let [_, repair, advice, course] = SERVICES;
        let both = [(0, 2_700), (0, 2_700)];
        assert!(is_broken(&repair, &both) && !is_broken(&advice, &both) && !is_broken(&course, &both));
        let three = [(0, 2_700), (0, 2_700), (2_000, 4_700)];
        assert!(is_broken(&advice, &three) && is_broken(&course, &three));
        let apart = [(0, 2_700), (1_800, 4_500)];
        assert!(!is_broken(&advice, &apart) && is_broken(&course, &apart));
        let (near, far) =
            ([(0, 2_700_000), (4_499_999, 7_200_000)], [(0, 2_700_000), (4_500_000, 7_200_000)]);
        assert!(is_broken(&repair, &near) && !is_broken(&repair, &far));
        assert!(!is_broken(&advice, &near), "it keeps no time free");
    }

    #[test]
    fn appointments_that_an_assistant_is_told_are_found() {
        let id = "0192d3c5-0000-7000-8000-000000000000";
        let held =
            format!("{{\"result\":\"Friday is held for 15 minutes as appointment {id}: read it back\"}}");
        assert_eq!(named(&held), [id]);
        let other =
            format!("that time is not free; this call holds Friday as appointment {id}: if the caller");
        assert_eq!(named(&other), [id]);
        assert_eq!(named("nothing is free until Friday"), [] as [&str; 0]);
    }
}
