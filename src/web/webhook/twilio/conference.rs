//! People who take over Twilio callers, each in a room with the caller: the state of their legs, events of the rooms, and what happens to a caller
//! who leaves one. The addresses contain our name of the person.

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::ToTwilio;
use cordboard_schema::wire::twilio::{ConferenceEvent, StatusEvent};
use uuid::Uuid;

use super::accounts::{Webhook, signed};
use super::{ended_there, next_answer, notify};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Takes the state of the leg of a person who is asked to take over. A late or repeated report changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_person_status",
    path = "/twilio/conference/{person}/person",
    tag = "twilio",
    security(()),
    params(("person" = Uuid, Path, description = "Our name for the person")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's status parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no call, or no known status"),
        (status = 404, description = "There is no Twilio account, the name is invalid, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn person(
    state: web::Data<WebState>,
    request: HttpRequest,
    person: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = Box::new(StatusEvent::read(&fields)?);
    notify(&twilio, ToTwilio::PersonReported { person: person.into_inner(), event })?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes an event of a person's room. A late or repeated report changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_room",
    path = "/twilio/conference/{person}/room",
    tag = "twilio",
    security(()),
    params(("person" = Uuid, Path, description = "Our name for the person")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's conference parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no conference, or has no event"),
        (status = 404, description = "There is no Twilio account, the name is invalid, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn room(
    state: web::Data<WebState>,
    request: HttpRequest,
    person: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = Box::new(ConferenceEvent::read(&fields)?);
    notify(&twilio, ToTwilio::RoomReported { person: person.into_inner(), event })?;
    Ok(HttpResponse::NoContent().finish())
}

/// Answers what to do with a caller who has left a room: TwiML. One who hung up there is reported as such.
#[utoipa::path(
    post,
    operation_id = "twilio_room_over",
    path = "/twilio/conference/{person}/over",
    tag = "twilio",
    security(()),
    params(("person" = Uuid, Path, description = "Our name for the person")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call, or no known status"),
        (status = 404, description = "There is no Twilio account, the name is invalid, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored or read at the moment"),
    )
)]
pub(crate) async fn over(
    state: web::Data<WebState>,
    request: HttpRequest,
    _person: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = StatusEvent::read(&fields)?;
    // Before the request: otherwise it would be taken for a caller whom the person has left.
    ended_there(&state, &event).await?;
    next_answer(&state, &twilio, &request, event.call).await
}
