//! `/api/v1/users`: who works here. New ones are invited.

use actix_web::{HttpResponse, web};
use cordboard_schema::account::{User, UserStatus, checked_name};
use cordboard_schema::ids::UserId;
use cordboard_schema::permission::Role;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::accounts::sign_in::user_of;
use crate::web::caller::Caller;
use crate::web::departed::take_out_of_calls;
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("user");

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserList {
    /// At most so many users, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<UserId>,
}

/// What a user shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// What people call them.
    #[schema(example = "Grace", max_length = 100)]
    name: String,
    /// What they are.
    role: Role,
    /// Whether they may sign in.
    status: UserStatus,
}

/// Lists the users, the oldest first.
#[utoipa::path(
    get,
    operation_id = "list_users",
    path = "/api/v1/users",
    tag = "accounts",
    params(UserList),
    responses(
        (status = 200, description = "A page of users", body = Page<User>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<UserList>,
) -> Result<web::Json<Page<User>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, after) = (caller.organization_id, asked.cursor);
    let read = move |connection: &mut Connection| query::users(connection, id, after, limit.rows());
    let users = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(users, |user| user.id.to_string())))
}

/// Shows a user.
#[utoipa::path(
    get,
    operation_id = "show_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = User),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<UserId>,
) -> Result<web::Json<User>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let found =
        state.store.reads().run(move |connection| query::user(connection, organization_id, id)).await?;
    Ok(web::Json(user_of(&found.ok_or(NO_SUCH)?)?))
}

/// Changes a user: the body takes the place of what was there. With another role, or disabled, all their sign-ins end.
#[utoipa::path(
    put,
    operation_id = "update_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    request_body = UserChange,
    responses(
        (status = 200, description = "Changed", body = User),
        (status = 400, description = "The id is no UUID, or the body no JSON"),
        (status = 403, description = "Only owners make and unmake owners (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = "It is the last owner (`last_owner`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
    body: web::Json<UserChange>,
) -> Result<web::Json<User>, ApiError> {
    let UserChange { name, role, status } = body.into_inner();
    let name = checked_name(&name).map_err(|reason| ApiError::Invalid(vec![Fault::of("name", reason)]))?;
    let id = *id;
    let update = move |connection: &mut Connection| {
        let Some(row) = query::user(connection, caller.organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let before = row.user()?;
        let after = User { name, role, status, ..before.clone() };
        if before.role != role
            && let Err(error) = only_owners_make_owners(&caller, before.role.max(role))
        {
            return Ok(Err(error));
        }
        // An admin does not shut an owner out either.
        if before.status != status
            && let Err(error) = only_owners_make_owners(&caller, before.role)
        {
            return Ok(Err(error));
        }
        if !is_owner(&after) && is_last_owner(connection, &before)? {
            return Ok(Err(last_owner()));
        }
        change::update_user(connection, &after)?;
        let is_other = before.role != role || status == UserStatus::Disabled;
        let ended = if is_other { change::end_logins(connection, id)? } else { Vec::new() };
        let detail = format!("role {}, {status:?}", role.as_str()).to_lowercase();
        change::record_audit(connection, &caller.did("user.changed", id, detail))?;
        Ok(Ok((after, ended)))
    };
    let (user, ended) = state.store.change(update).await??;
    accounts.ended(ended);
    state.floor_changed(user.organization_id).await;
    if user.status == UserStatus::Disabled {
        take_out_of_calls(&state, user.organization_id, user.id).await;
    }
    Ok(web::Json(user))
}

/// Removes a user, with all their sign-ins.
#[utoipa::path(
    delete,
    operation_id = "delete_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is no UUID"),
        (status = 403, description = "Only owners unmake owners (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = "It is the last owner (`last_owner`)"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
) -> Result<HttpResponse, ApiError> {
    let (id, organization_id) = (*id, caller.organization_id);
    let delete = move |connection: &mut Connection| {
        let Some(row) = query::user(connection, caller.organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let user = row.user()?;
        if let Err(error) = only_owners_make_owners(&caller, user.role) {
            return Ok(Err(error));
        }
        if is_last_owner(connection, &user)? {
            return Ok(Err(last_owner()));
        }
        let ended = change::end_logins(connection, id)?;
        change::delete_user(connection, caller.organization_id, id)?;
        change::record_audit(connection, &caller.did("user.removed", id, &user.email))?;
        Ok(Ok(ended))
    };
    accounts.ended(state.store.change(delete).await??);
    state.floor_changed(organization_id).await;
    take_out_of_calls(&state, organization_id, id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Refuses whoever makes, changes or removes an owner and is none. The admin token stands for the installation.
pub(super) fn only_owners_make_owners(caller: &Caller, role: Role) -> Result<(), ApiError> {
    let is_installation = caller.may(cordboard_schema::permission::Permission::Installation);
    if role < Role::Owner || caller.role == Some(Role::Owner) || is_installation {
        return Ok(());
    }
    Err(ApiError::NotAllowed("only owners make, change and remove owners".to_owned()))
}

fn is_owner(user: &User) -> bool {
    user.role == Role::Owner && user.status == UserStatus::Active
}

fn is_last_owner(connection: &mut Connection, user: &User) -> Result<bool, StoreError> {
    Ok(is_owner(user) && query::count_owners(connection, user.organization_id)? <= 1)
}

fn last_owner() -> ApiError {
    ApiError::conflict("last_owner", "an organization has one owner at least: make another one first")
}
