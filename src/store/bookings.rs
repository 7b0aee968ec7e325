//! Bookable times, from the business profile and the existing appointments.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use cordboard_schema::appointment::{Appointment, MAIN_RESOURCE};
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::business::booking::NotBookable;
use cordboard_schema::business::calendar::{Calendar, Clash, FreeTimes, Taken};
use cordboard_schema::ids::{AppointmentId, OrganizationId};
use cordboard_schema::limits::SLOTS_MAX;
use cordboard_schema::slots::Span;
use cordboard_schema::time::UnixMs;

use super::{Connection, StoreError, appointments, business};

/// Minutes between offered begins.
const EVERY_MINUTES: u32 = 30;
/// Minutes between accepted begins, if the caller names a time.
const TAKEN_EVERY_MINUTES: u32 = 15;

/// A service that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedService {
    /// The business's zone.
    pub zone: Tz,
    /// The person or thing that its appointments take.
    pub resource: String,
    /// Its length, if the business has said it, also if nothing can be booked.
    pub minutes: Option<u32>,
    /// The service, if it can be booked.
    pub bookable: Result<Bookable, NotBookable>,
}

/// A service that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookable {
    /// Its name, as in the business profile.
    pub service: String,
    /// Its duration in minutes.
    pub minutes: u32,
    /// The business's zone.
    pub zone: Tz,
}

/// Free slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlots {
    /// The business's zone.
    pub zone: Tz,
    /// Begin and end of each free slot, in order.
    pub slots: Vec<Span>,
    /// The earliest time that can be booked, with the business's notice.
    pub earliest: DateTime<Utc>,
    /// End of the last day that can be booked, if the business limits it.
    pub until: Option<DateTime<Utc>>,
}

/// The organization's business profile. Without one, it has no hours and no services, in UTC, so that the assistant does not promise invented times.
fn profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Arc<BusinessProfile>, StoreError> {
    let stored = business::find(connection, organization_id)?;
    Ok(stored.map(|stored| stored.profile).unwrap_or_default())
}

fn of_service(profile: &BusinessProfile, service: &str) -> Result<Bookable, NotBookable> {
    let (found, minutes) = profile.bookable(service)?;
    Ok(Bookable { service: found.name.clone(), minutes, zone: profile.time_zone })
}

/// Returns the business's zone.
pub(super) fn zone(connection: &mut Connection, organization_id: OrganizationId) -> Result<Tz, StoreError> {
    Ok(profile(connection, organization_id)?.time_zone)
}

fn resource_of<'p>(profile: &'p BusinessProfile, service: &str) -> &'p str {
    profile.service(service).map_or(MAIN_RESOURCE, |known| known.resource())
}

/// Returns the person or thing that an appointment takes once it is of another service: the new service's. It keeps its own if that was not its
/// earlier service's, or if the business does not offer the new one.
///
/// # Errors
/// The database can't be read.
pub fn resource_after(
    connection: &mut Connection,
    was: &Appointment,
    service: &str,
) -> Result<String, StoreError> {
    let profile = profile(connection, was.organization_id)?;
    let is_of_service = was.resource == resource_of(&profile, &was.service);
    let known = profile.service(service).filter(|_| is_of_service);
    Ok(known.map_or_else(|| was.resource.clone(), |known| known.resource().to_owned()))
}

/// Returns the service with this name, and whether it can be booked.
///
/// # Errors
/// The database can't be read.
pub fn asked(
    connection: &mut Connection,
    organization_id: OrganizationId,
    service: &str,
) -> Result<AskedService, StoreError> {
    let profile = profile(connection, organization_id)?;
    Ok(AskedService {
        zone: profile.time_zone,
        resource: resource_of(&profile, service).to_owned(),
        minutes: profile.minutes_of(service),
        bookable: of_service(&profile, service),
    })
}

/// Returns the time that appointments take in a calendar, as far as it may concern one in this span. `but_for` is left out.
fn taken(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calendar: &Calendar<'_>,
    (from, to): Span,
    but_for: Option<AppointmentId>,
    now: UnixMs,
) -> Result<Vec<Taken>, StoreError> {
    let margin = calendar.margin();
    let span = (from - margin, to + margin);
    let mut all = appointments::at_time(connection, organization_id, calendar.resource(), span, now)?;
    all.retain(|one| Some(one.id) != but_for);
    Ok(all.iter().map(|one| calendar.taken_by(one)).collect())
}

/// Returns why this appointment can't be at its time, beside the others of its resource.
///
/// # Errors
/// The database can't be read.
pub fn clash(
    connection: &mut Connection,
    appointment: &Appointment,
    now: UnixMs,
) -> Result<Option<Clash>, StoreError> {
    let profile = profile(connection, appointment.organization_id)?;
    let calendar = profile.calendar(&appointment.resource);
    let span = (appointment.starts_at.to_utc(), appointment.ends_at.to_utc());
    let but_for = Some(appointment.id);
    let others = taken(connection, appointment.organization_id, &calendar, span, but_for, now)?;
    Ok(calendar.taken_by(appointment).clash(&others))
}

