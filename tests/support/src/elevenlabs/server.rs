//! The sockets of a stand-in, one task for each connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot};
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::Agent;
use super::log::Connection;
use super::session::{Frame, Session};
use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{Answer, Door, End, Script, Trouble};

/// How long the answer to a closing frame is waited for.
const CLOSING: Duration = Duration::from_secs(2);
/// Without anything due the session is asked again so late.
const NEVER: Duration = Duration::from_secs(3_600);

type Socket = WebSocketStream<TcpStream>;

/// What the tasks and the test share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    pub(super) agent: Mutex<Agent>,
    pub(super) script: Arc<Mutex<Script>>,
    /// What the agent says first, in every conversation: the script's first greeting.
    pub(super) first_words: Arc<Mutex<Option<Answer>>>,
    pub(super) connections: Mutex<Vec<Connection>>,
    /// Signed addresses that were given; each is good once.
    pub(super) tokens: Mutex<Vec<Option<Door>>>,
    /// Requests by HTTP, as method and target.
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) troubles: broadcast::Sender<Trouble>,
    pub(super) is_away: AtomicBool,
}

impl Shared {
    pub(super) fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Vec<Option<Door>>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leave(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        let _ = self.troubles.send(Trouble::Abort);
    }

    pub(super) fn come_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
    }

    pub(super) fn say_raw(&self, text: &str) {
        // What stands in the error's type goes out as it is.
        let _ = self.troubles.send(Trouble::Error { kind: RAW.to_owned(), code: text.to_owned() });
    }

    fn with<T>(&self, number: usize, look: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.connections().get_mut(number).map(look)
    }

    fn end(&self, number: usize, end: End) {
        self.with(number, |connection| {
            connection.ended.get_or_insert((now(), end));
        });
    }

    fn agent(&self) -> Agent {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next_door(&self) -> Door {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).next_door()
    }
}

const RAW: &str = "as it is";

/// Accepts connections until `stop`.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>, mut stop: oneshot::Receiver<()>) {
    loop {
        let stream = tokio::select! {
            biased;
            _ = &mut stop => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
        };
        if shared.is_away.load(Ordering::Relaxed) {
            let _ = stream.set_zero_linger();
            continue;
        }
        tokio::spawn(serve(Arc::clone(&shared), stream));
    }
}

/// The head of a request, which is left to be read.
async fn head(stream: &TcpStream) -> Option<String> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = stream.peek(&mut bytes).await.ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        if text.contains("\r\n\r\n") {
            return Some(text);
        }
        tokio::task::yield_now().await;
    }
}

async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Some(head) = head(&stream).await else { return };
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("upgrade").is_some() {
        return converse(shared, stream, &target).await;
    }
    let line = head.lines().next().unwrap_or_default().to_owned();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let (status, body) = answer(&shared, &target, header("xi-api-key").as_deref()).await;
    let Some((status, body)) = body.map(|body| (status, body)) else {
        // Held open until the client goes.
        let mut nowhere = [0; 1024];
        while matches!(stream.read(&mut nowhere).await, Ok(count) if count > 0) {}
        return;
    };
    let mut nowhere = vec![0; head.len()];
    let _ = stream.read_exact(&mut nowhere).await;
    let body = body.to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Answers a request by HTTP; without a body never.
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
        "/v1/convai/agents" => (
            200,
            Some(json!({ "agents": [
                { "agent_id": agent.id, "name": "Front desk", "tags": [], "created_at_unix_secs": 1 },
                { "agent_id": "agent_other", "name": "<script>alert(1)</script>", "tags": ["x"] },
            ], "has_more": false, "next_cursor": null })),
        ),
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
    let number = {
        let mut connections = shared.connections();
        connections.push(Connection::new());
        connections.len() - 1
    };
    let Ok(mut socket) = accept_async(stream).await else { return shared.end(number, End::ByScript) };
    let Some(door) = door else {
        close(&mut socket, 1008, "Could not authorize the signed url").await;
        return shared.end(number, End::ByScript);
    };
    match door {
        Door::Silent => {
            let end = drain(&mut socket).await;
            return shared.end(number, end);
        }
        Door::NoSession(code) => {
            let error = json!({ "type": "error", "error_event":
                { "code": 1008, "error_type": "unknown", "message": code } });
            let _ = socket.send(Message::text(error.to_string())).await;
            close(&mut socket, 1008, &code).await;
            return shared.end(number, End::ByScript);
        }
        Door::Close(code) => {
            close(&mut socket, code, "as the script has it").await;
            return shared.end(number, End::ByScript);
        }
        _ => {}
    }
    let says = (Arc::clone(&shared.script), Arc::clone(&shared.first_words));
    let session = Session::new(number, agent, says);
    shared.with(number, |connection| connection.conversation_id.clone_from(&session.id));
    let end = hold(&shared, number, &mut socket, session).await;
    shared.end(number, end);
}

