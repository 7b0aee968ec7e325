//! `/api/v1/integrations/elevenlabs/{agents,voices}`: agents and voices of the organization's account at ElevenLabs, for profiles to name; and the
//! agent of a profile, created or changed there.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::integration::Integration;
use cordboard_schema::permission::Permission;
use cordboard_schema::profile::{AgentHost, HostedAgent};
use cordboard_schema::profile_version::DraftSlot;
use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;
use utoipa::{IntoParams, ToSchema};

use super::hosted_agent_form::{agent_of, tag_of};
use super::integration_test::{TestOutcome, asked, sent};
use super::integrations::find;
use super::replays::{ReplaySubject, answering, configured_extensions};
use crate::outside_http::OutsideAnswer;
use crate::store::{Connection, change};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

/// Items of a page: the most that ElevenLabs returns.
const PAGE_SIZE: usize = 100;
/// Bytes of a page that are read: a voice includes the names of its samples and its labels.
const PAGE_BYTES_MAX: usize = 4 << 20;
/// Bytes of a cursor.
const CURSOR_BYTES_MAX: usize = 1_024;
/// Characters of a name that are shown.
const NAME_CHARS_MAX: usize = 200;
/// Pages of agents that are searched for a profile's agent: two thousand agents.
const PAGES_SEARCHED_MAX: usize = 20;

/// Page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HostedList {
    /// `next_cursor` of the previous page.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// An agent at ElevenLabs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HostedAgentView {
    /// Its id, for a profile's `agent`.
    agent_id: String,
    /// Its name there.
    name: String,
}

/// Profile for which an agent is created or changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteAgentBody {
    /// The profile.
    profile_id: ProfileId,
    /// Its draft; the first if left out.
    #[serde(default)]
    draft: DraftSlot,
    /// The agent to change. If left out, the one that was created for this profile before is changed; if there is none, a new one is created.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$")]
    agent_id: Option<String>,
}

/// The agent of a profile, as it now is at ElevenLabs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrittenAgentView {
    /// Its id, for a profile's `agent` and for a voice of its chain.
    agent_id: String,
    /// Whether it is new; otherwise an existing one was changed.
    is_new: bool,
    /// Its tools.
    tools: Vec<String>,
}

/// A voice at ElevenLabs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HostedVoiceView {
    /// Its id, for a profile's `voice`.
    voice_id: String,
    /// Its name there.
    name: String,
    /// The language that it is made for, if known.
    language: Option<String>,
}

