//! `/api/v1/calls`: calls as the store has them, which is at most 200 ms behind, and hanging one up.

use actix_web::{HttpResponse, web};
use cordboard_actors::messages::EndCall;
use cordboard_schema::call::{CallState, HangupBy, HangupCause};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use serde::Deserialize;

use crate::store::{CallQuery, query};
use crate::web::WebState;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which calls to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallList {
    state: Option<CallState>,
    cursor: Option<CallId>,
    limit: Option<u32>,
}

/// `GET /api/v1/calls?state=&cursor=&limit=`: newest first.
pub(crate) async fn list(
    state: web::Data<WebState>,
    asked: web::Query<CallList>,
) -> Result<web::Json<Page<Call>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let wanted = CallQuery { state: asked.state, before: asked.cursor, limit: limit.rows() };
    let organization_id = state.store.organization_id();
    let calls =
        state.store.reads().run(move |connection| query::calls(connection, organization_id, wanted)).await?;
    Ok(web::Json(limit.page(calls, |call| call.id.to_string())))
}

/// `GET /api/v1/calls/{id}`.
pub(crate) async fn show(
    state: web::Data<WebState>,
    id: web::Path<CallId>,
) -> Result<web::Json<Call>, ApiError> {
    find(&state, *id).await.map(web::Json)
}

/// `POST /api/v1/calls/{id}/hangup`: 202 when the call was told, 409 when it is over. The registry is asked first, so
/// that a hang-up does not wait for a database.
pub(crate) async fn hangup(
    state: web::Data<WebState>,
    id: web::Path<CallId>,
) -> Result<HttpResponse, ApiError> {
    let call_id = *id;
    let order = EndCall { call_id, by: HangupBy::Api, cause: HangupCause::normal_clearing() };
    if state.ask(order).await?.is_ok() {
        return Ok(HttpResponse::Accepted().finish());
    }
    find(&state, call_id).await?;
    Err(ApiError::Conflict("the call is over".to_owned()))
}

/// The call of that id, or 404.
pub(super) async fn find(state: &WebState, id: CallId) -> Result<Call, ApiError> {
    let organization_id = state.store.organization_id();
    let call =
        state.store.reads().run(move |connection| query::call(connection, organization_id, id)).await?;
    call.ok_or(ApiError::NotFound("call"))
}
