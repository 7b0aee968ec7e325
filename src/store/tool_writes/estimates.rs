//! Appointments that a call makes.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
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
use cordboard_schema::slots::Span;
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
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time, with its weekday: callers speak of weekdays, and models often compute a wrong one.
fn told(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{}, {}", at.with_timezone(&zone).format("%A"), shown(at, zone))
}

/// The beginnings of free times, by their days.
fn by_day(slots: &[Span], zone: Tz) -> String {
    let mut text = String::new();
    let mut day = None;
    for (begins, _) in slots {
        let local = begins.with_timezone(&zone);
        if day == Some(local.date_naive()) {
            text.push_str(", ");
        } else {
            let between = if day.is_some() { "; " } else { "" };
            text.push_str(&format!("{between}{}: ", local.format("%A")));
            day = Some(local.date_naive());
        }
        text.push_str(&shown(*begins, zone));
    }
    text
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
    // One more shows whether there are more.
    let max = TOOL_SLOTS_MAX + 1;
    let free = bookings::free(connection, call.organization_id, service, span, max, call.now)?;
    let free = match free {
        Ok(free) => free,
        Err(not) => return Ok(Err(not.to_string())),
    };
    Ok(Ok(WriteDone { note: free_in_words(&free, to), written: None }))
}

/// The free times until `to`, in words for an assistant.
fn free_in_words(FreeSlots { zone, slots, earliest, until }: &FreeSlots, to: DateTime<Utc>) -> String {
    if slots.is_empty() {
        let none = format!("nothing is free until {}", told(to, *zone));
        return match until.filter(|until| *until < to) {
            _ if to <= *earliest => {
                format!("{none}, because nothing can be booked before {}", told(*earliest, *zone))
            }
            Some(until) => format!("{none}, and nothing can be booked from {} on", told(until, *zone)),
            None => format!("{none}: try another time"),
        };
    }
    let is_all = slots.len() <= TOOL_SLOTS_MAX;
    let more = if is_all { "" } else { "; more are free after these: ask with a later `from`" };
    let first = slots.get(..TOOL_SLOTS_MAX).unwrap_or(slots);
    format!("free, in the time of {zone}: {}{more}", by_day(first, *zone))
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
        let mut own = held_by(connection, call)?;
        own.retain(|one| one.resource == resource);
        let own: Vec<String> = own.iter().map(|one| own_in_words(one, zone)).collect();
        return Ok(Err(format!("{NOT_FREE}{}", own.concat())));
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
                told(other.starts_at.to_utc(), zone)
            )
        })
        .collect();
    let note = format!(
        "{} is held for {TOOL_HOLD_MINUTES} minutes as appointment {id}: read it back, and confirm it when the caller agrees{}",
        told(starts_at, zone),
        others.concat()
    );
    Ok(Ok(WriteDone { note, written: Some(Written::AppointmentHeld(id)) }))
}

/// A time that the caller holds already, so that it is not free for them either.
fn own_in_words(own: &Appointment, zone: Tz) -> String {
    format!(
        "; this call holds {} as appointment {}: if the caller wants another time instead, move that one",
        told(own.starts_at.to_utc(), zone),
        own.id
    )
}

/// Returns what the call holds, the oldest first.
fn held_by(connection: &mut Connection, call: &ForCall) -> Result<Vec<Appointment>, StoreError> {
    let held = AppointmentQuery {
        status: Some(AppointmentStatus::Held),
        call_id: Some(call.call_id),
        limit: TOOL_WRITES_PER_CALL_MAX,
        ..AppointmentQuery::default()
    };
    let mut held = appointments::list(connection, call.organization_id, held)?;
    held.retain(|appointment| appointment.holds_slot(call.at()));
    held.sort_by_key(|appointment| (appointment.created_at, appointment.id));
    Ok(held)
}

/// Releases the oldest slots that the call holds, so that it may hold one more.
fn give_back(connection: &mut Connection, call: &ForCall) -> Result<Vec<Appointment>, StoreError> {
    let mut held = held_by(connection, call)?;
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
    let when = told(appointment.starts_at.to_utc(), zone);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_times_are_told_by_day_with_those_left_out() {
        let zone = Tz::Europe__Berlin;
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let half_hours = |count: i32| -> Vec<Span> {
            let first = at("2026-12-04T22:00:00Z");
            (0..count).map(|place| first + TimeDelta::minutes(30) * place).map(|time| (time, time)).collect()
        };
        let most = i32::try_from(TOOL_SLOTS_MAX).unwrap();
        let of = |slots: Vec<Span>, to: &str| {
            let until = Some(at("2026-12-10T23:00:00Z"));
            free_in_words(&FreeSlots { zone, slots, earliest: at("2026-12-04T10:00:00Z"), until }, at(to))
        };
        let later = "2026-12-20T00:00:00Z";
        let days = "free, in the time of Europe/Berlin: \
                    Friday: 2026-12-04T23:00:00+01:00, 2026-12-04T23:30:00+01:00; \
                    Saturday: 2026-12-05T00:00:00+01:00";
        assert_eq!(of(half_hours(3), later), days);
        assert!(!of(half_hours(most), later).contains("later `from`"));
        let cut = of(half_hours(most + 1), later);
        assert!(
            cut.ends_with("T10:30:00+01:00; more are free after these: ask with a later `from`"),
            "{cut}"
        );
        for (to, why) in [
            ("2026-12-04T10:00:00Z", "booked before Friday, 2026-12-04T11:00:00+01:00"),
            ("2026-12-05T10:00:00Z", "until Saturday, 2026-12-05T11:00:00+01:00: try another time"),
            (later, "booked from Friday, 2026-12-11T00:00:00+01:00 on"),
        ] {
            let none = of(Vec::new(), to);
            assert!(none.ends_with(why), "{none}");
        }
    }
}
