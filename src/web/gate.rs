//! The gate that every request passes on its way in and out: the log, the limit on its length, its caller and their permissions.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use cordboard_actors::messages::ReloadSettings;
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{HTTP_CHANGE_KNOWN_WAIT_MS, HTTP_URI_BYTES_MAX};
use cordboard_schema::permission::Permission;
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::accounts::{API_TOKEN_PREFIX, Accounts};
use super::arriving::arrival;
use super::caller::Caller;
use super::late_body::{self, BodyRefused};
use super::nearness::is_near;
use super::problem::ApiError;
use super::secure::{Line, is_own_page};
use super::{WebSettings, WebState, routes, session};
use crate::store::{Connection, asked_by, query};

/// The header with which the admin token names an organization other than the first.
const ORGANIZATION_HEADER: &str = "x-organization";

/// Logs one line for each request, never with its query or a header, because both can contain tokens and numbers. Health checks, which come every few
/// seconds, are logged at level debug.
pub(super) async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), without_token(request.path()).into_owned());
    let address = arrival(&request).client().map(tracing::field::display);
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status().as_u16();
    if let Some(state) = response.request().app_data::<web::Data<WebState>>() {
        state.figures.requests.count(status);
    }
    let duration_ms = began.elapsed().as_millis() as u64;
    match response.response().error() {
        Some(error) if status >= 500 && !is_logged_rarely(error) => {
            tracing::error!(%method, path, status, duration_ms, address, %error, "request failed");
        }
        _ if path == "/healthz" || path == "/readyz" || path == "/metrics" => {
            tracing::debug!(%method, path, status, duration_ms, address, "request");
        }
        _ => tracing::info!(%method, path, status, duration_ms, address, "request"),
    }
    Ok(response)
}

/// Prefixes of paths that continue with a token.
const BEFORE_TOKENS: [&str; 5] =
    ["/talk/", "/api/v1/talk/", "/api/v1/webrtc/", "/hooks/contacts/", "/hooks/report-mail/"];

/// A path as it may be logged: the token of a link would open it to anybody.
fn without_token(path: &str) -> Cow<'_, str> {
    let Some((before, rest)) =
        BEFORE_TOKENS.into_iter().find_map(|before| Some((before, path.strip_prefix(before)?)))
    else {
        // It may be another spelling of the route, or a mistake of somebody who has the token.
        let plain = plain(path);
        let before = BEFORE_TOKENS.into_iter().find(|before| plain.starts_with(before));
        return before.map_or(Cow::Borrowed(path), |before| Cow::Owned(format!("{before}…")));
    };
    let rest = rest.trim_start_matches('/');
    let rest = rest.find('/').map_or("", |at| &rest[at..]);
    Cow::Owned(format!("{before}…{rest}"))
}

