//! How a connection to a stand-in begins: its key, its path, and what the script does to new connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::accept_async;

use super::Manners;
use super::session::Session;
use crate::openai::{Door, End, Script};
use crate::voice_socket::{Sockets, answer, close, drain, head, header, wait_gone};

/// The path of sessions. The address has nothing else.
const PATH: &str = "/v1/live/sessions";
/// How long a session lasts by default.
const LASTS: Duration = Duration::from_secs(3_600);

/// State that the tasks and the test share.
pub struct Shared {
    pub(super) manners: Arc<Mutex<Manners>>,
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) sockets: Arc<Sockets>,
    /// The time of the calendar, since 1970.
    calendar: fn() -> Duration,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    pub(super) fn new(
        manners: Manners,
        script: Script,
        calendar: fn() -> Duration,
        sockets: Arc<Sockets>,
    ) -> Self {
        Self {
            manners: Arc::new(Mutex::new(manners)),
            script: Arc::new(Mutex::new(script)),
            sockets,
            calendar,
        }
    }

    fn next_door(&self) -> Door {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).next_door()
    }

    fn key(&self) -> String {
        self.manners.lock().unwrap_or_else(PoisonError::into_inner).key.clone()
    }
}

/// Serves a connection.
pub(super) async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let Some(head) = head(&stream).await else { return };
    let target = head.split(' ').nth(1).unwrap_or_default();
    if header(&head, "authorization") != Some(format!("Bearer {}", shared.key())) {
        return refuse(&mut stream, &head, (401, "invalid_api_key")).await;
    }
    if target != PATH || header(&head, "upgrade").is_none() {
        return refuse(&mut stream, &head, (404, "unknown_url")).await;
    }
    let door = shared.next_door();
    match &door {
        Door::Refuse { status, code, .. } => return refuse(&mut stream, &head, (*status, code)).await,
        Door::Mute => return wait_gone(&mut stream).await,
        Door::Slow(delay) => sleep(*delay).await,
        _ => {}
    }
    let sockets = &shared.sockets;
    let number = sockets.opened();
    let Ok(mut socket) = accept_async(stream).await else { return sockets.end(number, End::ByScript) };
    let end = match door {
        Door::Silent => drain(&mut socket).await,
        Door::Close(code) => {
            close(&mut socket, code, "as the script has it").await;
            End::ByScript
        }
        door => {
            let refused = match &door {
                Door::NoSession(code) => Some(code.clone()),
                _ => None,
            };
            let lasts = match door {
                Door::Open { expires_in } => expires_in.unwrap_or(LASTS),
                _ => LASTS,
            };
            let expires_at = (shared.calendar)() + lasts;
            let (manners, script) = (Arc::clone(&shared.manners), Arc::clone(&shared.script));
            let session = Session::new(number, (manners, script), (lasts, expires_at), refused);
            sockets.hold(number, &mut socket, session).await
        }
    };
    sockets.end(number, end);
}

async fn refuse(stream: &mut TcpStream, head: &str, (status, code): (u16, &str)) {
    let body = json!({ "error": { "type": "invalid_request_error", "code": code, "message": "no" } });
    answer(stream, head, (status, &body)).await;
}
