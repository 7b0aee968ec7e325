//! `/api/v1/activities`: what was done for customers.

use actix_web::web;
use cordboard_schema::activity::Activity;
use cordboard_schema::ids::{ActivityId, CallId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::store::{ActivityQuery, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which activities to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityList {
    /// Only those of this call.
    call_id: Option<CallId>,
    /// `next_cursor` of the page before.
    cursor: Option<ActivityId>,
    /// Activities of a page, 1 to 200; 50 where it is left out.
    limit: Option<u32>,
}

/// Lists what was done for customers, newest first.
#[utoipa::path(
    get,
    operation_id = "list_activities",
    path = "/api/v1/activities",
    tag = "activities",
    params(ActivityList),
    responses(
        (status = 200, description = "A page of activities", body = Page<Activity>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<ActivityList>,
) -> Result<web::Json<Page<Activity>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let wanted = ActivityQuery { call_id: asked.call_id, before: asked.cursor, limit: limit.rows() };
    let organization_id = caller.organization_id;
    let activities = state
        .store
        .reads()
        .run(move |connection| query::activities(connection, organization_id, wanted))
        .await?;
    Ok(web::Json(limit.page(activities, |activity| activity.id.to_string())))
}
