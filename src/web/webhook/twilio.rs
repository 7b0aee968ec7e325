//! `/twilio/...`: Twilio's requests and reports about calls.
//!
//! ```text
//! a call comes:     POST /twilio/voice ──> Expect ──> <Connect><Stream> with a token, <Redirect> to /twilio/next
//! the stream ends:  POST /twilio/next ───> AskNext ─> <Connect><Stream> again, <Dial>, or <Hangup>
//! the call ends:    POST /twilio/status ─> ChannelEnded
//! a text comes:     POST /twilio/message ─> kept;   POST /twilio/message/status ─> how far one has come that was sent;   missed ones are fetched
//! turn by turn:     POST /twilio/{process-audio,transfer,dialled,recorded} ─> AskDocument ─> the next document
//! a message:        POST /twilio/recording ─> the journal, and its sound by REST
//! calls we make:    POST /twilio/placed/{channel}/{answered,status} ─> NameCall, CallPayload
//! people:           POST /twilio/conference/{person}/{person,room,over} ─> PersonReported, RoomReported, AskNext
//! ```
//! Every request's signature is checked before anything else. A repeated request gets the same answer.

mod accounts;
mod answers;
pub(crate) mod conference;
pub(crate) mod documents;
pub(crate) mod messages;
pub(in crate::web) mod missed_texts;
mod numbers;
pub(crate) mod placed;
pub(crate) mod recording;
mod signing_account;
mod twiml;
pub(in crate::web) mod unreported;

pub(in crate::web) use accounts::handshake;
use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{
    Admission, Answerer, AskFallback, AskNext, CallRef, ChannelEnded, Expect, NextFault, Refused, ToTwilio,
};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::did::{AnsweringMode, Instead};
use cordboard_schema::document::{DocumentQuestion, Passage, TurnedAway};
use cordboard_schema::event::Announcement;
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::limits::TWILIO_IDEMPOTENCY_BYTES_MAX;
use cordboard_schema::wire::twilio::webhook::VoiceRequest;
use cordboard_schema::wire::twilio::{CallSid, CallStatus, StatusEvent};
use cordboard_schema::wire::twiml::{RejectReason, Twiml, Verb};
pub(in crate::web) use signing_account::TwilioServer;

use self::accounts::{Webhook, signed};
use self::numbers::Route;
use self::signing_account::SigningAccount;
use crate::store::query;
use crate::web::WebState;
use crate::web::api::dialplan::next_of_ended;
use crate::web::problem::ApiError;

/// The header whose value is the same when a request is repeated.
const IDEMPOTENCY: &str = "I-Twilio-Idempotency-Token";

/// Answers what to do with a call: TwiML.
///
/// The webhook for voice calls of a number or a SIP domain. A repeated request makes no second call and gets the same answer.
#[utoipa::path(
    post,
    operation_id = "twilio_voice",
    path = "/twilio/voice",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn voice(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let voice = VoiceRequest::read(&fields)?;
    let first = twilio.answer(&format!("voice {}", voice.call));
    // The caller was transferred away from us and has come back.
    let is_back = first.is_given() && voice.status == Some(CallStatus::InProgress);
    if is_back && repeated(&request).is_none_or(|token| !first.was_for(token)) {
        return next_answer(&state, &twilio, &request, voice.call).await;
    }
    let answer = first.or_make(repeated(&request), async {
        let twiml = welcome(&state, &twilio, &voice).await?;
        twiml::text(&twiml)
    });
    Ok(twiml::response(answer.await?))
}

/// Answers what to do with a caller whose stream has ended: the verb after `<Connect>` requests it.
#[utoipa::path(
    post,
    operation_id = "twilio_next",
    path = "/twilio/next",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's voice parameters"),
    responses(
        (status = 200, description = "TwiML", body = String, content_type = "text/xml"),
        (status = 400, description = "It names no call"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The call's decision can't be stored or read at the moment"),
    )
)]
pub(crate) async fn next(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    next_answer(&state, &twilio, &request, fields.call()?).await
}

