//! Execution of a desk's commands: some are sent to the router, some to a call.

use cordboard_actors::messages::{AgentAction, Command, DeskRefused, FromDesk, RouterLine};
use cordboard_actors::web::AudioGrant;
use cordboard_actors::world;
use cordboard_schema::agent::{AgentRequest, Intent};
use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::limits::PASSING_NOTE_CHARS_MAX;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::desk::DeskCommand;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{ROUTER_WAIT, away, begin, choices};
use crate::web::WebState;
use crate::web::api::commands::instruct;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Executes an agent's command.
pub(super) async fn run(
    state: &WebState,
    caller: &Caller,
    user_id: UserId,
    command: DeskCommand,
) -> Result<Value, ApiError> {
    let organization_id = caller.organization_id;
    let (call_id, request) = match command {
        // The socket handles these itself.
        DeskCommand::Snapshot {} | DeskCommand::Ping {} => return Err(away()),
        DeskCommand::SetPresence { presence } => {
            let presence = checked(state, organization_id, presence).await?;
            return say(state, caller, user_id, AgentAction::Wants(presence)).await;
        }
        DeskCommand::SetNextPresence { presence } => {
            let presence = match presence {
                Some(presence) => Some(checked(state, organization_id, presence).await?),
                None => None,
            };
            return say(state, caller, user_id, AgentAction::WantsNext(presence)).await;
        }
        DeskCommand::Accept { offer_id } => {
            return say(state, caller, user_id, AgentAction::Accepts(offer_id)).await;
        }
        DeskCommand::Decline { offer_id } => {
            return say(state, caller, user_id, AgentAction::Declines(offer_id)).await;
        }
        DeskCommand::Audio { call_id } => return audio(state, caller, user_id, call_id).await,
        DeskCommand::NeedHelp { call_id, note } => {
            let note = bounded(note)?;
            return say(state, caller, user_id, AgentAction::NeedsHelp { call_id, note }).await;
        }
        DeskCommand::Dial { to, callback_id } => {
            return begin::dial(state, caller, user_id, to, callback_id).await;
        }
        DeskCommand::CallColleague { target } => {
            return begin::call_colleague(state, caller, user_id, target).await;
        }
        DeskCommand::HelpOver {} => return say(state, caller, user_id, AgentAction::HelpOver).await,
        DeskCommand::HangUp { call_id } => (call_id, AgentRequest::HangUp),
        DeskCommand::Hold { call_id } => (call_id, AgentRequest::Hold),
        DeskCommand::Unhold { call_id } => (call_id, AgentRequest::Unhold),
        DeskCommand::Mute { call_id } => (call_id, AgentRequest::Mute),
        DeskCommand::Unmute { call_id } => (call_id, AgentRequest::Unmute),
        DeskCommand::SendDtmf { call_id, digits } => (call_id, AgentRequest::SendDtmf { digits }),
        DeskCommand::HandBack { call_id, note } => (call_id, AgentRequest::HandBack { note: bounded(note)? }),
        DeskCommand::Transfer { call_id, target, note } => {
            (call_id, AgentRequest::Transfer { target, note: bounded(note)? })
        }
        DeskCommand::Consult { call_id, target, note } => {
            (call_id, AgentRequest::Consult { target, note: bounded(note)? })
        }
        DeskCommand::JoinConsult { call_id } => (call_id, AgentRequest::JoinConsult),
        DeskCommand::CompleteConsult { call_id } => (call_id, AgentRequest::CompleteConsult),
        DeskCommand::CancelConsult { call_id } => (call_id, AgentRequest::CancelConsult),
        DeskCommand::TalkNow { call_id } => (call_id, AgentRequest::TalkNow),
    };
    instruct(state, caller, call_id, Command::OfAgent { user_id, request }).await?;
    Ok(json!({}))
}

/// A note for the person who has the caller next.
fn bounded(note: String) -> Result<String, ApiError> {
    if note.chars().count() > PASSING_NOTE_CHARS_MAX {
        let reason = format!("has more than {PASSING_NOTE_CHARS_MAX} characters");
        return Err(ApiError::Invalid(vec![Fault::of("note", reason)]));
    }
    Ok(note)
}

/// Token that connects an agent's audio to a call that they have.
async fn audio(
    state: &WebState,
    caller: &Caller,
    user_id: UserId,
    call_id: CallId,
) -> Result<Value, ApiError> {
    say(state, caller, user_id, AgentAction::WantsAudio(call_id)).await?;
    let grant = AudioGrant::Agent {
        user: user_id,
        opened_by: caller.opened_by(),
        call: call_id,
        name: world::new_id(),
    };
    Ok(json!({ "token": state.talk.passes.mint(grant), "webrtc": state.webrtc.is_some() }))
}

/// To be offline, an agent closes every desk. An agent who is away needs a reason of the list, if there is one.
async fn checked(
    state: &WebState,
    organization_id: OrganizationId,
    presence: Intent,
) -> Result<Intent, ApiError> {
    let fault = |reason: String| ApiError::Invalid(vec![Fault::of("presence", reason)]);
    let reason = match &presence {
        Intent::Available => return Ok(presence),
        Intent::Offline => {
            return Err(fault("must be available or away: close your desks to be offline".into()));
        }
        Intent::Away { reason } => reason,
    };
    let (reasons, _) = choices(state, organization_id).await?;
    let names: Vec<String> = reasons.into_iter().map(|reason| reason.name).collect();
    match reason {
        None if names.is_empty() => Ok(presence),
        Some(reason) if names.contains(reason) => Ok(presence),
        _ if names.is_empty() => {
            Err(fault("must have no reason: the organization has named none".to_owned()))
        }
        _ => Err(fault(format!("must have a reason: {}", names.join(", ")))),
    }
}

/// Sends the router a message of an agent.
pub(in crate::web) async fn say(
    state: &WebState,
    caller: &Caller,
    user_id: UserId,
    said: AgentAction,
) -> Result<Value, ApiError> {
    let request = FromDesk { organization_id: caller.organization_id, user_id, said };
    let router: &RouterLine = &state.router;
    match timeout(ROUTER_WAIT, router.ask(request)).await.ok().flatten() {
        None => Err(away()),
        Some(Ok(())) => Ok(json!({})),
        Some(Err(refused)) => {
            let code = match &refused {
                DeskRefused::NoAgent => "no_agent",
                DeskRefused::NotInCall => "not_in_call",
                DeskRefused::OfferGone => "offer_gone",
                DeskRefused::NoWrapUp => "no_wrap_up",
                DeskRefused::InCall => "in_call",
                DeskRefused::NotOfQueue => "not_of_queue",
                DeskRefused::WrapUpDue => "wrap_up_due",
                DeskRefused::NotAvailable => "not_available",
                DeskRefused::TalksByPhone => "talks_by_phone",
                DeskRefused::Colleague(HandoffFailure::BadTarget) => "no_such_target",
                DeskRefused::Colleague(failure) => failure.as_str(),
            };
            Err(ApiError::conflict(code, refused.to_string()))
        }
    }
}
