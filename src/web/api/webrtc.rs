//! `/api/v1/webrtc`: offers of browsers, in the form of WHIP (RFC 9725). The token in `Authorization` says whose audio it is. It can be used once,
//! within a minute, as on `/ws/audio`. It is used up when the connection is up, so a browser that can't connect can still use it for the socket.

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::rtc::{Answered, NotAnswered, Patched, RtcLine};
use cordboard_actors::web::CameFrom;
use cordboard_actors::world;
use cordboard_schema::limits::{RTC_OFFER_BYTES_MAX, TOGETHER_MS_MAX};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::talk::{address, counted};
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::arriving::arrival;
use crate::web::embedding::{AskingPage, make_readable};
use crate::web::gate::bearer;
use crate::web::ice_servers::{IceServer, for_browser};
use crate::web::problem::ApiError;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Settings for a browser's connection.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebrtcView {
    /// STUN and TURN servers, as `RTCPeerConnection` takes them; none if it needs none.
    ice_servers: Vec<IceServer>,
    /// How long their credentials are valid, in seconds: as long as a call may last.
    expires_in_s: u64,
}

/// Returns the STUN and TURN servers for a call.
///
/// `Authorization: Bearer` has the same as for the offer. The credentials for TURN servers (`webrtc.turn_secret`) are made for each request.
#[utoipa::path(
    get,
    operation_id = "show_webrtc",
    path = "/api/v1/webrtc",
    tag = "talk links",
    security(()),
    responses(
        (status = 200, description = "The servers", body = WebrtcView),
        (status = 401, description = "The token is unknown, was used, or has expired"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 404, description = "WebRTC is switched off (`webrtc.enabled`)"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    request: HttpRequest,
) -> Result<web::Json<WebrtcView>, ApiError> {
    let (_, from) = admitted(&state, &request).await?;
    passed(&state, &request, from)?;
    let config = &state.configuration.config;
    // The time with people does not count as the assistant's.
    let expires_in_s = config.calls.max_duration_s.duration().as_secs() + TOGETHER_MS_MAX / 1_000;
    let until_s = u64::try_from(world::now().timestamp()).unwrap_or_default() + expires_in_s;
    let secret = config.legs.webrtc.turn_secret.as_ref();
    let id = world::random_id().simple().to_string();
    let ice_servers =
        config.legs.webrtc.ice_servers.as_ref().map(|servers| for_browser(servers, secret, until_s, &id));
    Ok(web::Json(WebrtcView { ice_servers: ice_servers.unwrap_or_default(), expires_in_s }))
}

/// The token or the `resume` of a request.
pub(super) fn presented(request: &HttpRequest) -> Result<&str, ApiError> {
    bearer(request.headers()).ok_or(ApiError::Unauthorized)
}

/// The same, if it is valid. The request then counts for it, and no longer for the address.
fn passed<'a>(state: &WebState, request: &'a HttpRequest, from: CameFrom) -> Result<&'a str, ApiError> {
    let presented = presented(request)?;
    if !state.talk.passes.opens(presented, from) {
        return Err(ApiError::Unauthorized);
    }
    state.talk.shown(address(request), presented)?;
    Ok(presented)
}

/// Answers a WebRTC offer.
///
/// `Authorization: Bearer` has the one-time token of a call that waits for its audio, or the `resume` of a connection that broke. The offer has one
/// Opus audio track, and may have a data channel, which carries the texts of `docs/web-audio.md`. The token is used up once the connection is up,
/// within 10 s.
#[utoipa::path(
    post,
    operation_id = "offer_webrtc",
    path = "/api/v1/webrtc",
    tag = "talk links",
    security(()),
    request_body(content = String, content_type = "application/sdp", description = "The offer, at most 64 KiB"),
    responses(
        (status = 201, description = "The answer; `Location` is the address of the connection", body = String, content_type = "application/sdp"),
        (status = 400, description = "The offer can't be answered; `detail` says what it must have"),
        (status = 401, description = "The token is unknown, was used, or has expired"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 404, description = "WebRTC is switched off (`webrtc.enabled`)"),
        (status = 413, description = "The offer is too long"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
        (status = 503, description = "There is no room for a connection at the moment"),
    )
)]
pub(crate) async fn offer(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (line, from) = admitted(&state, &request).await?;
    // The port checks it again; no body is read without a valid token.
    let presented = passed(&state, &request, from)?.to_owned();
    if let Some(sign_in) = state.talk.passes.sign_in_of(&presented)
        && !accounts.still_opens_audio(&state.store, sign_in).await
    {
        return Err(ApiError::Unauthorized);
    }
    let offer = read(&request, body, SDP).await?;
    let peer = arrival(&request).client_socket();
    let Answered { session, answer } = line.offer(offer, (presented, from), peer).await.map_err(refusal)?;
    let location = format!("/api/v1/webrtc/{session}");
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((CONTENT_TYPE, SDP))
        .body(answer))
}

