//! Signing in to the pages with the admin token: `/api/v1/auth/session`.
//!
//! A session is a cookie that scripts can't read and that other sites can't send (`HttpOnly`, `SameSite=Strict`), and a
//! CSRF token that each request which changes something has to carry. Sessions live in memory: a restart of the server
//! signs everybody out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use cordboard_schema::limits::{SESSION_MS, SESSIONS_MAX};
use cordboard_schema::time::{UnixMs, rfc3339};
use rand::Rng;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::WebSettings;
use super::attempts::Attempts;
use super::problem::ApiError;

/// The cookie's name.
const COOKIE_NAME: &str = "cordboard_session";
/// The header with the CSRF token.
const CSRF_HEADER: &str = "x-csrf-token";
/// Letters and digits of a session's id and of its CSRF token: 238 bits.
const TOKEN_CHARS: usize = 40;

/// Everybody who is signed in, and who tried in vain.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    /// By the cookie's value.
    open: HashMap<String, Session>,
    attempts: Attempts,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
struct Session {
    csrf: String,
    until: Instant,
    expires_at: DateTime<Utc>,
}

/// Whether a request may do what it asks by its session's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is no session, or it is over.
    Stranger,
    /// There is one, and the request changes nothing or proves that it comes from our pages.
    Known,
    /// There is one, but nothing shows that the request comes from our pages.
    Unproven,
}

/// Who was let in by a session's cookie and stays for longer than the request: it says whether the session still is. Not to be
/// printed: it holds the cookie's value.
#[derive(Clone)]
pub(super) struct SignedIn {
    sessions: web::Data<Sessions>,
    id: String,
}

impl SignedIn {
    /// By the request's cookie.
    pub(super) fn of(request: &ServiceRequest) -> Option<Self> {
        let sessions = request.app_data::<web::Data<Sessions>>()?.clone();
        let id = cookie(request.headers())?.to_owned();
        Some(Self { sessions, id })
    }

    /// Whether the session has ended.
    pub(super) fn is_over(&self) -> bool {
        let now = Instant::now();
        self.sessions.book().open.get(&self.id).is_none_or(|session| session.until <= now)
    }
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInBody {
    /// The admin token.
    token: String,
}

/// What the pages are told of their session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// What the header `X-CSRF-Token` has to say.
    csrf: String,
    /// When the session ends.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: UnixMs,
}

impl Sessions {
    /// What the request's cookie allows it.
    pub(super) fn standing(&self, request: &ServiceRequest) -> Standing {
        let proof = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        match self.find(request.headers()) {
            None => Standing::Stranger,
            Some(_) if request.method().is_safe() => Standing::Known,
            Some(session) if proof.is_some_and(|proof| same(proof, &session.csrf)) => Standing::Known,
            Some(_) => Standing::Unproven,
        }
    }

    /// Whether the request's cookie is a session's.
    #[cfg(feature = "pages")]
    pub(super) fn knows(&self, request: &HttpRequest) -> bool {
        self.find(request.headers()).is_some()
    }

    fn find(&self, headers: &HeaderMap) -> Option<Session> {
        let id = cookie(headers)?;
        let mut book = self.book();
        let session = book.open.get(id)?.clone();
        if session.until <= Instant::now() {
            book.open.remove(id);
            return None;
        }
        Some(session)
    }

    /// The new session's id.
    fn open(&self, now: Instant) -> String {
        let mut book = self.book();
        if book.open.len() >= SESSIONS_MAX {
            book.open.retain(|_, session| session.until > now);
        }
        if book.open.len() >= SESSIONS_MAX
            && let Some(oldest) =
                book.open.iter().min_by_key(|(_, session)| session.until).map(|(id, _)| id.clone())
        {
            book.open.remove(&oldest);
        }
        let id = random_token();
        let lifetime = Duration::from_millis(SESSION_MS);
        let session =
            Session { csrf: random_token(), until: now + lifetime, expires_at: Utc::now() + lifetime };
        book.open.insert(id.clone(), session);
        id
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Signs in with the admin token: the answer sets the session's cookie.
#[utoipa::path(
    post,
    path = "/api/v1/auth/session",
    tag = "session",
    security(()),
    request_body = SignInBody,
    responses(
        (status = 204, description = "Signed in; the cookie `cordboard_session` is set"),
        (status = 400, description = "The body is no JSON"),
        (status = 401, description = "This is not the admin token"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "The body is not as it must be"),
        (status = 429, description = "Too many wrong tokens from this address; `Retry-After` says when to try again"),
    )
)]
pub(super) async fn sign_in(
    sessions: web::Data<Sessions>,
    settings: web::Data<WebSettings>,
    request: HttpRequest,
    body: web::Json<SignInBody>,
) -> Result<HttpResponse, ApiError> {
    let now = Instant::now();
    // Behind a proxy all share its address: a header that names another one could be anybody's invention.
    let address = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if let Some(retry_after_s) = sessions.book().attempts.wait_s(address, now) {
        return Err(ApiError::TooManyAttempts { retry_after_s });
    }
    if !settings.admin_token.matches(&body.token) {
        sessions.book().attempts.wrong(address, now);
        tracing::warn!(%address, "a sign-in with a wrong token");
        return Err(ApiError::Unauthorized);
    }
    let id = sessions.open(now);
    tracing::info!(%address, "signed in");
    let cookie = set_cookie(&request, &id, SESSION_MS / 1_000);
    Ok(HttpResponse::NoContent().insert_header((SET_COOKIE, cookie)).finish())
}

