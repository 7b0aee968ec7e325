//! Calls that we make at Twilio: what happens when somebody answers one, and their state. Their addresses contain our name of the call, so a report
//! about one is recognized before the API has returned Twilio's.

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{AskOwner, CallRef, NameCall, NoSuchCall, ToTwilio};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::wire::twilio::StatusEvent;
use cordboard_schema::wire::twiml::{Twiml, Verb};
use uuid::Uuid;

use super::accounts::{Webhook, may_concern, signed};
use super::{ended_there, notify, repeated, twiml};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Answers what a person hears who has answered a call of ours: TwiML.
///
/// A call that nobody waits for any more is ended.
#[utoipa::path(
    post,
    operation_id = "twilio_answered",
    path = "/twilio/placed/{channel}/answered",
    tag = "twilio",
    security(()),
    params(("channel" = Uuid, Path, description = "Our name for the call")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call, or no known status"),
        (status = 404, description = "There is no Twilio account, the name is invalid, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn answered(
    state: web::Data<WebState>,
    request: HttpRequest,
    channel: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = StatusEvent::read(&fields)?;
    let channel = channel.into_inner();
    may_concern(&state, &twilio, &OutsideId::placed_at_twilio(channel)).await?;
    let answer = twilio.answer(&format!("answered {channel} {}", event.call));
    let text = answer.or_make(repeated(&request), async {
        let call = CallRef::Outside(OutsideId::placed_at_twilio(channel));
        let outside_id = OutsideId::twilio(&event.call);
        let twiml = match state.ask(NameCall { call, outside_id }).await? {
            Ok(_) => {
                let stream = twilio.stream(&event.call)?;
                let event = Box::new(event);
                notify(&twilio, ToTwilio::CallReported { channel, event, is_awaited: true })?;
                stream
            }
            Err(NoSuchCall) => Twiml::new([Verb::Hangup]),
        };
        twiml::text(&twiml)
    });
    Ok(twiml::response(text.await?))
}

/// Takes the state of a call that we make. A late or repeated report changes nothing. A call that was not answered yet, and that none of our calls waits
/// for any more, is ended.
#[utoipa::path(
    post,
    operation_id = "twilio_placed_status",
    path = "/twilio/placed/{channel}/status",
    tag = "twilio",
    security(()),
    params(("channel" = Uuid, Path, description = "Our name for the call")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's status parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no call, or no known status"),
        (status = 404, description = "There is no Twilio account, the name is invalid, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn placed_status(
    state: web::Data<WebState>,
    request: HttpRequest,
    channel: web::Path<Uuid>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = StatusEvent::read(&fields)?;
    let name = OutsideId::placed_at_twilio(*channel);
    may_concern(&state, &twilio, &name).await?;
    // After an answer the call itself gets it too: its account may have forgotten it in a restart.
    ended_there(&state, &event).await?;
    let is_awaited = state.ask(AskOwner(CallRef::Outside(name))).await?.is_some();
    let (channel, event) = (channel.into_inner(), Box::new(event));
    notify(&twilio, ToTwilio::CallReported { channel, event, is_awaited })?;
    Ok(HttpResponse::NoContent().finish())
}
