//! The common parts of a voice AI's stand-ins on their sockets: connections that are accepted, refused and served, one task for each.
//!
//! A stand-in has a [`Session`], which knows its protocol and no socket, and a [`Connection`] for each of its sockets, which a test reads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{End, Entry, Trouble};
use crate::voice_stand_in::Connection;

/// How long we wait for the answer to a closing frame.
const CLOSING: Duration = Duration::from_secs(2);
/// When a session with nothing due is checked again.
const NEVER: Duration = Duration::from_secs(3_600);
/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most bytes of its body.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How many strikes may wait for a connection's task.
const STRIKES_MAX: usize = 64;

/// A client's connection.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// An outgoing frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Frame {
    /// An event.
    Event(Value),
    /// An event in a binary frame.
    BinaryEvent(Value),
    /// Text that is not an event.
    Text(String),
    /// A binary frame that is not an event.
    Binary(Vec<u8>),
    /// The end, with this close code and reason.
    Close(u16, String),
    /// The end, without a closing frame.
    Abort,
}

/// A test's action on every connection.
#[derive(Debug, Clone)]
pub(crate) enum Strike {
    /// Something goes wrong.
    Trouble(Trouble),
    /// This text is sent as it is.
    Text(String),
    /// These bytes are sent as they are.
    Binary(Vec<u8>),
}

/// One conversation, which knows no socket.
pub(crate) trait Session: Send {
    /// Frames that are due now.
    fn take_frames(&mut self) -> Vec<Frame>;

    /// When [`Session::tick`] is to be called next.
    fn due(&self) -> Option<Instant>;

    /// Does what is due, in its order.
    fn tick(&mut self, now: Instant);

    /// Handles an event of the client.
    fn received(&mut self, event: &Value, now: Instant);

    /// Handles a binary frame of the client. Most protocols have none.
    fn received_bytes(&mut self, _bytes: &[u8], _now: Instant) {
        self.violate("a binary frame".to_owned());
    }

    /// Records that the client broke a rule.
    fn violate(&mut self, how: String);

    /// Makes something go wrong.
    fn trouble(&mut self, trouble: Trouble, now: Instant);

    /// An event as a test reads it: its kind, and the event with the number of bytes instead of its sound.
    fn noted(event: &Value) -> (String, Value);

    /// Its current state, for the test.
    fn snapshot(&self) -> Snapshot<'_>;
}

/// The state of a session, for the test.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    /// The sample rate of the caller's sound, in Hz.
    pub(crate) rate: u32,
    /// The caller's sound.
    pub(crate) heard: &'a [i16],
    /// The agent's memory.
    pub(crate) remembers: &'a [String],
    /// The client's violations of the rules.
    pub(crate) violations: &'a [String],
    /// Function calls that have no response yet, and should have one.
    pub(crate) unanswered: Vec<String>,
}

/// Removes and returns the task that is due first; of several, the one that was added first.
pub(crate) fn take_due<T>(agenda: &mut Vec<(Instant, T)>, now: Instant) -> Option<T> {
    let due = agenda.iter().enumerate().filter(|(_, (due, _))| *due <= now);
    let (at, _) = due.min_by_key(|(at, (due, _))| (*due, *at))?;
    Some(agenda.remove(at).1)
}

/// State that connections and the test share, whatever the protocol.
#[derive(Debug)]
pub(crate) struct Sockets {
    connections: Mutex<Vec<Connection>>,
    /// Violations outside any connection.
    beside: Mutex<Vec<String>>,
    strikes: broadcast::Sender<Strike>,
    is_away: AtomicBool,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            connections: Mutex::default(),
            beside: Mutex::default(),
            strikes: broadcast::Sender::new(STRIKES_MAX),
            is_away: AtomicBool::new(false),
        }
    }
}

impl Sockets {
    /// The connections, oldest first.
    pub(crate) fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Violations outside any connection, such as in an HTTP request.
    pub(crate) fn beside(&self) -> MutexGuard<'_, Vec<String>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers a new connection.
    pub(crate) fn opened(&self) -> usize {
        let mut connections = self.connections();
        connections.push(Connection::new());
        connections.len() - 1
    }

    fn with(&self, number: usize, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.connections().get_mut(number) {
            change(connection);
        }
    }

    fn note<S: Session>(&self, number: usize, from: Sender, event: &Value) {
        let (kind, event) = S::noted(event);
        self.with(number, |connection| connection.entries.push(Entry { at: now(), from, kind, event }));
    }

    /// Strikes every connection.
    pub(crate) fn strike(&self, strike: Strike) {
        // It is no fault if no connection is there.
        let _ = self.strikes.send(strike);
    }

