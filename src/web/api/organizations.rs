//! `/api/v1/organization`, the caller's own, and `/api/v1/organizations`, all of the installation's.

use actix_web::web;
use cordboard_schema::account::checked_name;
use cordboard_schema::ids::OrganizationId;
use cordboard_tables::rows::OrganizationRow;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::auth::OrganizationView;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};

/// Query of the list of organizations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganizationList {
    /// At most so many, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<OrganizationId>,
}

/// New name of the organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationChange {
    /// Display name.
    #[schema(example = "Lovelace Plumbing", max_length = 100)]
    name: String,
}

/// Lists the installation's organizations, the oldest first; the header `X-Organization` takes their ids.
#[utoipa::path(
    get,
    operation_id = "list_organizations",
    path = "/api/v1/organizations",
    tag = "admin",
    params(OrganizationList),
    responses(
        (status = 200, description = "A page of organizations", body = Page<OrganizationView>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    asked: web::Query<OrganizationList>,
) -> Result<web::Json<Page<OrganizationView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let after = asked.cursor;
    let read = move |connection: &mut Connection| query::organizations(connection, after, limit.rows());
    let rows = state.store.reads().run(read).await?;
    let shown = rows.into_iter().map(shown).collect::<Result<Vec<_>, _>>()?;
    Ok(web::Json(limit.page(shown, |organization| organization.id.to_string())))
}

/// Shows the caller's organization.
#[utoipa::path(
    get,
    operation_id = "show_organization",
    path = "/api/v1/organization",
    tag = "accounts",
    responses((status = 200, description = "The organization", body = OrganizationView))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<OrganizationView>, ApiError> {
    let id = caller.organization_id;
    let found = state.store.reads().run(move |connection| query::organization(connection, id)).await?;
    Ok(web::Json(shown(found.ok_or(ApiError::NotFound("organization"))?)?))
}

/// Gives the caller's organization another name.
#[utoipa::path(
    put,
    operation_id = "update_organization",
    path = "/api/v1/organization",
    tag = "accounts",
    request_body = OrganizationChange,
    responses(
        (status = 200, description = "Changed", body = OrganizationView),
        (status = 400, description = "The body is no JSON object"),
        (status = 422, description = "The name can't be taken"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OrganizationChange>,
) -> Result<web::Json<OrganizationView>, ApiError> {
    let name = checked_name(&body.name);
    let name = name.map_err(|reason| ApiError::Invalid(vec![Fault::of("name", reason)]))?;
    let (id, entry) =
        (caller.organization_id, caller.did("organization.changed", caller.organization_id, &name));
    let given = name.clone();
    let rename = move |connection: &mut Connection| {
        change::rename_organization(connection, id, &given)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(rename).await?;
    Ok(web::Json(OrganizationView { id, name }))
}

fn shown(row: OrganizationRow) -> Result<OrganizationView, ApiError> {
    let id = row.organization_id().map_err(StoreError::from)?;
    Ok(OrganizationView { id, name: row.name })
}
