//! `/api/v1/agent-profiles/{id}/shadow`: what a profile's shadow cost, and how it answered calls.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, ProfileId, ShadowCallId};
use cordboard_schema::shadow::{ShadowCall, ShadowTurn};
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::voice_chain::VoiceName;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::replays::known;
use crate::shadows::month_of;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

const NO_SUCH_CALL: ApiError = ApiError::NotFound("call");
/// Milliseconds of the 30 days from which a month's calls are estimated.
const MONTH_MS: u64 = 30 * 24 * 3_600_000;

/// Cost of a shadow, and the calls that it could hear.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShadowCosts {
    /// Cost of the profile's shadows since the calendar month began (UTC), in millionths of `currency`.
    spent_micros: u64,
    /// Since when.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: UnixMs,
    /// The currency, by its ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// Finished calls of the profile that began within the last 30 days.
    calls: u64,
    /// Total time that callers talked on them, in ms.
    talk_ms: u64,
}

/// Query of the list of a shadow's calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShadowList {
    /// Calls of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<ShadowCallId>,
}

/// A call that a shadow heard, without what was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShadowCallSummary {
    /// Its id.
    id: ShadowCallId,
    /// The call. A call that returned to the assistant after a person had it is listed again.
    call_id: CallId,
    /// The provider that answered the caller, such as `openai`.
    given_by: String,
    /// Provider of the shadow's voice.
    provider: VoiceName,
    /// When the shadow began to listen.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: UnixMs,
    /// When it ended; null while it listens, or if its server died.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<UnixMs>,
    /// Why it could not go on, in words; null if nothing went wrong.
    failure: Option<String>,
    /// Cost of the shadow, in millionths of `currency`.
    cost_micros: u64,
    /// The currency, by its ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// Number of turns.
    turns: usize,
    /// Time from the end of the caller's words to the answer that they heard, in ms: the median of the turns that have one.
    given_after_ms: Option<u64>,
    /// The same for the shadow's answers.
    unheard_after_ms: Option<u64>,
}

/// A complete call that a shadow heard.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShadowCallView {
    #[serde(flatten)]
    summary: ShadowCallSummary,
    /// Words of the caller and answers of both assistants, oldest first.
    exchanges: Vec<ShadowTurn>,
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

impl ShadowCallSummary {
    fn new(call: &ShadowCall, currency: &str) -> Self {
        let after = |of: fn(&ShadowTurn) -> Option<u64>| median(call.turns.iter().filter_map(of).collect());
        Self {
            id: call.id,
            call_id: call.call_id,
            given_by: call.given_by.clone(),
            provider: call.provider,
            started_at: call.started_at,
            ended_at: call.ended_at,
            failure: call.failure.clone(),
            cost_micros: call.cost_micros,
            currency: currency.to_owned(),
            turns: call.turns.len(),
            given_after_ms: after(|turn| turn.given.after_ms),
            unheard_after_ms: after(|turn| turn.unheard.after_ms),
        }
    }
}

/// Shows what a profile's shadow cost this month, and how much talk it could have heard.
#[utoipa::path(
    get,
    operation_id = "show_shadow_costs",
    path = "/api/v1/agent-profiles/{id}/shadow",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "The costs", body = ShadowCosts),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn costs(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<ShadowCosts>, ApiError> {
    known(&state, &caller, *id).await?;
    let (organization_id, id, now) = (caller.organization_id, *id, UnixMs::from(world::now()));
    let since = month_of(now);
    let read = move |connection: &mut Connection| {
        let spent = query::shadow_costs(connection, organization_id, id, since)?;
        Ok((spent, query::talk_of_profile(connection, organization_id, id, now - MONTH_MS)?))
    };
    let (spent_micros, (calls, talk_ms)) = state.store.reads().run(read).await?;
    let currency = state.currency().to_owned();
    Ok(web::Json(ShadowCosts { spent_micros, since, currency, calls, talk_ms }))
}

/// Lists the calls that a profile's shadows heard, newest first.
#[utoipa::path(
    get,
    operation_id = "list_shadow_calls",
    path = "/api/v1/agent-profiles/{id}/shadow/calls",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile"), ShadowList),
    responses(
        (status = 200, description = "A page of calls", body = Page<ShadowCallSummary>),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such profile"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    asked: Query<ShadowList>,
) -> Result<web::Json<Page<ShadowCallSummary>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    known(&state, &caller, *id).await?;
    let (organization_id, id, before) = (caller.organization_id, *id, asked.cursor);
    let read = move |connection: &mut Connection| {
        query::shadow_calls(connection, organization_id, id, before, limit.rows())
    };
    let found = state.store.reads().run(read).await?;
    let shown = found.iter().map(|call| ShadowCallSummary::new(call, state.currency())).collect();
    Ok(web::Json(limit.page(shown, |call: &ShadowCallSummary| call.id.to_string())))
}

/// Shows how a shadow answered a call, next to what the caller heard.
#[utoipa::path(
    get,
    operation_id = "show_shadow_call",
    path = "/api/v1/agent-profiles/{id}/shadow/calls/{shadow_call_id}",
    tag = "agent profiles",
    params(
        ("id" = ProfileId, Path, description = "The profile"),
        ("shadow_call_id" = ShadowCallId, Path, description = "The call that a shadow heard"),
    ),
    responses(
        (status = 200, description = "The call, turn by turn", body = ShadowCallView),
        (status = 400, description = "An id is not a UUID"),
        (status = 404, description = "No such profile, or no such call"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    path: web::Path<(ProfileId, ShadowCallId)>,
) -> Result<web::Json<ShadowCallView>, ApiError> {
    let (id, shadow_call_id) = *path;
    known(&state, &caller, id).await?;
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| {
        query::shadow_call(connection, organization_id, id, shadow_call_id)
    };
    let call = state.store.reads().run(read).await?.ok_or(NO_SUCH_CALL)?;
    let summary = ShadowCallSummary::new(&call, state.currency());
    Ok(web::Json(ShadowCallView { summary, exchanges: call.turns }))
}
