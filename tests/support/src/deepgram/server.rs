//! The sockets of a stand-in, one task for each connection.

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

use super::Manners;
use super::log::Connection;
use super::session::{Frame, Session};
use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{Door, End, Script, Trouble};

/// How long the answer to a closing frame is waited for.
const CLOSING: Duration = Duration::from_secs(2);
/// Without anything due the session is asked again so late.
const NEVER: Duration = Duration::from_secs(3_600);
/// Where agents are.
const PATH: &str = "/v1/agent/converse";

type Socket = WebSocketStream<TcpStream>;

/// What a test does to every connection.
#[derive(Debug, Clone)]
pub(super) enum Strike {
    Trouble(Trouble),
    Text(String),
    Binary(Vec<u8>),
}

/// What the tasks and the test share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) manners: Manners,
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) connections: Mutex<Vec<Connection>>,
    pub(super) strikes: broadcast::Sender<Strike>,
    pub(super) is_away: AtomicBool,
}

impl Shared {
    pub(super) fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leave(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        let _ = self.strikes.send(Strike::Trouble(Trouble::Abort));
    }

    pub(super) fn come_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
    }

    fn with<T>(&self, number: usize, look: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.connections().get_mut(number).map(look)
    }

    fn end(&self, number: usize, end: End) {
        self.with(number, |connection| {
            connection.ended.get_or_insert((now(), end));
        });
    }

    fn next_door(&self) -> Door {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).next_door()
    }
}

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
    let target = head.split(' ').nth(1).unwrap_or_default();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("authorization") != Some(format!("Token {}", shared.manners.key)) {
        return refuse(&mut stream, &head, (401, "INVALID_AUTH")).await;
    }
    if target != PATH || header("upgrade").is_none() {
        return refuse(&mut stream, &head, (404, "NOT_FOUND")).await;
    }
    let door = shared.next_door();
    match &door {
        Door::Refuse { status, code, .. } => return refuse(&mut stream, &head, (*status, code)).await,
        Door::Mute => {
            // Held open until the client goes.
            let mut nowhere = [0; 1024];
            while matches!(stream.read(&mut nowhere).await, Ok(count) if count > 0) {}
            return;
        }
        Door::Slow(delay) => sleep(*delay).await,
        _ => {}
    }
    let number = {
        let mut connections = shared.connections();
        connections.push(Connection::new());
        connections.len() - 1
    };
    let Ok(mut socket) = accept_async(stream).await else { return shared.end(number, End::ByScript) };
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
            hold(&shared, number, &mut socket, session).await
        }
    };
    shared.end(number, end);
}

async fn refuse(stream: &mut TcpStream, head: &str, (status, code): (u16, &str)) {
    let mut nowhere = vec![0; head.len()];
    let _ = stream.read_exact(&mut nowhere).await;
    let body = json!({ "err_code": code, "err_msg": "as the script has it" }).to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Runs a conversation until either side ends it.
async fn hold(shared: &Shared, number: usize, socket: &mut Socket, mut session: Session) -> End {
    let mut strikes = shared.strikes.subscribe();
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
            strike = strikes.recv() => match strike {
                Ok(Strike::Trouble(trouble)) => session.trouble(trouble, now()),
                Ok(Strike::Text(text)) => { let _ = socket.send(Message::text(text)).await; }
                Ok(Strike::Binary(bytes)) => { let _ = socket.send(Message::binary(bytes)).await; }
                Err(_) => {}
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => match serde_json::from_str::<Value>(&text) {
                    Ok(event) => {
                        shared.with(number, |connection| connection.log(Sender::Client, &event));
                        session.received(&event, now());
                    }
                    Err(error) => session.violate(format!("no JSON: {error}")),
                },
                Some(Ok(Message::Binary(bytes))) => {
                    shared.with(number, |connection| connection.audio.push(bytes.len()));
                    session.hear(&bytes, now());
                }
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
