//! `/api/v1/audit-log`: who changed or looked at what.

use actix_web::web;
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::ids::AuditId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::store::query;
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which lines of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditList {
    /// At most so many lines, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<AuditId>,
}

/// Lists who did what, newest first.
#[utoipa::path(
    get,
    operation_id = "list_audit_log",
    path = "/api/v1/audit-log",
    tag = "accounts",
    params(AuditList),
    responses(
        (status = 200, description = "A page of the log", body = Page<AuditEntry>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<AuditList>,
) -> Result<web::Json<Page<AuditEntry>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (organization_id, before) = (caller.organization_id, asked.cursor);
    let entries = state
        .store
        .reads()
        .run(move |connection| query::audit_log(connection, organization_id, before, limit.rows()))
        .await?;
    Ok(web::Json(limit.page(entries, |entry| entry.id.to_string())))
}
