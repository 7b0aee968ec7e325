//! `/api/v1/calls`: calls as the store has them, which is at most 200 ms behind.

use actix_web::web;
use cordboard_schema::call_list::CallList;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::HTTP_VALUE_BYTES_MAX;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{CallQuery, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// A call as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallView {
    /// Its row.
    #[serde(flatten)]
    call: Call,
    /// The currency of `cost_micros`, as ISO 4217 names it.
    #[schema(example = "USD")]
    currency: String,
}

impl CallView {
    /// A call of a house that counts in `currency`.
    pub(in crate::web) fn new(call: Call, currency: &str) -> Self {
        Self { call, currency: currency.to_owned() }
    }
}

fn wanted(asked: CallList, limit: Limit) -> Result<CallQuery, ApiError> {
    Ok(CallQuery {
        state: asked.state,
        from: part("from", asked.from)?,
        to: part("to", asked.to)?,
        cause: part("cause", asked.cause)?,
        profile_id: asked.profile_id,
        since: asked.since.map(Into::into),
        until: asked.until.map(Into::into),
        said: part("q", asked.q)?,
        before: asked.cursor,
        limit: limit.rows(),
    })
}

/// A text to look for; none where it is empty, as a form sends a field that was not filled in.
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
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<CallList>,
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
    let wanted = wanted(asked, limit)?;
    let organization_id = caller.organization_id;
    let calls =
        state.store.reads().run(move |connection| query::calls(connection, organization_id, wanted)).await?;
    let views = calls.into_iter().map(|call| CallView::new(call, state.currency())).collect();
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
        (status = 400, description = "The id is no UUID"),
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

/// The call of that id as it is shown.
pub(in crate::web) async fn shown(
    state: &WebState,
    caller: &Caller,
    id: CallId,
) -> Result<CallView, ApiError> {
    let call = find(state, caller, id).await?;
    Ok(CallView::new(call, state.currency()))
}

/// The call of that id, or 404.
pub(super) async fn find(state: &WebState, caller: &Caller, id: CallId) -> Result<Call, ApiError> {
    let organization_id = caller.organization_id;
    let call =
        state.store.reads().run(move |connection| query::call(connection, organization_id, id)).await?;
    call.ok_or(ApiError::NotFound("call"))
}
