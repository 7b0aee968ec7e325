//! `/api/v1/appointments`: appointments that people or assistants make, move and call off, and the free times.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::appointment::{Appointment, AppointmentBody, AppointmentChange, AppointmentStatus};
use cordboard_schema::business::calendar::Clash;
use cordboard_schema::business::zone::parse_zone;
use cordboard_schema::ids::{AppointmentId, CallId, CustomerId};
use cordboard_schema::limits::{
    APPOINTMENT_MINUTES_MAX, BUSINESS_LINE_CHARS_MAX, HOLD_MINUTES_MAX, LINE_CHARS_MAX, NAME_CHARS_MAX,
    NOTES_CHARS_MAX, SLOT_DAYS_MAX, SLOTS_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::customers::customer_id_by_number;
use super::given::{Faults, SANE_TIMES, is_sane_time, nearest_sane_time};
use crate::store::{AppointmentQuery, AskedService, Connection, FreeSlots, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::{Body, ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page, foreign_cursor, timed_cursor, timed_place};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

const NO_SUCH: ApiError = ApiError::NotFound("appointment");
/// Minutes of an appointment made by hand for a service whose length the business has not set.
const HAND_MADE_MINUTES: u32 = 60;

impl ReadOnly for AppointmentChange {
    const NAMES: &'static [&'static str] = &[
        "id",
        "customer_id",
        "lead_id",
        "call_id",
        "resource",
        "zone",
        "hold_until",
        "sequence",
        "created_at",
        "updated_at",
    ];
    const FIXED: &'static [&'static str] = &["id", "call_id"];
}

/// Query of the list of appointments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AppointmentList {
    /// Only those that begin then or later, RFC 3339.
    from: Option<DateTime<Utc>>,
    /// Only those that begin before then, RFC 3339.
    to: Option<DateTime<Utc>>,
    /// Only those in this state. A hold that has lapsed stays `held` until another booking takes its time: see its `hold_until`.
    status: Option<AppointmentStatus>,
    /// Only those of this customer.
    customer_id: Option<CustomerId>,
    /// Only those made on this call.
    call_id: Option<CallId>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Appointments of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// Sort key of an appointment in the list.
fn place(appointment: &Appointment) -> String {
    timed_cursor(appointment.starts_at, appointment.id)
}

/// The place that a cursor names; none if no appointment can be there.
fn placed(cursor: &str) -> Option<(UnixMs, AppointmentId)> {
    timed_place(cursor)
}

