//! `/api/v1/organization`, the caller's own, and `/api/v1/organizations`, all of the installation, which the operator can suspend and delete.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::account::checked_name;
use cordboard_schema::composed::composed;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_tables::rows::OrganizationRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::OrganizationView;
use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision::{self, IfMatch};

const NO_SUCH: ApiError = ApiError::NotFound("organization");

/// Why an organization is not resumed.
const BEING_DELETED: &str = "the organization is being deleted, so it can't be resumed";

/// An organization, as the operator sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstalledOrganizationView {
    /// UUID v7.
    id: OrganizationId,
    /// Display name.
    name: String,
    /// Whether it is the installation's first, which is never suspended or deleted.
    is_first: bool,
    /// When it was suspended; null if it is not.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<UnixMs>,
    /// When its deletion with everything that it has was requested; null if it is not being deleted.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deleting_since: Option<UnixMs>,
}

impl InstalledOrganizationView {
    fn of(
        row: OrganizationRow,
        first: OrganizationId,
        deleting_since: Option<UnixMs>,
    ) -> Result<Self, ApiError> {
        let id = row.organization_id().map_err(StoreError::from)?;
        let suspended_at = row.suspended_at.map(|at| at.and_utc().into());
        Ok(Self { id, name: row.name, is_first: id == first, suspended_at, deleting_since })
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

/// Query of the deletion of an organization.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganizationDeletion {
    /// The organization's name, letter for letter, as a confirmation that it is meant.
    name: String,
}

/// New name of the organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationChange {
    /// Display name.
    #[schema(example = "Lovelace Plumbing", max_length = 100)]
    name: String,
}

impl ReadOnly for OrganizationChange {
    const NAMES: &'static [&'static str] = &["id"];
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
    asked: Query<OrganizationList>,
) -> Result<web::Json<Page<InstalledOrganizationView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let after = asked.cursor;
    let read = move |connection: &mut Connection| {
        let rows = query::organizations(connection, after, limit.rows())?;
        Ok((rows, query::organization_deletions(connection)?))
    };
    let (rows, deletions) = state.store.reads().run(read).await?;
    let first = state.store.organization_id();
    let shown = rows.into_iter().map(|row| {
        let since = row.organization_id().ok().and_then(|id| deletions.get(&id).copied());
        InstalledOrganizationView::of(row, first, since)
    });
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
            let since = query::organization_deleting_since(connection, id)?;
            return Ok(Ok((row, since, Vec::new())));
        }
        change::suspend_organization(connection, id, Some(now))?;
        let mut ended = change::end_logins_of(connection, id)?;
        // Sockets and live views of programs end, too. Their tokens work again once the organization is resumed.
        ended.extend(query::api_tokens_of_all(connection, id)?);
        change::record_audit(connection, &caller.did("organization.suspended", id, &row.name))?;
        Ok(Ok((OrganizationRow { suspended_at: Some(now.to_utc().naive_utc()), ..row }, None, ended)))
    };
    let (row, since, ended) = state.store.change(suspend).await??;
    accounts.ended(ended);
    Ok(web::Json(InstalledOrganizationView::of(row, state.store.organization_id(), since)?))
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
        (status = 409, description = "It is being deleted (`being_deleted`)"),
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
        if query::organization_deleting_since(connection, id)?.is_some() {
            return Ok(Err(ApiError::conflict("being_deleted", BEING_DELETED)));
        }
        if row.suspended_at.is_some() {
            change::suspend_organization(connection, id, None)?;
            change::record_audit(connection, &caller.did("organization.resumed", id, &row.name))?;
        }
        Ok(Ok(OrganizationRow { suspended_at: None, ..row }))
    };
    let row = state.store.change(resume).await??;
    Ok(web::Json(InstalledOrganizationView::of(row, state.store.organization_id(), None)?))
}

