//! The sockets of a stand-in, one task for each connection.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot};
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::handshake::server::{
    Callback, ErrorResponse, Request, Response as Accepted,
};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::log::{Connection, End};
use super::schemas::Sender;
use super::script::{Door, Script, Trouble};
use super::session::{Frame, Session};
use crate::clock::{Calendar, now};

/// How long a session lasts by default.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How long we wait for the answer to a closing frame.
const CLOSING: Duration = Duration::from_secs(2);
/// The only path below the base URL that is a session.
const PATH: &str = "/v1/realtime";

type Socket = WebSocketStream<TcpStream>;

/// State that the thread and the test share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) connections: Mutex<Vec<Connection>>,
    pub(super) troubles: broadcast::Sender<Trouble>,
    pub(super) is_away: AtomicBool,
    /// When clients tried to connect meanwhile.
    pub(super) knocks: Mutex<Vec<Instant>>,
    pub(super) calendar: Calendar,
}

impl Shared {
    pub(super) fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leave(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        // It is no fault if no connection is there.
        let _ = self.troubles.send(Trouble::Abort);
    }

    pub(super) fn come_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
    }

    pub(super) fn come_back_after(self: &Arc<Self>, away: Duration) {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            sleep(away).await;
            shared.come_back();
        });
    }

    pub(super) fn knocks(&self) -> Vec<Instant> {
        self.knocks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with<T>(&self, number: usize, look: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.connections().get_mut(number).map(look)
    }

    fn end(&self, number: usize, end: End) {
        self.with(number, |connection| {
            connection.ended.get_or_insert((now(), end));
        });
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
            shared.knocks.lock().unwrap_or_else(PoisonError::into_inner).push(now());
            if shared.script.lock().unwrap_or_else(PoisonError::into_inner).is_mute_when_gone() {
                // Held open until the client disconnects.
                tokio::spawn(async move {
                    let _ = wait_gone(&stream).await;
                });
            } else {
                let _ = stream.set_zero_linger();
            }
            continue;
        }
        let number = {
            let mut connections = shared.connections();
            connections.push(Connection::new(now()));
            connections.len() - 1
        };
        let door = shared.script.lock().unwrap_or_else(PoisonError::into_inner).next_door();
        tokio::spawn(serve(Arc::clone(&shared), number, stream, door));
    }
}

async fn serve(shared: Arc<Shared>, number: usize, stream: TcpStream, door: Door) {
    // Events are small and must not be delayed.
    let _ = stream.set_nodelay(true);
    match &door {
        Door::Mute => {
            // Held open until the client disconnects.
            let _ = wait_gone(&stream).await;
            return shared.end(number, End::Lost);
        }
        Door::Slow(delay) => sleep(*delay).await,
        _ => {}
    }
    let desk = Desk { shared: &shared, number, door: &door };
    let Ok(mut socket) = accept_hdr_async(stream, desk).await else {
        return shared.end(number, End::ByScript);
    };
    let expires_in = match door {
        Door::Open { expires_in } => expires_in.unwrap_or(LIFETIME),
        Door::Silent => {
            let end = drain(&mut socket).await;
            return shared.end(number, end);
        }
        Door::NoSession(code) => {
            let error = json!({ "type": "server_error", "code": code, "message": "no model", "param": null });
            let event = json!({ "type": "error", "event_id": "event_0", "error": error });
            let _ = socket.send(Message::text(event.to_string())).await;
            close(&mut socket, 1011).await;
            return shared.end(number, End::ByScript);
        }
        Door::Close(code) => {
            close(&mut socket, code).await;
            return shared.end(number, End::ByScript);
        }
        _ => LIFETIME,
    };
    let query = shared.with(number, |connection| connection.query.clone()).unwrap_or_default();
    let model = query.split('&').find_map(|pair| pair.strip_prefix("model=")).unwrap_or_default();
    let expires_at = shared.calendar.now() + expires_in;
    let lifetime = (expires_at.as_secs(), expires_in);
    let session = Session::open(number + 1, model, Arc::clone(&shared.script), lifetime, now());
    let end = hold(&shared, number, &mut socket, session).await;
    shared.end(number, end);
}

