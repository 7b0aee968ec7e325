//! Commands to a live call: say something, play digits, hold, transfer, end. The registry is asked first, so that a hang-up does not wait for a
//! database. The store is only asked to tell a finished call from one that never existed.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::{Command, CommandRefused, EndCall, Instruct};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::digit::Digit;
use cordboard_schema::extension::is_extension_name;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{DTMF_DIGITS_MAX, SAY_CHARS_MAX};
use cordboard_schema::outbound::bad_variables;
use serde::Deserialize;
use utoipa::ToSchema;

use super::calls::find;
use crate::web::WebState;
use crate::web::audited;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Text for the assistant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SayBody {
    /// Text to say, word for word.
    #[schema(min_length = 1, max_length = 2000, example = "Your table is booked.")]
    text: String,
}

/// Digits for the caller's side.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DtmfBody {
    /// The digits, in order.
    #[schema(pattern = "^[0-9*#A-D]{1,32}$", example = "12#")]
    digits: String,
}

/// Variables for the caller's channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariablesBody {
    /// Values, by name: 1 to 64 letters, digits and `_`. The switch gets them as `cordboard_NAME`, url-encoded.
    variables: BTreeMap<String, String>,
}

/// The target of a transfer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetBody {
    /// The name of an extension.
    #[schema(pattern = "^[a-z0-9_-]{1,79}$", example = "sales")]
    target: String,
}

fn checked(target: String) -> Result<String, ApiError> {
    if is_extension_name(&target) {
        Ok(target)
    } else {
        Err(ApiError::Invalid(vec![Fault::of("target", "must be the name of an extension")]))
    }
}

/// Makes the assistant say something after its current sentence.
#[utoipa::path(
    post,
    path = "/api/v1/calls/{id}/say",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = SayBody,
    responses(
        (status = 202, description = "The assistant has the text"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), or has no conversation at present (`not_conversing`)"),
        (status = 422, description = "The text is empty or too long, or the assistant can only play recordings (`cannot_speak_text`)"),
    )
)]
pub(crate) async fn say(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<SayBody>,
) -> Result<HttpResponse, ApiError> {
    say_on(&state, &caller, *id, &body.text).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Makes a call's assistant say a text.
pub(in crate::web) async fn say_on(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    text: &str,
) -> Result<(), ApiError> {
    let text = words(text, SAY_CHARS_MAX)?;
    instruct(state, caller, call_id, Command::Say(text)).await
}

/// Checks a text for an assistant, of at most `chars_max` characters.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub(super) fn words(text: &str, chars_max: usize) -> Result<String, ApiError> {
    let text = text.trim();
    let chars = text.chars().count();
    if !(1..=chars_max).contains(&chars) {
        let reason = format!("must have 1 to {chars_max} characters, it has {chars}");
        return Err(ApiError::Invalid(vec![Fault::of("text", reason)]));
    }
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err(ApiError::Invalid(vec![Fault::of("text", "holds control characters")]));
    }
    Ok(text.to_owned())
}