/// A path in lower case, percent-decoded, with single slashes.
fn plain(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let (bytes, mut at) = (path.as_bytes(), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let written =
            digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        at += if written.is_some() { 3 } else { 1 };
        let byte = written.unwrap_or(*byte);
        if byte != b'/' || !plain.ends_with('/') {
            plain.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    plain
}

/// Whether this error is not logged for each request: used-up limits are logged by their counter now and then, and a missing mail server is as
/// configured.
fn is_logged_rarely(error: &Error) -> bool {
    matches!(error.as_error(), Some(ApiError::UsedUp { .. } | ApiError::NoMail))
}

/// Refuses a path and query longer than any that is used here.
pub(super) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let length = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if length > HTTP_URI_BYTES_MAX {
        return Ok(refuse(request, &ApiError::UriTooLong { max: HTTP_URI_BYTES_MAX }));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Admits known callers, and stores their [`Caller`] for the handler.
pub(super) async fn known(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match caller(&request).await {
        Ok(caller) => at_work(caller, request, next).await,
        Err(error) => Ok(refuse(request, &error)),
    }
}

/// Answers a caller's request, unless too many of theirs are being answered.
async fn at_work(
    caller: Caller,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let share = request.app_data::<web::Data<WebState>>().map(|state| state.shares.requests.take(&caller));
    let _share = match share.transpose() {
        Ok(share) => share,
        Err(error) => return Ok(refuse(request, &error)),
    };
    let asker = caller.asker();
    request.extensions_mut().insert(caller.clone());
    let refused = bind_body(&mut request, &caller);
    let response = asked_by(asker, next.call(request)).await?.map_into_boxed_body();
    if refused.is_some_and(|refused| refused.get()) {
        return Ok(response.into_response(ApiError::Unauthorized.error_response()));
    }
    audit(&response, &caller);
    Ok(response)
}

/// Lets the body of a change fail if its caller's sign-in has ended before all of it has come.
fn bind_body(request: &mut ServiceRequest, caller: &Caller) -> Option<BodyRefused> {
    let signed_in = caller.signed_in.clone().filter(|_| !request.method().is_safe())?;
    let body = request.take_payload();
    if matches!(body, Payload::None) {
        return None;
    }
    let (body, refused) = late_body::bound_to(signed_in, body);
    request.set_payload(body);
    Some(refused)
}

/// Nothing is changed without an audit entry: a request that has changed something, or repeated a change, gets one here if it has none.
fn audit(response: &ServiceResponse<BoxBody>, caller: &Caller) {
    let request = response.request();
    let is_change = !request.method().is_safe() && response.status().is_success();
    if !is_change || caller.is_audited() {
        return;
    }
    let pattern = request.match_pattern().unwrap_or_default();
    if let Some(state) = request.app_data::<web::Data<WebState>>()
        && routes::is_audited(request.method().as_str(), &pattern)
    {
        state.store.audit(caller.did("request.done", request.path(), request.method()));
    }
}

/// Permissions to change what new calls begin with: profiles, the dial policy, and grants.
const SETTLE_NEW_CALLS: [Permission; 6] = [
    Permission::ProfilesWrite,
    Permission::DiallingWrite,
    Permission::BusinessWrite,
    Permission::FloorWrite,
    Permission::UsersWrite,
    Permission::Installation,
];

/// Admits callers of [`known`] with this permission. Their changes apply to the next call after the answer.
pub(super) async fn permitted(
    permission: Permission,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let caller = request.extensions().get::<Caller>().cloned();
    if let Err(error) = caller.ok_or(ApiError::Unauthorized).and_then(|caller| caller.demand(permission)) {
        return Ok(refuse(request, &error));
    }
    let changes = !request.method().is_safe() && SETTLE_NEW_CALLS.contains(&permission);
    let response = next.call(request).await?.map_into_boxed_body();
    if changes
        && response.status().is_success()
        && let Some(state) = response.request().app_data::<web::Data<WebState>>()
    {
        let wait = Duration::from_millis(HTTP_CHANGE_KNOWN_WAIT_MS);
        // The change is written: a registry that is too busy finds it within seconds.
        if !matches!(timeout(wait, state.ask(ReloadSettings)).await, Ok(Ok(()))) {
            tracing::debug!("a change is not known to new calls yet");
        }
    }
    Ok(response)
}

/// Admits known callers with this permission, but not pages of other sites, whose browsers would send our cookie when opening a WebSocket. A socket
/// outlives its request: its caller's `signed_in` says whether the sign-in is still valid.
pub(super) async fn socket(
    permission: Permission,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let known = caller(&request).await;
    let caller = match known.and_then(|caller| caller.demand(permission).map(|()| caller)) {
        Ok(caller) => caller,
        Err(error) => return Ok(refuse(request, &error)),
    };
    request.extensions_mut().insert(caller);
    if bearer(request.headers()).is_none() {
        let state = request.app_data::<web::Data<WebState>>();
        if !state.is_some_and(|state| is_own_page(&request, &state.configuration.config)) {
            return Ok(refuse(request, &ApiError::ForeignOrigin));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Admits clients on this machine and operators of the installation.
pub(super) async fn local(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(error) = may_see_inside(&request).await {
        return Ok(refuse(request, &error));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// How much of the server's health a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// The faults, and the number of calls.
    Inside,
    /// Only whether something is wrong.
    Outside,
}

/// Admits everybody, and stores what they may see: clients of [`local`] see everything.
pub(super) async fn sighted(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let sight = if may_see_inside(&request).await.is_ok() { Sight::Inside } else { Sight::Outside };
    request.extensions_mut().insert(sight);
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn may_see_inside(request: &ServiceRequest) -> Result<(), ApiError> {
    let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let http = &state.configuration.config.http;
    if is_near(&arrival(request), (request.version(), host), http, state.listening().ip()) {
        return Ok(());
    }
    caller(request).await?.demand(Permission::Installation)
}

/// Determines the caller of a request: the one place where tokens and cookies become a [`Caller`].
async fn caller(request: &ServiceRequest) -> Result<Caller, ApiError> {
    let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
    let accounts = request.app_data::<web::Data<Accounts>>().ok_or(ApiError::Unauthorized)?;
    let address = arrival(request).client();
    let Some(token) = bearer(request.headers()) else {
        let line = Line::of(request, &state.configuration.config);
        let cookie = session::cookie(request.headers(), line).ok_or(ApiError::Unauthorized)?;
        let proof = request.headers().get(session::CSRF_HEADER).and_then(|value| value.to_str().ok());
        let is_proven =
            request.method().is_safe() || proof.is_some_and(|proof| accounts.is_csrf_of(cookie, proof));
        let found = accounts.by_cookie(&state.store, cookie, address).await?;
        let caller = found.map(|(caller, _)| caller).ok_or(ApiError::Unauthorized)?;
        return if is_proven { Ok(caller) } else { Err(ApiError::NoCsrfToken) };
    };
    if settings(request).is_some_and(|settings| settings.admin_token.matches(token)) {
        return Ok(Caller::installation(named_organization(request, state).await?, address));
    }
    let found = if token.starts_with(API_TOKEN_PREFIX) {
        accounts.by_api_token(&state.store, token, address).await?
    } else {
        accounts.by_access_token(&state.store, token, address).await?
    };
    found.ok_or(ApiError::Unauthorized)
}

/// The organization for the admin token: the first, or the one that `X-Organization` names.
async fn named_organization(request: &ServiceRequest, state: &WebState) -> Result<OrganizationId, ApiError> {
    const NO_SUCH: ApiError = ApiError::NotFound("organization");
    let Some(named) = request.headers().get(ORGANIZATION_HEADER) else {
        return Ok(state.store.organization_id());
    };
    let id: OrganizationId = named.to_str().ok().and_then(|id| id.parse().ok()).ok_or(NO_SUCH)?;
    let found = state.store.reads().run(move |connection| query::organization(connection, id)).await?;
    found.map(|_| id).ok_or(NO_SUCH)
}

/// Admits requests with the dialplan token, in a header or as the query's `token` (old CURL functions can't set headers), or with the admin token.
pub(super) async fn dialplan(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let known = settings(&request).is_some_and(|settings| {
        let opens = |token: &str| settings.dialplan_token.matches(token);
        bearer(request.headers()).is_some_and(|token| opens(token) || settings.admin_token.matches(token))
            || query_token(&request).is_some_and(|token| opens(&token))
    });
    if let Some(state) = request.app_data::<web::Data<WebState>>() {
        let (refused, client) = (&state.refused_dialplans, arrival(&request).client());
        if known { refused.let_in(client) } else { refused.refused(client, world::now()) }
    }
    if !known {
        return Ok(refuse(request, &ApiError::Unauthorized));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Admits requests with a calendar feed's token as the query's `token` (a calendar program only has a link), and callers of [`known`] with this
/// permission.
pub(super) async fn feed(
    permission: Permission,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let found = match query_token(&request) {
        Some(token) => feed_caller(&request, token, permission).await,
        None => caller(&request).await.and_then(|caller| caller.demand(permission).map(|()| caller)),
    };
    match found {
        Ok(caller) => at_work(caller, request, next).await,
        Err(error) => Ok(refuse(request, &error)),
    }
}

/// The holder of a feed's token: of its organization, with only this permission.
async fn feed_caller(
    request: &ServiceRequest,
    token: String,
    permission: Permission,
) -> Result<Caller, ApiError> {
    let state = request.app_data::<web::Data<WebState>>().ok_or(ApiError::Unauthorized)?;
    let address = arrival(request).client();
    let read = move |connection: &mut Connection| query::organization_of_feed(connection, &token);
    let organization_id = state.store.reads().run_for_stranger(read).await?.ok_or(ApiError::Unauthorized)?;
    Ok(Caller::feed(organization_id, permission, address))
}

fn refuse(request: ServiceRequest, error: &ApiError) -> ServiceResponse<BoxBody> {
    request.into_response(error.error_response())
}

fn settings(request: &ServiceRequest) -> Option<&WebSettings> {
    request.app_data::<web::Data<WebSettings>>().map(|settings| &***settings)
}

/// Returns the token in a request's `Authorization`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn query_token(request: &ServiceRequest) -> Option<String> {
    #[derive(Deserialize)]
    struct WithToken {
        token: String,
    }
    web::Query::<WithToken>::from_query(request.query_string()).ok().map(|query| query.into_inner().token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_token_is_not_logged() {
        for (path, logged) in [
            ("/talk/s3cret", "/talk/…"),
            ("/api/v1/talk/s3cret", "/api/v1/talk/…"),
            ("/api/v1/talk/s3cret/calls", "/api/v1/talk/…/calls"),
            ("/api/v1/webrtc/s3cret", "/api/v1/webrtc/…"),
            ("/hooks/contacts/s3cret", "/hooks/contacts/…"),
            ("/hooks/contacts/s3cret/x", "/hooks/contacts/…/x"),
            ("/hooks/report-mail/s3cret", "/hooks/report-mail/…"),
            ("/api/v1/talk-links/1", "/api/v1/talk-links/1"),
            ("/talk", "/talk"),
            ("/%68ooks/%63ontacts/s3cret", "/hooks/contacts/…"),
            ("/api/v1/%74alk/s3cret/calls", "/api/v1/talk/…"),
            ("//hooks//contacts/s3cret", "/hooks/contacts/…"),
            ("/hooks/contacts//s3cret", "/hooks/contacts/…"),
            ("/hooks/contacts%2Fs3cret", "/hooks/contacts/…"),
            ("/Hooks/Contacts/s3cret", "/hooks/contacts/…"),
            ("/calls/%ff%zz%", "/calls/%ff%zz%"),
            ("/calls/é", "/calls/é"),
        ] {
            assert_eq!(without_token(path), logged);
        }
    }
}