    /// Becomes unreachable from now on.
    pub(crate) fn leave(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        self.strike(Strike::Trouble(Trouble::Abort));
    }

    /// Is reachable again.
    pub(crate) fn come_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
    }

    /// Records how a connection ended; the first record counts.
    pub(crate) fn end(&self, number: usize, end: End) {
        self.with(number, |connection| {
            connection.ended.get_or_insert((now(), end));
        });
    }

    /// Accepts connections until `stop`.
    pub(crate) async fn run(
        &self,
        listener: TcpListener,
        mut stop: oneshot::Receiver<()>,
        serve: impl Fn(TcpStream),
    ) {
        loop {
            let stream = tokio::select! {
                biased;
                _ = &mut stop => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => continue,
                },
            };
            if self.is_away.load(Ordering::Relaxed) {
                let _ = stream.set_zero_linger();
                continue;
            }
            let _ = stream.set_nodelay(true);
            serve(stream);
        }
    }

    /// Runs a conversation until either side ends it.
    pub(crate) async fn hold<S: Session>(&self, number: usize, socket: &mut Socket, mut session: S) -> End {
        let mut strikes = self.strikes.subscribe();
        loop {
            self.with(number, |connection| connection.publish(session.snapshot()));
            for frame in session.take_frames() {
                if let Some(end) = self.send::<S>(number, socket, frame).await {
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
                            self.note::<S>(number, Sender::Client, &event);
                            session.received(&event, now());
                        }
                        Err(error) => session.violate(format!("no JSON: {error}")),
                    },
                    Some(Ok(Message::Binary(bytes))) => {
                        self.with(number, |connection| connection.frames.push(bytes.len()));
                        session.received_bytes(&bytes, now());
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

    async fn send<S: Session>(&self, number: usize, socket: &mut Socket, frame: Frame) -> Option<End> {
        let message = match frame {
            Frame::Event(event) => {
                self.note::<S>(number, Sender::Server, &event);
                Message::text(event.to_string())
            }
            Frame::BinaryEvent(event) => {
                self.note::<S>(number, Sender::Server, &event);
                Message::binary(event.to_string().into_bytes())
            }
            Frame::Text(text) => Message::text(text),
            Frame::Binary(bytes) => Message::binary(bytes),
            Frame::Close(code, words) => {
                self.end(number, End::ByScript);
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
}

/// The head of a request, which remains to be read.
pub(crate) async fn head(stream: &TcpStream) -> Option<String> {
    let mut bytes = vec![0; HEAD_BYTES_MAX];
    loop {
        let count = stream.peek(&mut bytes).await.ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        if text.contains("\r\n\r\n") {
            return Some(text);
        }
        tokio::task::yield_now().await;
    }
}

/// The body of a request, whose head and body remain to be read; `None` where the client disconnects before it is complete.
pub(crate) async fn body(stream: &TcpStream, head: &str) -> Option<Vec<u8>> {
    let begins = head.find("\r\n\r\n")? + 4;
    let length: usize = header(&head[..begins], "content-length")?.parse().ok()?;
    let mut bytes = vec![0; begins + length.min(BODY_BYTES_MAX)];
    loop {
        let count = stream.peek(&mut bytes).await.ok().filter(|count| *count > 0)?;
        if count == bytes.len() {
            return Some(bytes.split_off(begins));
        }
        tokio::task::yield_now().await;
    }
}

/// The value of a header in a request's head.
pub(crate) fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// Answers a request, whose head and body are still to be read, with this status and body.
pub(crate) async fn answer(stream: &mut TcpStream, head: &str, (status, body): (u16, &Value)) {
    let begins = head.find("\r\n\r\n").map_or(head.len(), |at| at + 4);
    let length = header(&head[..begins], "content-length").and_then(|length| length.parse().ok());
    let mut nowhere = vec![0; begins + length.unwrap_or(0usize).min(BODY_BYTES_MAX)];
    let _ = stream.read_exact(&mut nowhere).await;
    let body = body.to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Sends nothing until the client disconnects.
pub(crate) async fn wait_gone(stream: &mut TcpStream) {
    let mut nowhere = [0; 1024];
    while matches!(stream.read(&mut nowhere).await, Ok(count) if count > 0) {}
}

/// Closes with this code and reason, and waits for the answer.
pub(crate) async fn close(socket: &mut Socket, code: u16, words: &str) {
    let frame = CloseFrame { code: code.into(), reason: words.to_owned().into() };
    if socket.close(Some(frame)).await.is_ok() {
        let _ = timeout(CLOSING, drain(socket)).await;
    }
}

/// Reads until the client disconnects.
pub(crate) async fn drain(socket: &mut Socket) -> End {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => return End::ByClient(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            _ => return End::Lost,
        }
    }
}
