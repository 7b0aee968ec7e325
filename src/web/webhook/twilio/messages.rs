//! Text messages: incoming ones, and the states of sent ones.

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::call::Unannounced;
use cordboard_schema::ids::{MessageId, OrganizationId};
use cordboard_schema::masked::Masked;
use cordboard_schema::phone::E164;
use cordboard_schema::sms::Keyword;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::{IncomingMessage, MessageEvent};
use cordboard_schema::wire::twiml::Twiml;

use super::accounts::{Webhook, signed};
use super::twiml;
use crate::store::{
    Asker, Connection, DeliveryReport, Incoming, MessageName, StoreError, asked_by, change, done_for, query,
};
use crate::texts::status_of;
use crate::web::WebState;
use crate::web::problem::ApiError;

/// The parameter of our status callback addresses that names a message.
const MESSAGE: &str = "message";
/// How often to try to store an incoming message while another server does the same.
const TRIES: usize = 3;

/// Takes a text message to one of our numbers. It is stored once, and nothing is sent back.
///
/// `STOP` and similar words opt the sender out of messages, `START` opts them in again.
#[utoipa::path(
    post,
    operation_id = "twilio_message",
    path = "/twilio/message",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's message parameters"),
    responses(
        (status = 200, description = "TwiML without a verb", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no message, or no sender"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 429, description = "The organization has too much waiting for the writer (`share_used_up`)"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn message(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let message = IncomingMessage::read(&fields)?;
    let opt_out = fields.get("OptOutType")?;
    match owner(&state, twilio.own(), &message.to).await? {
        Some(organization_id) => {
            keep(&state, incoming(organization_id, message, (opt_out, None))).await?;
        }
        None => {
            let IncomingMessage { message, to, .. } = message;
            tracing::warn!(%message, to = %Masked(Some(&to)), "a text message came to an unknown number: it is not stored")
        }
    }
    Ok(twiml::response(twiml::text(&Twiml::new([]))?))
}

/// A message to this organization, for the store. `opt_out` is Twilio's own reading of it, and `sent_at` its time if it was fetched later.
pub(super) fn incoming(
    organization_id: OrganizationId,
    message: IncomingMessage,
    (opt_out, sent_at): (Option<&str>, Option<UnixMs>),
) -> Incoming {
    let IncomingMessage { message, from, to, body, media, .. } = message;
    let keyword = Keyword::read(opt_out, &body);
    let (sid, body) = (message.to_string(), with_attachments(body, media));
    Incoming { organization_id, sid, from, to, body, keyword, sent_at }
}

/// The text of a message with this number of attachments, which are not fetched: a reader has to know that there are some.
fn with_attachments(body: String, media: u32) -> String {
    match (body.is_empty(), media) {
        (_, 0) => body,
        (true, _) => format!("({media} attached)"),
        (false, _) => format!("{body}\n({media} attached)"),
    }
}

/// Owner of a number that a message came to. That is its owner in the store, proved to the account that has the message. A number in the
/// configuration, or one that the default profile answers, belongs to the installation's first organization. A message to an organization's own
/// account (`own`) is its own, whatever number it names: the answer must not reveal whether another organization has that number.
pub(super) async fn owner(
    state: &WebState,
    own: Option<OrganizationId>,
    number: &str,
) -> Result<Option<OrganizationId>, ApiError> {
    if own.is_some() {
        return Ok(own);
    }
    if let Ok(number) = number.parse::<E164>() {
        let read = move |connection: &mut Connection| query::phone_number(connection, &number);
        if let Some(did) = state.store.reads().run(read).await?
            && did.is_reached_by(None)
        {
            return Ok(Some(did.organization_id));
        }
    }
    let twilio = &state.configuration.config.switches.twilio;
    let is_caller_id = twilio.transfer_caller_id.as_ref().is_some_and(|own| own.as_str() == number);
    let is_ours =
        is_caller_id || twilio.numbers.profile(number).is_some() || twilio.unlisted == Unannounced::Accept;
    Ok(is_ours.then(|| state.store.organization_id()))
}

/// Stores a message once, even if several requests bring it at once. Returns false if it is not stored.
///
/// An organization can sign any number of them: they take its share of the writer's queue, and no more.
pub(super) async fn keep(state: &WebState, incoming: Incoming) -> Result<bool, StoreError> {
    asked_by(Asker::Calls(incoming.organization_id), try_to_keep(state, incoming)).await
}

async fn try_to_keep(state: &WebState, incoming: Incoming) -> Result<bool, StoreError> {
    let mut tries = 1..=TRIES;
    loop {
        tries.next();
        let (incoming, at) = (incoming.clone(), UnixMs::from(world::now()));
        let configured = state.store.configured_numbers().clone();
        let write =
            move |connection: &mut Connection| change::receive_text(connection, &incoming, (&configured, at));
        match state.store.change(write).await {
            // The next try sees what the other one has written.
            Err(error) if error.is_taken_name() && !tries.is_empty() => {}
            outcome => return outcome,
        }
    }
}

/// Takes the state of a sent text message. A late or repeated report changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_message_status",
    path = "/twilio/message/status",
    tag = "twilio",
    security(()),
    params(("message" = Option<MessageId>, Query, description = "Our id of the message; if left out, it is found by `MessageSid`")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's status parameters"),
    responses(
        (status = 204, description = "Accepted, even if the message is unknown"),
        (status = 400, description = "It names no message, or no known status"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 429, description = "The organization has too much waiting for the writer (`share_used_up`)"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn message_status(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let MessageEvent { message, status, error_code } = MessageEvent::read(&fields)?;
    let name = match named(&request)? {
        Some(id) => MessageName::Id(id),
        None => MessageName::Sid(message.to_string()),
    };
    let heard = DeliveryReport {
        status: status_of(status),
        sid: Some(message.to_string()),
        error_code: error_code.map(i64::from),
    };
    let (own, at) = (twilio.own(), UnixMs::from(world::now()));
    let configured = state.store.configured_numbers().clone();
    let write = move |connection: &mut Connection| {
        change::hear_of_text(connection, own, &name, &heard, (&configured, at))
    };
    let heard = state.store.change(write);
    if done_for(own.map(Asker::Calls), heard).await?.is_none() {
        tracing::info!(%message, "Twilio reports on an unknown text message");
    }
    Ok(HttpResponse::NoContent().finish())
}

/// The message that the address names. The signature covers it, so it is read after the check.
fn named(request: &HttpRequest) -> Result<Option<MessageId>, ApiError> {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let mut ids = pairs.filter(|(name, _)| name == MESSAGE).map(|(_, id)| id);
    match (ids.next(), ids.next()) {
        (None, _) => Ok(None),
        (Some(id), None) => id
            .parse()
            .map(Some)
            .map_err(|_| ApiError::BadInput("`message` is not the id of a message".to_owned())),
        (Some(_), Some(_)) => Err(ApiError::BadInput("`message` occurs more than once".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_mentioned_with_and_without_words() {
        let read = |body: &str, media| with_attachments(body.to_owned(), media);
        assert_eq!(read("The leak", 0), "The leak");
        assert_eq!(read("The leak", 2), "The leak\n(2 attached)");
        assert_eq!((read("", 1).as_str(), read("", 0).as_str()), ("(1 attached)", ""));
    }
}
