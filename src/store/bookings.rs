//! Bookable times, from the business profile and the existing appointments.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use cordboard_schema::appointment::MAIN_RESOURCE;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::business::booking::NotBookable;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::SLOTS_MAX;
use cordboard_schema::slots::{SlotRequest, Span, free_slots};

use super::{Connection, StoreError, appointments, business};

/// Minutes between offered begins.
const EVERY_MINUTES: u32 = 30;
/// Minutes between accepted begins, if the caller names a time.
const TAKEN_EVERY_MINUTES: u32 = 15;
/// Minimum of minutes from now to a begin.
const LEAD_MINUTES: u32 = 60;

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

/// Returns the service with this name, if it can be booked, and the business's zone.
///
/// # Errors
/// The database can't be read.
pub fn bookable(
    connection: &mut Connection,
    organization_id: OrganizationId,
    service: &str,
) -> Result<(Tz, Result<Bookable, NotBookable>), StoreError> {
    let profile = profile(connection, organization_id)?;
    Ok((profile.time_zone, of_service(&profile, service)))
}

/// Returns at most `max` free slots of a service in that span, or why it can't be booked at all.
///
/// # Errors
/// The database can't be read.
pub fn free(
    connection: &mut Connection,
    organization_id: OrganizationId,
    service: &str,
    span: Span,
    max: usize,
    now: DateTime<Utc>,
) -> Result<Result<FreeSlots, NotBookable>, StoreError> {
    let profile = profile(connection, organization_id)?;
    let Bookable { minutes, zone, .. } = match of_service(&profile, service) {
        Ok(bookable) => bookable,
        Err(not) => return Ok(Err(not)),
    };
    let busy = appointments::busy(connection, organization_id, MAIN_RESOURCE, span, now.into())?;
    let max = max.min(SLOTS_MAX);
    let request = SlotRequest { minutes, every_minutes: EVERY_MINUTES, lead_minutes: LEAD_MINUTES, max };
    Ok(Ok(FreeSlots { zone, slots: free_slots(&profile.open_between(span), &busy, request, span, now) }))
}

/// Tells whether a span of a resource can be booked: inside opening hours, not too soon, and overlapping nothing except `but_for`.
///
/// # Errors
/// The database can't be read.
pub(super) fn is_free(
    connection: &mut Connection,
    organization_id: OrganizationId,
    resource: &str,
    (starts_at, ends_at): Span,
    but_for: Option<Span>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let profile = profile(connection, organization_id)?;
    let span = (starts_at, ends_at);
    let Ok(minutes) = u32::try_from((ends_at - starts_at).num_minutes()) else { return Ok(false) };
    let mut busy = appointments::busy(connection, organization_id, resource, span, now.into())?;
    busy.retain(|taken| Some(*taken) != but_for);
    let every_minutes = TAKEN_EVERY_MINUTES;
    let request = SlotRequest { minutes, every_minutes, lead_minutes: LEAD_MINUTES, max: 1 };
    Ok(free_slots(&profile.open_between(span), &busy, request, span, now).first() == Some(&span))
}