/// Runs a session until either side ends it.
async fn hold(shared: &Arc<Shared>, number: usize, socket: &mut Socket, mut session: Session) -> End {
    let mut troubles = shared.troubles.subscribe();
    loop {
        shared.with(number, |connection| publish(connection, &session));
        for frame in session.take_frames() {
            if let Some(end) = send(shared, number, socket, frame).await {
                return end;
            }
        }
        let due = session.due().unwrap_or_else(|| now() + LIFETIME);
        tokio::select! {
            biased;
            () = sleep_until(due.into()) => session.tick(now()),
            trouble = troubles.recv() => {
                if let Ok(trouble) = trouble {
                    session.trouble(trouble, now());
                }
            }
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

/// Publishes what the session knows to the test.
fn publish(connection: &mut Connection, session: &Session) {
    let known = connection.heard.samples.len();
    connection.heard.rate = session.heard_rate();
    connection.heard.samples.extend(&session.heard[known..]);
    if connection.conversation != session.referee.conversation {
        connection.conversation = session.referee.conversation.clone();
    }
    connection.unanswered = session.referee.unanswered();
    let judged = connection.violations.len();
    connection.violations.extend_from_slice(&session.referee.violations[judged..]);
}

async fn send(shared: &Arc<Shared>, number: usize, socket: &mut Socket, frame: Frame) -> Option<End> {
    let message = match frame {
        Frame::Event { wire, ga } => {
            shared.with(number, |connection| connection.log(Sender::Server, &ga));
            Message::text(wire.to_string())
        }
        Frame::Text(text) => Message::text(text),
        Frame::Binary(bytes) => Message::binary(bytes),
        Frame::Close(code) => {
            shared.end(number, End::ByScript);
            close(socket, code).await;
            return Some(End::ByScript);
        }
        Frame::Abort => {
            // The kernel then resets when the socket is dropped.
            let _ = socket.get_ref().set_zero_linger();
            return Some(End::ByScript);
        }
        Frame::Leave(length) => {
            shared.leave();
            shared.come_back_after(length);
            let _ = socket.get_ref().set_zero_linger();
            return Some(End::ByScript);
        }
    };
    socket.send(message).await.is_err().then_some(End::Lost)
}

async fn close(socket: &mut Socket, code: u16) {
    let frame = CloseFrame { code: code.into(), reason: "as the script has it".into() };
    if socket.close(Some(frame)).await.is_ok() {
        let _ = timeout(CLOSING, drain(socket)).await;
    }
}

/// Reads until the client disconnects.
async fn drain(socket: &mut Socket) -> End {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => return End::ByClient(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            _ => return End::Lost,
        }
    }
}

async fn wait_gone(stream: &TcpStream) -> io::Result<()> {
    let mut nowhere = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut nowhere) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Checks the request for the upgrade.
struct Desk<'a> {
    shared: &'a Shared,
    number: usize,
    door: &'a Door,
}

impl Callback for Desk<'_> {
    fn on_request(self, request: &Request, accepted: Accepted) -> Result<Accepted, ErrorResponse> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        self.shared.with(self.number, |connection| {
            connection.path = request.uri().path().to_owned();
            connection.query = request.uri().query().unwrap_or_default().to_owned();
            let headers = request.headers().iter();
            connection.headers =
                headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        });
        match self.door {
            Door::Refuse { status, code, retry_after_s } => Err(refusal(*status, code, *retry_after_s)),
            _ if request.uri().path() != PATH => Err(refusal(404, "not_found", None)),
            _ => Ok(accepted),
        }
    }
}

fn refusal(status: u16, code: &str, retry_after_s: Option<u32>) -> ErrorResponse {
    let body = json!({ "error": {
        "message": format!("{code}: as the script has it"), "type": "invalid_request_error",
        "param": null, "code": code,
    } });
    let mut response = ErrorResponse::new(Some(body.to_string()));
    if let Ok(status) = status.try_into() {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after_s {
        headers.insert("retry-after", seconds.into());
    }
    response
}
