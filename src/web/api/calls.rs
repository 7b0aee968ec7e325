//! `/api/v1/calls`: calls as the store has them, at most 200 ms old.

use std::collections::{BTreeSet, HashMap};

use actix_web::web;
use cordboard_schema::call_agent::{AgentOutcome, CallAgent};
use cordboard_schema::call_list::CallList;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::limits::HTTP_VALUE_BYTES_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::report::{CallTally, KEY_CHARS_MAX};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use super::given::nearest_sane_time;
use crate::store::{CallQuery, Connection, StoreError, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::{Query, demand_plus};

/// A call as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallView {
    /// Its row in the database.
    #[serde(flatten)]
    call: Call,
    /// The currency of `cost_micros`, by its ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// When the caller was put on hold; null while they are not on hold.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    held_since: Option<UnixMs>,
    /// How long the conversation lasted, from `answered_at` to `ended_at`, in ms; null before it is over, and if there was none. If the server died and
    /// the caller did not come back, it lasted until its death, and `ended_at` is when the next start found the call.
    talk_ms: Option<u64>,
    /// Whether a person has the caller, also on hold: an agent at a desk, or somebody on a phone. False if the call is over.
    with_person: bool,
    /// The agents whose desks were asked to take it, in the order of their answers.
    agents: Vec<CallAgentView>,
    /// Tags that users have set; left out in reports of live calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    /// The part of `cost_micros` that the judge model cost; left out in reports of live calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    judge_micros: Option<u64>,
}

/// An agent who was asked to take a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallAgentView {
    /// The agent.
    user_id: UserId,
    /// Name of the agent; null if they are no longer a user.
    name: Option<String>,
    /// What became of the request.
    outcome: AgentOutcome,
    /// When they and the caller first heard each other.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    joined_at: Option<UnixMs>,
    /// When they last left the call; null while they are in it, or if they never were.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<UnixMs>,
    /// How long they have talked with the caller, in ms, except the current talk.
    talked_ms: u64,
}

/// Names of users.
pub(in crate::web) type Names = HashMap<UserId, String>;

impl CallView {
    /// Builds the view of a call, with these names of agents and this currency.
    pub(in crate::web) fn new(call: Call, names: &Names, currency: &str) -> Self {
        let agent = |agent: &CallAgent| CallAgentView {
            user_id: agent.user_id,
            name: names.get(&agent.user_id).cloned(),
            outcome: agent.outcome,
            joined_at: agent.joined_at,
            left_at: agent.left_at,
            talked_ms: agent.talked_ms,
        };
        let agents = call.agents.iter().map(agent).collect();
        let held_since = call.tally.as_ref().and_then(|tally| tally.held_since);
        let with_person = call.tally.as_ref().is_some_and(CallTally::is_with_person);
        let currency = currency.to_owned();
        let talk_ms = call.talk_ms();
        Self { call, currency, held_since, talk_ms, with_person, agents, tags: None, judge_micros: None }
    }

    /// Builds the view of a call, with its agents' names, its tags and the cost of judging it.
    pub(in crate::web) async fn of(state: &WebState, call: Call) -> Result<Self, ApiError> {
        let organization_id = call.organization_id;
        let mut views = Self::all(state, organization_id, vec![call]).await?;
        views.pop().ok_or(ApiError::NotFound("call"))
    }

    /// Builds the views of several calls of the organization.
    async fn all(
        state: &WebState,
        organization_id: OrganizationId,
        calls: Vec<Call>,
    ) -> Result<Vec<Self>, ApiError> {
        let currency = state.currency().to_owned();
        let read =
            move |connection: &mut Connection| Self::read(connection, organization_id, calls, &currency);
        Ok(state.store.reads().run(read).await?)
    }

    /// Reads what the views of several calls of the organization need besides the calls.
    pub(super) fn read(
        connection: &mut Connection,
        organization_id: OrganizationId,
        calls: Vec<Call>,
        currency: &str,
    ) -> Result<Vec<Self>, StoreError> {
        let (agents, ids) = (agents_of(&calls), calls.iter().map(|call| call.id).collect::<Vec<_>>());
        let names = match agents.is_empty() {
            true => Names::new(),
            false => query::user_names(connection, organization_id, &agents)?,
        };
        let judged = query::judge_costs(connection, organization_id, &ids)?;
        let mut tags = query::call_tags(connection, organization_id, &ids)?;
        let view = |call: Call| {
            let tags = tags.remove(&call.id).unwrap_or_default();
            let judge_micros = judged.get(&call.id).copied().unwrap_or_default();
            Self { tags: Some(tags), judge_micros: Some(judge_micros), ..Self::new(call, &names, currency) }
        };
        Ok(calls.into_iter().map(view).collect())
    }
}

