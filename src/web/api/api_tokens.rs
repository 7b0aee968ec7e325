//! `/api/v1/api-tokens`: tokens for programs.

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::account::{ApiToken, checked_name};
use cordboard_schema::giving::Right;
use cordboard_schema::ids::ApiTokenId;
use cordboard_schema::limits::{API_TOKEN_DAYS_MAX, API_TOKENS_MAX};
use cordboard_schema::permission::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::accounts::{API_TOKEN_PREFIX, Accounts, one_time};
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

/// Characters of a token that stay visible.
const SHOWN_CHARS: usize = 10;

/// A new token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiTokenBody {
    /// Display name.
    #[schema(example = "nightly export", max_length = 100)]
    name: String,
    /// Permissions of the token; at most those of its maker.
    scopes: Vec<Permission>,
    /// Days until it expires; null for never.
    expires_in_days: Option<u32>,
}

/// A token that was just created.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeApiTokenView {
    /// The token without its secret, as lists show it.
    #[serde(flatten)]
    known: ApiToken,
    /// The token itself, for `Authorization: Bearer`; shown only once.
    token: String,
}

/// Lists the tokens, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_api_tokens",
    path = "/api/v1/api-tokens",
    tag = "accounts",
    responses((status = 200, description = "The tokens without their secrets", body = Page<ApiToken>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<ApiToken>>, ApiError> {
    let id = caller.organization_id;
    let tokens = state.store.reads().run(move |connection| query::api_tokens(connection, id)).await?;
    Ok(web::Json(Page::whole(tokens)))
}

/// Creates a token.
#[utoipa::path(
    post,
    operation_id = "create_api_token",
    path = "/api/v1/api-tokens",
    tag = "accounts",
    request_body = ApiTokenBody,
    responses(
        (status = 201, description = "Created; the token is shown only once", body = MadeApiTokenView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "There are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance a scope that its maker does not have"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<ApiTokenBody>,
) -> Result<HttpResponse, ApiError> {
    let ApiTokenBody { name, mut scopes, expires_in_days } = body.into_inner();
    let mut faults = Vec::new();
    let name = checked_name(&name).map_err(|reason| faults.push(Fault::of("name", reason)));
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        faults.push(Fault::of("scopes", "must name one permission at least"));
    }
    let may_give = |scope: &Permission| caller.demand_to_give(Right::Scope(*scope)).is_ok();
    if let Some(scope) = scopes.iter().find(|scope| !may_give(scope)) {
        faults
            .push(Fault::of("scopes", format!("can't hold `{scope}`: who makes the token may not do that")));
    }
    if expires_in_days.is_some_and(|days| !(1..=API_TOKEN_DAYS_MAX).contains(&days)) {
        faults.push(Fault::of("expires_in_days", format!("must be 1 to {API_TOKEN_DAYS_MAX}")));
    }
    let (Ok(name), true) = (name, faults.is_empty()) else { return Err(ApiError::Invalid(faults)) };
    let (token, now) = (format!("{API_TOKEN_PREFIX}{}", one_time::secret()), world::now());
    // A token that expires creates none that outlives it.
    let asked = expires_in_days.map(|days| now + TimeDelta::days(i64::from(days)));
    let ends_at = asked.into_iter().chain(caller.token_ends_at()).min();
    let known = ApiToken {
        id: ApiTokenId(world::new_id()),
        organization_id: caller.organization_id,
        name,
        prefix: token.chars().take(SHOWN_CHARS).collect(),
        scopes,
        created_by: caller.maker(),
        created_at: now.into(),
        expires_at: ends_at.map(Into::into),
        last_used_at: None,
    };
    let entry = caller.did("api_token.made", known.id, &known.name);
    let (made, hash) = (known.clone(), one_time::hash(&token));
    let make = move |connection: &mut Connection| {
        let there_are = query::api_tokens(connection, made.organization_id)?.len();
        if i64::try_from(there_are).unwrap_or(i64::MAX) >= API_TOKENS_MAX {
            return Ok(Err(ApiError::conflict(
                "too_many",
                "there is no room for one more token: remove one first",
            )));
        }
        change::create_api_token(connection, &made, hash)?;
        change::record_audit(connection, &entry).map(Ok)
    };
    state.store.change_or_refuse(make).await??;
    Ok(HttpResponse::Created().json(MadeApiTokenView { known, token }))
}

/// Removes a token. It stops working at once.
#[utoipa::path(
    delete,
    operation_id = "delete_api_token",
    path = "/api/v1/api-tokens/{id}",
    tag = "accounts",
    params(("id" = ApiTokenId, Path, description = "The token's id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such token"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<ApiTokenId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("api_token.removed", id, "");
    let delete = move |connection: &mut Connection| {
        let is_gone = change::delete_api_token(connection, organization_id, id)?;
        if is_gone {
            change::record_audit(connection, &entry)?;
        }
        Ok(is_gone)
    };
    if !state.store.change(delete).await? {
        return Err(ApiError::NotFound("token"));
    }
    accounts.ended([id.to_string()]);
    Ok(HttpResponse::NoContent().finish())
}