/// Plays digits to the caller's side, as tones in the audio.
#[utoipa::path(
    post,
    operation_id = "send_dtmf",
    path = "/api/v1/calls/{id}/dtmf",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = DtmfBody,
    responses(
        (status = 202, description = "The digits are being played"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), or nobody is connected on it at present (`not_conversing`)"),
        (status = 422, description = "Not 1 to 32 digits of 0 to 9, *, #, A to D"),
    )
)]
pub(crate) async fn dtmf(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<DtmfBody>,
) -> Result<HttpResponse, ApiError> {
    play_on(&state, &caller, *id, &body.digits).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Plays digits to a call's caller.
pub(in crate::web) async fn play_on(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    digits: &str,
) -> Result<(), ApiError> {
    let digits: Result<Vec<Digit>, _> =
        digits.chars().take(DTMF_DIGITS_MAX + 1).map(Digit::try_from).collect();
    let digits = digits.map_err(|fault| ApiError::Invalid(vec![Fault::of("digits", fault.to_string())]))?;
    if !(1..=DTMF_DIGITS_MAX).contains(&digits.len()) {
        let reason = format!("must have 1 to {DTMF_DIGITS_MAX} digits");
        return Err(ApiError::Invalid(vec![Fault::of("digits", reason)]));
    }
    instruct(state, caller, call_id, Command::SendDtmf(digits)).await
}

/// Puts the caller on hold: they hear music, and the assistant hears nothing. If a person has taken over, the switch holds the person's phone.
#[utoipa::path(
    post,
    operation_id = "hold",
    path = "/api/v1/calls/{id}/hold",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), has no conversation at present (`not_conversing`), can't be held in its present state (`incapable`), or is on hold already (`already_held`)"),
    )
)]
pub(crate) async fn hold(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    instruct(&state, &caller, *id, Command::Hold).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Takes the caller off hold.
#[utoipa::path(
    post,
    operation_id = "unhold",
    path = "/api/v1/calls/{id}/unhold",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), or the caller is not on hold (`not_held`)"),
    )
)]
pub(crate) async fn unhold(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    instruct(&state, &caller, *id, Command::Unhold).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Parks the caller on the switch. They hear music. A person who dials the space (event `parked`) is connected to them. If nobody does in time, or at
/// `unhold`, they are back with the assistant.
#[utoipa::path(
    post,
    operation_id = "park",
    path = "/api/v1/calls/{id}/park",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command; its events say where the caller is parked"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), has no conversation at present (`not_conversing`), its switch can't park (`incapable`), or a hand-off is under way (`handoff_under_way`)"),
    )
)]
pub(crate) async fn park(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    instruct(&state, &caller, *id, Command::Park).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Sets variables of the caller's channel, for the dialplan and other programs on the switch.
#[utoipa::path(
    post,
    operation_id = "set_variables",
    path = "/api/v1/calls/{id}/variables",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = VariablesBody,
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), or its switch is not under control (`incapable`)"),
        (status = 422, description = "There are none or more than 32, or names or values are invalid"),
    )
)]
pub(crate) async fn variables(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<VariablesBody>,
) -> Result<HttpResponse, ApiError> {
    set_variables_on(&state, &caller, *id, body.into_inner().variables).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Sets variables of the channel of a call's caller.
pub(in crate::web) async fn set_variables_on(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    variables: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let mut faults: Vec<Fault> =
        bad_variables(&variables).iter().map(|bad| Fault::of(bad.field(), bad.to_string())).collect();
    if variables.is_empty() {
        faults.push(Fault::of("variables", "must have at least one"));
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    instruct(state, caller, call_id, Command::SetVariables(variables)).await
}

/// Transfers the caller to an extension, without asking a person there first.
///
/// The switch is asked beforehand whether the extension exists, as far as it can tell. If the caller can't be transferred, or nobody answers,
/// `transfer_failed` and the call's `failure` report it; the caller stays with the assistant, or comes back.
#[utoipa::path(
    post,
    operation_id = "transfer",
    path = "/api/v1/calls/{id}/transfer",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = TargetBody,
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), can't be transferred in its present state (`incapable`, `not_conversing`), is being transferred (`handoff_under_way`), or knows no such extension (`no_such_target`)"),
        (status = 422, description = "The target is not the name of an extension"),
    )
)]
pub(crate) async fn transfer(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<TargetBody>,
) -> Result<HttpResponse, ApiError> {
    transfer_on(&state, &caller, *id, body.into_inner().target).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Transfers a call's caller to an extension.
pub(in crate::web) async fn transfer_on(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    target: String,
) -> Result<(), ApiError> {
    instruct(state, caller, call_id, Command::Transfer(checked(target)?)).await
}

/// Rings an extension, and connects the person who answers with the caller.
#[utoipa::path(
    post,
    operation_id = "hand_off",
    path = "/api/v1/calls/{id}/handoff",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    request_body = TargetBody,
    responses(
        (status = 202, description = "The call has received the command; its events report the result"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), can't ask anybody in its present state (`incapable`, `not_conversing`), is asking somebody already (`handoff_under_way`), or knows no such extension (`no_such_target`)"),
        (status = 422, description = "The target is not the name of an extension"),
    )
)]
pub(crate) async fn handoff(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<TargetBody>,
) -> Result<HttpResponse, ApiError> {
    hand_off_on(&state, &caller, *id, body.into_inner().target).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Rings an extension for a call.
pub(in crate::web) async fn hand_off_on(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    target: String,
) -> Result<(), ApiError> {
    instruct(state, caller, call_id, Command::Handoff(checked(target)?)).await
}

/// Ends a call.
#[utoipa::path(
    post,
    operation_id = "hang_up",
    path = "/api/v1/calls/{id}/hangup",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`)"),
    )
)]
pub(crate) async fn hangup(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    end(&state, &caller, *id).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Ends a call.
pub(in crate::web) async fn end(state: &WebState, caller: &Caller, call_id: CallId) -> Result<(), ApiError> {
    let (organization_id, cause) = (caller.organization_id, HangupCause::normal_clearing());
    let order = EndCall { organization_id, call_id, by: HangupBy::Api, cause };
    if state.command(order).await?.is_ok() {
        audited::log_command(state, caller, call_id, Some(("call.hung_up", String::new())));
        return Ok(());
    }
    Err(over(state, caller, call_id).await)
}

/// Sends a call an instruction.
pub(in crate::web) async fn instruct(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    command: Command,
) -> Result<(), ApiError> {
    let (organization_id, audit_line) = (caller.organization_id, audited::audit_line(&command));
    match state.command(Instruct { organization_id, call_id, command }).await? {
        Ok(()) => {
            audited::log_command(state, caller, call_id, audit_line);
            Ok(())
        }
        Err(CommandRefused::NoSuchCall) => Err(over(state, caller, call_id).await),
        Err(refused @ CommandRefused::Busy) => Err(ApiError::Unavailable(refused.to_string())),
        Err(refused @ CommandRefused::NotInCall) => Err(ApiError::conflict("not_in_call", refused)),
        Err(refused @ CommandRefused::NotConversing) => Err(ApiError::conflict("not_conversing", refused)),
        Err(CommandRefused::CannotSpeakText) => Err(ApiError::CannotSpeakText),
        Err(refused @ CommandRefused::Incapable(_)) => Err(ApiError::conflict("incapable", refused)),
        Err(refused @ CommandRefused::AlreadyHeld) => Err(ApiError::conflict("already_held", refused)),
        Err(refused @ CommandRefused::NotHeld) => Err(ApiError::conflict("not_held", refused)),
        Err(refused @ CommandRefused::NoSuchTarget) => Err(ApiError::conflict("no_such_target", refused)),
        Err(refused @ CommandRefused::HandoffUnderWay) => {
            Err(ApiError::conflict("handoff_under_way", refused))
        }
        Err(refused @ CommandRefused::ConsultUnderWay) => {
            Err(ApiError::conflict("consult_under_way", refused))
        }
        Err(refused @ CommandRefused::NoConsult) => Err(ApiError::conflict("no_consult", refused)),
        Err(refused @ CommandRefused::ColleagueNotThere) => {
            Err(ApiError::conflict("colleague_not_there", refused))
        }
        Err(refused @ CommandRefused::OthersInCall) => Err(ApiError::conflict("others_in_call", refused)),
        Err(refused @ CommandRefused::AgentOfCall) => Err(ApiError::conflict("agent_of_call", refused)),
        Err(refused @ CommandRefused::NoAgentToHear) => Err(ApiError::conflict("no_agent_to_hear", refused)),
        Err(refused @ CommandRefused::TooManySupervisors) => {
            Err(ApiError::conflict("too_many_supervisors", refused))
        }
        Err(refused @ CommandRefused::DialLimit) => Err(ApiError::conflict("dial_limit", refused)),
    }
}

/// Error for a call that is not live.
async fn over(state: &WebState, caller: &Caller, call_id: CallId) -> ApiError {
    match find(state, caller, call_id).await {
        Ok(_) => ApiError::conflict("call_over", "the call is over"),
        Err(error) => error,
    }
}