/// Adds candidates to a connection, or restarts its ICE.
///
/// A piece of SDP with new credentials restarts ICE, as a browser does after a change of its network; the answer has ours. Candidates are accepted
/// but not needed.
#[utoipa::path(
    patch,
    operation_id = "change_webrtc",
    path = "/api/v1/webrtc/{session}",
    tag = "talk links",
    security(()),
    params(("session" = Uuid, Path, description = "The connection, as in its `Location`")),
    request_body(content = String, content_type = "application/trickle-ice-sdpfrag", description = "A piece of SDP (RFC 8840)"),
    responses(
        (status = 200, description = "ICE restarts with these credentials", body = String, content_type = "application/trickle-ice-sdpfrag"),
        (status = 204, description = "The candidates were accepted"),
        (status = 400, description = "The connection does not accept it"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 404, description = "No such connection"),
        (status = 413, description = "It is too long"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn change(
    state: web::Data<WebState>,
    session: web::Path<Uuid>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (line, _) = admitted(&state, &request).await?;
    let fragment = read(&request, body, FRAGMENT).await?;
    let patched = line.patch(*session, fragment).await;
    if !matches!(patched, Patched::Gone) {
        state.talk.named(address(&request), *session);
    }
    match patched {
        Patched::Restarted(piece) => {
            Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, FRAGMENT)).body(piece))
        }
        Patched::Noted => Ok(HttpResponse::NoContent().finish()),
        Patched::Refused(why) => Err(ApiError::BadInput(why)),
        Patched::Gone => Err(GONE),
    }
}

/// Hangs up.
#[utoipa::path(
    delete,
    operation_id = "end_webrtc",
    path = "/api/v1/webrtc/{session}",
    tag = "talk links",
    security(()),
    params(("session" = Uuid, Path, description = "The connection, as in its `Location`")),
    responses(
        (status = 204, description = "The connection has ended"),
        (status = 400, description = "The connection's name is invalid"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 404, description = "No such connection"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
    )
)]
pub(crate) async fn end(
    state: web::Data<WebState>,
    session: web::Path<Uuid>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (line, _) = admitted(&state, &request).await?;
    if !line.end(*session).await {
        return Err(GONE);
    }
    state.talk.named(address(&request), *session);
    Ok(HttpResponse::NoContent().finish())
}

const GONE: ApiError = ApiError::NotFound("connection of WebRTC");

/// Returns the way to the port if the request is admitted: from a page of this site or of one that a talk link lists, or from a program, and within
/// the limits.
async fn admitted<'a>(
    state: &'a WebState,
    request: &HttpRequest,
) -> Result<(&'a RtcLine, CameFrom), ApiError> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|bytes: usize| bytes > RTC_OFFER_BYTES_MAX) {
        return Err(ApiError::BodyTooLong { max: RTC_OFFER_BYTES_MAX });
    }
    let line = state.webrtc.as_ref().ok_or(ApiError::NotFound("port of WebRTC (webrtc.enabled)"))?;
    let page = AskingPage::of(state, request);
    counted(state, request, &page)?;
    let from = page.may_come(state).await?;
    make_readable(request, &page);
    Ok((line, from))
}

async fn read(request: &HttpRequest, body: web::Payload, content_type: &str) -> Result<String, ApiError> {
    let stated =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if stated.split(';').next().map(str::trim) != Some(content_type) {
        return Err(ApiError::BadInput(format!("the Content-Type must be `{content_type}`")));
    }
    let too_long = || ApiError::BodyTooLong { max: RTC_OFFER_BYTES_MAX };
    let body = body.to_bytes_limited(RTC_OFFER_BYTES_MAX).await.map_err(|_| too_long())?;
    let body = body.map_err(|error| ApiError::BadInput(error.to_string()))?;
    String::from_utf8(body.into()).map_err(|_| ApiError::BadInput("SDP is UTF-8".to_owned()))
}

fn refusal(refused: NotAnswered) -> ApiError {
    match refused {
        NotAnswered::BadToken => ApiError::Unauthorized,
        NotAnswered::NoConnection(cordboard_actors::rtc::NoConnection::Offer(fault)) => {
            ApiError::BadInput(fault.to_string())
        }
        NotAnswered::NoConnection(full) => ApiError::Unavailable(full.to_string()),
        NotAnswered::Stopping => ApiError::Unavailable(refused.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::AUTHORIZATION;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_is_read_whatever_the_case_of_its_scheme() {
        let shown = |value: &str| {
            let request = TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request();
            presented(&request).ok().map(str::to_owned)
        };
        assert_eq!(shown("Bearer t0ken").as_deref(), Some("t0ken"));
        assert_eq!(shown("bearer  t0ken").as_deref(), Some("t0ken"));
        assert_eq!(shown("Basic t0ken"), None);
        assert_eq!(shown("t0ken"), None);
    }
}
