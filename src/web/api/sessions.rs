//! `/api/v1/auth/sessions` and `/api/v1/auth/password`: where a user is signed in, and a new password set with the present one.

use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::account::check_password;
use cordboard_schema::ids::UserId;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::totp::{PasswordBody, proven};
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::accounts::account_mail::{self, AccountEvent};
use crate::web::accounts::passwords::Turn;
use crate::web::accounts::{Accounts, SignedIn};
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

const NO_SUCH: ApiError = ApiError::NotFound("session");

/// A place where the user is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInPlaceView {
    /// Its id, which grants no access.
    id: String,
    /// `page`: a browser. `program`: a program that signed in with e-mail and password.
    #[schema(example = "page")]
    kind: String,
    /// Whether it is the one that makes this request.
    is_current: bool,
    /// User agent of the browser or the program, as it sent it.
    user_agent: Option<String>,
    /// The address that it signed in from.
    address: Option<String>,
    /// When it signed in.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: UnixMs,
    /// When it was last used, to within a few minutes.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    used_at: UnixMs,
    /// When it expires.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: UnixMs,
}

/// The user who asks.
fn user(caller: &Caller) -> Result<UserId, ApiError> {
    caller.user_id().ok_or_else(|| ApiError::conflict("no_user", "this is only for users: sign in as one"))
}

/// The sign-in that makes the request.
pub(super) fn current(caller: &Caller) -> Option<String> {
    caller.signed_in.as_ref().and_then(SignedIn::login_id)
}

/// Lists where you are signed in, newest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_sign_ins",
    path = "/api/v1/auth/sessions",
    tag = "accounts",
    responses(
        (status = 200, description = "All of them", body = Page<SignInPlaceView>),
        (status = 409, description = "The request is not a user's (`no_user`)"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<SignInPlaceView>>, ApiError> {
    let (user_id, now) = (user(&caller)?, world::now());
    let rows = state.store.reads().run(move |connection| query::logins_of(connection, user_id, now)).await?;
    let current = current(&caller);
    let shown = rows.into_iter().map(|row| SignInPlaceView {
        is_current: current.as_deref() == Some(row.id.as_str()),
        id: row.id,
        kind: row.kind,
        user_agent: row.user_agent,
        address: row.address,
        created_at: row.created_at.and_utc().into(),
        used_at: row.used_at.and_utc().into(),
        expires_at: row.expires_at.and_utc().into(),
    });
    Ok(web::Json(Page::whole(shown.collect())))
}

/// Ends one of your sign-ins: its user has to sign in again.
#[utoipa::path(
    delete,
    operation_id = "end_sign_in",
    path = "/api/v1/auth/sessions/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "The sign-in")),
    responses(
        (status = 204, description = "Ended"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such sign-in"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
    )
)]
pub(crate) async fn end(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let (user_id, id) = (user(&caller)?, id.to_string());
    let (entry, ending) = (caller.did("session.ended", user_id, &id), id.clone());
    let make = move |connection: &mut Connection| {
        let was_there = change::end_login_of(connection, user_id, &ending)?;
        change::record_audit_if(connection, was_there, &entry)
    };
    if !state.store.change(make).await? {
        return Err(NO_SUCH);
    }
    accounts.ended([id]);
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all your sign-ins except the one that makes this request.
#[utoipa::path(
    delete,
    operation_id = "end_other_sign_ins",
    path = "/api/v1/auth/sessions",
    tag = "accounts",
    responses(
        (status = 204, description = "Ended"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
    )
)]
pub(crate) async fn end_others(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (user_id, kept) = (user(&caller)?, current(&caller));
    let make = move |connection: &mut Connection| {
        let ended = change::end_other_logins(connection, user_id, kept.as_deref())?;
        let entry = caller.did("session.others_ended", user_id, ended.len());
        change::record_audit(connection, &entry)?;
        Ok(ended)
    };
    accounts.ended(state.store.change(make).await?);
    Ok(HttpResponse::NoContent().finish())
}

/// The present password and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasswordBody {
    /// The present password.
    present: String,
    /// The new password: at least 10 characters.
    #[schema(min_length = 10, max_length = 256)]
    password: String,
}

/// Sets a new password for you with the present one. All your other sign-ins end, and password reset links mailed to you before stop working. A mail
/// notifies you if mail is set up.
#[utoipa::path(
    post,
    operation_id = "change_password",
    path = "/api/v1/auth/password",
    tag = "accounts",
    request_body = NewPasswordBody,
    responses(
        (status = 204, description = "The password is set"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The present password is wrong (`wrong_credentials`)"),
        (status = 409, description = "The request is not a user's (`no_user`)"),
        (status = 422, description = "The new password is invalid"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(crate) async fn set_password(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    caller: Caller,
    body: Body<NewPasswordBody>,
) -> Result<HttpResponse, ApiError> {
    let NewPasswordBody { present, password } = body.into_inner();
    let faulty = |reason| ApiError::Invalid(vec![Fault::of("password", reason)]);
    check_password(&password).map_err(faulty)?;
    let proven = proven(&state, &accounts, &caller, PasswordBody { password: present }).await?;
    let turn = Turn::Familiar(caller.organization_id);
    let hash = accounts.passwords.hash(password, turn).await?;
    let (kept, mailer) = (current(&caller), state.mailer.clone());
    let make = move |connection: &mut Connection| {
        let user = match proven.still(connection)? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        change::set_password(connection, user.organization_id, user.id, &hash)?;
        let ended = change::end_other_logins(connection, user.id, kept.as_deref())?;
        let detail = format!("with the present one; {} other sign-ins were ended", ended.len());
        change::record_audit(connection, &caller.did("password.changed", user.id, detail))?;
        let recipient = (user.organization_id, user.id);
        let notice = account_mail::write(connection, &mailer, recipient, AccountEvent::PasswordChanged)?;
        Ok(Ok((ended, notice)))
    };
    let (ended, notice) = state.store.change(make).await??;
    accounts.ended(ended);
    state.mailer.posted_some(notice);
    Ok(HttpResponse::NoContent().finish())
}
