//! A time is promised to one caller, and a run of the tool books one time, whatever happens to the database and the process.

use std::collections::BTreeSet;

use cordboard_schema::appointment::{Appointment, AppointmentStatus};
use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::AppointmentId;
use cordboard_schema::tool::ToolName;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::plan::Happening;

const ONE: &str = "a time is promised to one caller";
const RUNS: &str = "a run of a tool books one time";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.bookings {
        return;
    }
    // A booked time is free again after the calendar has passed it. Appointments that were promised before the calendar was set were promised at the
    // same time.
    let set_ms = evidence.plan.first_ms(|what| matches!(what, Happening::ClockSteps { .. }));
    let promised: BTreeSet<AppointmentId> =
        evidence.books.iter().flat_map(|book| promised_before(evidence, book, set_ms)).collect();
    for organization in evidence.organizations {
        let is_judged = |one: &&Appointment| set_ms == u64::MAX || promised.contains(&one.id);
        let theirs = evidence.appointments.iter().filter(|one| one.organization_id == organization);
        if let Some((one, other)) = overlapping(theirs.filter(is_judged)) {
            let how = format!(
                "{} of call {:?} is from {:?} to {:?}, and {} of call {:?} begins at {:?}",
                one.id, one.call_id, one.starts_at, one.ends_at, other.id, other.call_id, other.starts_at
            );
            complaints.add(ONE, format!("organization {organization}"), how);
        }
    }
    evidence.books.iter().for_each(|book| runs(&evidence.appointments, book, complaints));
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

/// Returns two appointments that are promised for overlapping times, if there are any.
fn overlapping<'a>(all: impl Iterator<Item = &'a Appointment>) -> Option<(&'a Appointment, &'a Appointment)> {
    let mut promised: Vec<&Appointment> =
        all.filter(|one| one.status != AppointmentStatus::Cancelled).collect();
    promised.sort_by_key(|one| one.starts_at);
    let pair = promised.windows(2).find(|pair| pair[1].starts_at < pair[0].ends_at)?;
    Some((pair[0], pair[1]))
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

    fn appointment(status: AppointmentStatus, from_ms: i64, until_ms: i64) -> Appointment {
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
            status,
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

    #[test]
    fn two_callers_are_promised_no_overlapping_times() {
        let (held, booked) = (AppointmentStatus::Held, AppointmentStatus::Confirmed);
        let is_broken = |all: &[Appointment]| overlapping(all.iter()).is_some();
        assert!(is_broken(&[appointment(booked, 2_700, 5_400), appointment(held, 0, 2_701)]));
        assert!(!is_broken(&[appointment(booked, 2_700, 5_400), appointment(held, 0, 2_700)]));
        let cancelled = AppointmentStatus::Cancelled;
        assert!(!is_broken(&[appointment(cancelled, 0, 2_700), appointment(held, 0, 2_700)]));
    }
}
