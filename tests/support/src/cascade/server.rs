//! The sockets of the stand-in, one task for each connection: a WebSocket of the recognizer, or requests by HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot};
use tokio::time::timeout;

use super::book::{Book, ServiceRequest};
use super::{Manners, chat, listen, speech, stream_input, transcription};
use crate::clock::now;
use crate::http::read_request;
use crate::openai::{Script, Trouble};

/// How long a request may take that is answered by a reset.
const RESET_LIMIT: Duration = Duration::from_secs(2);
/// How many strikes may wait for a connection's task.
const STRIKES_MAX: usize = 64;

/// An action of a test on connections.
#[derive(Debug, Clone)]
pub(super) enum Strike {
    /// On those of the recognizer.
    Trouble(Trouble),
    /// The recognizer sends this.
    Text(String),
    /// On the sockets of the speech.
    Speech(Trouble),
    /// All connections are closed.
    Leave,
}

/// A fault instead of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// This status and body.
    Refuse(u16, Value),
    /// No answer, ever.
    Mute,
    /// A good head, and these bytes as the whole body.
    Body(Vec<u8>),
    /// A good head, and these bytes again and again, until the client disconnects.
    Endless(Vec<u8>),
}

/// State that the tasks and the test share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) manners: Manners,
    script: Mutex<Script>,
    book: Mutex<Book>,
    pub(super) strikes: broadcast::Sender<Strike>,
    is_away: AtomicBool,
    /// Until when the recognizer accepts no connection.
    struck_until: Mutex<Option<Instant>>,
}

impl Shared {
    pub(super) fn new(manners: Manners, script: Script) -> Self {
        Self {
            manners,
            script: Mutex::new(script),
            book: Mutex::default(),
            strikes: broadcast::Sender::new(STRIKES_MAX),
            is_away: AtomicBool::new(false),
            struck_until: Mutex::default(),
        }
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Book) -> T) -> T {
        look(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn violate(&self, how: impl Into<String>) {
        self.with(|book| book.violations.push(how.into()));
    }

    pub(super) fn strike(&self, trouble: Trouble) {
        // It is no fault if no connection is there.
        let _ = self.strikes.send(Strike::Trouble(trouble));
    }

    /// Records that a trouble has ended connections to the recognizer.
    pub(super) fn struck(&self) {
        let until = now() + self.manners.stays_lost;
        *self.struck_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Whether the recognizer accepts no connection because of a trouble.
    pub(super) fn is_struck(&self) -> bool {
        let until = *self.struck_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| now() < until)
    }

    pub(super) fn strike_speech(&self, trouble: Trouble) {
        let _ = self.strikes.send(Strike::Speech(trouble));
    }

    pub(super) fn say_raw(&self, text: &str) {
        let _ = self.strikes.send(Strike::Text(text.to_owned()));
    }

    pub(super) fn leave(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        let _ = self.strikes.send(Strike::Leave);
    }

    pub(super) fn come_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
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
            tokio::spawn(reset(stream));
            continue;
        }
        tokio::spawn(serve(Arc::clone(&shared), stream));
    }
}

/// Resets a connection once a whole request has arrived. An earlier reset would hit the client while it connects, writes or waits, by chance.
async fn reset(mut stream: TcpStream) {
    let _ = timeout(RESET_LIMIT, read_request(&mut stream, &mut Vec::new())).await;
    let _ = stream.set_zero_linger();
}

/// The head of a request, which remains to be read.
async fn head(stream: &TcpStream) -> Option<String> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = stream.peek(&mut bytes).await.ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            return Some(text[..end + 4].to_owned());
        }
        tokio::task::yield_now().await;
    }
}

/// The value of a header.
pub(super) fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

async fn serve(shared: Arc<Shared>, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut strikes = shared.strikes.subscribe();
    loop {
        let head = tokio::select! {
            biased;
            () = left(&mut strikes) => return,
            head = head(&stream) => head,
        };
        let Some(head) = head else { return };
        if header(&head, "upgrade").is_some() {
            if stream_input::is_its(head.split(' ').nth(1).unwrap_or_default()) {
                return stream_input::serve(&shared, stream, &head).await;
            }
            return listen::serve(&shared, stream, &head).await;
        }
        let answered = tokio::select! {
            biased;
            () = left(&mut strikes) => return,
            answered = answer(&shared, &mut stream, &head) => answered,
        };
        if answered.is_none() {
            return;
        }
    }
}

