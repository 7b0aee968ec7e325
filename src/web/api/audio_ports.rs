//! `/api/v1/audio-ports`: ports that are leased to one call each.

use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, web};
use cordboard_actors::asterisk::{Lease, LeaseRequest, LeaseState};
use cordboard_actors::messages::{EndLease, LeasePort, ListLeases};
use cordboard_schema::event::Announcement;
use cordboard_schema::limits::{AUDIO_PORT_TTL_S, AUDIO_PORT_TTL_S_MAX};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::dialplan::bad_value;
use crate::store::query;
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::leased_ports::LeasedPorts;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};

/// Call for which a port is leased. Each member may be left out, and the body too.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeaseBody {
    /// The UUID that the AudioSocket connection has to announce; without one any UUID is accepted and begins a new call under it.
    call_uuid: Option<Uuid>,
    /// Name of the agent profile that answers a new call; without one, the same as on the shared port.
    profile: Option<String>,
    /// The caller's number or name.
    from: Option<String>,
    /// The number dialled.
    to: Option<String>,
    /// How long the port waits for its connection; 60 s if left out.
    #[schema(minimum = 1, maximum = 3600)]
    ttl_s: Option<u32>,
}

/// A leased port.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioPortView {
    /// The port.
    #[schema(example = 9100)]
    port: u16,
    /// Host at which Asterisk reaches it; an IPv6 address is in brackets, as before a port.
    #[schema(example = "10.0.0.7")]
    host: String,
    /// The UUID that its connection has to announce, or has announced; null if any is accepted.
    uuid: Option<Uuid>,
    /// State of the lease.
    state: AudioPortState,
    /// Name of the requested profile.
    profile: Option<String>,
    /// When it was leased.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: UnixMs,
    /// When the lease ends if nobody connects; null after a connection.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<UnixMs>,
}

/// State of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AudioPortState {
    /// The port is open and waits for its connection.
    Waiting,
    /// The connection has come and the port is closed; the lease ends with the call.
    InCall,
}

impl AudioPortView {
    fn of(lease: Lease, host: &str) -> Self {
        let expires_at = lease.expires_at();
        let (state, uuid) = match lease.state {
            LeaseState::Waiting { .. } => (AudioPortState::Waiting, lease.wanted.uuid),
            LeaseState::Joined { uuid } => (AudioPortState::InCall, Some(uuid)),
        };
        let profile = lease.wanted.profile;
        Self { port: lease.port, host: host.to_owned(), uuid, state, profile, since: lease.since, expires_at }
    }
}

/// Leases a port for one call.
///
/// Cordboard listens on it until one AudioSocket connection announces the right UUID, for `ttl_s` at most. The lease ends with that call, when nobody
/// connects in time, or by DELETE. Then the port is free again, and rests before it is leased again. A connection that is lost may reconnect to the
/// shared port, `audiosocket.listen`.
#[utoipa::path(
    post,
    operation_id = "lease_audio_port",
    path = "/api/v1/audio-ports",
    tag = "dialplan",
    security(("token" = [])),
    request_body = Option<LeaseBody>,
    responses(
        (status = 201, description = "The port is open", body = AudioPortView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "`no_port_range`: no ports to lease are configured"),
        (status = 422, description = "A value is invalid"),
        (status = 503, description = "`ports_used_up`: every port is leased, or the server is going down"),
    )
)]
pub(crate) async fn lease(
    state: web::Data<WebState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let body = match has_body(&request) {
        true => Body::<LeaseBody>::from_request(&request, &mut payload.into_inner()).await?.into_inner(),
        false => LeaseBody::default(),
    };
    let ports = ports_of(&state)?;
    let ttl_ms = u64::from(body.ttl_s.unwrap_or(AUDIO_PORT_TTL_S)) * 1_000;
    let wanted = wanted(&state, body).await?;
    let lease = ports.ask(LeasePort { wanted, ttl_ms }).await?.map_err(ApiError::from)?;
    Ok(HttpResponse::Created().json(AudioPortView::of(lease, &ports.host)))
}

fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// The ports, if the configuration has any.
pub(super) fn ports_of(state: &WebState) -> Result<&LeasedPorts, ApiError> {
    state.leased_ports.as_ref().ok_or_else(|| {
        let detail = "there are no ports to lease: set audiosocket.port_range, or use the shared port, audiosocket.listen";
        ApiError::conflict("no_port_range", detail)
    })
}

/// Checks the request and reports all faults at once.
async fn wanted(state: &WebState, body: LeaseBody) -> Result<LeaseRequest, ApiError> {
    let LeaseBody { call_uuid: uuid, profile, from, to, ttl_s } = body;
    let mut faults = Vec::new();
    if ttl_s.is_some_and(|ttl_s| !(1..=AUDIO_PORT_TTL_S_MAX).contains(&ttl_s)) {
        faults.push(Fault::of("ttl_s", format!("must be 1 to {AUDIO_PORT_TTL_S_MAX}")));
    }
    for (name, value) in [("from", &from), ("to", &to)] {
        faults.extend(value.as_deref().and_then(bad_value).map(|reason| Fault::of(name, reason)));
    }
    if let Some(name) = profile.clone() {
        let organization_id = state.store.organization_id();
        let profiles = state
            .store
            .reads()
            .run(move |connection| query::readable_published_profiles(connection, organization_id))
            .await?;
        if !profiles.found.iter().any(|published| published.profile.name == name) {
            faults.push(Fault::of("profile", "must be the name of an agent profile"));
        }
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let said = |value: Option<String>| value.filter(|value| !value.is_empty());
    let announcement = Announcement { from: said(from), to: said(to), ..Announcement::default() };
    Ok(LeaseRequest { uuid, profile, announcement: Some(announcement) })
}

/// Lists the leased ports, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_audio_ports",
    path = "/api/v1/audio-ports",
    tag = "dialplan",
    security(("token" = [])),
    responses(
        (status = 200, description = "By port", body = Page<AudioPortView>),
        (status = 503, description = "It is temporarily unavailable"),
    )
)]
pub(crate) async fn list(state: web::Data<WebState>) -> Result<web::Json<Page<AudioPortView>>, ApiError> {
    let Some(ports) = &state.leased_ports else { return Ok(web::Json(Page::whole(Vec::new()))) };
    let leases = ports.ask(ListLeases).await?;
    let views = leases.into_iter().map(|lease| AudioPortView::of(lease, &ports.host));
    Ok(web::Json(Page::whole(views.collect())))
}

/// Returns a leased port. A call on it goes on.
#[utoipa::path(
    delete,
    operation_id = "give_audio_port_back",
    path = "/api/v1/audio-ports/{port}",
    tag = "dialplan",
    security(("token" = [])),
    params(("port" = u16, Path, description = "The port", maximum = 65_535)),
    responses(
        (status = 204, description = "The port is free again"),
        (status = 400, description = "That is not a port"),
        (status = 404, description = "The port is not leased"),
        (status = 503, description = "It is temporarily unavailable"),
    )
)]
pub(crate) async fn give_back(
    state: web::Data<WebState>,
    port: web::Path<u16>,
) -> Result<HttpResponse, ApiError> {
    let not_leased = ApiError::NotFound("leased port");
    let Some(ports) = &state.leased_ports else { return Err(not_leased) };
    match ports.ask(EndLease { port: *port, lease: None }).await? {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(_) => Err(not_leased),
    }
}