/// Shows the session of the request's cookie.
#[utoipa::path(
    get,
    operation_id = "show_session",
    path = "/api/v1/auth/session",
    tag = "session",
    responses(
        (status = 200, description = "The session", body = SessionView),
        (status = 401, description = "There is no session, or it is over"),
    )
)]
pub(super) async fn show(
    sessions: web::Data<Sessions>,
    request: HttpRequest,
) -> Result<web::Json<SessionView>, ApiError> {
    let session = sessions.find(request.headers()).ok_or(ApiError::Unauthorized)?;
    Ok(web::Json(SessionView { csrf: session.csrf, expires_at: session.expires_at.into() }))
}

/// Signs out.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/session",
    tag = "session",
    responses(
        (status = 204, description = "The session is over"),
        (status = 401, description = "There is no session, or it is over"),
        (status = 403, description = "The header `X-CSRF-Token` is not the session's"),
    )
)]
pub(super) async fn sign_out(
    sessions: web::Data<Sessions>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let session = sessions.find(request.headers()).ok_or(ApiError::Unauthorized)?;
    let proof = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if !proof.is_some_and(|proof| same(proof, &session.csrf)) {
        return Err(ApiError::NoCsrfToken);
    }
    if let Some(id) = cookie(request.headers()) {
        sessions.book().open.remove(id);
    }
    Ok(HttpResponse::NoContent().insert_header((SET_COOKIE, set_cookie(&request, "", 0))).finish())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

fn set_cookie(request: &HttpRequest, id: &str, lifetime_s: u64) -> String {
    let secure = if request.connection_info().scheme() == "https" { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={id}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Strict{secure}")
}

fn random_token() -> String {
    rand::rng().sample_iter(Alphanumeric).take(TOKEN_CHARS).map(char::from).collect()
}

/// Compared in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(cookie(&headers("a=1; cordboard_session=x; b=2")), Some("x"));
        assert_eq!(cookie(&headers("xcordboard_session=x; cordboard_session")), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_with_its_time() {
        let sessions = Sessions::default();
        let id = sessions.open(Instant::now());
        let sent = headers(&format!("{COOKIE_NAME}={id}"));
        assert!(sessions.find(&sent).is_some());
        tokio::time::advance(Duration::from_millis(SESSION_MS)).await;
        assert!(sessions.find(&sent).is_none());
        assert!(sessions.book().open.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_stays_learns_that_the_session_is_over() {
        let sessions = web::Data::new(Sessions::default());
        let stays = |id: String| SignedIn { sessions: sessions.clone(), id };
        let (first, second) = (stays(sessions.open(Instant::now())), stays(sessions.open(Instant::now())));
        assert!(!first.is_over() && !second.is_over());
        sessions.book().open.remove(&first.id);
        assert!(first.is_over() && !second.is_over());
        tokio::time::advance(Duration::from_millis(SESSION_MS)).await;
        assert!(second.is_over());
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_session_makes_room() {
        let sessions = Sessions::default();
        let first = sessions.open(Instant::now());
        for _ in 0..SESSIONS_MAX {
            tokio::time::advance(Duration::from_millis(1)).await;
            sessions.open(Instant::now());
        }
        assert_eq!(sessions.book().open.len(), SESSIONS_MAX);
        assert!(sessions.find(&headers(&format!("{COOKIE_NAME}={first}"))).is_none());
    }
}