/// Runs a conversation until either side ends it.
async fn hold(shared: &Shared, number: usize, socket: &mut Socket, mut session: Session) -> End {
    let mut troubles = shared.troubles.subscribe();
    loop {
        shared.with(number, |connection| publish(connection, &session));
        for frame in session.take_frames() {
            if let Some(end) = send(shared, number, socket, frame).await {
                return end;
            }
        }
        let due = session.due().unwrap_or_else(|| now() + NEVER);
        tokio::select! {
            biased;
            () = sleep_until(due.into()) => session.tick(now()),
            trouble = troubles.recv() => match trouble {
                Ok(Trouble::Error { kind, code }) if kind == RAW => {
                    let _ = socket.send(Message::text(code)).await;
                }
                Ok(trouble) => session.trouble(trouble, now()),
                Err(_) => {}
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => match serde_json::from_str::<Value>(&text) {
                    Ok(event) => {
                        shared.with(number, |connection| connection.log(Sender::Client, &event));
                        session.received(&event, now());
                    }
                    Err(error) => session.received_nonsense(&format!("no JSON: {error}")),
                },
                Some(Ok(Message::Binary(_))) => session.received_nonsense("a binary frame"),
                Some(Ok(Message::Close(frame))) => {
                    // The answer to it goes out with the next read.
                    let _ = timeout(CLOSING, socket.next()).await;
                    return End::ByClient(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(Error::ConnectionClosed)) => return End::ByClient(None),
                Some(Err(_)) | None => return End::Lost,
            },
        }
    }
}

/// Shows a test what the session knows.
fn publish(connection: &mut Connection, session: &Session) {
    let known = connection.heard.samples.len();
    connection.heard.rate = session.heard_rate();
    connection.heard.samples.extend(&session.heard[known..]);
    connection.remembers.clone_from(&session.remembers);
    connection.unanswered = session.unanswered();
    let judged = connection.violations.len();
    connection.violations.extend_from_slice(&session.violations[judged..]);
}

async fn send(shared: &Shared, number: usize, socket: &mut Socket, frame: Frame) -> Option<End> {
    let message = match frame {
        Frame::Event(event) => {
            shared.with(number, |connection| connection.log(Sender::Server, &event));
            Message::text(event.to_string())
        }
        Frame::Text(text) => Message::text(text),
        Frame::Binary(bytes) => Message::binary(bytes),
        Frame::Close(code, words) => {
            shared.end(number, End::ByScript);
            close(socket, code, &words).await;
            return Some(End::ByScript);
        }
        Frame::Abort => {
            // The kernel then resets when the socket is dropped.
            let _ = socket.get_ref().set_zero_linger();
            return Some(End::ByScript);
        }
    };
    socket.send(message).await.is_err().then_some(End::Lost)
}

async fn close(socket: &mut Socket, code: u16, words: &str) {
    let frame = CloseFrame { code: code.into(), reason: words.to_owned().into() };
    if socket.close(Some(frame)).await.is_ok() {
        let _ = timeout(CLOSING, drain(socket)).await;
    }
}

/// Reads until the client goes.
async fn drain(socket: &mut Socket) -> End {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => return End::ByClient(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            _ => return End::Lost,
        }
    }
}
