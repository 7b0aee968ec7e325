//! Signing in to the pages: `/api/v1/auth/session`.
//!
//! A session is a cookie that scripts can't read and other sites can't send (`HttpOnly`, `SameSite=Strict`), and a CSRF token that each changing
//! request has to carry. Sessions are in the database, so they survive a restart.

use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use cordboard_schema::account::{PageLanguage, User};
use cordboard_schema::limits::{DEVICE_S, SESSION_IN_CALL_MS_MAX, SESSION_MS};
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_tables::rows::UserRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::sign_in::{Client, SigningIn, user_of};
use super::accounts::{Accounts, Login, LoginKind};
use super::arriving::arrival;
use super::body::Body;
use super::caller::Caller;
use super::problem::{ApiError, Fault};
use super::secure::Line;
use super::{WebSettings, WebState};
use crate::store::{change, query};

/// The cookie's name; over HTTPS with the prefix `__Host-`.
const COOKIE_NAME: &str = "cordboard_session";
/// How long a browser keeps the cookie: as long as its session may last. The server decides when it ends.
const COOKIE_S: u64 = (SESSION_MS + SESSION_IN_CALL_MS_MAX) / 1_000;
/// The name of the cookie that identifies a browser from an earlier sign-in.
pub(super) const DEVICE_COOKIE: &str = "cordboard_device";
/// The header with the CSRF token.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";

/// Credentials of a sign-in: a user's e-mail and password or, as long as the organization has no owner, the admin token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInBody {
    /// The admin token; then the other members must be left out.
    token: Option<String>,
    /// A user's e-mail address.
    email: Option<String>,
    /// A user's password.
    password: Option<String>,
    /// A code of the user's authenticator app, or a recovery code, if the account requires one.
    code: Option<String>,
}

/// Session of the pages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Value for the header `X-CSRF-Token`.
    csrf: String,
    /// When the session expires.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: UnixMs,
    /// The user who signed in; null for the admin token.
    user: Option<User>,
    /// Language that the user has chosen for the pages; null if the browser decides.
    language: Option<PageLanguage>,
}

/// Signs in. The answer sets the session's cookie.
#[utoipa::path(
    post,
    path = "/api/v1/auth/session",
    tag = "session",
    security(()),
    request_body = SignInBody,
    responses(
        (status = 204, description = "Signed in; the cookie `cordboard_session` is set, over HTTPS `__Host-cordboard_session`"),
        (status = 400, description = "The body is not a JSON object"),
        (status = 401, description = "The credentials are wrong (`wrong_credentials`), a code is required (`totp_required`), or this is not the \
                                      admin token (`unauthorized`)"),
        (status = 403, description = "The admin token no longer opens the pages because the organization has an owner (`not_allowed`), or the user's organization is suspended (`organization_suspended`)"),
        (status = 422, description = "The body is invalid"),
        (status = 429, description = "Too many attempts from this address or for this account; `Retry-After` says when to try again"),
        (status = 503, description = "The database does not answer, or too many sign-ins are under way"),
    )
)]
pub(super) async fn sign_in(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    settings: web::Data<WebSettings>,
    request: HttpRequest,
    body: Body<SignInBody>,
) -> Result<HttpResponse, ApiError> {
    let client = Client::of(&request, &state);
    let signing_in = match body.into_inner() {
        SignInBody { token: Some(token), email: None, password: None, code: None } => {
            with_admin_token(&state, &accounts, &settings, &client, &token).await?;
            None
        }
        SignInBody { token: None, email: Some(email), password: Some(password), code } => {
            Some(accounts.check(&state.store, &client, (&email, password, code.as_deref())).await?)
        }
        _ => {
            let reason = "must have `email` and `password`, or `token` alone";
            return Err(ApiError::Invalid(vec![Fault::of("body", reason)]));
        }
    };
    let lifetime = TimeDelta::milliseconds(i64::try_from(SESSION_MS).unwrap_or(i64::MAX));
    let (token, _) =
        accounts.open(&state.store, &client, signing_in.as_ref(), (LoginKind::Page, lifetime)).await?;
    tracing::info!(address = ?client.address, "signed in");
    let line = Line::of(&request, &state.configuration.config);
    let mut response = HttpResponse::NoContent();
    response.append_header((SET_COOKIE, line.set_cookie(COOKIE_NAME, &token.text(), COOKIE_S)));
    if let Some(SigningIn { user, .. }) = signing_in {
        let device = accounts.device_of(&client, user.email.as_str());
        response.append_header((SET_COOKIE, line.set_cookie(DEVICE_COOKIE, &device, DEVICE_S)));
    }
    Ok(response.finish())
}