/// Lists appointments by when they begin, including those that were called off.
#[utoipa::path(
    get,
    operation_id = "list_appointments",
    path = "/api/v1/appointments",
    tag = "appointments",
    params(AppointmentList),
    responses(
        (status = 200, description = "A page of appointments", body = Page<Appointment>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<AppointmentList>,
) -> Result<web::Json<Page<Appointment>>, ApiError> {
    let AppointmentList { from, to, status, customer_id, call_id, cursor, limit } = asked.into_inner();
    let limit = Limit::parse(limit)?;
    let after = cursor.map(|cursor| placed(&cursor).ok_or_else(foreign_cursor)).transpose()?;
    let (from, to) = (from.map(nearest_sane_time), to.map(nearest_sane_time));
    let wanted = AppointmentQuery { from, to, status, customer_id, call_id, after, limit: limit.rows() };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::appointments(connection, organization_id, wanted);
    Ok(web::Json(limit.page(state.store.reads().run(read).await?, place)))
}

/// Shows an appointment.
#[utoipa::path(
    get,
    operation_id = "show_appointment",
    path = "/api/v1/appointments/{id}",
    tag = "appointments",
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses(
        (status = 200, description = "The appointment", body = Appointment),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such appointment"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<AppointmentId>,
) -> Result<web::Json<Appointment>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::appointment(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// Makes an appointment, also outside of opening hours and without notice: a person who makes one by hand knows why.
#[utoipa::path(
    post,
    operation_id = "create_appointment",
    path = "/api/v1/appointments",
    tag = "appointments",
    request_body = AppointmentBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = Appointment),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "Its time is taken (`slot_taken`), or is kept free around another appointment, or another one is in the time that is kept free around this one (`kept_free`, which `ignore_buffers` overrides)"),
        (status = 422, description = "A value is invalid, for instance an unknown zone"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<AppointmentBody>,
) -> Result<HttpResponse, ApiError> {
    let mut body = body.into_inner();
    body.phone = body.phone.map(E164::without_national_zero);
    let zone = check(&body)?;
    let (organization_id, now) = (caller.organization_id, world::now());
    let id = AppointmentId(world::new_id());
    let make = move |connection: &mut Connection| {
        if let Some(fault) = unknown_parties(connection, &caller, &body)? {
            return Ok(Err(fault));
        }
        let AskedService { zone: business_zone, resource, minutes, .. } =
            query::asked_service(connection, organization_id, &body.service)?;
        let length = TimeDelta::minutes(minutes.unwrap_or(HAND_MADE_MINUTES).into());
        let ends_at = body.ends_at.unwrap_or(body.starts_at + length);
        let customer_id = match (body.customer_id, body.phone.clone()) {
            (None, Some(phone)) => customer_id_by_number(connection, organization_id, phone)?,
            (known, _) => known,
        };
        let hold = body.hold_minutes.map(|minutes| UnixMs::from(now) + u64::from(minutes) * 60_000);
        let made = Appointment {
            id,
            organization_id,
            customer_id,
            lead_id: body.lead_id,
            call_id: None,
            resource: body.resource.unwrap_or(resource),
            service: body.service,
            starts_at: body.starts_at.into(),
            ends_at: ends_at.into(),
            zone: zone.unwrap_or(business_zone).name().to_owned(),
            status: if hold.is_some() { AppointmentStatus::Held } else { AppointmentStatus::Confirmed },
            hold_until: hold,
            name: body.name,
            phone: body.phone,
            address: body.address,
            notes: body.notes,
            sequence: 0,
            created_at: now.into(),
            updated_at: now.into(),
        };
        if !body.ignore_buffers && needs_kept_time(connection, &made, now.into())? {
            return Ok(Err(kept_free()));
        }
        change::create_appointment(connection, &made, now.into())?;
        change::record_audit(
            connection,
            &caller.did("appointment.created", id, made.starts_at.to_rfc3339()),
        )?;
        Ok(Ok(made))
    };
    let made = state.store.change_or_refuse(make).await.map_err(taken)??;
    let location = format!("/api/v1/appointments/{id}");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(made))
}

/// Reports everything that is wrong at once; returns the zone, if one is given.
fn check(body: &AppointmentBody) -> Result<Option<Tz>, ApiError> {
    let mut faults = Faults::default();
    faults.title("service", Some(&body.service), BUSINESS_LINE_CHARS_MAX);
    faults.title("resource", body.resource.as_deref(), NAME_CHARS_MAX);
    faults.text("name", Some(&body.name), NAME_CHARS_MAX, Lines::One);
    faults.text("address", Some(&body.address), LINE_CHARS_MAX, Lines::Many);
    faults.text("notes", Some(&body.notes), NOTES_CHARS_MAX, Lines::Many);
    faults.time("starts_at", Some(body.starts_at));
    faults.time("ends_at", body.ends_at);
    if let Some(reason) = body.ends_at.and_then(|ends_at| length_fault(body.starts_at, ends_at)) {
        faults.demand(false, "ends_at", reason);
    }
    let is_hold = (1..=HOLD_MINUTES_MAX).contains(&body.hold_minutes.unwrap_or(1));
    faults.demand(is_hold, "hold_minutes", format!("must be 1 to {HOLD_MINUTES_MAX}"));
    let zone = body.zone.as_deref().map(parse_zone).transpose();
    if let Err(fault) = &zone {
        faults.demand(false, "zone", fault.to_string());
    }
    faults.into_result()?;
    Ok(zone.unwrap_or_default())
}

