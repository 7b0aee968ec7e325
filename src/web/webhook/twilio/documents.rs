//! Callers whom Twilio serves by our documents, without a stream: its requests after a turn, a dialled call or a message.
//!
//! ```text
//! <Gather> ── POST /twilio/process-audio ─┐
//! <Redirect> ─ POST /twilio/transfer ─────┤                          ┌─> the next document
//! <Dial> ──── POST /twilio/dialled ───────┼─ AskDocument ─> the call ┤
//! <Record> ── POST /twilio/recorded ──────┘                          └─> the stream again
//! ```

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{AskDocument, NextFault};
use cordboard_schema::did::Instead;
use cordboard_schema::document::{DocumentQuestion, Passage};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::limits::TWILIO_SPEECH_CHARS_MAX;
use cordboard_schema::wire::twilio::webhook::{DialEnded, DialOutcome, Gathered};
use cordboard_schema::wire::twilio::{CallSid, FormFields, StatusEvent};
use cordboard_schema::wire::twiml::{Twiml, Verb};
use serde::Deserialize;
use utoipa::IntoParams;

use super::accounts::{Webhook, signed, signed_for_transfer};
use super::{SigningAccount, answer_once, ended_there, numbers, twiml};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Answers a caller's turn of a `<Gather>`: keys or words.
#[utoipa::path(
    post,
    operation_id = "twilio_process_audio",
    path = "/twilio/process-audio",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters, and `Digits` or `SpeechResult`"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored at the moment"),
    )
)]
pub(crate) async fn process_audio(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let Gathered { call, digits, speech, .. } = Gathered::read(&fields)?;
    let words = speech.map(|speech| spoken(&speech)).filter(|words| !words.is_empty());
    let question = DocumentQuestion::Heard { keys: digits, words };
    answered(&state, &twilio, &request, (call, question), &fields).await
}

/// Extension to connect a caller with.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedTarget {
    /// The name of an extension, or its number.
    extension: String,
}

/// Connects a caller with an extension of their organization. It is looked up, and never dialled as given.
#[utoipa::path(
    post,
    operation_id = "twilio_transfer",
    path = "/twilio/transfer",
    tag = "twilio",
    security(()),
    params(WantedTarget),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call, or no extension"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored at the moment"),
    )
)]
pub(crate) async fn transfer(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed_for_transfer(&state, &request, body).await?;
    let wanted = web::Query::<WantedTarget>::from_query(request.query_string());
    let WantedTarget { extension } = wanted.map_err(|bad| ApiError::BadInput(bad.to_string()))?.into_inner();
    let extension = extension.chars().take(TWILIO_SPEECH_CHARS_MAX).collect();
    let (call, question) = (fields.call()?, DocumentQuestion::Transfer { extension });
    answered(&state, &twilio, &request, (call, question), &fields).await
}

/// Answers what to do with a caller for whom somebody was dialled, once that has ended.
#[utoipa::path(
    post,
    operation_id = "twilio_dialled",
    path = "/twilio/dialled",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters, and `DialCallStatus`"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored at the moment"),
    )
)]
pub(crate) async fn dialled(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let ended = DialEnded::read(&fields)?;
    if ended.outcome == DialOutcome::Ended {
        // For a caller out of a room, only the call's own status tells whether they are still there.
        ended_there(&state, &StatusEvent::read(&fields)?).await?;
    }
    let question = DocumentQuestion::Dialled { failure: ended.failure() };
    answered(&state, &twilio, &request, (ended.call, question), &fields).await
}

/// Answers what to do with a caller who has left a message.
#[utoipa::path(
    post,
    operation_id = "twilio_recorded",
    path = "/twilio/recorded",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored at the moment"),
    )
)]
pub(crate) async fn recorded(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let (call, question) = (fields.call()?, DocumentQuestion::Recorded);
    answered(&state, &twilio, &request, (call, question), &fields).await
}

/// Asks the call, and answers Twilio.
async fn answered(
    state: &WebState,
    twilio: &SigningAccount,
    request: &HttpRequest,
    (call, question): (CallSid, DocumentQuestion),
    fields: &FormFields,
) -> Result<HttpResponse, ApiError> {
    let asked = format!("{} {call}", request.path());
    let make = async {
        let to = fields.get("To")?.unwrap_or_default();
        twiml::text(&document(state, twilio, &call, question, to).await?)
    };
    answer_once(twilio, request, &asked, make).await
}

/// The call's document; a fitting one if the call is over.
pub(super) async fn document(
    state: &WebState,
    twilio: &SigningAccount,
    call: &CallSid,
    question: DocumentQuestion,
    to: &str,
) -> Result<Twiml, ApiError> {
    let ask = AskDocument { call: OutsideId::twilio(call), question: question.clone() };
    let question = match (state.ask(ask).await?, question) {
        (Ok(answer), _) => return twilio.document(call, answer),
        (Err(NextFault::NotStored(fault)), _) => return Err(fault.into()),
        (Err(busy @ NextFault::Busy), _) => return Err(ApiError::Unavailable(busy.to_string())),
        (Err(NextFault::NoSuchCall), DocumentQuestion::Dialled { failure: None }) => {
            return Ok(Twiml::new([Verb::Hangup]));
        }
        (Err(NextFault::NoSuchCall), question) => question,
    };
    let language = numbers::language(state, twilio, to).await?;
    match question {
        // The call that took the message is over.
        DocumentQuestion::Recorded => twiml::last_words(&[twiml::ours(&language, |ours| ours.message_saved)]),
        // A caller whom nobody could serve or has answered gets what the number's settings say.
        DocumentQuestion::Dialled { .. } => match numbers::no_room(state, twilio, to).await? {
            Some(Instead::Say { text }) => twiml::last_words(&[Passage { text, language }]),
            _ => twiml::nobody_there(&language),
        },
        _ => twiml::nobody_there(&language),
    }
}

/// A caller's words in the form for a transcript.
fn spoken(words: &str) -> String {
    let plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(TWILIO_SPEECH_CHARS_MAX).collect::<String>().trim().to_owned()
}
