//! `/api/v1/agent-profiles`: the assistants' personas and settings. A live call keeps the copy that it started with; the
//! next ones see a change within 2 s.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_schema::ids::ProfileId;
use cordboard_schema::profile::{AgentProfile, DtmfAction, SpeechSettings};
use cordboard_schema::profile_body::ProfileBody;
use cordboard_schema::switch::{AfterHandoff, AssistantInHandoff};
use cordboard_schema::tool::ToolName;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::profile_rules::check;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// An agent profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    id: ProfileId,
    /// The name by which configuration and people call it.
    name: String,
    /// BCP 47 tag of the language it speaks.
    language: String,
    /// Persona, rules and knowledge, as a realtime provider is told them.
    instructions: String,
    /// The first words of a call.
    greeting: Option<String>,
    /// How a realtime provider speaks and listens.
    #[serde(flatten)]
    speech: SpeechSettings,
    /// The tools that the assistant may use.
    tools: Vec<ToolName>,
    /// What the keys do.
    dtmf_actions: Vec<DtmfAction>,
    /// What becomes of the caller when the person who took over leaves first.
    after_handoff: AfterHandoff,
    /// What becomes of the assistant's connection while a person talks with the caller.
    assistant_in_handoff: AssistantInHandoff,
}

impl From<AgentProfile> for ProfileView {
    fn from(profile: AgentProfile) -> Self {
        let AgentProfile {
            id,
            organization_id: _,
            name,
            language,
            instructions,
            greeting,
            speech,
            tools,
            dtmf_actions,
            after_handoff,
            assistant_in_handoff,
            custom_tools: _,
        } = profile;
        Self {
            id,
            name,
            language,
            instructions,
            greeting,
            speech,
            tools,
            dtmf_actions,
            after_handoff,
            assistant_in_handoff,
        }
    }
}

/// Lists the agent profiles, the oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_profiles",
    path = "/api/v1/agent-profiles",
    tag = "agent profiles",
    responses((status = 200, description = "All profiles", body = Page<ProfileView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<ProfileView>>, ApiError> {
    Ok(web::Json(listed(&state, &caller).await?))
}

/// All agent profiles, the oldest first.
pub(in crate::web) async fn listed(state: &WebState, caller: &Caller) -> Result<Page<ProfileView>, ApiError> {
    let organization_id = caller.organization_id;
    let profiles =
        state.store.reads().run(move |connection| query::profiles(connection, organization_id)).await?;
    Ok(Page::whole(profiles.into_iter().map(ProfileView::from).collect()))
}

/// Shows an agent profile.
#[utoipa::path(
    get,
    operation_id = "show_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<ProfileView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::profile(connection, organization_id, id);
    let profile = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(profile.into()))
}

/// Makes an agent profile.
#[utoipa::path(
    post,
    operation_id = "create_profile",
    path = "/api/v1/agent-profiles",
    tag = "agent profiles",
    request_body = ProfileBody,
    responses(
        (status = 201, description = "Made; `Location` says where it is", body = ProfileView),
        (status = 400, description = "The body is no JSON"),
        (status = 409, description = "The name is taken (`name_taken`), or there are too many (`too_many`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken, as an unknown tool"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: web::Json<ProfileBody>,
) -> Result<HttpResponse, ApiError> {
    check(&body)?;
    let profile = body.into_inner().into_profile(ProfileId(Uuid::now_v7()), caller.organization_id);
    let made = profile.clone();
    changed(&state, move |connection| {
        let profiles = query::profiles(connection, made.organization_id)?;
        if profiles.len() >= cordboard_schema::limits::PROFILES_MAX {
            return Ok(Err(ApiError::conflict("too_many", "there is no room for one more profile")));
        }
        change::create_profile(connection, &made).map(Ok)
    })
    .await?;
    let location = format!("/api/v1/agent-profiles/{}", profile.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(ProfileView::from(profile)))
}

/// Changes an agent profile: the body takes the place of what was there.
#[utoipa::path(
    put,
    operation_id = "update_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = ProfileBody,
    responses(
        (status = 200, description = "Changed", body = ProfileView),
        (status = 400, description = "The id is no UUID, or the body no JSON"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "The name is taken (`name_taken`), or the configuration names the profile by its old one (`profile_in_use`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken, as an unknown tool"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: web::Json<ProfileBody>,
) -> Result<web::Json<ProfileView>, ApiError> {
    Ok(web::Json(set(&state, &caller, *id, body.into_inner()).await?))
}

/// Puts what a program sent in the place of a profile.
pub(in crate::web) async fn set(
    state: &WebState,
    caller: &Caller,
    id: ProfileId,
    body: ProfileBody,
) -> Result<ProfileView, ApiError> {
    check(&body)?;
    let profile = body.into_profile(id, caller.organization_id);
    let (changing, default) = (profile.clone(), default_profile(state));
    changed(state, move |connection| {
        let known = query::profile(connection, changing.organization_id, changing.id)?;
        match known {
            None => return Ok(Err(NO_SUCH)),
            Some(known) if known.name != changing.name && default.as_deref() == Some(&known.name) => {
                return Ok(Err(in_use("renamed")));
            }
            Some(_) => {}
        }
        change::update_profile(connection, &changing).map(|_| Ok(()))
    })
    .await?;
    Ok(profile.into())
}

/// Removes an agent profile. Calls that it answers go on with their copy.
#[utoipa::path(
    delete,
    operation_id = "delete_profile",
    path = "/api/v1/agent-profiles/{id}",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "It is the last one (`last_profile`), or the configuration names it (`profile_in_use`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id, default) = (caller.organization_id, *id, default_profile(&state));
    changed(&state, move |connection| {
        let profiles = query::profiles(connection, organization_id)?;
        let Some(profile) = profiles.iter().find(|profile| profile.id == id) else {
            return Ok(Err(NO_SUCH));
        };
        if default.as_deref() == Some(&profile.name) {
            return Ok(Err(in_use("removed")));
        }
        if profiles.len() == 1 {
            return Ok(Err(ApiError::conflict("last_profile", "calls need a profile to be answered with")));
        }
        change::delete_profile(connection, organization_id, id).map(Ok)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

const NO_SUCH: ApiError = ApiError::NotFound("profile");

fn default_profile(state: &WebState) -> Option<String> {
    state.configuration.config.audiosocket.default_profile.clone()
}

fn in_use(what: &str) -> ApiError {
    let detail = format!(
        "`audiosocket.default_profile` names this profile; it can't be {what} before that is changed"
    );
    ApiError::conflict("profile_in_use", detail)
}

/// Looks and changes in one transaction.
async fn changed(
    state: &WebState,
    change: impl FnOnce(&mut Connection) -> Result<Result<(), ApiError>, StoreError> + Send + 'static,
) -> Result<(), ApiError> {
    match state.store.change(change).await {
        Err(error) if error.is_taken_name() => {
            Err(ApiError::conflict("name_taken", "another profile has this name"))
        }
        outcome => outcome?,
    }
}
