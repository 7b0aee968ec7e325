//! `Idempotency-Key`: a request that creates something is done once, however often its client sends it.
//!
//! ```text
//! gate ──> here: known? ──> the kept answer
//!             │ no
//!             ▼
//!          handler ── change ──> one transaction: what is made, and the key
//!             │ answer
//!             ▼
//!          kept ──> the client
//! ```
//!
//! This runs after the gate, so an answer is only repeated to its owner, with the same permissions. A refusal before anything is written, for
//! instance of a body that can't be parsed, is not stored: the key can be used again with a corrected request. The same holds if the change itself was
//! refused, because of the body or of the present state, such as a slot that is taken, or mails that leave no room for another: nothing was created,
//! and the answer may change.

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use cordboard_schema::audit::Actor;
use cordboard_schema::hex::hex;
use cordboard_schema::limits::{CSV_IMPORT_BYTES_MAX, HTTP_PROFILE_BYTES_MAX};
use cordboard_schema::outbound::{BadKey, IdempotencyKey};
use sha2::{Digest as _, Sha256};

use super::WebState;
use super::caller::Caller;
use super::problem::{ApiError, Fault};
use super::routes::Answers;
use super::webhook::body::refuse_announced;
use crate::store::{Before, Connection, Keep, KeptAnswer, Keyed, Once, StoreError, change, done_once, query};

/// The header.
pub(super) const KEY: &str = "Idempotency-Key";

/// Maximum size of a stored answer, in bytes; more than any has.
const ANSWER_BYTES_MAX: usize = 4 * HTTP_PROFILE_BYTES_MAX;

/// The key of a request, if it has one.
pub(super) fn key_of(
    headers: &actix_web::http::header::HeaderMap,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let key =
        text.parse().map_err(|fault: BadKey| ApiError::Invalid(vec![Fault::of(KEY, fault.to_string())]))?;
    Ok(Some(key))
}

