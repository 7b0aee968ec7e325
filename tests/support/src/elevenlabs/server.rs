//! How a connection to a stand-in begins: requests by HTTP, signed addresses, and what the script does to new connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::Agent;
use super::agents::Written;
use super::session::Session;
use crate::openai::{Answer, Door, End, Script};
use crate::voice_socket::{self, Sockets, close, drain, head, header, wait_gone};

/// State that the tasks and the test share.
#[derive(Debug)]
pub struct Shared {
    pub(super) address: SocketAddr,
    pub(super) agent: Mutex<Agent>,
    pub(super) script: Arc<Mutex<Script>>,
    /// The agent's first words, in every conversation: the script's first greeting.
    pub(super) first_words: Arc<Mutex<Option<Answer>>>,
    pub(super) sockets: Arc<Sockets>,
    /// Signed addresses that were issued; each is valid once.
    pub(super) tokens: Mutex<Vec<Option<Door>>>,
    /// Requests by HTTP, as method and target.
    pub(super) asked: Mutex<Vec<String>>,
    /// Agents that were created or changed.
    pub(super) written: Mutex<Written>,
}

impl Shared {
    pub(super) fn tokens(&self) -> MutexGuard<'_, Vec<Option<Door>>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn agent(&self) -> Agent {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next_door(&self) -> Door {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).next_door()
    }
}

/// Serves a connection.
pub(super) async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let Some(head) = head(&stream).await else { return };
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    if header(&head, "upgrade").is_some() {
        return converse(shared, stream, &target).await;
    }
    let line = head.lines().next().unwrap_or_default().to_owned();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let method = head.split(' ').next().unwrap_or_default();
    let key = header(&head, "xi-api-key");
    let (status, body) = match method {
        "GET" => answer(&shared, &target, key.as_deref()).await,
        _ => match voice_socket::body(&stream, &head).await {
            Some(sent) => {
                let answer = write(&shared, (method, &target), key.as_deref(), &sent);
                sleep(shared.agent().writes_in).await;
                answer
            }
            None => return,
        },
    };
    match body {
        Some(body) => voice_socket::answer(&mut stream, &head, (status, &body)).await,
        None => wait_gone(&mut stream).await,
    }
}

/// Handles a request that creates or changes an agent.
fn write(
    shared: &Shared,
    (method, target): (&str, &str),
    key: Option<&str>,
    sent: &[u8],
) -> (u16, Option<Value>) {
    let agent = shared.agent();
    if agent.key.is_none() || agent.key.as_deref() != key {
        let detail = json!({ "status": "invalid_api_key", "message": "Invalid API key" });
        return (401, Some(json!({ "detail": detail })));
    }
    let mut written = shared.written.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, body) = written.take(method, target, &agent.id, sent);
    shared.sockets.beside().append(&mut written.violations);
    (status, Some(body))
}

/// Answers a request by HTTP. Without a body there is no answer.
async fn answer(shared: &Shared, target: &str, key: Option<&str>) -> (u16, Option<Value>) {
    let agent = shared.agent();
    let refusal = |status: u16, code: &str| {
        let words = format!("{code}: as the script has it");
        (status, Some(json!({ "detail": { "status": code, "message": words } })))
    };
    if agent.key.is_none() || agent.key.as_deref() != key {
        return refusal(401, "invalid_api_key");
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match path {
        "/v1/convai/conversation/get-signed-url" => {
            let door = shared.next_door();
            match &door {
                Door::Refuse { status, code, .. } => return refusal(*status, code),
                Door::Mute => return (0, None),
                Door::Slow(delay) => sleep(*delay).await,
                _ => {}
            }
            if query != format!("agent_id={}", agent.id) {
                return refusal(404, "agent_not_found");
            }
            let mut tokens = shared.tokens();
            tokens.push(Some(door));
            let token = tokens.len() - 1;
            let url = format!(
                "ws://{}/v1/convai/conversation?agent_id={}&conversation_signature=cvtkn_{token}",
                shared.address, agent.id
            );
            (200, Some(json!({ "signed_url": url })))
        }
        "/v1/user" => (200, Some(json!({ "user_id": "u1" }))),
        "/v1/convai/agents" => {
            let mut agents = vec![
                json!({ "agent_id": agent.id, "name": "Front desk", "tags": [], "created_at_unix_secs": 1 }),
                json!({ "agent_id": "agent_other", "name": "<script>alert(1)</script>", "tags": ["x"] }),
            ];
            agents.extend(shared.written.lock().unwrap_or_else(PoisonError::into_inner).listed());
            (200, Some(json!({ "agents": agents, "has_more": false, "next_cursor": null })))
        }
        "/v2/voices" | "/v1/voices" => (
            200,
            Some(json!({ "voices": [{ "voice_id": "v1", "name": "Rachel", "labels": { "language": "en" } }],
                         "has_more": false, "total_count": 1, "next_page_token": null })),
        ),
        _ => refusal(404, "not_found"),
    }
}

async fn converse(shared: Arc<Shared>, stream: TcpStream, target: &str) {
    let agent = shared.agent();
    let signature =
        target.split_once("conversation_signature=cvtkn_").and_then(|(_, token)| token.parse().ok());
    let door = match (&agent.key, signature) {
        (Some(_), Some(token)) => {
            let token: usize = token;
            let mut tokens = shared.tokens();
            tokens.get_mut(token).and_then(Option::take)
        }
        (Some(_), None) => None,
        (None, _) => Some(shared.next_door()),
    };
    let sockets = &shared.sockets;
    let number = sockets.opened();
    let Ok(mut socket) = accept_async(stream).await else { return sockets.end(number, End::ByScript) };
    let Some(door) = door else {
        close(&mut socket, 1008, "Could not authorize the signed url").await;
        return sockets.end(number, End::ByScript);
    };
    match door {
        Door::Silent => {
            let end = drain(&mut socket).await;
            return sockets.end(number, end);
        }
        Door::NoSession(code) => {
            let error = json!({ "type": "error", "error_event":
                { "code": 1008, "error_type": "unknown", "message": code } });
            let _ = socket.send(Message::text(error.to_string())).await;
            close(&mut socket, 1008, &code).await;
            return sockets.end(number, End::ByScript);
        }
        Door::Close(code) => {
            close(&mut socket, code, "as the script has it").await;
            return sockets.end(number, End::ByScript);
        }
        _ => {}
    }
    let says = (Arc::clone(&shared.script), Arc::clone(&shared.first_words));
    let session = Session::new(number, agent, says);
    let end = sockets.hold(number, &mut socket, session).await;
    sockets.end(number, end);
}