#[derive(Deserialize)]
struct Agents {
    agents: Vec<Agent>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Agent {
    agent_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// Members of the answer to a request that created an agent.
#[derive(Deserialize)]
struct MadeAgent {
    agent_id: String,
}

#[derive(Deserialize)]
struct Voices {
    voices: Vec<Voice>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Voice {
    voice_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    labels: Option<Labels>,
}

#[derive(Deserialize)]
struct Labels {
    #[serde(default)]
    language: Option<String>,
}

/// Lists the agents of the organization's account at ElevenLabs, a hundred a page, as ElevenLabs orders them.
#[utoipa::path(
    get,
    operation_id = "list_elevenlabs_agents",
    path = "/api/v1/integrations/elevenlabs/agents",
    tag = "integrations",
    params(HostedList),
    responses(
        (status = 200, description = "A page of agents", body = Page<HostedAgentView>),
        (status = 400, description = "A parameter is unknown, or the cursor is too long"),
        (status = 404, description = "The integration is not set"),
        (status = 409, description = "ElevenLabs refuses; `code` is the reason, as in the test of an integration: `no_secret`, `unauthorized`, `not_found`, `refused`, `address_refused`"),
        (status = 503, description = "ElevenLabs does not answer at the moment, or not in the expected form"),
    )
)]
pub(crate) async fn agents(
    state: web::Data<WebState>,
    caller: Caller,
    wanted: Query<HostedList>,
) -> Result<web::Json<Page<HostedAgentView>>, ApiError> {
    let path = page_path("/v1/convai/agents", "cursor", &wanted)?;
    let Agents { agents, has_more, next_cursor } = fetched(&state, &caller, &path).await?;
    let known = agents.into_iter().filter(|agent| HostedAgent::is_id(&agent.agent_id));
    let shown = known.map(|Agent { agent_id, name, .. }| HostedAgentView { agent_id, name: shown(&name) });
    Ok(web::Json(Page::followed(shown.collect(), next_cursor.filter(|_| has_more))))
}

/// Creates an agent at ElevenLabs for a profile, or changes the one created before. It gets the profile's instructions, first words, language, voice
/// and tools, telephone audio, and the settings that a call needs and may override. The profile itself is not changed to use it. Requests for the same
/// profile wait for each other.
#[utoipa::path(
    post,
    operation_id = "write_elevenlabs_agent",
    path = "/api/v1/integrations/elevenlabs/agents",
    tag = "integrations",
    request_body = WriteAgentBody,
    responses(
        (status = 200, description = "The agent now matches the profile's draft", body = WrittenAgentView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The permission is missing, or `profiles_read` is (`forbidden`)"),
        (status = 404, description = "The integration is not set, or there is no such profile or draft"),
        (status = 409, description = "ElevenLabs refuses it; `code` is the reason, as in the test of an integration: `no_secret`, `unauthorized`, `not_found` (no such agent), `refused`, `address_refused`"),
        (status = 422, description = "A value is invalid"),
        (status = 503, description = "ElevenLabs does not answer at the moment, or not in the expected form"),
    )
)]
pub(crate) async fn write_agent(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<WriteAgentBody>,
) -> Result<web::Json<WrittenAgentView>, ApiError> {
    let WriteAgentBody { profile_id, draft, agent_id } = body.into_inner();
    if !agent_id.as_deref().is_none_or(HostedAgent::is_id) {
        let reason =
            format!("must have an agent_id of 1 to {} letters, digits, - and _", HostedAgent::ID_CHARS_MAX);
        return Err(ApiError::Invalid(vec![Fault::of("agent_id", reason)]));
    }
    caller.demand(Permission::ProfilesRead)?;
    // Two requests at once would both find no agent, and create two.
    let _turn = state.hosted_agents.take(profile_id).await;
    let organization_id = caller.organization_id;
    let configured = configured_extensions(&state);
    let asked = ReplaySubject { id: profile_id, version: None, draft };
    let read = move |connection: &mut Connection| answering(connection, organization_id, asked, configured);
    let answering = state.store.reads().run(read).await??;
    let integration = find(&state, &caller, AgentHost::ElevenLabs.integration().as_str()).await?;
    let known = match agent_id {
        Some(agent_id) => Some(agent_id),
        None => made_before(&state, &integration, profile_id).await?,
    };
    // Noted before the request, so that it is recorded even if the server ends meanwhile.
    let detail = known.as_ref().map_or_else(|| "a new agent".to_owned(), |id| format!("agent {id}"));
    let entry = caller.did("integration.agent_written", profile_id, detail);
    state.store.change(move |connection| change::record_audit(connection, &entry)).await?;
    let tools = answering.tools();
    let longest_call = state.configuration.config.calls.max_duration_s.duration();
    let wanted = agent_of(&answering.published.for_call(world::now()), &tools, longest_call);
    let tools = tools.into_iter().map(|tool| tool.name.into_owned()).collect();
    let (agent_id, is_new) = match known {
        Some(agent_id) => {
            let path = format!("/v1/convai/agents/{agent_id}");
            answer_of(&state, &integration, (Method::PATCH, &path, Some(&wanted))).await?;
            (agent_id, false)
        }
        None => (create(&state, &integration, profile_id, &wanted).await?, true),
    };
    Ok(web::Json(WrittenAgentView { agent_id, is_new, tools }))
}

/// Creates the agent of a profile, and returns its id. ElevenLabs may create it and answer too late, or not at all: then it is found by its tag.
async fn create(
    state: &WebState,
    integration: &Integration,
    profile_id: ProfileId,
    wanted: &Value,
) -> Result<String, ApiError> {
    let request = (Method::POST, "/v1/convai/agents/create", Some(wanted));
    let answer = answer_of(state, integration, request).await;
    match answer.and_then(|answer| read_as::<MadeAgent>(&answer)) {
        Ok(made) if HostedAgent::is_id(&made.agent_id) => Ok(made.agent_id),
        Ok(_) => Err(unreadable()),
        Err(unanswered @ ApiError::Unavailable(_)) => {
            let found = made_before(state, integration, profile_id).await.ok().flatten();
            found.ok_or(unanswered)
        }
        Err(refused) => Err(refused),
    }
}

