//! `/api/v1/integrations/elevenlabs/{agents,voices}`: what the organization's account at ElevenLabs has, for profiles to name.

use actix_web::web;
use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::profile::HostedAgent;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use utoipa::{IntoParams, ToSchema};

use super::integration_test::{TestOutcome, asked};
use super::integrations::find;
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// Items of one page there: the most that ElevenLabs gives.
const PAGE_SIZE: usize = 100;
/// Bytes of a page that are read: a voice comes with its samples' names and its labels.
const PAGE_BYTES_MAX: usize = 4 << 20;
/// Bytes of a cursor.
const CURSOR_BYTES_MAX: usize = 1_024;
/// Characters of a name that are shown.
const NAME_CHARS_MAX: usize = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HostedList {
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// An agent at ElevenLabs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HostedAgentView {
    /// Its id, as a profile's `agent` names it.
    agent_id: String,
    /// Its name there.
    name: String,
}

/// A voice at ElevenLabs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HostedVoiceView {
    /// Its id, as a profile's `voice` names it.
    voice_id: String,
    /// Its name there.
    name: String,
    /// The language that it is made for, where that is told.
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
        (status = 409, description = "ElevenLabs does not list them; `code` says why, as the test of an integration does: `no_secret`, `unauthorized`, `not_found`, `refused`, `address_refused`"),
        (status = 503, description = "ElevenLabs does not answer at the moment, or not as it should"),
    )
)]
pub(crate) async fn agents(
    state: web::Data<WebState>,
    caller: Caller,
    wanted: web::Query<HostedList>,
) -> Result<web::Json<Page<HostedAgentView>>, ApiError> {
    let path = page_path("/v1/convai/agents", "cursor", &wanted)?;
    let Agents { agents, has_more, next_cursor } = fetched(&state, &caller, &path).await?;
    let known = agents.into_iter().filter(|agent| HostedAgent::is_id(&agent.agent_id));
    let shown = known.map(|Agent { agent_id, name }| HostedAgentView { agent_id, name: shown(&name) });
    Ok(web::Json(Page::followed(shown.collect(), next_cursor.filter(|_| has_more))))
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
        (status = 409, description = "ElevenLabs does not list them; `code` says why, as the test of an integration does: `no_secret`, `unauthorized`, `not_found`, `refused`, `address_refused`"),
        (status = 503, description = "ElevenLabs does not answer at the moment, or not as it should"),
    )
)]
pub(crate) async fn voices(
    state: web::Data<WebState>,
    caller: Caller,
    wanted: web::Query<HostedList>,
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

/// The path of a page there.
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

/// What the organization's account answers at a path.
async fn fetched<T: DeserializeOwned>(state: &WebState, caller: &Caller, path: &str) -> Result<T, ApiError> {
    let integration = find(state, caller, IntegrationKind::ElevenLabs.as_str()).await?;
    let answer = match asked(&state.outside, &integration, path, PAGE_BYTES_MAX).await {
        Ok(answer) => answer,
        Err((outcome, detail)) => return Err(not_listed(outcome, detail)),
    };
    match TestOutcome::of_status(answer.status) {
        TestOutcome::Ok => {}
        outcome => return Err(not_listed(outcome, format!("the service answered {}", answer.status))),
    }
    let unreadable = || ApiError::Unavailable("the service's list is not as it should be".to_owned());
    if answer.is_cut {
        Err(unreadable())
    } else {
        serde_json::from_slice(&answer.body).map_err(|_| unreadable())
    }
}

fn not_listed(outcome: TestOutcome, detail: String) -> ApiError {
    match outcome {
        TestOutcome::Failing
        | TestOutcome::RateLimited
        | TestOutcome::Unreachable
        | TestOutcome::TimedOut => ApiError::Unavailable(detail),
        outcome => ApiError::Conflict { code: outcome.as_str(), detail },
    }
}

/// A text of theirs as far as it is shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}