/// Returns those of these appointments of a resource for which there is no place. None of them holds its time.
pub(super) fn without_place(
    connection: &mut Connection,
    organization_id: OrganizationId,
    resource: &str,
    all: &[Appointment],
    now: UnixMs,
) -> Result<Vec<AppointmentId>, StoreError> {
    let begins = all.iter().map(|one| one.starts_at).min();
    let ends = all.iter().map(|one| one.ends_at).max();
    let (Some(begins), Some(ends)) = (begins, ends) else { return Ok(Vec::new()) };
    let profile = profile(connection, organization_id)?;
    let calendar = profile.calendar(resource);
    // Read once: there may be many of both.
    let span = (begins.to_utc(), ends.to_utc());
    let others = taken(connection, organization_id, &calendar, span, None, now)?;
    let has_none = |one: &&Appointment| calendar.taken_by(one).clash(&others) == Some(Clash::Appointment);
    Ok(all.iter().filter(has_none).map(|one| one.id).collect())
}

/// Returns at most `max` free slots of a service in that span, or why it can't be booked at all.
///
/// # Errors
/// The database can't be read.
pub fn free(
    connection: &mut Connection,
    organization_id: OrganizationId,
    service: &str,
    within: Span,
    max: usize,
    now: DateTime<Utc>,
) -> Result<Result<FreeSlots, NotBookable>, StoreError> {
    let profile = profile(connection, organization_id)?;
    let Bookable { minutes, zone, .. } = match of_service(&profile, service) {
        Ok(bookable) => bookable,
        Err(not) => return Ok(Err(not)),
    };
    let calendar = profile.calendar(resource_of(&profile, service));
    let all = taken(connection, organization_id, &calendar, within, None, now.into())?;
    let max = max.min(SLOTS_MAX);
    let wanted = FreeTimes { service, minutes, every_minutes: EVERY_MINUTES, within, max, now };
    let slots = calendar.free(wanted, &all);
    Ok(Ok(FreeSlots {
        zone,
        slots,
        earliest: profile.bookable_from(now),
        until: profile.bookable_until(now),
    }))
}

/// Returns at most `max` times in that span to which an appointment can be moved, or why nothing can be booked. It keeps its length, as when it is
/// moved, and what it takes now is free for it.
pub(super) fn free_for_move(
    connection: &mut Connection,
    appointment: &Appointment,
    within: Span,
    max: usize,
    now: DateTime<Utc>,
) -> Result<Result<FreeSlots, NotBookable>, StoreError> {
    let profile = profile(connection, appointment.organization_id)?;
    if profile.hours.is_none() {
        return Ok(Err(NotBookable::NoHours));
    }
    let Appointment { service, resource, .. } = appointment;
    let its_own = (appointment.starts_at.to_utc(), appointment.ends_at.to_utc());
    let minutes = u32::try_from((its_own.1 - its_own.0).num_minutes()).unwrap_or(0);
    let calendar = profile.calendar(resource);
    let but_for = Some(appointment.id);
    let all = taken(connection, appointment.organization_id, &calendar, within, but_for, now.into())?;
    // One more, because its present time is none to which it could be moved.
    let wanted = FreeTimes {
        service,
        minutes,
        every_minutes: EVERY_MINUTES,
        within,
        max: max.min(SLOTS_MAX) + 1,
        now,
    };
    let mut slots = calendar.free(wanted, &all);
    slots.retain(|slot| *slot != its_own);
    slots.truncate(max);
    Ok(Ok(FreeSlots {
        zone: profile.time_zone,
        slots,
        earliest: profile.bookable_from(now),
        until: profile.bookable_until(now),
    }))
}

/// Tells whether a service of a resource can be booked at a time: inside opening hours, neither too soon nor too late, and beside all appointments
/// except `but_for`.
///
/// # Errors
/// The database can't be read.
pub(super) fn is_free(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (service, resource): (&str, &str),
    within: Span,
    but_for: Option<AppointmentId>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let profile = profile(connection, organization_id)?;
    let Ok(minutes) = u32::try_from((within.1 - within.0).num_minutes()) else { return Ok(false) };
    let calendar = profile.calendar(resource);
    let all = taken(connection, organization_id, &calendar, within, but_for, now.into())?;
    let wanted = FreeTimes { service, minutes, every_minutes: TAKEN_EVERY_MINUTES, within, max: 1, now };
    Ok(calendar.free(wanted, &all).first() == Some(&within))
}
