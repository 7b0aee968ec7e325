//! `/api/v1/users`: the users of an organization. New ones are invited.

use actix_web::{HttpResponse, web};
use cordboard_schema::account::{User, UserStatus, checked_name};
use cordboard_schema::belonging::{Belonging, counted};
use cordboard_schema::giving::Right;
use cordboard_schema::ids::UserId;
use cordboard_schema::permission::{Permission, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, Maker, StoreError, change, query};
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::accounts::sign_in::user_of;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::lost_access::{bind_supervisor, end_supervision, take_out_of_calls};
use crate::web::page::{Limit, Page};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;
use crate::web::revision::{self, IfMatch, Revised};

const NO_SUCH: ApiError = ApiError::NotFound("user");

/// A user, as others see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    #[serde(flatten)]
    known: User,
    /// Revision of what can be changed: a new value after each change. Signing in does not change it.
    revision: String,
}

impl From<User> for UserView {
    fn from(known: User) -> Self {
        let User { name, role, status, .. } = &known;
        let revision = revision::of(&(name, role, status));
        Self { known, revision }
    }
}

impl Revised for UserView {
    const WHAT: &'static str = "user";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Query of the list of users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserList {
    /// Users of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<UserId>,
}

/// New state of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// Display name.
    #[schema(example = "Grace", max_length = 100)]
    name: String,
    /// Role of the user.
    role: Role,
    /// Whether they may sign in.
    status: UserStatus,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for UserChange {
    const NAMES: &'static [&'static str] = &["id", "email", "has_totp", "created_at", "last_sign_in_at"];
}

/// The user who takes over what another one made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HandOver {
    /// A user of the organization who has all the permissions that it needs; if left out, it ends.
    hand_over_to: Option<UserId>,
}

/// Lists the users, oldest first.
#[utoipa::path(
    get,
    operation_id = "list_users",
    path = "/api/v1/users",
    tag = "accounts",
    params(UserList),
    responses(
        (status = 200, description = "A page of users", body = Page<UserView>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<UserList>,
) -> Result<web::Json<Page<UserView>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (id, after) = (caller.organization_id, asked.cursor);
    let read = move |connection: &mut Connection| query::users(connection, id, after, limit.rows());
    let users = state.store.reads().run(read).await?.into_iter().map(UserView::from).collect();
    Ok(web::Json(limit.page(users, |user| user.known.id.to_string())))
}

/// Shows a user.
#[utoipa::path(
    get,
    operation_id = "show_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<UserId>,
) -> Result<web::Json<UserView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let found =
        state.store.reads().run(move |connection| query::user(connection, organization_id, id)).await?;
    Ok(web::Json(user_of(&found.ok_or(NO_SUCH)?)?.into()))
}

/// Lists what a user has made and what works without them, by kind. Things whose maker is not known are listed for each owner.
#[utoipa::path(
    get,
    operation_id = "list_belongings",
    path = "/api/v1/users/{id}/belongings",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "Everything on one page", body = Page<Belonging>),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn belongings(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<UserId>,
) -> Result<web::Json<Page<Belonging>>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| {
        let Some(row) = query::user(connection, organization_id, id)? else { return Ok(None) };
        let mut all = query::belongings(connection, organization_id, Maker::User(id))?;
        if row.user()?.role == Role::Owner {
            all.extend(query::belongings(connection, organization_id, Maker::Unknown)?);
        }
        Ok::<_, StoreError>(Some(all))
    };
    Ok(web::Json(Page::whole(state.store.reads().run(read).await?.ok_or(NO_SUCH)?)))
}

