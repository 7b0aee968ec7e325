//! Calls that agents begin: to a number, to a caller who waits for a callback, or to a colleague.
//!
//! The router is asked first, so that the agent is offered nothing meanwhile; if the call can't be made, the router is told. All of it goes on even
//! if the desk's socket ends meanwhile, as every command does (`SocketActor::answer_after`).

use std::time::Duration;

use cordboard_actors::messages::{AgentAction, CallColleague, PlaceCall};
use cordboard_actors::world;
use cordboard_schema::extension::is_extension_name;
use cordboard_schema::ids::{CallId, CallbackId, OrganizationId, UserId};
use cordboard_schema::limits::HTTP_REGISTRY_WAIT_MS;
use cordboard_schema::outbound::OutboundCall;
use cordboard_schema::wrap_up::CallbackState;
use serde_json::{Value, json};

use super::run::say;
use crate::store::{CallbackHand, Connection, StoreError, change, claimed_to_call, query};
use crate::web::WebState;
use crate::web::api::callbacks::{NO_SUCH, refusal};
use crate::web::audited;
use crate::web::caller::Caller;
use crate::web::detached;
use crate::web::placing::invalid;
use crate::web::problem::{ApiError, Fault};

/// Calls a number, an extension, or a caller who waits for a callback.
pub(super) async fn dial(
    state: &WebState,
    caller: &Caller,
    by: UserId,
    to: Option<String>,
    callback_id: Option<CallbackId>,
) -> Result<Value, ApiError> {
    match (to, callback_id) {
        (Some(to), None) => place(state, caller, by, to).await,
        (None, Some(id)) => call_back(state, caller, by, id).await,
        _ => Err(ApiError::Invalid(vec![Fault::of("to", "must be given, or `callback_id` in its place")])),
    }
}

/// Calls a colleague at their desk.
pub(super) async fn call_colleague(
    state: &WebState,
    caller: &Caller,
    by: UserId,
    target: String,
) -> Result<Value, ApiError> {
    if !is_extension_name(&target) {
        return Err(ApiError::Invalid(vec![Fault::of("target", "must be the name of an extension")]));
    }
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::user(connection, organization_id, by);
    let name = state.store.reads().run(read).await?.map(|user| user.name).unwrap_or_default();
    let call_id = CallId(world::new_id());
    begins(state, caller, by, (call_id, target.clone(), true)).await?;
    let asked = CallColleague { organization_id, call_id, by, name, colleague: target.clone() };
    let registry = state.clone();
    let begun = async move {
        registry.ask_without_timeout(asked).await.and_then(|begun| begun.map_err(ApiError::from))
    };
    in_time(state, caller, by, (call_id, target), begun).await
}

/// Calls the target `to`, as the HTTP API does, with the agent in the assistant's place.
async fn place(state: &WebState, caller: &Caller, by: UserId, to: String) -> Result<Value, ApiError> {
    let asked = OutboundCall::to(to.clone());
    let call = asked.check().map_err(invalid)?;
    let (organization_id, call_id) = (caller.organization_id, CallId(world::new_id()));
    begins(state, caller, by, (call_id, to.clone(), false)).await?;
    let request = PlaceCall { organization_id, call_id, call, by: Some(by), published: None };
    let registry = state.clone();
    let begun = async move {
        registry
            .ask_without_timeout(request)
            .await
            .and_then(|placed| placed.map(drop).map_err(ApiError::from))
    };
    in_time(state, caller, by, (call_id, to), begun).await
}

/// Waits for a call that was requested, as long as for any answer of the registry. After that nobody knows whether it begins: the router keeps the
/// agent in the call until the registry has answered.
async fn in_time(
    state: &WebState,
    caller: &Caller,
    by: UserId,
    (call_id, to): (CallId, String),
    begun: impl Future<Output = Result<(), ApiError>> + 'static,
) -> Result<Value, ApiError> {
    let (state, caller) = (state.clone(), caller.clone());
    let work = async move {
        let begun = begun.await;
        answered(&state, &caller, by, (call_id, to), begun).await
    };
    let wait = Duration::from_millis(HTTP_REGISTRY_WAIT_MS);
    let late =
        || ApiError::call_unknown(call_id, &ApiError::Unavailable("it was not answered in time".to_owned()));
    detached::done_within(wait, work).await.unwrap_or_else(|| Err(late()))
}

async fn begins(
    state: &WebState,
    caller: &Caller,
    by: UserId,
    (call_id, to, is_colleague): (CallId, String, bool),
) -> Result<(), ApiError> {
    say(state, caller, by, AgentAction::Begins { call_id, to, is_colleague }).await.map(drop)
}

/// Reports the result to the router: the agent's desks show the call, or the agent is free again.
async fn answered(
    state: &WebState,
    caller: &Caller,
    by: UserId,
    (call_id, to): (CallId, String),
    begun: Result<(), ApiError>,
) -> Result<Value, ApiError> {
    match begun {
        Ok(()) => {
            audited::log_command(state, caller, call_id, Some(("call.placed", format!("to {to}"))));
            say(state, caller, by, AgentAction::Begun { call_id, to }).await?;
            Ok(json!({ "call_id": call_id }))
        }
        Err(refused) => {
            say(state, caller, by, AgentAction::BeginsNot(call_id)).await?;
            Err(refused)
        }
    }
}

/// Calls a caller back. The callback is assigned to the agent; if the call can't be made, a callback that was unassigned before is released. If the
/// process dies in between, the next start releases it. If nobody knows whether the call begins, the callback stays with the agent.
async fn call_back(state: &WebState, caller: &Caller, by: UserId, id: CallbackId) -> Result<Value, ApiError> {
    let place_of = (caller.organization_id, id);
    let (to, was_open) = claim(state, caller.clone(), place_of, by).await?;
    let placed = place(state, caller, by, to).await;
    if placed.as_ref().is_err_and(|error| !matches!(error, ApiError::CallUnknown { .. })) && was_open {
        let hand = CallbackHand { user_id: Some(by), over_others: false };
        let caller = caller.clone();
        let release = move |connection: &mut Connection| {
            let released = change::release_callback(connection, place_of, hand, world::now().into())?;
            if released.is_ok() {
                change::record_audit(connection, &caller.did("callback.released", id, ""))?;
            }
            Ok::<_, StoreError>(())
        };
        state.store.change(release).await?;
    }
    placed
}

/// The callback's number, and whether it was unassigned before.
async fn claim(
    state: &WebState,
    caller: Caller,
    (organization_id, id): (OrganizationId, CallbackId),
    by: UserId,
) -> Result<(String, bool), ApiError> {
    let claim = move |connection: &mut Connection| {
        let Some(before) = query::callback(connection, organization_id, id)? else {
            return Ok::<_, StoreError>(Err(NO_SUCH));
        };
        match change::claim_callback(connection, (organization_id, id), by, world::now().into())? {
            Ok(callback) => {
                let was_open = before.state == CallbackState::Open;
                if was_open {
                    let detail = claimed_to_call(&callback.phone);
                    change::record_audit(connection, &caller.did("callback.claimed", id, detail))?;
                }
                Ok(Ok((callback.phone.to_string(), was_open)))
            }
            Err(refused) => refusal(connection, organization_id, refused).map(Err),
        }
    };
    state.store.change(claim).await?
}