/// Takes the state of a call. A late or repeated report changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_status",
    path = "/twilio/status",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's status parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no call, or no known status"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "The server is going down"),
    )
)]
pub(crate) async fn status(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { fields, .. } = signed(&state, &request, body).await?;
    let event = StatusEvent::read(&fields)?;
    ended_there(&state, &event).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tells a call that it has ended at Twilio, if so.
async fn ended_there(state: &WebState, event: &StatusEvent) -> Result<(), ApiError> {
    if let Some((by, cause)) = ending(event.status) {
        let outside_id = OutsideId::twilio(&event.call);
        // A call that is gone was reported before, or ended by us.
        let _ = state.ask(ChannelEnded { outside_id, by, cause }).await?;
    }
    Ok(())
}

/// Id that identifies repeated requests.
fn repeated(request: &HttpRequest) -> Option<&str> {
    request.headers().get(IDEMPOTENCY)?.to_str().ok().filter(|token| is_token(token))
}

/// Whether it is an id that may be stored: an organization that signs with its own account could send any text.
fn is_token(text: &str) -> bool {
    (1..=TWILIO_IDEMPOTENCY_BYTES_MAX).contains(&text.len())
}

/// Makes the call, or answers why not.
async fn welcome(state: &WebState, twilio: &SigningAccount, voice: &VoiceRequest) -> Result<Twiml, ApiError> {
    match numbers::route(state, twilio, voice).await? {
        Route::Answered { by, mode, no_room } => {
            let admission = if no_room.is_some() { Admission::OrElse } else { Admission::Usual };
            match (expect(state, twilio, voice, by.clone(), admission).await?, mode) {
                (Ok(_), AnsweringMode::MediaStreams) => twilio.stream(&voice.call),
                (Ok(_), AnsweringMode::Gather) => {
                    documents::document(state, twilio, &voice.call, DocumentQuestion::Begun, &voice.to).await
                }
                (Err(refused), _) => match (capacity_refusal(refused), no_room) {
                    (Some(why), Some(instead)) => turn_away(state, twilio, voice, by, (why, instead)).await,
                    _ => refuse(state, twilio, voice, (by, refused)).await,
                },
            }
        }
        Route::TurnedAway { by, why, instead } => turn_away(state, twilio, voice, by, (why, instead)).await,
        Route::Refused => Ok(Twiml::new([Verb::Reject(RejectReason::Rejected)])),
        Route::Unreadable => elsewhere(state, twilio, voice, twilio.usual()).await,
    }
}

async fn expect(
    state: &WebState,
    twilio: &SigningAccount,
    voice: &VoiceRequest,
    profile: Answerer,
    admission: Admission,
) -> Result<Result<CallId, Refused>, ApiError> {
    let from = voice.from.shown().map(str::to_owned);
    let announcement = Announcement { from, to: Some(voice.to.clone()), ..Announcement::default() };
    let (outside_id, account) = (OutsideId::twilio(&voice.call), twilio.own_sid().cloned());
    let tools = Vec::new();
    state.ask(Expect { outside_id, announcement, call: None, profile, admission, account, tools }).await
}

/// Why a caller is turned away for lack of room.
fn capacity_refusal(refused: Refused) -> Option<TurnedAway> {
    match refused {
        Refused::NoCapacity { .. }
        | Refused::ShareUsedUp { .. }
        | Refused::VisitorsShareUsedUp { .. }
        | Refused::KeptForFirst { .. } => Some(TurnedAway::NoCapacity),
        Refused::DailyCapReached => Some(TurnedAway::DailyCap),
        Refused::Draining | Refused::JournalFull | Refused::NoProfile => None,
    }
}

/// A caller who is not put through gets what the number's settings say. A blocked caller leaves no call, unless somebody is dialled for them or they
/// leave a message.
async fn turn_away(
    state: &WebState,
    twilio: &SigningAccount,
    voice: &VoiceRequest,
    by: Answerer,
    (why, instead): (TurnedAway, Instead),
) -> Result<Twiml, ApiError> {
    match (why, &instead) {
        (TurnedAway::Blocked, Instead::HangUp) => {
            return Ok(Twiml::new([Verb::Reject(RejectReason::Rejected)]));
        }
        (TurnedAway::Blocked, Instead::Say { text }) => {
            let language = numbers::language(state, twilio, &voice.to).await?;
            return twiml::last_words(&[Passage { text: text.clone(), language }]);
        }
        _ => {}
    }
    match expect(state, twilio, voice, by.clone(), Admission::TurnedAway).await? {
        Ok(_) => {
            let question = DocumentQuestion::TurnedAway { why, instead };
            documents::document(state, twilio, &voice.call, question, &voice.to).await
        }
        Err(refused) => refuse(state, twilio, voice, (by, refused)).await,
    }
}

async fn refuse(
    state: &WebState,
    twilio: &SigningAccount,
    voice: &VoiceRequest,
    (by, refused): (Answerer, Refused),
) -> Result<Twiml, ApiError> {
    tracing::warn!(call = %voice.call, %refused, "a call of Twilio was refused");
    elsewhere(state, twilio, voice, by).await
}

/// A caller whom nobody answers goes where the registry sends such callers on any other switch.
async fn elsewhere(
    state: &WebState,
    twilio: &SigningAccount,
    voice: &VoiceRequest,
    answerer: Answerer,
) -> Result<Twiml, ApiError> {
    let (outside_id, account) = (OutsideId::twilio(&voice.call), twilio.own_sid().cloned());
    twilio.fallback(&state.ask(AskFallback { answerer, outside_id, account }).await?)
}

async fn next_answer(
    state: &WebState,
    twilio: &SigningAccount,
    request: &HttpRequest,
    call: CallSid,
) -> Result<HttpResponse, ApiError> {
    let make = async {
        let twiml = match asked(state, &call).await? {
            NextStep::Again => twilio.stream(&call)?,
            NextStep::Hangup => Twiml::new([Verb::Hangup]),
            NextStep::Goto(target) => twilio.onward(&target)?,
        };
        twiml::text(&twiml)
    };
    answer_once(twilio, request, &format!("next {call}"), make).await
}

/// Answers with what `make` returns; a repeated request gets the same answer.
async fn answer_once(
    twilio: &SigningAccount,
    request: &HttpRequest,
    question: &str,
    make: impl Future<Output = Result<String, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let text = match repeated(request) {
        Some(token) => twilio.answer(&format!("{question} {token}")).or_make(None, make).await?,
        None => make.await?,
    };
    Ok(twiml::response(text))
}

/// Sends the account's actor a message, if there is one.
fn notify(twilio: &SigningAccount, message: ToTwilio) -> Result<(), ApiError> {
    let Some(line) = twilio.line() else { return Ok(()) };
    line.tell(message).map_err(|fault| ApiError::Unavailable(fault.to_string()))
}

/// Decision of the call's machine, now or when it ended.
async fn asked(state: &WebState, call: &CallSid) -> Result<NextStep, ApiError> {
    let outside_id = OutsideId::twilio(call);
    match state.ask(AskNext { call: CallRef::Outside(outside_id), lacks: false }).await? {
        Ok(next) => Ok(next),
        Err(NextFault::NoSuchCall) => {
            // It may have ended just now, with its rows still on their way to the disk.
            state.store.commit().await?;
            let sid = call.clone();
            let found = state.store.reads().run(move |connection| query::call_at_twilio(connection, &sid));
            Ok(next_of_ended(found.await?))
        }
        Err(NextFault::NotStored(fault)) => Err(fault.into()),
        Err(busy @ NextFault::Busy) => Err(ApiError::Unavailable(busy.to_string())),
    }
}

/// Which side ended a finished call, and the cause; `None` for one that goes on.
fn ending(status: CallStatus) -> Option<(HangupBy, HangupCause)> {
    let cause = |text: &str| HangupCause(text.to_owned());
    match status {
        CallStatus::Queued | CallStatus::Initiated | CallStatus::Ringing | CallStatus::InProgress => None,
        CallStatus::Completed => Some((HangupBy::Caller, HangupCause::normal_clearing())),
        CallStatus::Canceled => Some((HangupBy::Caller, cause("originator_cancel"))),
        CallStatus::Busy => Some((HangupBy::Switch, cause("user_busy"))),
        CallStatus::NoAnswer => Some((HangupBy::Switch, cause("no_answer"))),
        CallStatus::Failed => Some((HangupBy::Switch, cause("normal_temporary_failure"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_request_ids_are_stored() {
        assert!(is_token("9c5b94b1-35ad-49bb-b118-8e8fc24abf80"));
        assert!(!is_token("") && !is_token(&"x".repeat(TWILIO_IDEMPOTENCY_BYTES_MAX + 1)));
    }
}