/// Changes a user. The body replaces the previous settings. If their role changes or they are disabled, all their sign-ins end, and what they made
/// (API tokens, the calendar's link, invitations) has no more permissions than they have from then on. You can't change a user with more permissions
/// than yours, nor give them more than that.
#[utoipa::path(
    put,
    operation_id = "update_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(
        ("id" = UserId, Path, description = "The user"),
        IfMatch,
    ),
    request_body = UserChange,
    responses(
        (status = 200, description = "Changed", body = UserView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The user has, or would have, more permissions than the requesting user (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = revision::edited_meanwhile!("it is the last owner (`last_owner`)")),
        (status = 422, description = "A value is invalid"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
    if_match: IfMatch,
    body: ThingBody<UserChange>,
) -> Result<web::Json<UserView>, ApiError> {
    let UserChange { name, role, status, revision } = body.into_inner();
    let asked = if_match.or(revision);
    let name = checked_name(&name).map_err(|reason| ApiError::Invalid(vec![Fault::of("name", reason)]))?;
    let id = *id;
    let update = move |connection: &mut Connection| {
        let Some(row) = query::user(connection, caller.organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let before = row.user()?;
        if let Err(late) = asked.demand(&UserView::from(before.clone())) {
            return Ok(Err(late));
        }
        let after = User { name, role, status, ..before.clone() };
        let may_give = |role| caller.demand_to_give(Right::Role(role));
        if let Err(error) = may_give(before.role).and_then(|()| may_give(role)) {
            return Ok(Err(error));
        }
        if !is_owner(&after) && is_last_owner(connection, &before)? {
            return Ok(Err(last_owner()));
        }
        change::update_user(connection, &after)?;
        let is_other = before.role != role || status == UserStatus::Disabled;
        let mut ended = Vec::new();
        if is_other {
            ended = change::end_logins(connection, id)?;
            // Connections opened by their tokens lose permissions from now on; a token that is still allowed works again.
            ended.extend(query::api_tokens_of(connection, after.organization_id, id)?);
        }
        let detail = format!("role {}, {status:?}", role.as_str()).to_lowercase();
        change::record_audit(connection, &caller.did("user.changed", id, detail))?;
        let could_supervise = before.role.may(Permission::CallsSupervise);
        Ok(Ok((after, ended, could_supervise)))
    };
    let (user, ended, could_supervise) = state.store.change(update).await??;
    accounts.ended(ended);
    state.floor_changed(user.organization_id).await;
    if user.status == UserStatus::Disabled {
        take_out_of_calls(&state, user.organization_id, user.id).await;
    }
    if could_supervise {
        bind_supervisor(&state, user.organization_id, user.id).await;
    }
    Ok(web::Json(user.into()))
}

/// Removes a user, with all their sign-ins. What they made (`/users/{id}/belongings`) is handed over to `hand_over_to`. Without it, API tokens, the
/// calendar's link and invitations end, talk links, contact links and webhooks are switched off, and integrations stay.
///
/// Notices to their e-mail address go to `hand_over_to` if that user has their role or a higher one, and otherwise to nobody any more.
///
/// A token or link that is handed over still works for the people who have it. Hand over those that programs use, and renew those that the person
/// knew.
#[utoipa::path(
    delete,
    operation_id = "delete_user",
    path = "/api/v1/users/{id}",
    tag = "accounts",
    params(("id" = UserId, Path, description = "The user"), HandOver),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown"),
        (status = 403, description = "The user has more permissions than the requesting user (`not_allowed`), or the permission is missing (`forbidden`)"),
        (status = 404, description = "No such user"),
        (status = 409, description = "It is the last owner (`last_owner`)"),
        (status = 422, description = "`hand_over_to` can't take over what the user made"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<UserId>,
    asked: Query<HandOver>,
) -> Result<HttpResponse, ApiError> {
    let (id, organization_id, heir) = (*id, caller.organization_id, asked.hand_over_to);
    let delete = move |connection: &mut Connection| {
        let Some(row) = query::user(connection, caller.organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        let user = row.user()?;
        if let Err(error) = caller.demand_to_give(Right::Role(user.role)) {
            return Ok(Err(error));
        }
        if is_last_owner(connection, &user)? {
            return Ok(Err(last_owner()));
        }
        let tokens = query::api_tokens_of(connection, organization_id, id)?;
        let heir = match hand_over(connection, &caller, &user, heir)? {
            Ok(heir) => heir,
            Err(error) => return Ok(Err(error)),
        };
        let mut ended = change::end_logins(connection, id)?;
        ended.extend(tokens);
        change::delete_user(connection, caller.organization_id, id)?;
        change::record_audit(connection, &caller.did("user.removed", id, &user.email))?;
        readdress_notices(connection, &caller, &user, heir.as_ref())?;
        Ok(Ok(ended))
    };
    accounts.ended(state.store.change(delete).await??);
    state.floor_changed(organization_id).await;
    take_out_of_calls(&state, organization_id, id).await;
    end_supervision(&state, organization_id, id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Handles what a user made who is about to be removed. Returns the user who takes it over, if there is one.
fn hand_over(
    connection: &mut Connection,
    caller: &Caller,
    user: &User,
    heir: Option<UserId>,
) -> Result<Result<Option<User>, ApiError>, StoreError> {
    let organization_id = user.organization_id;
    let theirs = query::belongings(connection, organization_id, Maker::User(user.id))?;
    let Some(heir) = heir else {
        if !theirs.is_empty() {
            let entry = caller.did("user.belongings_ended", user.id, counted(&theirs));
            change::record_audit(connection, &entry)?;
        }
        change::end_belongings(connection, organization_id, user.id)?;
        return Ok(Ok(None));
    };
    let refused = |reason: String| Ok(Err(ApiError::Invalid(vec![Fault::of("hand_over_to", reason)])));
    let found = query::user(connection, organization_id, heir)?.filter(|_| heir != user.id);
    let Some(to) = found.map(|row| row.user()).transpose()? else {
        return refused("is no other user's of the organization".to_owned());
    };
    if to.status != UserStatus::Active {
        return refused("is somebody's who may not sign in".to_owned());
    }
    if let Some(forbidden) = theirs.iter().find(|thing| !thing.may_be_of(to.role)) {
        let (kind, name) = (forbidden.kind.as_str(), &forbidden.name);
        return refused(format!(
            "may not have the {kind} {name}: choose somebody who may do all that it may"
        ));
    }
    if !theirs.is_empty() {
        let detail = format!("{} to {heir}", counted(&theirs));
        change::record_audit(connection, &caller.did("user.belongings_handed_over", user.id, detail))?;
    }
    change::hand_over_belongings(connection, organization_id, user.id, heir)?;
    Ok(Ok(Some(to)))
}

/// Notices to the address of a user who was removed go to their heir, who has to have all their permissions, or to nobody.
fn readdress_notices(
    connection: &mut Connection,
    caller: &Caller,
    user: &User,
    heir: Option<&User>,
) -> Result<(), StoreError> {
    let organization_id = user.organization_id;
    let to = heir.filter(|heir| heir.role >= user.role).map(|heir| heir.email.as_str());
    if change::readdress_notices(connection, organization_id, user.email.as_str(), to)? {
        let detail = format!("those to {} go to {}", user.email, to.unwrap_or("nobody"));
        change::record_audit(connection, &caller.did("notices.set", organization_id, detail))?;
    }
    Ok(())
}

fn is_owner(user: &User) -> bool {
    user.role == Role::Owner && user.status == UserStatus::Active
}

fn is_last_owner(connection: &mut Connection, user: &User) -> Result<bool, StoreError> {
    Ok(is_owner(user) && query::count_owners(connection, user.organization_id)? <= 1)
}

fn last_owner() -> ApiError {
    ApiError::conflict("last_owner", "an organization needs an owner: make another user owner first")
}
