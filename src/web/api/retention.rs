//! `/api/v1/retention`: for how long the organization keeps recordings, words, calls and customers, and what was deleted.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::ids::{RetentionPartId, RetentionRunId};
use cordboard_schema::retention::{DeletedRecords, Retention, RetentionCounts, RetentionRun};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};

/// Query of the list of retention runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RetentionRunList {
    /// At most so many, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<RetentionRunId>,
}

/// Shows for how long things are kept.
#[utoipa::path(
    get,
    operation_id = "show_retention",
    path = "/api/v1/retention",
    tag = "accounts",
    responses((status = 200, description = "For how many days; null: for ever", body = Retention))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Retention>, ApiError> {
    let id = caller.organization_id;
    Ok(web::Json(state.store.reads().run(move |connection| query::retention(connection, id)).await?))
}

/// Sets for how long things are kept: the body takes the place of what was there. Older things are deleted within ten minutes, and are not
/// brought back by setting more days.
#[utoipa::path(
    put,
    operation_id = "set_retention",
    path = "/api/v1/retention",
    tag = "accounts",
    request_body = Retention,
    responses(
        (status = 200, description = "Set", body = Retention),
        (status = 400, description = "The body is no JSON object"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<Retention>,
) -> Result<web::Json<Retention>, ApiError> {
    let days = checked(body.into_inner())?;
    let id = caller.organization_id;
    let told = |days: Option<u32>| days.map_or("for ever".to_owned(), |days| format!("{days} days"));
    let detail = format!(
        "recordings {}, words {}, calls {}, customers {}",
        told(days.recordings_days),
        told(days.words_days),
        told(days.calls_days),
        told(days.customers_days)
    );
    let entry = caller.did("retention.set", id, detail);
    let set = move |connection: &mut Connection| {
        change::set_retention(connection, id, &days)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(set).await?;
    Ok(web::Json(days))
}

/// Counts what would be deleted if things were kept for so long. Nothing is changed.
#[utoipa::path(
    post,
    operation_id = "preview_retention",
    path = "/api/v1/retention/preview",
    tag = "accounts",
    request_body = Retention,
    responses(
        (status = 200, description = "How much is older, of each kind that is not kept for ever", body = RetentionCounts),
        (status = 400, description = "The body is no JSON object"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken"),
    )
)]
pub(crate) async fn preview(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<Retention>,
) -> Result<web::Json<RetentionCounts>, ApiError> {
    let days = checked(body.into_inner())?;
    let (id, now) = (caller.organization_id, world::now().into());
    let read = move |connection: &mut Connection| query::retention_due(connection, id, &days, now);
    Ok(web::Json(state.store.reads().run(read).await?))
}

/// Lists what was deleted because its time was over, the newest first.
#[utoipa::path(
    get,
    operation_id = "list_retention_runs",
    path = "/api/v1/retention/runs",
    tag = "accounts",
    params(RetentionRunList),
    responses(
        (status = 200, description = "A page of what was deleted", body = Page<RetentionRun>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn runs(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<RetentionRunList>,
) -> Result<web::Json<Page<RetentionRun>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, before) = (caller.organization_id, asked.cursor);
    let read = move |connection: &mut Connection| query::retention_runs(connection, id, before, limit.rows());
    let runs = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(runs, |run| run.id.to_string())))
}

/// Query of the list of deleted records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeletedRecordList {
    /// At most so many groups, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<RetentionPartId>,
}

/// Lists the records that a run deleted, in groups, and which of them are in the database now. A run of a version that kept
/// no ids has none.
#[utoipa::path(
    get,
    operation_id = "list_deleted_records",
    path = "/api/v1/retention/runs/{id}/records",
    tag = "accounts",
    params(("id" = RetentionRunId, Path, description = "The run"), DeletedRecordList),
    responses(
        (status = 200, description = "A page of groups of deleted records, the first deleted first", body = Page<DeletedRecords>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
        (status = 404, description = "There is no such run"),
    )
)]
pub(crate) async fn records(
    state: web::Data<WebState>,
    caller: Caller,
    run: web::Path<RetentionRunId>,
    asked: web::Query<DeletedRecordList>,
) -> Result<web::Json<Page<DeletedRecords>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, run, after) = (caller.organization_id, run.into_inner(), asked.cursor);
    let read =
        move |connection: &mut Connection| query::retention_parts(connection, id, run, after, limit.rows());
    let parts = state.store.reads().run(read).await?.ok_or(ApiError::NotFound("retention run"))?;
    Ok(web::Json(limit.page(parts, |part| part.id.to_string())))
}

fn checked(days: Retention) -> Result<Retention, ApiError> {
    let faults: Vec<Fault> =
        days.faults().into_iter().map(|(name, reason)| Fault::of(name, reason)).collect();
    if faults.is_empty() { Ok(days) } else { Err(ApiError::Invalid(faults)) }
}