/// Fault of an appointment's end.
fn length_fault(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Option<String> {
    let minutes = 1..=APPOINTMENT_MINUTES_MAX;
    let is_length = minutes.contains(&(ends_at - starts_at).num_minutes());
    (!is_length).then(|| format!("must be 1 to {APPOINTMENT_MINUTES_MAX} minutes after `starts_at`"))
}

/// Faults of a customer or a lead that is another organization's or does not exist.
fn unknown_parties(
    connection: &mut Connection,
    caller: &Caller,
    body: &AppointmentBody,
) -> Result<Option<ApiError>, StoreError> {
    let mut faults = Faults::default();
    if let Some(id) = body.customer_id {
        let known = query::customer(connection, caller.organization_id, id)?.is_some();
        faults.demand(known, "customer_id", "is no customer's");
    }
    if let Some(id) = body.lead_id {
        let known = query::lead(connection, caller.organization_id, id)?.is_some();
        faults.demand(known, "lead_id", "is no lead's");
    }
    Ok(faults.into_result().err())
}

/// Moves, confirms or calls off an appointment, or changes its details. One that was called off stays so.
#[utoipa::path(
    patch,
    operation_id = "update_appointment",
    path = "/api/v1/appointments/{id}",
    tag = "appointments",
    params(("id" = AppointmentId, Path, description = "The appointment")),
    request_body = AppointmentChange,
    responses(
        (status = 200, description = "Changed", body = Appointment),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such appointment"),
        (status = 409, description = "Its new time is taken (`slot_taken`) or kept free (`kept_free`, which `ignore_buffers` overrides), it was called off (`cancelled`), or somebody else changed it at the same time (`changed_meanwhile`)"),
        (status = 422, description = "A value is invalid, for instance an end before the beginning"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<AppointmentId>,
    body: ThingBody<AppointmentChange>,
) -> Result<web::Json<Appointment>, ApiError> {
    let change = &body;
    let mut faults = Faults::default();
    faults.title("service", change.service.as_deref(), BUSINESS_LINE_CHARS_MAX);
    faults.text("name", change.name.as_deref(), NAME_CHARS_MAX, Lines::One);
    faults.text("address", change.address.as_deref(), LINE_CHARS_MAX, Lines::Many);
    faults.text("notes", change.notes.as_deref(), NOTES_CHARS_MAX, Lines::Many);
    faults.time("starts_at", change.starts_at);
    faults.time("ends_at", change.ends_at);
    faults.into_result()?;
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let make = move |connection: &mut Connection| {
        let found = query::appointment(connection, organization_id, id)?;
        let Some(mut appointment) = found else { return Ok(Err(NO_SUCH)) };
        if let Err(refused) = body.demand_unchanged(&appointment) {
            return Ok(Err(refused));
        }
        let change = body.into_inner();
        if appointment.status == AppointmentStatus::Cancelled {
            return Ok(Err(ApiError::conflict("cancelled", "it was called off: make a new one")));
        }
        if change.status.is_some_and(|status| !status.follows(appointment.status)) {
            let reason = "must be confirmed, cancelled, or what it is";
            return Ok(Err(ApiError::Invalid(vec![Fault::of("status", reason)])));
        }
        let (was, ignores) = (appointment.clone(), change.ignore_buffers);
        let read = was.updated_at;
        appointment.change(change, read.next_change(now));
        if appointment.service != was.service {
            appointment.resource = query::resource_after(connection, &was, &appointment.service)?;
        }
        if appointment.phone != was.phone
            && let Some(phone) = appointment.phone.clone()
        {
            appointment.customer_id =
                customer_id_by_number(connection, organization_id, phone)?.or(appointment.customer_id);
        }
        let (starts_at, ends_at) = (appointment.starts_at.to_utc(), appointment.ends_at.to_utc());
        if let Some(reason) = length_fault(starts_at, ends_at) {
            return Ok(Err(ApiError::Invalid(vec![Fault::of("ends_at", reason)])));
        }
        let is_off = appointment.status == AppointmentStatus::Cancelled;
        let is_checked = !ignores && !is_off && !appointment.has_kept_its_time(&was, now);
        if is_checked && needs_kept_time(connection, &appointment, now)? {
            return Ok(Err(kept_free()));
        }
        if !change::update_appointment(connection, &appointment, read, now)? {
            return Ok(Err(ApiError::changed_meanwhile("appointment")));
        }
        let detail = format!("{} {}", appointment.status.as_str(), appointment.starts_at.to_rfc3339());
        change::record_audit(connection, &caller.did("appointment.updated", id, detail))?;
        Ok(Ok(appointment))
    };
    Ok(web::Json(state.store.change(make).await.map_err(taken)??))
}

fn taken(error: StoreError) -> ApiError {
    match error {
        StoreError::TimeTaken => ApiError::conflict("slot_taken", error.to_string()),
        _ => error.into(),
    }
}

/// Whether an appointment is in the time that is kept free around others, or has others in its own.
fn needs_kept_time(
    connection: &mut Connection,
    appointment: &Appointment,
    now: UnixMs,
) -> Result<bool, StoreError> {
    Ok(query::appointment_clash(connection, appointment, now)? == Some(Clash::Buffer))
}

fn kept_free() -> ApiError {
    ApiError::conflict(
        "kept_free",
        "the time before or after another appointment is kept free; `ignore_buffers` makes it nevertheless",
    )
}

/// Query of the free times of a service.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SlotList {
    /// Service to book; the business sets how long it takes.
    service: String,
    /// Earliest time, RFC 3339.
    from: DateTime<Utc>,
    /// Latest time, at most 31 days later, RFC 3339.
    to: DateTime<Utc>,
}

/// A time at which something can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlotView {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    #[serde(with = "cordboard_schema::time::rfc3339")]
    starts_at: UnixMs,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    #[serde(with = "cordboard_schema::time::rfc3339")]
    ends_at: UnixMs,
    /// The beginning in the business's local time, with its offset from UTC.
    local: String,
}

