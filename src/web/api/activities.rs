//! `/api/v1/activities`: what was done for customers.

use actix_web::web;
use cordboard_schema::activity::Activity;
use cordboard_schema::ids::{ActivityId, CallId};
use serde::Deserialize;

use crate::store::{ActivityQuery, query};
use crate::web::WebState;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which activities to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivityList {
    call_id: Option<CallId>,
    cursor: Option<ActivityId>,
    limit: Option<u32>,
}

/// `GET /api/v1/activities?call_id=&cursor=&limit=`: newest first.
pub(crate) async fn list(
    state: web::Data<WebState>,
    asked: web::Query<ActivityList>,
) -> Result<web::Json<Page<Activity>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let wanted = ActivityQuery { call_id: asked.call_id, before: asked.cursor, limit: limit.rows() };
    let organization_id = state.store.organization_id();
    let activities = state
        .store
        .reads()
        .run(move |connection| query::activities(connection, organization_id, wanted))
        .await?;
    Ok(web::Json(limit.page(activities, |activity| activity.id.to_string())))
}