/// All agents of these calls.
pub(in crate::web) fn agents_of<'a>(calls: impl IntoIterator<Item = &'a Call>) -> BTreeSet<UserId> {
    calls.into_iter().flat_map(|call| &call.agents).map(|agent| agent.user_id).collect()
}

/// The requested calls of the organization, at most `rows` of them.
pub(super) async fn wanted(
    state: &WebState,
    organization_id: OrganizationId,
    asked: CallList,
    rows: i64,
) -> Result<CallQuery, ApiError> {
    demand_plus("party", asked.party.as_deref())?;
    demand_plus("number", asked.number.as_deref())?;
    let party = match part("party", asked.party)? {
        None => None,
        Some(number) => Some(known(state, organization_id, &number).await?),
    };
    Ok(CallQuery {
        party,
        state: asked.state,
        from: part("from", asked.from)?,
        to: part("to", asked.to)?,
        number: own_number(asked.number)?,
        cause: part("cause", asked.cause)?,
        counted: asked.counted,
        profile_id: asked.profile_id,
        agent_id: asked.agent_id,
        agent_outcome: asked.agent_outcome,
        since: asked.since.map(nearest_sane_time),
        until: asked.until.map(nearest_sane_time),
        said: part("q", asked.q)?,
        tag: part("tag", asked.tag)?,
        topic: part("topic", asked.topic)?,
        before: asked.cursor,
        limit: rows,
    })
}

/// The person with that number, in all its spellings, if it identifies them.
async fn known(
    state: &WebState,
    organization_id: OrganizationId,
    number: &str,
) -> Result<Vec<KnownCaller>, ApiError> {
    let number: E164 = number.parse().map_err(|fault| ApiError::BadInput(format!("`party` {fault}")))?;
    let configured = state.store.configured_numbers().clone();
    let read = move |connection: &mut Connection| {
        let own = query::own_numbers(connection, organization_id, &configured)?;
        if KnownCaller::at(number.clone(), &own).is_none() {
            return Ok(Vec::new());
        }
        let spelled = query::spelled_number(connection, organization_id, &number)?;
        Ok(spelled.into_iter().filter_map(|number| KnownCaller::at(number, &own)).collect())
    };
    Ok(state.store.reads().run(read).await?)
}

/// Checks our number in a call. Figures store no longer ones, so a longer one would silently match nothing.
fn own_number(text: Option<String>) -> Result<Option<String>, ApiError> {
    match part("number", text)? {
        Some(number) if number.chars().count() > KEY_CHARS_MAX => {
            Err(ApiError::BadInput(format!("`number` is longer than {KEY_CHARS_MAX} characters")))
        }
        number => Ok(number),
    }
}

/// A text to look for; `None` if it is empty, because forms send fields that were not filled in.
pub(super) fn part(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) if text.len() > HTTP_VALUE_BYTES_MAX => {
            Err(ApiError::BadInput(format!("`{name}` is longer than {HTTP_VALUE_BYTES_MAX} bytes")))
        }
        text => Ok(text),
    }
}

/// Lists calls, newest first.
#[utoipa::path(
    get,
    operation_id = "list_calls",
    path = "/api/v1/calls",
    tag = "calls",
    params(CallList),
    responses(
        (status = 200, description = "A page of calls", body = Page<CallView>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<CallList>,
) -> Result<web::Json<Page<CallView>>, ApiError> {
    Ok(web::Json(listed(&state, &caller, asked.into_inner()).await?))
}

/// A page of calls, newest first.
pub(in crate::web) async fn listed(
    state: &WebState,
    caller: &Caller,
    asked: CallList,
) -> Result<Page<CallView>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let organization_id = caller.organization_id;
    let wanted = wanted(state, organization_id, asked, limit.rows()).await?;
    let calls =
        state.store.reads().run(move |connection| query::calls(connection, organization_id, wanted)).await?;
    let views = CallView::all(state, organization_id, calls).await?;
    Ok(limit.page(views, |view: &CallView| view.call.id.to_string()))
}

/// Shows a call.
#[utoipa::path(
    get,
    operation_id = "show_call",
    path = "/api/v1/calls/{id}",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call")),
    responses(
        (status = 200, description = "The call", body = CallView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
) -> Result<web::Json<CallView>, ApiError> {
    Ok(web::Json(shown(&state, &caller, *id).await?))
}

/// Builds the view of the call with that id.
pub(in crate::web) async fn shown(
    state: &WebState,
    caller: &Caller,
    id: CallId,
) -> Result<CallView, ApiError> {
    CallView::of(state, find(state, caller, id).await?).await
}

/// The call with that id, or 404.
pub(super) async fn find(state: &WebState, caller: &Caller, id: CallId) -> Result<Call, ApiError> {
    let organization_id = caller.organization_id;
    let call =
        state.store.reads().run(move |connection| query::call(connection, organization_id, id)).await?;
    call.ok_or(ApiError::NotFound("call"))
}
