//! Appointments and their slots.
//!
//! As many appointments of a resource overlap as their services allow ([`bookings::clash`]). Changes run one after the other, so the last place goes to
//! one of those who ask for it at the same moment. Each takes its own place of each of its slots: the primary key of `appointment_slots` prevents two
//! from having the same.

use std::collections::HashSet;

use chrono::{NaiveDateTime, TimeDelta};
use cordboard_schema::appointment::{Appointment, AppointmentStatus, slots_begin, slots_end};
use cordboard_schema::business::calendar::Clash;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{AppointmentId, CallId, CustomerId, OrganizationId};
use cordboard_schema::limits::{APPOINTMENT_MINUTES_MAX, CAPACITY_MAX};
use cordboard_schema::phone::E164;
use cordboard_schema::slots::Span;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::WebhookEvent;
use cordboard_tables::rows::{AppointmentRow, SlotRow};
use cordboard_tables::tables::{appointment_slots, appointments};
use diesel::prelude::*;

use super::text::is_word;
use super::{Connection, StoreError, bookings, changes, notifications};

/// Filters for appointments. `None` does not filter.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppointmentQuery {
    /// Only those that begin then or later.
    pub from: Option<UnixMs>,
    /// Only those that begin before then.
    pub to: Option<UnixMs>,
    /// Only those in this state.
    pub status: Option<AppointmentStatus>,
    /// Only those of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only those made on this call.
    pub call_id: Option<CallId>,
    /// Only those after the appointment with this begin and id.
    pub after: Option<(UnixMs, AppointmentId)>,
    /// At most this many.
    pub limit: i64,
}

/// The person who talks with an assistant, as far as a call shows who it is. Nothing that they say counts: not a name, not a number, not an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Their call.
    pub(super) call_id: CallId,
    /// Their number, in all spellings in which an appointment may have it; empty for a number that is withheld or could be anybody's.
    pub(super) numbers: Vec<E164>,
    /// The customer whose number it is.
    pub(super) customer_id: Option<CustomerId>,
}

impl Person {
    /// Whether an appointment of their organization is theirs: made on this call, or booked under their number or for the customer whose number it
    /// is. [`upcoming`] asks the database the same.
    pub(super) fn has(&self, appointment: &Appointment) -> bool {
        let is_same_number = appointment.phone.as_ref().is_some_and(|phone| self.numbers.contains(phone));
        let is_same_customer = self.customer_id.is_some() && appointment.customer_id == self.customer_id;
        appointment.call_id == Some(self.call_id) || is_same_number || is_same_customer
    }
}

/// Returns at most `limit` of a person's appointments that take their time and are not over, ordered by their begin.
pub(super) fn upcoming(
    connection: &mut Connection,
    organization_id: OrganizationId,
    person: &Person,
    limit: i64,
    now: UnixMs,
) -> Result<Vec<Appointment>, StoreError> {
    let at = now.to_utc();
    let to_come = || {
        appointments::table
            .filter(appointments::organization_id.eq(organization_id.to_string()))
            // As in `at_time`: the index finds those that are still to come, however many are over.
            .filter(appointments::starts_at.ge((at - longest()).naive_utc()))
            .filter(appointments::ends_at.gt(at.naive_utc()))
            .filter(appointments::status.ne(AppointmentStatus::Cancelled.as_str()))
            .filter(
                appointments::status
                    .ne(AppointmentStatus::Held.as_str())
                    .or(appointments::hold_until.gt(at.naive_utc())),
            )
            .order((appointments::starts_at, appointments::id))
            .limit(limit)
            .select(AppointmentRow::as_select())
            .into_boxed()
    };
    // One statement for each, because each has an index of its own. Together they would read everything that is still to come.
    let mut rows: Vec<AppointmentRow> =
        to_come().filter(appointments::call_id.eq(person.call_id.to_string())).load(connection)?;
    for number in &person.numbers {
        let of_number = to_come().filter(appointments::phone.eq(number.as_str().to_owned()));
        rows.extend(of_number.load::<AppointmentRow>(connection)?);
    }
    if let Some(customer_id) = person.customer_id {
        let of_customer = to_come().filter(appointments::customer_id.eq(customer_id.to_string()));
        rows.extend(of_customer.load::<AppointmentRow>(connection)?);
    }
    let mut found: Vec<Appointment> =
        rows.into_iter().map(AppointmentRow::into_appointment).collect::<Result<_, _>>()?;
    found.sort_by_key(|one| (one.starts_at, one.id));
    found.dedup_by_key(|one| one.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Returns the appointments that match `query`, ordered by their begin.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: AppointmentQuery,
) -> Result<Vec<Appointment>, StoreError> {
    let mut found = appointments::table
        .filter(appointments::organization_id.eq(organization_id.to_string()))
        .order((appointments::starts_at, appointments::id))
        .limit(query.limit)
        .select(AppointmentRow::as_select())
        .into_boxed();
    if let Some(from) = query.from {
        found = found.filter(appointments::starts_at.ge(from.to_utc().naive_utc()));
    }
    if let Some(to) = query.to {
        found = found.filter(appointments::starts_at.lt(to.to_utc().naive_utc()));
    }
    // A customer or a call has few.
    let is_few = query.customer_id.is_some() || query.call_id.is_some();
    found = match query.status.map(AppointmentStatus::as_str) {
        Some(status) if is_few => found.filter(is_word("appointments.status", status)),
        Some(status) => found.filter(appointments::status.eq(status)),
        None => found,
    };
    if let Some(customer_id) = query.customer_id {
        found = found.filter(appointments::customer_id.eq(customer_id.to_string()));
    }
    if let Some(call_id) = query.call_id {
        found = found.filter(appointments::call_id.eq(call_id.to_string()));
    }
    if let Some((at, id)) = query.after {
        let at = at.to_utc().naive_utc();
        let is_later = appointments::starts_at
            .gt(at)
            .or(appointments::starts_at.eq(at).and(appointments::id.gt(id.to_string())));
        // Redundant, but SQLite needs it to start here instead of at the first appointment.
        found = found.filter(appointments::starts_at.ge(at)).filter(is_later);
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(AppointmentRow::into_appointment).collect::<Result<_, _>>()?)
}

/// Returns the appointment with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: AppointmentId,
) -> Result<Option<Appointment>, StoreError> {
    let row = appointments::table
        .find(id.to_string())
        .filter(appointments::organization_id.eq(organization_id.to_string()))
        .select(AppointmentRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(AppointmentRow::into_appointment).transpose()?)
}

