//! How a connection to a stand-in begins: its key, its path, and what the script does to new connections.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::SinkExt;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::Manners;
use super::session::Session;
use crate::clock::now;
use crate::openai::{Door, End, Script};
use crate::voice_socket::{Sockets, answer, close, drain, head, header, wait_gone};

/// Path of the agents.
const PATH: &str = "/v1/agent/converse";

/// State that the tasks and the test share.
#[derive(Debug)]
pub struct Shared {
    pub(super) manners: Manners,
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) sockets: Arc<Sockets>,
}

impl Shared {
    fn next_door(&self) -> Door {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).next_door()
    }
}

/// Serves a connection.
pub(super) async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let Some(head) = head(&stream).await else { return };
    let target = head.split(' ').nth(1).unwrap_or_default();
    if header(&head, "authorization") != Some(format!("Token {}", shared.manners.key)) {
        return refuse(&mut stream, &head, (401, "INVALID_AUTH")).await;
    }
    if target != PATH || header(&head, "upgrade").is_none() {
        return refuse(&mut stream, &head, (404, "NOT_FOUND")).await;
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
        Door::NoSession(code) => {
            let error = json!({ "type": "Error", "code": code, "description": "as the script has it" });
            let _ = socket.send(Message::text(error.to_string())).await;
            close(&mut socket, 1011, &code).await;
            End::ByScript
        }
        Door::Close(code) => {
            close(&mut socket, code, "as the script has it").await;
            End::ByScript
        }
        _ => {
            let session = Session::new(number, shared.manners.clone(), Arc::clone(&shared.script), now());
            sockets.hold(number, &mut socket, session).await
        }
    };
    sockets.end(number, end);
}

async fn refuse(stream: &mut TcpStream, head: &str, (status, code): (u16, &str)) {
    let body = json!({ "err_code": code, "err_msg": "as the script has it" });
    answer(stream, head, (status, &body)).await;
}