async fn with_admin_token(
    state: &WebState,
    accounts: &Accounts,
    settings: &WebSettings,
    client: &Client,
    token: &str,
) -> Result<(), ApiError> {
    accounts.attempt(client)?;
    if !settings.admin_token.matches(token) {
        tracing::warn!(address = ?client.address, "a sign-in with a wrong token");
        return Err(ApiError::Unauthorized);
    }
    accounts.was_right(client);
    let first = state.store.organization_id();
    let owners = state.store.reads().run(move |connection| query::count_owners(connection, first)).await?;
    if owners > 0 {
        let detail =
            "the admin token opens the pages only until there is an owner: sign in by e-mail and password";
        return Err(ApiError::NotAllowed(detail.to_owned()));
    }
    Ok(())
}

/// Shows the session of the request's cookie.
#[utoipa::path(
    get,
    operation_id = "show_session",
    path = "/api/v1/auth/session",
    tag = "session",
    responses(
        (status = 200, description = "The session", body = SessionView),
        (status = 401, description = "There is no session, or it has ended"),
    )
)]
pub(super) async fn show(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
) -> Result<web::Json<SessionView>, ApiError> {
    let (cookie, _, (row, user)) = found(&state, &accounts, &request).await?;
    let language = user.as_ref().and_then(UserRow::language);
    let user = user.as_ref().map(user_of).transpose()?;
    Ok(web::Json(SessionView { csrf: accounts.csrf_of(cookie), expires_at: row.expires(), user, language }))
}

/// Signs out.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/session",
    tag = "session",
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, description = "There is no session, or it has ended"),
        (status = 403, description = "The header `X-CSRF-Token` is not the session's"),
    )
)]
pub(super) async fn sign_out(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (cookie, caller, (row, _)) = found(&state, &accounts, &request).await?;
    let proof = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if !proof.is_some_and(|proof| accounts.is_csrf_of(cookie, proof)) {
        return Err(ApiError::NoCsrfToken);
    }
    let (id, entry) = (row.id.clone(), caller.did("sign_out", &row.id, LoginKind::Page.as_str()));
    let end = move |connection: &mut _| {
        change::end_login(connection, &id)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(end).await?;
    accounts.ended([row.id]);
    let line = Line::of(&request, &state.configuration.config);
    Ok(HttpResponse::NoContent().insert_header((SET_COOKIE, line.set_cookie(COOKIE_NAME, "", 0))).finish())
}

/// The session of the request's cookie.
async fn found<'a>(
    state: &WebState,
    accounts: &Accounts,
    request: &'a HttpRequest,
) -> Result<(&'a str, Caller, Login), ApiError> {
    let line = Line::of(request, &state.configuration.config);
    let cookie = cookie(request.headers(), line).ok_or(ApiError::Unauthorized)?;
    let address = arrival(request).client();
    let found = accounts.by_cookie(&state.store, cookie, address).await?;
    found.map(|(caller, login)| (cookie, caller, login)).ok_or(ApiError::Unauthorized)
}

/// Whether the request's cookie is a session's.
#[cfg(feature = "pages")]
pub(super) async fn is_signed_in(state: &WebState, accounts: &Accounts, request: &HttpRequest) -> bool {
    found(state, accounts, request).await.is_ok()
}

/// The value of the session's cookie.
pub(super) fn cookie(headers: &HeaderMap, line: Line) -> Option<&str> {
    line.cookie(headers, COOKIE_NAME)
}