/// Waits until the services become unreachable.
async fn left(strikes: &mut broadcast::Receiver<Strike>) {
    loop {
        match strikes.recv().await {
            Ok(Strike::Leave) => return,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            // The stand-in was dropped.
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Reads a whole request and answers it. `None` once the connection is over.
async fn answer(shared: &Arc<Shared>, stream: &mut TcpStream, head: &str) -> Option<()> {
    let mut words = head.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length: usize = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut bytes = vec![0; head.len() + length];
    stream.read_exact(&mut bytes).await.ok()?;
    let key = match path.as_str() {
        "/v1/audio/speech" => &shared.manners.keys[2],
        "/v1/audio/transcriptions" => &shared.manners.keys[0],
        _ => &shared.manners.keys[1],
    };
    let authorization = header(head, "authorization").unwrap_or_default();
    if (method.as_str(), path.as_str()) == ("GET", "/v1/models") {
        // All services are at one address, so each key is valid.
        let is_known = shared.manners.keys.iter().any(|key| authorization == format!("Bearer {key}"));
        let status = if is_known { 200 } else { 401 };
        return reply(stream, status, &json!({ "object": "list", "data": [] })).await;
    }
    if authorization != format!("Bearer {key}") {
        let body = json!({ "error": { "message": "Incorrect API key provided", "type": "invalid_request_error",
            "code": "invalid_api_key", "param": null } });
        return reply(stream, 401, &body).await;
    }
    if path == "/v1/audio/transcriptions" {
        if let Some(fault) = shared.with(|book| book.utterance_faults.pop_front()) {
            return fail(stream, fault, "application/json").await;
        }
        return transcription::answer(shared, stream, head, &bytes[head.len()..]).await;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&bytes[head.len()..]) else {
        shared.violate(format!("{method} {path}: no JSON"));
        return reply(stream, 400, &json!({ "error": { "message": "no JSON" } })).await;
    };
    let number = shared.with(|book| {
        book.asked.push(ServiceRequest {
            at: now(),
            path: path.clone(),
            body: body.clone(),
            is_cancelled: false,
        });
        book.asked.len() - 1
    });
    let done = match path.as_str() {
        "/v1/chat/completions" => match shared.with(|book| book.model_faults.pop_front()) {
            Some(fault) => fail(stream, fault, "text/event-stream").await,
            None => chat::answer(shared, stream, &body).await,
        },
        "/v1/audio/speech" => match shared.with(|book| book.speech_faults.pop_front()) {
            Some(fault) => fail(stream, fault, "audio/pcm").await,
            None => speech::answer(shared, stream, &body).await,
        },
        _ => {
            shared.violate(format!("unknown path: {method} {path}"));
            reply(stream, 404, &json!({ "error": { "message": "not found" } })).await
        }
    };
    if done.is_none() {
        shared.with(|book| book.asked[number].is_cancelled = true);
    }
    done
}

pub(super) async fn reply(stream: &mut TcpStream, status: u16, body: &Value) -> Option<()> {
    let body = body.to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.ok()
}

async fn fail(stream: &mut TcpStream, fault: Fault, kind: &str) -> Option<()> {
    match fault {
        Fault::Refuse(status, body) => reply(stream, status, &body).await,
        Fault::Mute => gone(stream).await,
        Fault::Body(bytes) => {
            begin(stream, kind).await?;
            chunk(stream, &bytes).await?;
            end(stream).await
        }
        Fault::Endless(bytes) => {
            begin(stream, kind).await?;
            loop {
                chunk(stream, &bytes).await?;
                pause(stream, Duration::from_millis(5)).await?;
            }
        }
    }
}

/// Begins an answer whose body is sent in pieces.
pub(super) async fn begin(stream: &mut TcpStream, kind: &str) -> Option<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()
}

/// Sends a piece of a body.
pub(super) async fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> Option<()> {
    if bytes.is_empty() {
        return Some(());
    }
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await.ok()?;
    stream.write_all(bytes).await.ok()?;
    stream.write_all(b"\r\n").await.ok()
}

/// Ends a body.
pub(super) async fn end(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(b"0\r\n\r\n").await.ok()
}

/// Waits; `None` once the client has disconnected.
pub(super) async fn pause(stream: &mut TcpStream, length: Duration) -> Option<()> {
    let mut nowhere = [0; 1];
    tokio::select! {
        biased;
        () = tokio::time::sleep(length) => Some(()),
        peeked = stream.peek(&mut nowhere) => match peeked {
            // The client sends the next request before it has this answer.
            Ok(count) if count > 0 => Some(()),
            _ => None,
        },
    }
}

async fn gone(stream: &mut TcpStream) -> Option<()> {
    let mut nowhere = [0; 1024];
    while matches!(stream.read(&mut nowhere).await, Ok(count) if count > 0) {}
    None
}
