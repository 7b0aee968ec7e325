//! `/api/v1/retention`: how long the organization keeps recordings, words, calls, customers and its audit log, and what was deleted.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::ids::{RetentionPartId, RetentionRunId};
use cordboard_schema::plain::present;
use cordboard_schema::retention::{DeletedRecords, Retention, RetentionCounts, RetentionRun};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision::{self, IfMatch, Revised};

/// Query of the list of retention runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RetentionRunList {
    /// Runs of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<RetentionRunId>,
}

/// How many days an organization keeps each kind of data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetentionView {
    #[serde(flatten)]
    days: Retention,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<Retention> for RetentionView {
    fn from(days: Retention) -> Self {
        let view = Self { days, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for RetentionView {
    const WHAT: &'static str = "retention";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// How many days to keep each kind; null for ever. A kind that is left out is kept for ever with `PUT`, and keeps its setting with `PATCH`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionChange {
    /// Recordings of calls.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650, example = 90)]
    recordings_days: Option<Option<u32>>,
    /// Words of calls: transcripts, journals, replays, answers of shadows, and the search index.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650, example = 180)]
    words_days: Option<Option<u32>>,
    /// Calls, with all that belongs to them.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    calls_days: Option<Option<u32>>,
    /// Customers, leads, appointments and text messages without activity.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    customers_days: Option<Option<u32>>,
    /// Entries of the audit log, except those of the operator about the installation. At least 90 days: with a shorter time somebody could remove
    /// the traces of what they just did.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 90, maximum = 3650, example = 365)]
    audit_log_days: Option<Option<u32>>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl RetentionChange {
    /// Returns these days with the given members replaced.
    fn applied_to(&self, there: Retention) -> Retention {
        Retention {
            recordings_days: self.recordings_days.unwrap_or(there.recordings_days),
            words_days: self.words_days.unwrap_or(there.words_days),
            calls_days: self.calls_days.unwrap_or(there.calls_days),
            customers_days: self.customers_days.unwrap_or(there.customers_days),
            audit_log_days: self.audit_log_days.unwrap_or(there.audit_log_days),
        }
    }
}

/// Shows how long each kind of data is kept.
#[utoipa::path(
    get,
    operation_id = "show_retention",
    path = "/api/v1/retention",
    tag = "accounts",
    responses((status = 200, description = "The number of days for each kind; null: for ever", body = RetentionView))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<RetentionView>, ApiError> {
    let id = caller.organization_id;
    let days = state.store.reads().run(move |connection| query::retention(connection, id)).await?;
    Ok(web::Json(days.into()))
}

/// Sets how long each kind of data is kept. The body replaces the previous settings. Older data is deleted within ten minutes and can't be restored
/// by setting more days.
#[utoipa::path(
    put,
    operation_id = "set_retention",
    path = "/api/v1/retention",
    tag = "accounts",
    params(IfMatch),
    request_body = RetentionChange,
    responses(
        (status = 200, description = "Set", body = RetentionView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<RetentionChange>,
) -> Result<web::Json<RetentionView>, ApiError> {
    let body = body.into_inner();
    let days = checked(body.applied_to(Retention::default()))?;
    let asked = if_match.or(body.revision);
    let set = move |connection: &mut Connection| {
        // Settings that can't be read have no revision: a request without one replaces them.
        if asked.is_of_one() {
            let there = query::retention(connection, caller.organization_id)?;
            if let Err(late) = asked.demand(&RetentionView::from(there)) {
                return Ok(Err(late));
            }
        }
        kept(connection, &caller, days).map(Ok)
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes how long the given kinds of data are kept; the rest keep their settings. Older data is deleted within ten minutes.
#[utoipa::path(
    patch,
    operation_id = "change_retention",
    path = "/api/v1/retention",
    tag = "accounts",
    params(IfMatch),
    request_body = RetentionChange,
    responses(
        (status = 200, description = "Changed", body = RetentionView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<RetentionChange>,
) -> Result<web::Json<RetentionView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let set = move |connection: &mut Connection| {
        let there = query::retention(connection, caller.organization_id)?;
        if let Err(late) = asked.demand(&RetentionView::from(there)) {
            return Ok(Err(late));
        }
        match checked(body.applied_to(there)) {
            Ok(days) => kept(connection, &caller, days).map(Ok),
            Err(wrong) => Ok(Err(wrong)),
        }
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

fn kept(connection: &mut Connection, caller: &Caller, days: Retention) -> Result<Retention, StoreError> {
    let id = caller.organization_id;
    let period = |days: Option<u32>| days.map_or("for ever".to_owned(), |days| format!("{days} days"));
    let detail = format!(
        "recordings {}, words {}, calls {}, customers {}, audit log {}",
        period(days.recordings_days),
        period(days.words_days),
        period(days.calls_days),
        period(days.customers_days),
        period(days.audit_log_days)
    );
    change::set_retention(connection, id, &days)?;
    change::record_audit(connection, &caller.did("retention.set", id, detail))?;
    Ok(days)
}

/// Counts what would be deleted with these settings. Nothing is changed.
#[utoipa::path(
    post,
    operation_id = "preview_retention",
    path = "/api/v1/retention/preview",
    tag = "accounts",
    request_body = Retention,
    responses(
        (status = 200, description = "The number of older records of each kind with a limit", body = RetentionCounts),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "A value is invalid"),
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

/// Lists what was deleted because its time was over, newest first.
#[utoipa::path(
    get,
    operation_id = "list_retention_runs",
    path = "/api/v1/retention/runs",
    tag = "accounts",
    params(RetentionRunList),
    responses(
        (status = 200, description = "A page of what was deleted", body = Page<RetentionRun>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn runs(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<RetentionRunList>,
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
    /// Groups of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<RetentionPartId>,
}

/// Lists the records that a run deleted, in groups, and which of them are in the database now. Runs of versions that stored no ids have none.
#[utoipa::path(
    get,
    operation_id = "list_deleted_records",
    path = "/api/v1/retention/runs/{id}/records",
    tag = "accounts",
    params(("id" = RetentionRunId, Path, description = "The run"), DeletedRecordList),
    responses(
        (status = 200, description = "A page of groups of deleted records, in the order of their deletion", body = Page<DeletedRecords>),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 404, description = "There is no such run"),
    )
)]
pub(crate) async fn records(
    state: web::Data<WebState>,
    caller: Caller,
    run: web::Path<RetentionRunId>,
    asked: Query<DeletedRecordList>,
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
