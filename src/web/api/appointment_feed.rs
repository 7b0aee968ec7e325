//! `/api/v1/appointments.ics`: appointments for calendar programs (RFC 5545), by a link with its own token.
//!
//! Times are in UTC, which is the same moment in every zone and calendar, even where clocks change.

use std::{fmt, io};

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::appointment::{Appointment, AppointmentStatus};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::FEED_APPOINTMENTS_AT_ONCE;
use cordboard_schema::permission::Permission;
use cordboard_schema::time::UnixMs;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::csv_parts::{Begin, Part, in_parts};
use crate::random_secret;
use crate::store::{AppointmentQuery, Connection, Made, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// How many days back from today a feed shows.
const DAYS_BACK: i64 = 31;

/// How many days ahead a feed shows.
const DAYS_AHEAD: i64 = 366;

/// The last line of a calendar.
const END: &str = "END:VCALENDAR\r\n";

/// How a calendar program is authorized.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedAccess {
    /// The token that `POST /api/v1/appointments/feed` returned; without it, a bearer token with the permission to read appointments.
    #[allow(dead_code, reason = "the gate has read it")]
    token: Option<String>,
}

/// Returns the appointments of the last month and the next year as a calendar.
#[utoipa::path(
    get,
    operation_id = "show_appointment_feed",
    path = "/api/v1/appointments.ics",
    tag = "appointments",
    params(FeedAccess),
    responses(
        (status = 200, description = "All of them, including those that were called off", content_type = "text/calendar", body = String),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    _: Query<FeedAccess>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, now) = (caller.organization_id, world::now());
    let wanted = AppointmentQuery {
        from: Some((now - TimeDelta::days(DAYS_BACK)).into()),
        to: Some((now + TimeDelta::days(DAYS_AHEAD)).into()),
        limit: FEED_APPOINTMENTS_AT_ONCE,
        ..AppointmentQuery::default()
    };
    let make = move |begin| part(state.clone(), organization_id, begin);
    let calendar = in_parts(Begin::of(wanted, usize::MAX), caller.signed_in, make).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .streaming(calendar))
}

/// The next part of a calendar; the first and last parts include its begin and end.
async fn part(
    state: web::Data<WebState>,
    organization_id: OrganizationId,
    begin: Begin<AppointmentQuery>,
) -> io::Result<Part<Begin<AppointmentQuery>>> {
    let (asked, is_first) = (begin.wanted, begin.is_first);
    let rows_max = begin.rows_max(asked.limit);
    // Writing hundreds of them takes a while, so it is done there and not on a worker.
    let read = move |connection: &mut Connection| {
        let appointments = query::appointments(connection, organization_id, asked)?;
        let last = appointments.last().map(|last| (last.starts_at, last.id));
        Ok((appointments.len(), last, events(&appointments, world::now().into())))
    };
    let (count, last, events) = state.store.reads().run(read).await.map_err(io::Error::other)?;
    let mut text = if is_first { head() } else { String::new() };
    text.push_str(&events.map_err(io::Error::other)?);
    let further = last.map(|after| AppointmentQuery { after: Some(after), ..asked });
    let next = begin.after(count, rows_max, further);
    if next.is_none() {
        text.push_str(END);
    }
    Ok((text.into_bytes(), next))
}

/// The beginning of a calendar.
fn head() -> String {
    let empty = Calendar::new().name("Appointments").to_string();
    empty.strip_suffix(END).unwrap_or(&empty).to_owned()
}

/// These appointments, one after the other.
fn events(appointments: &[Appointment], now: UnixMs) -> Result<String, fmt::Error> {
    appointments.iter().map(|appointment| event(appointment, now).try_into_string()).collect()
}

fn event(appointment: &Appointment, now: UnixMs) -> Event {
    let status = match appointment.status {
        // It is marked as cancelled once another booking takes its time.
        AppointmentStatus::Held if appointment.has_lapsed(now) => EventStatus::Cancelled,
        AppointmentStatus::Held => EventStatus::Tentative,
        AppointmentStatus::Confirmed | AppointmentStatus::Moved => EventStatus::Confirmed,
        AppointmentStatus::Cancelled => EventStatus::Cancelled,
    };
    let (sequence, changed_at) = appointment.calendar_revision(now);
    let who = if appointment.name.is_empty() { "" } else { ": " };
    let phone = appointment.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    let description = [phone.as_str(), appointment.notes.as_str()];
    let description: Vec<&str> = description.into_iter().filter(|part| !part.is_empty()).collect();
    let mut event = Event::with_uid(&format!("{}@cordboard", appointment.id));
    event
        .summary(&plain(&format!("{}{who}{}", appointment.service, appointment.name)))
        .starts(appointment.starts_at.to_utc())
        .ends(appointment.ends_at.to_utc())
        .timestamp(changed_at.to_utc())
        .created(appointment.created_at.to_utc())
        .last_modified(changed_at.to_utc())
        .sequence(u32::try_from(sequence).unwrap_or(u32::MAX))
        .status(status);
    if !appointment.address.is_empty() {
        event.location(&plain(&appointment.address));
    }
    if !description.is_empty() {
        event.description(&plain(&description.join("\n")));
    }
    event.done()
}

/// Normalizes line ends. A bare CR would end a line of the file, and the rest would be taken for another property.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The link of an organization's calendar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedView {
    /// Secret that opens the feed. It is shown only once.
    token: String,
    /// Path and query of the feed.
    #[schema(example = "/api/v1/appointments.ics?token=...")]
    path: String,
}

/// Makes the link of the calendar feed; an earlier link stops working. The link is valid as long as its maker is a user, may sign in and may read
/// appointments.
#[utoipa::path(
    post,
    operation_id = "renew_appointment_feed",
    path = "/api/v1/appointments/feed",
    tag = "appointments",
    responses(
        (status = 201, description = "The new link, which is shown only once", body = FeedView),
        (status = 403, description = "The user or token may not change appointments, or may not read them (`forbidden`)"),
    )
)]
pub(crate) async fn renew(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    // The link shows appointments to anybody who has it.
    caller.demand(Permission::AppointmentsRead)?;
    let token = random_secret::secret();
    let renewed = token.clone();
    let make = move |connection: &mut Connection| {
        change::renew_feed(connection, caller.organization_id, &renewed)?;
        change::note_maker(connection, caller.organization_id, Made::CalendarFeed, caller.maker())?;
        change::record_audit(connection, &caller.did("appointment_feed.renewed", caller.organization_id, ""))
    };
    state.store.change(make).await?;
    let path = format!("/api/v1/appointments.ics?token={token}");
    Ok(HttpResponse::Created().json(FeedView { token, path }))
}

/// Ends the calendar feed.
#[utoipa::path(
    delete,
    operation_id = "end_appointment_feed",
    path = "/api/v1/appointments/feed",
    tag = "appointments",
    responses(
        (status = 204, description = "Its link no longer works"),
        (status = 404, description = "There is none"),
    )
)]
pub(crate) async fn end(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let make = move |connection: &mut Connection| {
        let was_there = change::end_feed(connection, caller.organization_id)?;
        let entry = caller.did("appointment_feed.ended", caller.organization_id, "");
        change::record_audit_if(connection, was_there, &entry)
    };
    match state.store.change(make).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(ApiError::NotFound("calendar feed")),
    }
}
