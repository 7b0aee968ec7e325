//! Appointments that a call makes, and those that its caller has.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::EstimateRequest;
use cordboard_actors::world;
use cordboard_schema::appointment::{Appointment, AppointmentChange, AppointmentStatus, NewStatus};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::AppointmentId;
use cordboard_schema::limits::{
    SLOT_DAYS_MAX, TOOL_APPOINTMENTS_MAX, TOOL_HOLD_MINUTES, TOOL_HOLDS_MAX, TOOL_SLOTS_MAX,
    TOOL_WRITES_PER_CALL_MAX,
};
use cordboard_schema::slots::Span;
use cordboard_schema::written::Written;

use super::{ForCall, Outcome, customer};
use crate::store::appointments::Person;
use crate::store::{
    AppointmentQuery, AskedService, Bookable, Connection, FreeSlots, LeadQuery, StoreError, appointments,
    bookings, changes, customers, leads,
};

/// Runs the request.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    request: EstimateRequest,
) -> Result<Outcome, StoreError> {
    match request {
        EstimateRequest::FreeSlots { service, from, to, moved: None } => {
            let AskedService { minutes, resource, .. } =
                bookings::asked(connection, call.organization_id, &service)?;
            let wanted = Wanted { service, resource, minutes: minutes.unwrap_or(0), moved: None };
            find_slots(connection, call, &wanted, (from, to))
        }
        EstimateRequest::FreeSlots { from, to, moved: Some(id), .. } => {
            let moved = match changeable(connection, call, id)? {
                Ok(moved) => moved,
                Err(refused) => return Ok(Err(refused)),
            };
            find_slots(connection, call, &Wanted::for_move(moved), (from, to))
        }
        EstimateRequest::FindAppointments => find_appointments(connection, call),
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

/// What free times are wanted for.
struct Wanted {
    service: String,
    resource: String,
    /// Its length; 0 if it is not known.
    minutes: u32,
    /// The appointment that is to be moved.
    moved: Option<Appointment>,
}

impl Wanted {
    /// An appointment that is to be moved keeps its length, even if the service now takes longer.
    fn for_move(moved: Appointment) -> Self {
        let length = moved.ends_at.to_utc() - moved.starts_at.to_utc();
        Self {
            service: moved.service.clone(),
            resource: moved.resource.clone(),
            minutes: u32::try_from(length.num_minutes()).unwrap_or(0),
            moved: Some(moved),
        }
    }
}

fn find_slots(
    connection: &mut Connection,
    call: &ForCall,
    wanted: &Wanted,
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<Outcome, StoreError> {
    let Wanted { service, resource, minutes, moved } = wanted;
    let named = from.filter(|from| *from >= call.now);
    let from = named.unwrap_or(call.now);
    let to = to.unwrap_or(from + TimeDelta::days(7)).min(from + TimeDelta::days(SLOT_DAYS_MAX));
    // A model that asks about one time may give an end at which the service is not over yet. It would take the time for taken.
    let length = TimeDelta::minutes(i64::from(*minutes));
    let to = if to < from { to } else { to.max(from + length) };
    let span = (from, to);
    // One more shows whether there are more.
    let max = TOOL_SLOTS_MAX + 1;
    let free = match moved {
        Some(moved) => bookings::free_for_move(connection, moved, span, max, call.now)?,
        None => bookings::free(connection, call.organization_id, service, span, max, call.now)?,
    };
    let mut free = match free {
        Ok(free) => free,
        Err(not) => return Ok(Err(not.to_string())),
    };
    // Times are offered every half hour. The one that the caller names may be at a quarter, at which `hold` takes it.
    let named = named.map(|from| (from, from + length));
    let its_own = moved.as_ref().map(|moved| (moved.starts_at.to_utc(), moved.ends_at.to_utc()));
    let (of, but_for) = ((service.as_str(), resource.as_str()), moved.as_ref().map(|moved| moved.id));
    if let Some(named) = named
        && named.1 <= to
        && Some(named) != its_own
        && !free.slots.contains(&named)
        && bookings::is_free(connection, call.organization_id, of, named, but_for, call.now)?
    {
        free.slots.insert(0, named);
    }
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

/// Returns the person who talks with the assistant.
fn person(connection: &mut Connection, call: &ForCall) -> Result<Person, StoreError> {
    let known = match &call.caller {
        Some(caller) => customers::known_as(connection, call.organization_id, caller)?,
        None => None,
    };
    let numbers = match &call.caller {
        Some(caller) => customers::spelled_number(connection, call.organization_id, caller.number())?,
        None => Vec::new(),
    };
    Ok(Person { call_id: call.call_id, numbers, customer_id: known.map(|customer| customer.id) })
}

/// The caller's own appointments. A number can be forged, so the assistant gets no more than it takes to choose one: a time, a service, and an id,
/// which is checked again when it is used.
fn find_appointments(connection: &mut Connection, call: &ForCall) -> Result<Outcome, StoreError> {
    let person = person(connection, call)?;
    // One more shows whether there are more.
    let most = TOOL_APPOINTMENTS_MAX as i64 + 1;
    let all = appointments::upcoming(connection, call.organization_id, &person, most, call.at())?;
    let zone = bookings::zone(connection, call.organization_id)?;
    let note = theirs_in_words(&all, !person.numbers.is_empty(), zone);
    Ok(Ok(WriteDone { note, written: None }))
}

/// Their appointments, in words for an assistant.
fn theirs_in_words(all: &[Appointment], is_number_known: bool, zone: Tz) -> String {
    if all.is_empty() {
        let why = match is_number_known {
            true => "no upcoming appointment is booked under the number of this call",
            false => "this call shows no number by which appointments could be found",
        };
        return format!(
            "{why}: don't guess one; write down which appointment the caller means, and what they want"
        );
    }
    let one = |one: &Appointment| {
        let is_held = if one.status.is_agreed() { "" } else { ", only held and not confirmed yet" };
        format!("{}, {}, as appointment {}{is_held}", told(one.starts_at.to_utc(), zone), one.service, one.id)
    };
    let first: Vec<String> = all.iter().take(TOOL_APPOINTMENTS_MAX).map(one).collect();
    let more = if all.len() > TOOL_APPOINTMENTS_MAX { "; they have later ones as well" } else { "" };
    format!("upcoming appointments of this caller, in the time of {zone}: {}{more}", first.join("; "))
}

const NOT_FREE: &str = "that time is not free: ask for free_slots, and offer one of them";

/// Why a time of a resource is not free for an appointment, or for a new one: the caller has it already, or somebody else.
fn not_free(
    connection: &mut Connection,
    call: &ForCall,
    (resource, id): (&str, Option<AppointmentId>),
    (from, to): Span,
    zone: Tz,
) -> Result<String, StoreError> {
    let person = person(connection, call)?;
    let most = TOOL_WRITES_PER_CALL_MAX;
    let theirs = appointments::upcoming(connection, call.organization_id, &person, most, call.at())?;
    let is_there = |one: &&Appointment| {
        let is_agreed = one.status.is_agreed() && one.resource == resource;
        is_agreed && Some(one.id) != id && one.starts_at.to_utc() < to && from < one.ends_at.to_utc()
    };
    if let Some(own) = theirs.iter().find(is_there) {
        return Ok(format!(
            "that time is not free, because the caller has it already: {} is booked for them as appointment {}; tell them so, and move that one if they \
             want another time",
            told(own.starts_at.to_utc(), zone),
            own.id
        ));
    }
    let mut held = held_by(connection, call)?;
    held.retain(|one| one.resource == resource && Some(one.id) != id);
    let held: Vec<String> = held.iter().map(|one| held_in_words(one, zone)).collect();
    Ok(format!("{NOT_FREE}{}", held.concat()))
}

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
        return Ok(Err(not_free(connection, call, (&resource, None), wanted, zone)?));
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
fn held_in_words(own: &Appointment, zone: Tz) -> String {
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

/// Returns this caller's appointment with that id, or why it can't be changed, in words for the assistant.
fn changeable(
    connection: &mut Connection,
    call: &ForCall,
    id: AppointmentId,
) -> Result<Result<Appointment, String>, StoreError> {
    // Made on this call, or earlier by the same person. An id alone opens nothing: a model may invent it, or have it from another caller's words.
    let person = person(connection, call)?;
    let found = appointments::find(connection, call.organization_id, id)?;
    let Some(appointment) = found.filter(|appointment| person.has(appointment)) else {
        return Ok(Err(
            "this caller has no appointment with that id: ask for find_appointments, and use an id that it gives"
                .to_owned(),
        ));
    };
    if appointment.status == AppointmentStatus::Cancelled {
        return Ok(Err("it was called off, or its hold has expired: hold another slot".to_owned()));
    }
    if appointment.ends_at <= call.at() {
        return Ok(Err(
            "it is over, so it can't be changed: hold another slot if the caller wants one".to_owned()
        ));
    }
    Ok(Ok(appointment))
}

fn change(
    connection: &mut Connection,
    call: &ForCall,
    id: AppointmentId,
    change: AppointmentChange,
) -> Result<Outcome, StoreError> {
    let mut appointment = match changeable(connection, call, id)? {
        Ok(appointment) => appointment,
        Err(refused) => return Ok(Err(refused)),
    };
    let (read, cancels) = (appointment.updated_at, change.status == Some(NewStatus::Cancelled));
    let zone: Tz = appointment.zone.parse().unwrap_or(Tz::UTC);
    // Agreed before, maybe on another call. Nothing is booked by saying so again, and reports would count it twice.
    if change.status == Some(NewStatus::Confirmed) && appointment.status.is_agreed() {
        let when = told(appointment.starts_at.to_utc(), zone);
        return Ok(Ok(WriteDone {
            note: format!("the appointment is confirmed already: {when}"),
            written: None,
        }));
    }
    let is_move = change.starts_at.is_some();
    if let Some(starts_at) = change.starts_at {
        // Its previous duration, even if the service now takes longer.
        let its_own = (appointment.starts_at.to_utc(), appointment.ends_at.to_utc());
        let to = (starts_at, starts_at + (its_own.1 - its_own.0));
        let of = (appointment.service.as_str(), appointment.resource.as_str());
        if !bookings::is_free(connection, call.organization_id, of, to, Some(id), call.now)? {
            return Ok(Err(not_free(connection, call, (of.1, Some(id)), to, zone)?));
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
    use cordboard_schema::ids::{CallId, CustomerId, OrganizationId};

    use super::*;

    /// A confirmed appointment with everything that an assistant must not be told.
    fn appointment(starts_at: &str) -> Appointment {
        let starts_at: DateTime<Utc> = starts_at.parse().unwrap();
        Appointment {
            id: AppointmentId(uuid::Uuid::from_u128(7)),
            organization_id: OrganizationId(uuid::Uuid::from_u128(1)),
            customer_id: None,
            lead_id: None,
            call_id: None,
            resource: "Dr. Grey".to_owned(),
            service: "Inspection".to_owned(),
            starts_at: starts_at.into(),
            ends_at: (starts_at + TimeDelta::hours(1)).into(),
            zone: "UTC".to_owned(),
            status: AppointmentStatus::Confirmed,
            hold_until: None,
            name: "Ada".to_owned(),
            phone: Some("+493012345678".parse().unwrap()),
            address: "Green Road 1".to_owned(),
            notes: "the key is under the mat".to_owned(),
            sequence: 0,
            created_at: starts_at.into(),
            updated_at: starts_at.into(),
        }
    }

    #[test]
    fn own_appointments_are_told_by_time_service_and_id_only() {
        let zone = Tz::Europe__Berlin;
        let held = Appointment { status: AppointmentStatus::Held, ..appointment("2026-12-07T23:30:00Z") };
        let id = held.id;
        let two = theirs_in_words(&[appointment("2026-10-25T01:30:00Z"), held], true, zone);
        assert_eq!(
            two,
            format!(
                "upcoming appointments of this caller, in the time of Europe/Berlin: \
                 Sunday, 2026-10-25T02:30:00+01:00, Inspection, as appointment {id}; \
                 Tuesday, 2026-12-08T00:30:00+01:00, Inspection, as appointment {id}, only held and not confirmed yet"
            )
        );
        let many = vec![appointment("2026-12-07T23:30:00Z"); TOOL_APPOINTMENTS_MAX + 1];
        let cut = theirs_in_words(&many, true, zone);
        assert_eq!(cut.matches("Inspection").count(), TOOL_APPOINTMENTS_MAX);
        assert!(cut.ends_with("; they have later ones as well"), "{cut}");
        assert!(!theirs_in_words(&many[1..], true, zone).contains("later ones"));
        for (is_number_known, why) in [(true, "no upcoming appointment"), (false, "shows no number")] {
            let none = theirs_in_words(&[], is_number_known, zone);
            assert!(none.contains(why) && none.contains("don't guess"), "{none}");
        }
    }

    #[test]
    fn an_appointment_is_theirs_by_call_number_or_customer() {
        let (call_id, other) = (CallId(uuid::Uuid::from_u128(2)), CallId(uuid::Uuid::from_u128(3)));
        let customer_id = Some(CustomerId(uuid::Uuid::from_u128(4)));
        let numbers = vec!["+493012345678".parse().unwrap(), "+4903012345678".parse().unwrap()];
        let anybody = Person { call_id, numbers: Vec::new(), customer_id: None };
        let known = Person { numbers, customer_id, ..anybody.clone() };
        let of_nobody =
            Appointment { phone: None, call_id: Some(other), ..appointment("2026-12-07T10:00:00Z") };
        assert!(!anybody.has(&of_nobody) && !known.has(&of_nobody), "nothing equals nothing");
        let of_call = Appointment { call_id: Some(call_id), ..of_nobody.clone() };
        assert!(anybody.has(&of_call), "it was made on this call");
        let of_customer = Appointment { customer_id, ..of_nobody.clone() };
        let of_number = Appointment { phone: known.numbers.first().cloned(), ..of_nobody.clone() };
        let as_dialled_there = Appointment { phone: known.numbers.last().cloned(), ..of_nobody.clone() };
        for theirs in [of_customer, of_number, as_dialled_there] {
            assert!(known.has(&theirs) && !anybody.has(&theirs), "{theirs:?}");
        }
        let of_another = Appointment {
            customer_id: Some(CustomerId(uuid::Uuid::from_u128(5))),
            phone: Some("+493012345679".parse().unwrap()),
            ..of_nobody
        };
        assert!(!known.has(&of_another));
    }

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