/// Returns the appointments that take time of the resource in that span, ordered by begin. They include one that begins in the span's last slot,
/// because appointments take whole slots.
pub(super) fn at_time(
    connection: &mut Connection,
    organization_id: OrganizationId,
    resource: &str,
    (from, to): Span,
    now: UnixMs,
) -> Result<Vec<Appointment>, StoreError> {
    let rows = appointments::table
        .filter(appointments::organization_id.eq(organization_id.to_string()))
        .filter(appointments::resource.eq(resource))
        .filter(appointments::status.ne(AppointmentStatus::Cancelled.as_str()))
        .filter(
            appointments::status
                .ne(AppointmentStatus::Held.as_str())
                .or(appointments::hold_until.gt(now.to_utc().naive_utc())),
        )
        // An appointment that is still running at `from` began at most this long before. The condition lets the index be used.
        .filter(appointments::starts_at.ge((slots_begin(from.into()).to_utc() - longest()).naive_utc()))
        .filter(appointments::starts_at.lt(slots_end(to.into()).to_utc().naive_utc()))
        .order(appointments::starts_at)
        .select(AppointmentRow::as_select())
        .load(connection)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let appointment = row.into_appointment()?;
        if appointment.holds_slot(now) && slots_end(appointment.ends_at) > from.into() {
            found.push(appointment);
        }
    }
    Ok(found)
}

/// Adds an appointment. Webhooks are notified of a confirmed one.
///
/// # Errors
/// [`StoreError::TimeTaken`]: there is no place at that time. The time that services keep free around their appointments is not considered.
pub fn create(connection: &mut Connection, appointment: &Appointment, now: UnixMs) -> Result<(), StoreError> {
    find_place(connection, appointment, now)?;
    diesel::insert_into(appointments::table).values(AppointmentRow::new(appointment)?).execute(connection)?;
    take_slots(connection, appointment)?;
    let_holds_go(connection, appointment, now)?;
    match appointment.status {
        AppointmentStatus::Confirmed => {
            let event = WebhookEvent::AppointmentBooked(appointment.into());
            notifications::report(connection, appointment.organization_id, event)
        }
        _ => Ok(()),
    }
}

/// Changes the appointment with this id, and notifies webhooks if it is booked, moved or cancelled by that. Returns false if it was changed since
/// `read`, its `updated_at` when it was read.
///
/// # Errors
/// [`StoreError::TimeTaken`]: there is no place at its new time.
pub fn update(
    connection: &mut Connection,
    appointment: &Appointment,
    read: UnixMs,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let row = AppointmentRow::new(appointment)?;
    let found = appointments::table
        .find(row.id.clone())
        .filter(appointments::organization_id.eq(row.organization_id.clone()))
        .filter(appointments::updated_at.eq(read.to_utc().naive_utc()));
    let was = found.clone().select(AppointmentRow::as_select()).first(connection).optional()?;
    let Some(was) = was.map(AppointmentRow::into_appointment).transpose()? else { return Ok(false) };
    if diesel::update(found).set(&row).execute(connection)? == 0 {
        return Ok(false);
    }
    let is_off = appointment.status == AppointmentStatus::Cancelled;
    // One that keeps its time stays there, even if its service allows fewer at the same time now.
    if is_off || !appointment.has_kept_its_time(&was, now) {
        let its_own = appointment_slots::table.filter(appointment_slots::appointment_id.eq(&row.id));
        diesel::delete(its_own).execute(connection)?;
        if !is_off {
            find_place(connection, appointment, now)?;
            take_slots(connection, appointment)?;
            let_holds_go(connection, appointment, now)?;
        }
    }
    report_change(connection, &was, appointment)?;
    Ok(true)
}

