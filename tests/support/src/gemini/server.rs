//! How a connection to a stand-in begins: its key, its path, and what the script does to new connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::accept_async;

use super::Manners;
use super::session::{Kept, Session};
use crate::openai::{Door, End, Script};
use crate::voice_socket::{Sockets, answer, close, drain, head, header, wait_gone};

/// Path of live sessions.
const PATH: &str = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

/// State that the tasks and the test share.
#[derive(Debug)]
pub struct Shared {
    pub(super) manners: Arc<Mutex<Manners>>,
    pub(super) script: Arc<Mutex<Script>>,
    /// Sessions that can be resumed, by their handles.
    pub(super) kept: Kept,
    pub(super) sockets: Arc<Sockets>,
}

impl Shared {
    pub(super) fn new(manners: Manners, script: Script, sockets: Arc<Sockets>) -> Self {
        Self {
            manners: Arc::new(Mutex::new(manners)),
            script: Arc::new(Mutex::new(script)),
            kept: Arc::new(Mutex::new(HashMap::new())),
            sockets,
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
    if header(&head, "x-goog-api-key") != Some(shared.key()) {
        return refuse(&mut stream, &head, (400, "API key not valid. Please pass a valid API key.")).await;
    }
    // The address has no key or anything else.
    if target != PATH || header(&head, "upgrade").is_none() {
        return refuse(&mut stream, &head, (404, "there is nothing here")).await;
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
        Door::NoSession(words) => {
            close(&mut socket, 1008, &words).await;
            End::ByScript
        }
        Door::Close(code) => {
            close(&mut socket, code, "as the script has it").await;
            End::ByScript
        }
        _ => {
            let session = Session::new(
                number,
                Arc::clone(&shared.manners),
                Arc::clone(&shared.script),
                Arc::clone(&shared.kept),
            );
            sockets.hold(number, &mut socket, session).await
        }
    };
    sockets.end(number, end);
}

async fn refuse(stream: &mut TcpStream, head: &str, (status, message): (u16, &str)) {
    let body = json!({ "error": { "code": status, "message": message, "status": "AS_IT_IS" } });
    answer(stream, head, (status, &body)).await;
}