/// The agent that was created for this profile before, by its tag.
async fn made_before(
    state: &WebState,
    integration: &Integration,
    profile_id: ProfileId,
) -> Result<Option<String>, ApiError> {
    let tag = tag_of(profile_id);
    let mut wanted = HostedList { cursor: None };
    for _ in 0..PAGES_SEARCHED_MAX {
        let path = page_path("/v1/convai/agents", "cursor", &wanted)?;
        let page: Agents = read_as(&answer_of(state, integration, (Method::GET, &path, None)).await?)?;
        let found = page.agents.into_iter().find(|agent| agent.tags.contains(&tag));
        if let Some(agent) = found.filter(|agent| HostedAgent::is_id(&agent.agent_id)) {
            return Ok(Some(agent.agent_id));
        }
        match page.next_cursor.filter(|_| page.has_more) {
            Some(cursor) => wanted.cursor = Some(cursor),
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Lists the voices of the organization's account at ElevenLabs, a hundred a page, as ElevenLabs orders them.
#[utoipa::path(
    get,
    operation_id = "list_elevenlabs_voices",
    path = "/api/v1/integrations/elevenlabs/voices",
    tag = "integrations",
    params(HostedList),
    responses(
        (status = 200, description = "A page of voices", body = Page<HostedVoiceView>),
        (status = 400, description = "A parameter is unknown, or the cursor is too long"),
        (status = 404, description = "The integration is not set"),
        (status = 409, description = "ElevenLabs refuses; `code` is the reason, as in the test of an integration: `no_secret`, `unauthorized`, `not_found`, `refused`, `address_refused`"),
        (status = 503, description = "ElevenLabs does not answer at the moment, or not in the expected form"),
    )
)]
pub(crate) async fn voices(
    state: web::Data<WebState>,
    caller: Caller,
    wanted: Query<HostedList>,
) -> Result<web::Json<Page<HostedVoiceView>>, ApiError> {
    let path = page_path("/v2/voices", "next_page_token", &wanted)?;
    let Voices { voices, has_more, next_page_token } = fetched(&state, &caller, &path).await?;
    let known = voices.into_iter().filter(|voice| HostedAgent::is_id(&voice.voice_id));
    let shown = known.map(|Voice { voice_id, name, labels }| HostedVoiceView {
        name: shown(name.as_deref().unwrap_or(&voice_id)),
        voice_id,
        language: labels.and_then(|labels| labels.language).map(|language| shown(&language)),
    });
    Ok(web::Json(Page::followed(shown.collect(), next_page_token.filter(|_| has_more))))
}

/// The path of a page at ElevenLabs.
fn page_path(path: &str, cursor_name: &str, wanted: &HostedList) -> Result<String, ApiError> {
    let mut path = format!("{path}?page_size={PAGE_SIZE}");
    if let Some(cursor) = &wanted.cursor {
        if cursor.len() > CURSOR_BYTES_MAX {
            return Err(ApiError::BadInput(format!("`cursor` must have at most {CURSOR_BYTES_MAX} bytes")));
        }
        path.extend(["&", cursor_name, "="]);
        path.extend(byte_serialize(cursor.as_bytes()));
    }
    Ok(path)
}

/// Returns the answer of the organization's account at a path.
async fn fetched<T: DeserializeOwned>(state: &WebState, caller: &Caller, path: &str) -> Result<T, ApiError> {
    let integration = find(state, caller, AgentHost::ElevenLabs.integration().as_str()).await?;
    let _room = state.long_answers.room_for(integration.organization_id)?;
    let answer = asked(&state.outside, &integration, path, PAGE_BYTES_MAX).await;
    read_as(&taken(answer)?)
}

/// Returns an account's answer to a request.
async fn answer_of(
    state: &WebState,
    integration: &Integration,
    request: (Method, &str, Option<&Value>),
) -> Result<OutsideAnswer, ApiError> {
    let _room = state.long_answers.room_for(integration.organization_id)?;
    taken(sent(&state.outside, integration, request, PAGE_BYTES_MAX).await)
}

/// Accepts only a successful answer.
fn taken(answer: Result<OutsideAnswer, (TestOutcome, String)>) -> Result<OutsideAnswer, ApiError> {
    let answer = answer.map_err(|(outcome, detail)| not_taken(outcome, detail))?;
    match TestOutcome::of_status(answer.status) {
        TestOutcome::Ok => Ok(answer),
        outcome => Err(not_taken(outcome, format!("the service answered {}", answer.status))),
    }
}

fn read_as<T: DeserializeOwned>(answer: &OutsideAnswer) -> Result<T, ApiError> {
    if answer.is_cut {
        Err(unreadable())
    } else {
        serde_json::from_slice(&answer.body).map_err(|_| unreadable())
    }
}

fn unreadable() -> ApiError {
    ApiError::Unavailable("the service's answer has an unexpected form".to_owned())
}

fn not_taken(outcome: TestOutcome, detail: String) -> ApiError {
    match outcome {
        TestOutcome::Failing
        | TestOutcome::RateLimited
        | TestOutcome::Unreachable
        | TestOutcome::TimedOut => ApiError::Unavailable(detail),
        outcome => ApiError::Conflict { code: outcome.as_str(), detail },
    }
}

/// A text of theirs, cut to what is shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}
