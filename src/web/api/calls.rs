//! `/api/v1/calls`: calls as the store has them, which is at most 200 ms behind.

use actix_web::web;
use chrono::{DateTime, Utc};
use cordboard_schema::call::CallState;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, ProfileId};
use cordboard_schema::limits::HTTP_VALUE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{CallQuery, query};
use crate::web::WebState;
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

/// Which calls to list. What is left out, or empty, narrows nothing.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallList {
    /// Only those that stand so.
    state: Option<CallState>,
    /// Part of the caller's number or name, in upper or lower case.
    from: Option<String>,
    /// Part of the number dialled.
    to: Option<String>,
    /// The cause that they ended for, as `caller_silent`.
    cause: Option<String>,
    /// The agent profile that they were answered with.
    profile_id: Option<ProfileId>,
    /// Started then or later, RFC 3339.
    since: Option<DateTime<Utc>>,
    /// Started before then, RFC 3339.
    until: Option<DateTime<Utc>>,
    /// Part of what was said in one line of the transcript.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<CallId>,
    /// Calls of a page, 1 to 200; 50 where it is left out.
    limit: Option<u32>,
}

impl CallList {
    fn wanted(self, limit: Limit) -> Result<CallQuery, ApiError> {
        Ok(CallQuery {
            state: self.state,
            from: part("from", self.from)?,
            to: part("to", self.to)?,
            cause: part("cause", self.cause)?,
            profile_id: self.profile_id,
            since: self.since.map(Into::into),
            until: self.until.map(Into::into),
            said: part("q", self.q)?,
            before: self.cursor,
            limit: limit.rows(),
        })
    }
}

/// A text to look for; none where it is empty, as a form sends a field that was not filled in.
fn part(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
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
    asked: web::Query<CallList>,
) -> Result<web::Json<Page<CallView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let wanted = asked.into_inner().wanted(limit)?;
    let organization_id = state.store.organization_id();
    let calls =
        state.store.reads().run(move |connection| query::calls(connection, organization_id, wanted)).await?;
    let views = calls.into_iter().map(|call| CallView::new(call, state.currency())).collect();
    Ok(web::Json(limit.page(views, |view: &CallView| view.call.id.to_string())))
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
    id: web::Path<CallId>,
) -> Result<web::Json<CallView>, ApiError> {
    let call = find(&state, *id).await?;
    Ok(web::Json(CallView::new(call, state.currency())))
}

/// The call of that id, or 404.
pub(super) async fn find(state: &WebState, id: CallId) -> Result<Call, ApiError> {
    let organization_id = state.store.organization_id();
    let call =
        state.store.reads().run(move |connection| query::call(connection, organization_id, id)).await?;
    call.ok_or(ApiError::NotFound("call"))
}
