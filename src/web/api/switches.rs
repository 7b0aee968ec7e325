//! `/api/v1/switches`: the switches that we are connected to, or try to connect to.

use std::net::{IpAddr, SocketAddr};

use actix_web::web;
use cordboard_actors::messages::{SwitchShown, ToSwitch};
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::WebState;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::refused_dialplans::{Refused, RefusedDialplans};

/// A switch under control.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwitchView {
    /// Its name in `freeswitch.servers` or `asterisk.servers`, or `twilio`.
    #[schema(example = "pbx1")]
    name: String,
    /// Kind of the switch; null if its actor does not report one.
    kind: Option<SwitchKind>,
    /// The address of its event socket, or of its manager interface.
    #[schema(example = "10.0.0.5:8021")]
    address: String,
    /// Whether we are connected and signed in.
    is_connected: bool,
    /// Why it is not connected, in words.
    fault: Option<String>,
    /// Number of its channels in its last report.
    channels: Option<u64>,
    /// Number of our calls on it.
    calls: u64,
    /// How often the connection was lost.
    losses: u64,
    /// Events that it has sent since the server's start.
    events: u64,
    /// When it sent the newest of them.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_event_at: Option<UnixMs>,
    /// Requests of its dialplan that were refused since the last accepted one; null if none was. Its calls are not announced, and only the manager
    /// interface keeps them alive.
    dialplan_refused: Option<DialplanRefused>,
}

/// Requests of a dialplan with no token or a wrong one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialplanRefused {
    /// Their source.
    #[schema(example = "10.0.0.5")]
    address: String,
    /// Number of requests.
    requests: u64,
    /// When the newest one came.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_at: UnixMs,
}

impl SwitchView {
    fn of(shown: SwitchShown, refused: &RefusedDialplans) -> Self {
        let SwitchShown {
            name,
            kind,
            address,
            is_connected,
            fault,
            channels,
            calls,
            losses,
            events,
            last_event_at,
        } = shown;
        // Only these kinds have a dialplan that sends HTTP requests with this token.
        let refused = kind.line().has_dialplan().then(|| refused.of(host(&address))).flatten();
        let dialplan_refused = refused.map(|Refused { address, requests, last_at }| DialplanRefused {
            address: address.to_string(),
            requests,
            last_at: last_at.into(),
        });
        let calls = calls as u64;
        Self {
            name,
            kind: Some(kind),
            address,
            is_connected,
            fault,
            channels,
            calls,
            losses,
            events,
            last_event_at,
            dialplan_refused,
        }
    }
}

/// The address of a switch; `None` if only its name is known.
fn host(address: &str) -> Option<IpAddr> {
    address.parse().map(|address: SocketAddr| address.ip()).ok()
}

/// Lists the switches of the configuration, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_switches",
    path = "/api/v1/switches",
    tag = "admin",
    responses((status = 200, description = "The state of each switch", body = Page<SwitchView>))
)]
pub(crate) async fn list(state: web::Data<WebState>) -> Result<web::Json<Page<SwitchView>>, ApiError> {
    let mut shown = Vec::new();
    for (name, line) in state.switches() {
        let answer = line.ask(ToSwitch::Ask).await;
        shown.push(
            answer.map_or_else(|| silent(name), |shown| SwitchView::of(shown, &state.refused_dialplans)),
        );
    }
    Ok(web::Json(Page::whole(shown)))
}

/// View of a switch whose actor does not answer.
fn silent(name: &str) -> SwitchView {
    SwitchView {
        name: name.to_owned(),
        kind: None,
        address: String::new(),
        is_connected: false,
        fault: Some("the actor of this switch did not answer in time".to_owned()),
        channels: None,
        calls: 0,
        losses: 0,
        events: 0,
        last_event_at: None,
        dialplan_refused: None,
    }
}
