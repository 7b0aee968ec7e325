//! Appointments that a call makes.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::EstimateRequest;
use cordboard_actors::world;
use cordboard_schema::appointment::{Appointment, AppointmentChange, AppointmentStatus, NewStatus};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::AppointmentId;
use cordboard_schema::limits::{
    SLOT_DAYS_MAX, TOOL_HOLD_MINUTES, TOOL_HOLDS_MAX, TOOL_SLOTS_MAX, TOOL_WRITES_PER_CALL_MAX,
};
use cordboard_schema::written::Written;

use super::{ForCall, Outcome, customer};
use crate::store::{
    AppointmentQuery, AskedService, Bookable, Connection, FreeSlots, LeadQuery, StoreError, appointments,
    bookings, changes, leads,
};

/// Runs the request.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    request: EstimateRequest,
) -> Result<Outcome, StoreError> {
    match request {
        EstimateRequest::FreeSlots { service, from, to } => find_slots(connection, call, &service, from, to),
        EstimateRequest::Hold { service, starts_at, name, address, notes } => {
            hold(connection, call, service, starts_at, [name, address, notes])
        }
        EstimateRequest::Confirm(id) => {
            let agree =
                AppointmentChange { status: Some(NewStatus::Confirmed), ..AppointmentChange::default() };
            change(connection, call, id, agree)
        }
        EstimateRequest::Move(id, starts_at) => {
            let to = AppointmentChange { starts_at: Some(starts_at), ..AppointmentChange::default() };
            change(connection, call, id, to)
        }
        EstimateRequest::Cancel(id) => {
            let cancel =
                AppointmentChange { status: Some(NewStatus::Cancelled), ..AppointmentChange::default() };
            change(connection, call, id, cancel)
        }
    }
}

