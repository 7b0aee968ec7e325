//! `/api/v1/calls/{id}/supervision`: a supervisor hears a live call, speaks in it, takes it over, or sends its assistant a hint.

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::{Command, Instruct};
use cordboard_actors::web::AudioGrant;
use cordboard_actors::world;
use cordboard_schema::account::UserStatus;
use cordboard_schema::ids::{CallId, UserId};
use cordboard_schema::limits::{HINT_CHARS_MAX, WEB_AUDIO_TOKEN_MS};
use cordboard_schema::permission::Role;
use cordboard_schema::supervision::{SupervisionMode, SupervisionPolicy, SupervisorRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calls::find;
use super::commands::{instruct, words};
use super::supervision_policy;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// How a supervisor wants to take part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupervisionBody {
    /// How the supervisor takes part.
    mode: SupervisionMode,
}

/// Token for the audio of a supervisor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupervisionView {
    /// How they take part.
    mode: SupervisionMode,
    /// For the `hello` of `/ws/audio`; it can be used once.
    token: String,
    /// How long the token is valid, in s.
    expires_in_s: u64,
}

/// A hint for the assistant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HintBody {
    /// The supervisor's words.
    #[schema(min_length = 1, max_length = 1000, example = "Offer the appointment on Friday, too.")]
    text: String,
}

/// Starts to supervise a live call, or changes how.
///
/// `listen`: nobody hears the supervisor. `whisper`: the call's agents do, the caller does not. `barge`: caller and agents do; an assistant does not
/// answer meanwhile. The agents of the call see who supervises it, and how.
///
/// The answer has a token. A supervisor without audio in the call opens `/ws/audio` and sends it there within 15 s. Existing audio stays as it is.
#[utoipa::path(
    put,
    operation_id = "supervise",
    path = "/api/v1/calls/{id}/supervision",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    request_body = SupervisionBody,
    responses(
        (status = 200, description = "The call waits for the supervisor's audio, or has changed the mode", body = SupervisionView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), the organization's policy requires a higher role (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), can't be heard here in its present state (`not_conversing`), has the user as its agent (`agent_of_call`), has no agent to whisper to (`no_agent_to_hear`), or has the maximum number of supervisors (`too_many_supervisors`)"),
        (status = 422, description = "The mode is unknown"),
    )
)]
pub(crate) async fn supervise(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<SupervisionBody>,
) -> Result<web::Json<SupervisionView>, ApiError> {
    let mode = body.mode;
    let policy = supervision_policy::read(&state, &caller).await?;
    demand(&caller, policy.least(mode))?;
    let SupervisionPolicy { silent, tell_caller, .. } = policy;
    let asked = SupervisorRequest::Supervise { mode, silent, tell_caller };
    let user = request_of_call(&state, &caller, *id, asked).await?;
    recheck(&state, &caller, *id, user, policy).await?;
    let grant = AudioGrant::Agent { user, opened_by: caller.opened_by(), call: *id, name: world::new_id() };
    let token = state.talk.passes.mint(grant);
    Ok(web::Json(SupervisionView { mode, token, expires_in_s: WEB_AUDIO_TOKEN_MS / 1_000 }))
}

/// Stops supervising the call.
#[utoipa::path(
    delete,
    operation_id = "end_supervision",
    path = "/api/v1/calls/{id}/supervision",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), or the user does not supervise it (`not_in_call`)"),
    )
)]
pub(crate) async fn leave(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    request_of_call(&state, &caller, *id, SupervisorRequest::Leave).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Takes over the caller as an agent of the call, in place of its assistant or its agents. The user must be supervising the call, and their audio
/// goes on.
#[utoipa::path(
    post,
    operation_id = "take_over",
    path = "/api/v1/calls/{id}/supervision/take-over",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 202, description = "The call has received the command"),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), the user does not supervise it (`not_in_call`), nobody talks on it (`not_conversing`), or somebody is being asked (`handoff_under_way`, `consult_under_way`)"),
    )
)]
pub(crate) async fn take_over(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    demand(&caller, supervision_policy::read(&state, &caller).await?.take_over)?;
    request_of_call(&state, &caller, *id, SupervisorRequest::TakeOver).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Gives the assistant a hint that it follows from now on. The caller does not hear it.
#[utoipa::path(
    post,
    operation_id = "hint",
    path = "/api/v1/calls/{id}/supervision/hint",
    tag = "supervision",
    params(("id" = CallId, Path, description = "The call")),
    request_body = HintBody,
    responses(
        (status = 202, description = "The assistant has the text"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such call"),
        (status = 409, description = "The call is over (`call_over`), no assistant converses on it (`not_conversing`), or the user is its agent (`agent_of_call`)"),
        (status = 422, description = "The text is empty or too long, or the assistant can only play recordings (`cannot_speak_text`)"),
    )
)]
pub(crate) async fn hint(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    body: Body<HintBody>,
) -> Result<HttpResponse, ApiError> {
    let text = words(&body.text, HINT_CHARS_MAX)?;
    request_of_call(&state, &caller, *id, SupervisorRequest::Hint { text }).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Refuses users whose role is lower than the policy demands.
fn demand(caller: &Caller, least: Option<Role>) -> Result<(), ApiError> {
    // Only programs have no role; another check tells them that they can't listen.
    let Some(role) = caller.role else { return Ok(()) };
    match least {
        Some(least) if role >= least => Ok(()),
        Some(least) => Err(ApiError::NotAllowed(format!(
            "the organization's supervision policy requires the role {} for this",
            least.as_str()
        ))),
        None => Err(ApiError::NotAllowed(
            "the organization's supervision policy allows nobody to do this".to_owned(),
        )),
    }
}

/// A change of the policy or of a role ends listeners who are no longer allowed. This checks a supervisor who was admitted by the earlier state and
/// came after that check.
async fn recheck(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    user: UserId,
    before: SupervisionPolicy,
) -> Result<(), ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        let policy = query::supervision_policy(connection, organization_id)?;
        let found = query::user(connection, organization_id, user)?;
        Ok((policy, found.map(|row| row.user()).transpose()?))
    };
    let (policy, found) = state.store.reads().run(read).await?;
    let role = found.filter(|user| user.status == UserStatus::Active).map(|user| user.role);
    if policy == before && role == caller.role {
        return Ok(());
    }
    let SupervisionPolicy { silent, tell_caller, .. } = policy;
    let modes = role.map_or_else(Vec::new, |role| policy.modes(role));
    let command = Command::OfSupervisor {
        user_id: user,
        request: SupervisorRequest::Bound { modes, silent, tell_caller },
    };
    // If they have left meanwhile, or the call is over, there is nothing to restrict.
    let _ = state.ask(Instruct { organization_id, call_id, command }).await?;
    Ok(())
}

/// Sends the request to the call and answers its maker.
async fn request_of_call(
    state: &WebState,
    caller: &Caller,
    id: CallId,
    request: SupervisorRequest,
) -> Result<UserId, ApiError> {
    let Some(user_id) = caller.user_id() else {
        // Programs can't listen, but they may know whether the call exists.
        find(state, caller, id).await?;
        return Err(ApiError::NotAllowed("a supervisor is a user: sign in".to_owned()));
    };
    instruct(state, caller, id, Command::OfSupervisor { user_id, request }).await?;
    Ok(user_id)
}