/// Deletes a suspended organization with everything that it has: its users, tokens, keys and settings, its calls with their recordings and
/// transcripts, its customers, campaigns and figures, and its audit log. The deletion goes on in the background, also after a restart, and can't be
/// stopped. The organization is in the list until nothing is left of it; then the audit log of the installation's first organization says so.
/// Backups, and files for a warehouse, are not changed.
#[utoipa::path(
    delete,
    operation_id = "delete_organization",
    path = "/api/v1/organizations/{id}",
    tag = "admin",
    params(("id" = OrganizationId, Path, description = "The organization"), OrganizationDeletion),
    responses(
        (status = 202, description = "It is being deleted", body = InstalledOrganizationView),
        (status = 400, description = "The id is not a UUID, `name` is missing, or another parameter is unknown"),
        (status = 403, description = "It is the installation's first organization (`not_allowed`)"),
        (status = 404, description = "No such organization"),
        (status = 409, description = "It is not suspended (`not_suspended`): suspend it first. Or some of its calls are active (`calls_live`): wait for their end, or end them"),
        (status = 422, description = "`name` is not its name"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<OrganizationId>,
    asked: Query<OrganizationDeletion>,
) -> Result<HttpResponse, ApiError> {
    let (id, now) = (*id, UnixMs::from(world::now()));
    if id == state.store.organization_id() {
        let detail = "it is the installation's first organization, whose owners may be its operators, so it can't be deleted";
        return Err(ApiError::NotAllowed(detail.to_owned()));
    }
    let OrganizationDeletion { name } = asked.into_inner();
    let begin = move |connection: &mut Connection| {
        let Some(row) = query::organization(connection, id)? else { return Ok(Err(NO_SUCH)) };
        if composed(&row.name) != composed(&name) {
            let fault = Fault::of("name", "must be the organization's name, letter for letter");
            return Ok(Err(ApiError::Invalid(vec![fault])));
        }
        if let Some(since) = query::organization_deleting_since(connection, id)? {
            return Ok(Ok((row, since)));
        }
        if row.suspended_at.is_none() {
            let detail =
                "the organization is not suspended: suspend it first, so that nobody uses it any more";
            return Ok(Err(ApiError::conflict("not_suspended", detail)));
        }
        if query::has_live_calls(connection, id)? {
            let detail =
                "some calls of the organization are active: wait for their end, or end them, and try again";
            return Ok(Err(ApiError::conflict("calls_live", detail)));
        }
        change::begin_organization_deletion(connection, id, &caller.actor, now)?;
        change::record_audit(connection, &caller.did("organization.deletion_begun", id, &row.name))?;
        Ok(Ok((row, now)))
    };
    let (row, since) = state.store.change(begin).await??;
    let shown = InstalledOrganizationView::of(row, state.store.organization_id(), Some(since))?;
    Ok(HttpResponse::Accepted().json(shown))
}

/// Shows the caller's organization.
#[utoipa::path(
    get,
    operation_id = "show_organization",
    path = "/api/v1/organization",
    tag = "accounts",
    responses((status = 200, description = "The organization; `ETag` is its revision", body = OrganizationView))
)]
pub(crate) async fn show(state: web::Data<WebState>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let id = caller.organization_id;
    let found = state.store.reads().run(move |connection| query::organization(connection, id)).await?;
    Ok(shown(&view(found.ok_or(NO_SUCH)?)?))
}

fn shown(view: &OrganizationView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, revision::tag(view))).json(view)
}

/// Renames the caller's organization.
#[utoipa::path(
    put,
    operation_id = "update_organization",
    path = "/api/v1/organization",
    tag = "accounts",
    params(IfMatch),
    request_body = OrganizationChange,
    responses(
        (status = 200, description = "Changed; `ETag` is the new revision", body = OrganizationView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "The name is invalid"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: ThingBody<OrganizationChange>,
) -> Result<HttpResponse, ApiError> {
    let name = checked_name(&body.name);
    let name = name.map_err(|reason| ApiError::Invalid(vec![Fault::of("name", reason)]))?;
    let (id, entry) =
        (caller.organization_id, caller.did("organization.changed", caller.organization_id, &name));
    let given = name.clone();
    let rename = move |connection: &mut Connection| {
        if let Some(row) = query::organization(connection, id)? {
            let there = view(row)?;
            if !if_match.is_of(&revision::tag(&there)) {
                return Ok(Err(ApiError::edited_meanwhile("organization", &there)));
            }
        }
        change::rename_organization(connection, id, &given)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    state.store.change(rename).await??;
    Ok(shown(&OrganizationView { id, name }))
}

fn view(row: OrganizationRow) -> Result<OrganizationView, StoreError> {
    let id = row.organization_id().map_err(StoreError::from)?;
    Ok(OrganizationView { id, name: row.name })
}
