//! Determines how each request arrived, once, before anything else. Nothing else in `src/web` examines the connection (`tests/tidy/rooms.rs` checks
//! this); everything else uses [`arrival`].

use std::borrow::Cow;
use std::net::SocketAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    FORWARDED, HeaderMap, HeaderName, STRICT_TRANSPORT_SECURITY, VIA, X_FORWARDED_FOR,
};
use actix_web::http::header::{HeaderValue, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use cordboard_actors::world;

use super::WebState;
use super::arrival::{Arrival, ForwardingHeaders, RequestOrigin};
use super::secure::{self, TRANSPORT_SECURITY};

/// How this request arrived.
pub(super) fn arrival(request: &impl HttpMessage) -> Arrival {
    request.extensions().get::<Arrival>().copied().unwrap_or_default()
}

/// Stores the request's [`Arrival`] for everything after it. A server that is reached by HTTPS adds its header to each answer.
pub(super) async fn find(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let peer = request.peer_addr();
    let mut is_public_by_https = false;
    if let Some(state) = request.app_data::<web::Data<WebState>>() {
        let arrival = found(state, peer, request.headers());
        is_public_by_https = secure::is_public_by_https(&state.configuration.config);
        request.extensions_mut().insert(arrival);
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    if is_public_by_https {
        let always = HeaderValue::from_static(TRANSPORT_SECURITY);
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, always);
    }
    Ok(response)
}

fn found(state: &WebState, peer: Option<SocketAddr>, headers: &HeaderMap) -> Arrival {
    let lines = |name: HeaderName| -> Vec<Cow<'_, str>> {
        // A part that is not text can't be parsed, but does not prevent parsing what a proxy has added after it.
        headers.get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect()
    };
    let others = [
        VIA,
        X_FORWARDED_HOST,
        HeaderName::from_static("x-real-ip"),
        HeaderName::from_static("x-forwarded-server"),
    ];
    let headers_said = ForwardingHeaders {
        forwarded_for: lines(X_FORWARDED_FOR),
        forwarded_proto: lines(X_FORWARDED_PROTO),
        forwarded: lines(FORWARDED),
        has_others: others.iter().any(|name| headers.contains_key(name)),
    };
    let trusted = state.configuration.config.http.trusted_proxies.as_ref();
    let arrival = Arrival::find(peer, &headers_said, trusted);
    let arrival = if state.certificate.is_some() { arrival.over_tls() } else { arrival };
    if let (RequestOrigin::Untrusted, true, Some(peer)) =
        (arrival.way(), headers_said.names_clients(), arrival.peer())
    {
        state.untrusted_proxies.saw(peer, world::now());
    }
    arrival
}
