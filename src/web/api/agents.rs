//! `/api/v1/agents`: how users take calls at their desks. Every user is an agent. A user without settings takes calls in the browser and has no
//! extension.

use std::collections::BTreeSet;

use actix_web::web;
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::extension::is_extension_name;
use cordboard_schema::ids::UserId;
use cordboard_schema::limits::AGENT_CALLS;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extensions;
use super::given::Faults;
use super::queue_rules::{NO_NAME, skills};
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("user");

/// Query of the list of agents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AgentList {
    /// Agents of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<UserId>,
}

/// A user as an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentView {
    /// The user.
    user_id: UserId,
    /// Display name: the user's name.
    name: String,
    /// The name of the extension at which they are reached. A caller who asks for that extension is sent to them.
    extension: Option<String>,
    /// Device on which they talk.
    audio: AgentAudio,
    /// Skills, in lower case.
    skills: BTreeSet<String>,
    /// How many calls they may have at once, including calls that are offered to them.
    calls_max: u8,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<Agent> for AgentView {
    fn from(agent: Agent) -> Self {
        let Agent { organization_id: _, user_id, name, extension, audio, skills, calls_max } = agent;
        let view = Self { user_id, name, extension, audio, skills, calls_max, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for AgentView {
    const WHAT: &'static str = "agent";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// How an agent takes calls.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentBody {
    /// The name of the extension at which they are reached; no other agent or queue may have the same.
    #[serde(default)]
    #[schema(pattern = "^[a-z0-9_-]{1,79}$", example = "200")]
    extension: Option<String>,
    /// Device on which they talk. For a phone they need an extension of the organization or of the configuration.
    #[serde(default)]
    audio: AgentAudio,
    /// Skills: at most 20 words of at most 40 characters. They are stored in lower case.
    #[serde(default)]
    #[schema(max_items = 20)]
    skills: Vec<String>,
    /// How many calls they may have at once, including calls that are offered to them: 1 to 5. They talk with one caller and hold the others.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 5)]
    calls_max: u8,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    #[serde(default)]
    revision: Option<String>,
}

impl ReadOnly for AgentBody {
    const NAMES: &'static [&'static str] = &["user_id", "name"];
}

const fn one() -> u8 {
    1
}

/// Lists the users as agents, oldest first.
#[utoipa::path(
    get,
    operation_id = "list_agents",
    path = "/api/v1/agents",
    tag = "floor",
    params(AgentList),
    responses(
        (status = 200, description = "A page of agents", body = Page<AgentView>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<AgentList>,
) -> Result<web::Json<Page<AgentView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, after) = (caller.organization_id, asked.cursor);
    let read = move |connection: &mut Connection| query::agents(connection, id, after, limit.rows());
    let agents = state.store.reads().run(read).await?.into_iter().map(AgentView::from).collect();
    Ok(web::Json(limit.page(agents, |agent| agent.user_id.to_string())))
}

/// Shows a user as an agent.
#[utoipa::path(
    get,
    operation_id = "show_agent",
    path = "/api/v1/agents/{id}",
    tag = "floor",
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "The agent", body = AgentView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<UserId>,
) -> Result<web::Json<AgentView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::agent(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?.into()))
}

/// Sets how a user takes calls. The body replaces the previous settings.
#[utoipa::path(
    put,
    operation_id = "set_agent",
    path = "/api/v1/agents/{id}",
    tag = "floor",
    params(
        ("id" = UserId, Path, description = "The user"),
        IfMatch,
    ),
    request_body = AgentBody,
    responses(
        (status = 200, description = "Set", body = AgentView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such user"),
        (status = 409, description = revision::edited_meanwhile!("another agent or a queue has this extension (`extension_taken`)")),
        (status = 422, description = "A value is invalid, for instance a phone without an extension"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<UserId>,
    if_match: IfMatch,
    body: ThingBody<AgentBody>,
) -> Result<web::Json<AgentView>, ApiError> {
    let (id, organization_id) = (*id, caller.organization_id);
    let AgentBody { extension, audio, skills: given, calls_max, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let mut faults = Faults::default();
    let is_name = extension.as_deref().is_none_or(is_extension_name);
    faults.demand(is_name, "extension", NO_NAME);
    let skills = skills(&mut faults, given);
    faults.demand(AGENT_CALLS.contains(&calls_max), "calls_max", "must be 1 to 5");
    if audio == AgentAudio::Phone && is_name {
        let rings = match &extension {
            Some(name) => extensions::is_there(&state, &caller, name).await?,
            None => false,
        };
        faults.demand(rings, "extension", "must be one of `/api/v1/extensions` for an agent with a phone");
    }
    faults.into_result()?;
    let make = move |connection: &mut Connection| {
        let Some(before) = query::agent(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let shown = AgentView::from(before.clone());
        if let Err(late) = asked.demand(&shown) {
            return Ok(Err(late));
        }
        if let Some(name) = &extension
            && query::has_queue(connection, organization_id, name)?
        {
            return Ok(Err(extension_taken("a queue is called so")));
        }
        let agent = Agent { extension, audio, skills, calls_max, ..before };
        change::set_agent(connection, &agent)?;
        let detail = format!("extension {}", agent.extension.as_deref().unwrap_or("none"));
        change::record_audit(connection, &caller.did("agent.changed", id, detail))?;
        Ok(Ok(agent))
    };
    let agent = match state.store.change(make).await {
        Err(error) if error.is_taken_name() => {
            return Err(extension_taken("another agent has this extension: choose another one"));
        }
        outcome => outcome??,
    };
    state.floor_changed(organization_id).await;
    Ok(web::Json(agent.into()))
}

fn extension_taken(why: &str) -> ApiError {
    ApiError::conflict("extension_taken", why)
}
