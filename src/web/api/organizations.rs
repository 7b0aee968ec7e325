//! `/api/v1/organization`, the caller's own, and `/api/v1/organizations`, all of the installation, which the operator can suspend.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::account::checked_name;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_tables::rows::OrganizationRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::OrganizationView;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("organization");

/// An organization, as the operator sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstalledOrganizationView {
    /// UUID v7.
    id: OrganizationId,
    /// Display name.
    name: String,
    /// Whether it is the installation's first, which is never suspended.
    is_first: bool,
    /// When it was suspended; null if it is not.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<UnixMs>,
}

impl InstalledOrganizationView {
    fn of(row: OrganizationRow, first: OrganizationId) -> Result<Self, ApiError> {
        let id = row.organization_id().map_err(StoreError::from)?;
        let suspended_at = row.suspended_at.map(|at| at.and_utc().into());
        Ok(Self { id, name: row.name, is_first: id == first, suspended_at })
    }
}

/// Query of the list of organizations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganizationList {
    /// Organizations of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
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

/// Lists the installation's organizations, oldest first; the header `X-Organization` takes their ids.
#[utoipa::path(
    get,
    operation_id = "list_organizations",
    path = "/api/v1/organizations",
    tag = "admin",
    params(OrganizationList),
    responses(
        (status = 200, description = "A page of organizations", body = Page<InstalledOrganizationView>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    asked: web::Query<OrganizationList>,
) -> Result<web::Json<Page<InstalledOrganizationView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let after = asked.cursor;
    let read = move |connection: &mut Connection| query::organizations(connection, after, limit.rows());
    let rows = state.store.reads().run(read).await?;
    let first = state.store.organization_id();
    let shown = rows.into_iter().map(|row| InstalledOrganizationView::of(row, first));
    let shown = shown.collect::<Result<Vec<_>, _>>()?;
    Ok(web::Json(limit.page(shown, |organization| organization.id.to_string())))
}

/// Suspends an organization. Its users can't sign in, and no call is taken or made for it; its data stays. All its sign-ins end, with their sockets
/// and live views. Its API tokens, calendar link, talk links, contact links and invitations stop working, and its campaigns rest. Live calls go on to
/// their end. Callers of its numbers are sent to the fallback, as if no profile answered.
#[utoipa::path(
    post,
    operation_id = "suspend_organization",
    path = "/api/v1/organizations/{id}/suspend",
    tag = "admin",
    params(("id" = OrganizationId, Path, description = "The organization")),
    responses(
        (status = 200, description = "It is suspended", body = InstalledOrganizationView),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "It is the installation's first organization (`not_allowed`)"),
        (status = 404, description = "No such organization"),
    )
)]
pub(crate) async fn suspend(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<OrganizationId>,
) -> Result<web::Json<InstalledOrganizationView>, ApiError> {
    let (id, now) = (*id, UnixMs::from(world::now()));
    if id == state.store.organization_id() {
        let detail = "it is the installation's first organization, whose owners may be its operators, so it can't be suspended";
        return Err(ApiError::NotAllowed(detail.to_owned()));
    }
    let suspend = move |connection: &mut Connection| {
        let Some(row) = query::organization(connection, id)? else { return Ok(Err(NO_SUCH)) };
        if row.suspended_at.is_some() {
            return Ok(Ok((row, Vec::new())));
        }
        change::suspend_organization(connection, id, Some(now))?;
        let mut ended = change::end_logins_of(connection, id)?;
        // Sockets and live views of programs end, too. Their tokens work again once the organization is resumed.
        ended.extend(query::api_tokens_of_all(connection, id)?);
        change::record_audit(connection, &caller.did("organization.suspended", id, &row.name))?;
        Ok(Ok((OrganizationRow { suspended_at: Some(now.to_utc().naive_utc()), ..row }, ended)))
    };
    let (row, ended) = state.store.change(suspend).await??;
    accounts.ended(ended);
    Ok(web::Json(InstalledOrganizationView::of(row, state.store.organization_id())?))
}

/// Resumes a suspended organization. Its users can sign in, its tokens and links work again, and its campaigns go on.
#[utoipa::path(
    post,
    operation_id = "resume_organization",
    path = "/api/v1/organizations/{id}/resume",
    tag = "admin",
    params(("id" = OrganizationId, Path, description = "The organization")),
    responses(
        (status = 200, description = "It is resumed", body = InstalledOrganizationView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such organization"),
    )
)]
pub(crate) async fn resume(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<OrganizationId>,
) -> Result<web::Json<InstalledOrganizationView>, ApiError> {
    let id = *id;
    let resume = move |connection: &mut Connection| {
        let Some(row) = query::organization(connection, id)? else { return Ok(Err(NO_SUCH)) };
        if row.suspended_at.is_some() {
            change::suspend_organization(connection, id, None)?;
            change::record_audit(connection, &caller.did("organization.resumed", id, &row.name))?;
        }
        Ok(Ok(OrganizationRow { suspended_at: None, ..row }))
    };
    let row = state.store.change(resume).await??;
    Ok(web::Json(InstalledOrganizationView::of(row, state.store.organization_id())?))
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
    Ok(web::Json(shown(found.ok_or(NO_SUCH)?)?))
}

/// Renames the caller's organization.
#[utoipa::path(
    put,
    operation_id = "update_organization",
    path = "/api/v1/organization",
    tag = "accounts",
    request_body = OrganizationChange,
    responses(
        (status = 200, description = "Changed", body = OrganizationView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "The name is invalid"),
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