/// Lists when a service can be booked: in opening hours, with the notice and up to the day that the business has set, beside the appointments of its
/// resource and the time that is kept free around them. At most 500, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_slots",
    path = "/api/v1/appointments/slots",
    tag = "appointments",
    params(SlotList),
    responses(
        (status = 200, description = "The free slots", body = Page<SlotView>),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 409, description = "No slot can be found: the business does not offer this service (`unknown_service`; `detail` names those that can be booked), has not said how long it takes (`no_duration`), says more than 12 hours (`too_long`), or has no opening hours (`no_hours`)"),
    )
)]
pub(crate) async fn slots(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<SlotList>,
) -> Result<web::Json<Page<SlotView>>, ApiError> {
    let SlotList { service, from, to } = asked.into_inner();
    if let Some(reason) = text_fault(&service, BUSINESS_LINE_CHARS_MAX, Lines::One) {
        return Err(ApiError::BadInput(format!("`service` {reason}")));
    }
    if !is_sane_time(from) || !is_sane_time(to) {
        return Err(ApiError::BadInput(format!("`from` and `to` {SANE_TIMES}")));
    }
    if to <= from || to - from > TimeDelta::days(SLOT_DAYS_MAX) {
        return Err(ApiError::BadInput(format!(
            "`to` must be after `from`, and at most {SLOT_DAYS_MAX} days"
        )));
    }
    let (organization_id, now) = (caller.organization_id, world::now());
    let read = move |connection: &mut Connection| {
        query::free_slots(connection, organization_id, &service, (from, to), SLOTS_MAX, now)
    };
    let free = state.store.reads().run(read).await?;
    let FreeSlots { zone, slots, .. } =
        free.map_err(|not| ApiError::conflict(not.code(), not.to_string()))?;
    let view = |(starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>)| SlotView {
        starts_at: starts_at.into(),
        ends_at: ends_at.into(),
        local: starts_at.with_timezone(&zone).to_rfc3339(),
    };
    Ok(web::Json(Page::whole(slots.into_iter().map(view).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_a_place_where_an_appointment_can_be() {
        let id = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10";
        let at = |ms: i64| placed(&format!("{ms}.{id}"));
        assert_eq!(at(1_795_000_000_000), Some((UnixMs(1_795_000_000_000), id.parse().unwrap())));
        // PostgreSQL stores no time as early as the second, and chrono none as late as the third.
        for ms in [-1, -8_000_000_000_000_000, i64::MAX] {
            assert_eq!(at(ms), None, "{ms}");
        }
        for bad in ["", "1", "1.", ".1", "now.0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10"] {
            assert_eq!(placed(bad), None, "{bad}");
        }
    }
}