fn shown(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn find_slots(
    connection: &mut Connection,
    call: &ForCall,
    service: &str,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Outcome, StoreError> {
    let from = from.unwrap_or(call.now).max(call.now);
    let to = to.unwrap_or(from + TimeDelta::days(7)).min(from + TimeDelta::days(SLOT_DAYS_MAX));
    let span = (from, to);
    let free = bookings::free(connection, call.organization_id, service, span, TOOL_SLOTS_MAX, call.now)?;
    let FreeSlots { zone, slots, until } = match free {
        Ok(free) => free,
        Err(not) => return Ok(Err(not.to_string())),
    };
    let begins: Vec<String> = slots.into_iter().map(|(begin, _)| shown(begin, zone)).collect();
    let note = match (begins.is_empty(), until.filter(|until| *until < to)) {
        (true, Some(until)) => {
            format!("nothing is free in that time, and nothing can be booked from {} on", shown(until, zone))
        }
        (true, None) => "nothing is free in that time: try another one".to_owned(),
        (false, _) => format!("free, in the time of {zone}: {}", begins.join(", ")),
    };
    Ok(Ok(WriteDone { note, written: None }))
}

const NOT_FREE: &str = "that time is not free: ask for free_slots, and offer one of them";

fn hold(
    connection: &mut Connection,
    call: &ForCall,
    service: String,
    starts_at: DateTime<Utc>,
    [name, address, notes]: [String; 3],
) -> Result<Outcome, StoreError> {
    let AskedService { resource, bookable, .. } =
        bookings::asked(connection, call.organization_id, &service)?;
    let Bookable { service, minutes, zone } = match bookable {
        Ok(bookable) => bookable,
        Err(not) => return Ok(Err(not.to_string())),
    };
    let ends_at = starts_at + TimeDelta::minutes(i64::from(minutes));
    let (of, wanted) = ((service.as_str(), resource.as_str()), (starts_at, ends_at));
    if !bookings::is_free(connection, call.organization_id, of, wanted, None, call.now)? {
        return Ok(Err(NOT_FREE.to_owned()));
    }
    let given_back = give_back(connection, call)?;
    let customer_id = customer(connection, call, call.phone().as_ref(), &name, &address)?;
    let of_call = LeadQuery { call_id: Some(call.call_id), limit: 1, ..LeadQuery::default() };
    let lead = leads::list(connection, call.organization_id, of_call)?.pop();
    let id = AppointmentId(world::new_id());
    let appointment = Appointment {
        id,
        organization_id: call.organization_id,
        customer_id,
        lead_id: lead.map(|lead| lead.id),
        call_id: Some(call.call_id),
        resource,
        service,
        starts_at: starts_at.into(),
        ends_at: ends_at.into(),
        zone: zone.name().to_owned(),
        status: AppointmentStatus::Held,
        hold_until: Some(call.at() + TOOL_HOLD_MINUTES * 60_000),
        name,
        phone: call.phone(),
        address,
        notes,
        sequence: 0,
        created_at: call.at(),
        updated_at: call.at(),
    };
    appointments::create(connection, &appointment, call.at())?;
    let others: Vec<String> = given_back
        .iter()
        .map(|other| {
            format!(
                "; {} is held no more, for a call holds {TOOL_HOLDS_MAX} times at most",
                shown(other.starts_at.to_utc(), zone)
            )
        })
        .collect();
    let note = format!(
        "{} is held for {TOOL_HOLD_MINUTES} minutes as appointment {id}: read it back, and confirm it when the caller agrees{}",
        shown(starts_at, zone),
        others.concat()
    );
    Ok(Ok(WriteDone { note, written: Some(Written::AppointmentHeld(id)) }))
}

/// Releases the oldest slots that the call holds, so that it may hold one more.
fn give_back(connection: &mut Connection, call: &ForCall) -> Result<Vec<Appointment>, StoreError> {
    let held = AppointmentQuery {
        status: Some(AppointmentStatus::Held),
        call_id: Some(call.call_id),
        limit: TOOL_WRITES_PER_CALL_MAX,
        ..AppointmentQuery::default()
    };
    let mut held = appointments::list(connection, call.organization_id, held)?;
    held.retain(|appointment| appointment.holds_slot(call.at()));
    held.sort_by_key(|appointment| (appointment.created_at, appointment.id));
    held.truncate((held.len() + 1).saturating_sub(TOOL_HOLDS_MAX));
    let mut given_back = Vec::with_capacity(held.len());
    for mut appointment in held {
        let read = appointment.updated_at;
        let cancel = AppointmentChange { status: Some(NewStatus::Cancelled), ..AppointmentChange::default() };
        appointment.change(cancel, read.next_change(call.at()));
        // An appointment that a user has just changed is left alone.
        if appointments::update(connection, &appointment, read, call.at())? {
            changes::note(call.organization_id, Thing::Appointment, appointment.id);
            given_back.push(appointment);
        }
    }
    Ok(given_back)
}

fn change(
    connection: &mut Connection,
    call: &ForCall,
    id: AppointmentId,
    change: AppointmentChange,
) -> Result<Outcome, StoreError> {
    // Made on this call, or earlier by the person with this number.
    let is_theirs = |appointment: &Appointment| {
        let same_number = call.caller.is_some() && appointment.phone == call.phone();
        appointment.call_id == Some(call.call_id) || same_number
    };
    let found = appointments::find(connection, call.organization_id, id)?;
    let Some(mut appointment) = found.filter(is_theirs) else {
        return Ok(Err("this caller has no appointment with that id".to_owned()));
    };
    if appointment.status == AppointmentStatus::Cancelled {
        return Ok(Err("it was called off, or its hold has expired: hold another slot".to_owned()));
    }
    let (read, cancels) = (appointment.updated_at, change.status == Some(NewStatus::Cancelled));
    let zone: Tz = appointment.zone.parse().unwrap_or(Tz::UTC);
    let is_move = change.starts_at.is_some();
    if let Some(starts_at) = change.starts_at {
        // Its previous duration, even if the service now takes longer.
        let its_own = (appointment.starts_at.to_utc(), appointment.ends_at.to_utc());
        let to = (starts_at, starts_at + (its_own.1 - its_own.0));
        let of = (appointment.service.as_str(), appointment.resource.as_str());
        if !bookings::is_free(connection, call.organization_id, of, to, Some(id), call.now)? {
            return Ok(Err(NOT_FREE.to_owned()));
        }
    }
    let was = appointment.clone();
    appointment.change(change, read.next_change(call.at()));
    // A hold that has lapsed may have lost its place.
    let needs_place = !cancels && !is_move && !appointment.has_kept_its_time(&was, call.at());
    if needs_place && bookings::clash(connection, &appointment, call.at())?.is_some() {
        return Ok(Err(NOT_FREE.to_owned()));
    }
    if appointment.status == AppointmentStatus::Held {
        appointment.hold_until = Some(call.at() + TOOL_HOLD_MINUTES * 60_000);
    }
    if !appointments::update(connection, &appointment, read, call.at())? {
        return Ok(Err("it was just changed by a user: try again".to_owned()));
    }
    let when = shown(appointment.starts_at.to_utc(), zone);
    let (note, written) = match appointment.status {
        _ if cancels => ("the appointment is called off".to_owned(), Written::AppointmentCancelled(id)),
        AppointmentStatus::Held => (
            format!("{when} is held instead: confirm it when the caller agrees"),
            Written::AppointmentHeld(id),
        ),
        _ if is_move => (format!("the appointment is moved to {when}"), Written::AppointmentMoved(id)),
        _ => (format!("the appointment is confirmed: {when}"), Written::AppointmentBooked(id)),
    };
    Ok(Ok(WriteDone { note, written: Some(written) }))
}
