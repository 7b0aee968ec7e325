//! `/api/v1/caller-ids`: the numbers that an organization may show to the people it calls.

use actix_web::web;
use cordboard_schema::phone::E164;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Numbers that an organization may show to the people it calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShowableView {
    /// Its own verified numbers, and those granted to it, sorted.
    numbers: Vec<E164>,
    /// Whether other numbers may be shown too: for the installation's first organization, and for one with its own Twilio account, where Twilio
    /// checks the number at each call.
    others: bool,
}

/// Lists all numbers that the organization may show to the people it calls.
#[utoipa::path(
    get,
    operation_id = "list_caller_ids",
    path = "/api/v1/caller-ids",
    tag = "campaigns",
    responses((status = 200, description = "All of them", body = ShowableView))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<ShowableView>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::showable(connection, organization_id);
    let found = state.store.reads().run(read).await?;
    Ok(web::Json(ShowableView { numbers: found.numbers.into_iter().collect(), others: found.others }))
}