/// Notifies webhooks if an appointment was booked, moved or cancelled.
fn report_change(
    connection: &mut Connection,
    was: &Appointment,
    appointment: &Appointment,
) -> Result<(), StoreError> {
    let is_moved = (was.starts_at, was.ends_at) != (appointment.starts_at, appointment.ends_at);
    let event = match (was.status.is_agreed(), appointment.status.is_agreed()) {
        (false, true) => WebhookEvent::AppointmentBooked(appointment.into()),
        (true, true) if is_moved => WebhookEvent::AppointmentMoved(appointment.into()),
        (true, false) => WebhookEvent::AppointmentCancelled(appointment.into()),
        (true, true) | (false, false) => return Ok(()),
    };
    notifications::report(connection, appointment.organization_id, event)
}

/// Refuses an appointment for whose time there is no place.
fn find_place(connection: &mut Connection, appointment: &Appointment, now: UnixMs) -> Result<(), StoreError> {
    match bookings::clash(connection, appointment, now)? {
        Some(Clash::Appointment) => Err(StoreError::TimeTaken),
        Some(Clash::Buffer) | None => Ok(()),
    }
}

fn take_slots(connection: &mut Connection, appointment: &Appointment) -> Result<(), StoreError> {
    let first = slots_begin(appointment.starts_at).to_utc().naive_utc();
    let taken: Vec<(NaiveDateTime, i64)> = appointment_slots::table
        .filter(appointment_slots::organization_id.eq(appointment.organization_id.to_string()))
        .filter(appointment_slots::resource.eq(&appointment.resource))
        .filter(appointment_slots::slot_at.ge(first))
        .filter(appointment_slots::slot_at.lt(appointment.ends_at.to_utc().naive_utc()))
        .select((appointment_slots::slot_at, appointment_slots::place))
        .load(connection)?;
    let taken = HashSet::from_iter(taken);
    for slot in SlotRow::of(appointment, &taken) {
        diesel::insert_into(appointment_slots::table).values(slot).execute(connection)?;
    }
    Ok(())
}

/// Cancels the expired holds whose last place this appointment has taken. Others can still be confirmed: of those in its time, as many of the
/// newest as a service may have appointments at the same time. Otherwise each booking would have to look at all that ever expired.
fn let_holds_go(connection: &mut Connection, by: &Appointment, now: UnixMs) -> Result<(), StoreError> {
    let (from, to) = (slots_begin(by.starts_at).to_utc(), slots_end(by.ends_at).to_utc());
    let rows = appointments::table
        .filter(appointments::organization_id.eq(by.organization_id.to_string()))
        .filter(appointments::resource.eq(&by.resource))
        .filter(appointments::status.eq(AppointmentStatus::Held.as_str()))
        .filter(appointments::hold_until.le(now.to_utc().naive_utc()))
        .filter(appointments::id.ne(by.id.to_string()))
        // As in `at_time`.
        .filter(appointments::starts_at.ge((from - longest()).naive_utc()))
        .filter(appointments::starts_at.lt(to.naive_utc()))
        .filter(appointments::ends_at.gt(from.naive_utc()))
        .order(appointments::id)
        .select(AppointmentRow::as_select())
        .load(connection)?;
    let held: Vec<Appointment> =
        rows.into_iter().map(AppointmentRow::into_appointment).collect::<Result<_, _>>()?;
    let (oldest, newest) = held.split_at(held.len().saturating_sub(CAPACITY_MAX as usize));
    let taken = bookings::without_place(connection, by.organization_id, &by.resource, newest, now)?;
    let ids: Vec<String> = oldest.iter().map(|hold| hold.id).chain(taken).map(|id| id.to_string()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    diesel::delete(appointment_slots::table.filter(appointment_slots::appointment_id.eq_any(&ids)))
        .execute(connection)?;
    let cancelled = (
        appointments::status.eq(AppointmentStatus::Cancelled.as_str()),
        appointments::sequence.eq(appointments::sequence + 1),
        appointments::updated_at.eq(now.to_utc().naive_utc()),
    );
    diesel::update(appointments::table.filter(appointments::id.eq_any(&ids)))
        .set(cancelled)
        .execute(connection)?;
    ids.iter().for_each(|id| changes::note(by.organization_id, Thing::Appointment, id));
    Ok(())
}

/// How long before a moment an appointment that is still running then may have begun.
fn longest() -> TimeDelta {
    TimeDelta::minutes(APPOINTMENT_MINUTES_MAX)
}
