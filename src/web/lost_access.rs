//! People who have lost access: what they are in the middle of goes on without them.

use cordboard_actors::messages::{Command, CommandRefused, Instruct};
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::agent::AgentRequest;
use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::permission::Permission;
use cordboard_schema::supervision::SupervisorRequest;

use super::WebState;
use super::problem::ApiError;
use crate::store::{CallQuery, Connection, query};

/// Calls of one agent that are checked, the newest: they have a few at a time.
const CALLS_MAX: i64 = 100;

/// The most live calls of an organization that are searched for a user.
const LIVE_CALLS_MAX: i64 = 10_000;

/// Ends a user's supervision of calls.
pub(super) async fn end_supervision(state: &WebState, organization_id: OrganizationId, user_id: UserId) {
    bind(state, organization_id, &[(user_id, none())]).await;
}

/// Restricts a user's supervision to what they may do now and to what the policy shows.
pub(super) async fn bind_supervisor(state: &WebState, organization_id: OrganizationId, user_id: UserId) {
    match bounds(state, organization_id).await {
        Ok(bounds) => {
            let found = bounds.into_iter().find(|(user, _)| *user == user_id);
            bind(state, organization_id, &[found.unwrap_or((user_id, none()))]).await;
        }
        Err(error) => unread(&error),
    }
}

/// The same for all users who may supervise.
pub(super) async fn bind_supervisors(state: &WebState, organization_id: OrganizationId) {
    match bounds(state, organization_id).await {
        Ok(bounds) => bind(state, organization_id, &bounds).await,
        Err(error) => unread(&error),
    }
}

/// A request that allows nothing.
fn none() -> SupervisorRequest {
    SupervisorRequest::Bound { modes: Vec::new(), silent: false, tell_caller: false }
}

/// The most that each supervising user may do.
async fn bounds(
    state: &WebState,
    organization_id: OrganizationId,
) -> Result<Vec<(UserId, SupervisorRequest)>, ApiError> {
    let read = move |connection: &mut Connection| {
        let policy = query::supervision_policy(connection, organization_id)?;
        Ok((policy, query::users(connection, organization_id, None, i64::MAX)?))
    };
    let (policy, users) = state.store.reads().run(read).await?;
    let bound = |user: &User| match user.status {
        UserStatus::Active => SupervisorRequest::Bound {
            modes: policy.modes(user.role),
            silent: policy.silent,
            tell_caller: policy.tell_caller,
        },
        _ => none(),
    };
    let supervises = |user: &&User| user.role.may(Permission::CallsSupervise);
    Ok(users.iter().filter(supervises).map(|user| (user.id, bound(user))).collect())
}

fn unread(error: &ApiError) {
    tracing::error!(%error, "permissions can't be read: a user who may no longer supervise may go on hearing calls");
}

async fn bind(state: &WebState, organization_id: OrganizationId, bounds: &[(UserId, SupervisorRequest)]) {
    let live =
        move |connection: &mut Connection| query::live_calls(connection, organization_id, LIVE_CALLS_MAX);
    let found: Result<_, ApiError> = async {
        // A call that began a moment ago may not be on disk yet.
        state.store.commit().await?;
        Ok(state.store.reads().run(live).await?)
    }
    .await;
    let calls = match found {
        Ok(calls) => calls,
        Err(error) => return unread(&error),
    };
    for call in calls {
        for (user_id, request) in bounds {
            let command = Command::OfSupervisor { user_id: *user_id, request: request.clone() };
            match state.ask(Instruct { organization_id, call_id: call.id, command }).await {
                Ok(Ok(()) | Err(CommandRefused::NotInCall | CommandRefused::NoSuchCall)) => {}
                Ok(Err(refused)) => {
                    tracing::warn!(call_id = %call.id, %user_id, %refused, "a former supervisor may go on hearing a call");
                }
                Err(error) => {
                    tracing::warn!(call_id = %call.id, %user_id, %error, "a former supervisor may go on hearing a call")
                }
            }
        }
    }
}

/// Removes a user from the calls at their desk. The caller returns to the assistant, unless others talk with them. The audio of the user's browsers
/// has ended with their sign-ins; this ends the wait for it to come back, and the audio of their phones.
pub(super) async fn take_out_of_calls(state: &WebState, organization_id: OrganizationId, user_id: UserId) {
    match calls_of(state, organization_id, user_id).await {
        Ok(calls) => {
            for call_id in calls {
                take_out(state, (organization_id, call_id), user_id).await;
            }
        }
        Err(error) => {
            tracing::error!(%user_id, %error, "the calls of a removed user can't be read: they may go on hearing them");
        }
    }
}

async fn calls_of(
    state: &WebState,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Vec<CallId>, ApiError> {
    // A supervisor who joined a moment ago may not be on disk yet.
    state.store.commit().await?;
    let asked = CallQuery { agent_id: Some(user_id), limit: CALLS_MAX, ..CallQuery::default() };
    let read = move |connection: &mut Connection| query::calls(connection, organization_id, asked);
    let calls = state.store.reads().run(read).await?;
    Ok(calls.into_iter().filter(|call| call.ended_at.is_none()).map(|call| call.id).collect())
}

async fn take_out(state: &WebState, (organization_id, call_id): (OrganizationId, CallId), user_id: UserId) {
    let ask_call = async |request| {
        let command = Command::OfAgent { user_id, request };
        state.ask(Instruct { organization_id, call_id, command }).await
    };
    // A consulted colleague is released first: an agent can't leave during a consult.
    let _ = ask_call(AgentRequest::CancelConsult).await;
    let outcome = match ask_call(AgentRequest::HandBack { note: String::new() }).await {
        // They just hang up: others talk with the caller or consult somebody, they talk with a colleague, or they have only accepted the call.
        Ok(Err(_)) => ask_call(AgentRequest::HangUp).await,
        outcome => outcome,
    };
    match outcome {
        // A call that they were offered, or have left.
        Ok(Ok(()) | Err(CommandRefused::NotInCall | CommandRefused::NoSuchCall)) => {}
        Ok(Err(refused)) => {
            tracing::warn!(%call_id, %user_id, %refused, "a removed user is still in a call");
        }
        Err(error) => {
            tracing::warn!(%call_id, %user_id, %error, "a removed user may still be in a call")
        }
    }
}