/// Executes a request with a key once, if its route stores answers.
pub(super) async fn once(
    answers: Option<Answers>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (Some(answers), &Method::POST) = (answers, request.method()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let keyed = match keyed(answers, &mut request).await {
        Ok(Some(keyed)) => keyed,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => return Ok(refuse(request, &error)),
    };
    match before(&request, &keyed).await {
        Ok(Before::Nothing) => {}
        Ok(Before::UnderWay) => return Ok(refuse(request, &StoreError::KeyInUse.into())),
        Ok(Before::Answered(answer)) => return Ok(request.into_response(again(&answer))),
        Ok(Before::Unanswered { subject }) => {
            return Ok(refuse(request, &ApiError::AnswerNotKept { subject }));
        }
        Ok(Before::Another) => return Ok(refuse(request, &ApiError::KeyReused)),
        Err(error) => return Ok(refuse(request, &error)),
    }
    let subject = request.extensions().get::<Caller>().map(Caller::audited).unwrap_or_default();
    let once = Once::new(keyed, subject);
    let response = done_once(once.clone(), next.call(request)).await?.map_into_boxed_body();
    if once.has_changed() { kept(answers, &once, response).await } else { Ok(response) }
}

/// The key of a request, with the request's digest and its caller. The body is read, and put back for the handler.
async fn keyed(answers: Answers, request: &mut ServiceRequest) -> Result<Option<Keyed>, ApiError> {
    let Some(key) = key_of(request.headers())? else { return Ok(None) };
    let caller = request.extensions().get::<Caller>().cloned().ok_or(ApiError::Unauthorized)?;
    let is_file = answers == Answers::OfFile;
    let max = if is_file { CSV_IMPORT_BYTES_MAX } else { HTTP_PROFILE_BYTES_MAX };
    if is_file {
        refuse_announced(request.request(), max)?;
        let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
        state.imports.take_room(request, caller.organization_id)?;
    }
    let body = request.extract::<web::Payload>().await;
    let body = body.map_err(|fault| ApiError::BadInput(fault.to_string()))?;
    let body = body.to_bytes_limited(max).await;
    let body = body.map_err(|_| ApiError::BodyTooLong { max })?;
    let body = body.map_err(|fault| ApiError::BadInput(fault.to_string()))?;
    // A path can't contain a NUL, so different requests have different digests.
    let mut digest = Sha256::new();
    digest.update(request.uri().to_string());
    digest.update([0]);
    // The same request with its members in another order is the same.
    let json = if is_file { None } else { serde_json::from_slice::<serde_json::Value>(&body).ok() };
    match json {
        Some(json) => digest.update(json.to_string()),
        None => digest.update(&body),
    }
    let request_digest = hex(digest.finalize());
    request.set_payload(Payload::from(body));
    Ok(Some(Keyed {
        organization_id: caller.organization_id,
        asker: asker(caller.actor),
        key,
        request: request_digest,
    }))
}

/// The caller as one word.
fn asker(actor: Actor) -> String {
    match actor {
        Actor::Installation => "installation".to_owned(),
        Actor::User(id) => format!("user {id}"),
        Actor::ApiToken(id) => format!("api_token {id}"),
        Actor::System => "system".to_owned(),
    }
}

async fn before(request: &ServiceRequest, keyed: &Keyed) -> Result<Before, ApiError> {
    let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
    let keyed = keyed.clone();
    let read = move |connection: &mut Connection| query::answer_before(connection, &keyed);
    Ok(state.store.reads().run(read).await?)
}

fn again(answer: &KeptAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    let is_problem = status.is_client_error();
    response.content_type(if is_problem { "application/problem+json" } else { "application/json" });
    if let Some(location) = &answer.location {
        response.insert_header((LOCATION, location.as_str()));
    }
    response.body(answer.body.clone())
}

/// Stores an answer before the client gets it; for an answer with a secret, which is shown once, only that there was one. Failures of the server are
/// not stored. If the store does not accept the answer now, it is lost.
async fn kept(
    answers: Answers,
    once: &Once,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let status = response.status();
    // The only change was refused.
    if once.changes() == 1 && (status.is_client_error() || has_no_room(&response)) {
        let keyed = once.keyed().clone();
        keep_in_mind(response.request(), move |connection| change::free_key(connection, &keyed)).await;
        return Ok(response);
    }
    if status.is_server_error() {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // An answer of the API is completely in memory.
    let Ok(Ok(body)) = to_bytes_limited(body, ANSWER_BYTES_MAX).await else {
        let error = ApiError::AnswerNotKept { subject: once.subject().map(str::to_owned) };
        return Ok(ServiceResponse::new(request, error.error_response()));
    };
    let is_secret = answers == Answers::Secret && status.is_success();
    let keep = match std::str::from_utf8(&body) {
        Ok(text) if !is_secret => {
            Keep::Whole(KeptAnswer { status: status.as_u16(), location, body: text.to_owned() })
        }
        _ => Keep::Status(status.as_u16()),
    };
    let keyed = once.keyed().clone();
    keep_in_mind(&request, move |connection| change::keep_answer(connection, &keyed, &keep)).await;
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(body))))
}

/// Whether there was no room for what the request would make.
fn has_no_room(response: &ServiceResponse<BoxBody>) -> bool {
    let error = response.response().error();
    error.is_some_and(|error| matches!(error.as_error(), Some(ApiError::NoRoom(_))))
}

async fn keep_in_mind(
    request: &HttpRequest,
    change: impl FnOnce(&mut Connection) -> Result<(), StoreError> + Send + 'static,
) {
    let Some(state) = request.app_data::<web::Data<WebState>>() else { return };
    if let Err(error) = state.store.change(change).await {
        tracing::warn!(%error, "an answer could not be stored for a repeated request");
    }
}

fn refuse(request: ServiceRequest, error: &ApiError) -> ServiceResponse<BoxBody> {
    request.into_response(error.error_response())
}
