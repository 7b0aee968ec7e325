//! A program as a task of the current thread, whose clock may be paused: the wire, and what a program sends on it.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Received, Refused};
use crate::described;

/// The time by which everything has arrived, in virtual time.
const LIMIT: Duration = Duration::from_secs(600);

/// A connected program. Everything that arrives is read at once, so that the server's pings are answered while the test does something else.
#[derive(Debug)]
pub struct TaskProgram {
    line: Line,
    limit: Duration,
    commands: u64,
    /// Events that arrived while the test waited for an answer.
    events: VecDeque<Value>,
    /// The kind of document that describes the messages.
    kind: Kind,
    /// Requests, by id.
    asked: HashMap<String, Value>,
}

/// A socket, by the document that describes its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The control socket.
    Control,
    /// An agent's desk.
    Desk,
    /// One that no document describes further.
    Other,
}

impl Kind {
    fn at(path: &str) -> Self {
        match path.split('?').next() {
            Some("/ws/control") => Self::Control,
            Some("/ws/desk") => Self::Desk,
            _ => Self::Other,
        }
    }
}

/// How messages are sent and read.
#[derive(Debug)]
enum Line {
    /// Read only when the test waits for something.
    OnDemand(Box<WebSocketStream<TcpStream>>),
    /// Read by a task.
    AtOnce { out: UnboundedSender<Message>, come: UnboundedReceiver<Message> },
}

impl Line {
    async fn send(&mut self, message: Message) -> Result<(), Error> {
        match self {
            Self::OnDemand(socket) => socket.send(message).await,
            Self::AtOnce { out, .. } => out.send(message).map_err(|_| Error::ConnectionClosed),
        }
    }

    /// The next message; `None` once the connection is over.
    async fn next(&mut self) -> Option<Message> {
        match self {
            Self::OnDemand(socket) => socket.next().await?.ok(),
            Self::AtOnce { come, .. } => come.recv().await,
        }
    }
}

/// Reads and writes until the connection is over, or the program is dropped.
async fn pump(
    mut socket: WebSocketStream<TcpStream>,
    mut out: UnboundedReceiver<Message>,
    come: UnboundedSender<Message>,
) {
    loop {
        tokio::select! {
            biased;
            message = out.recv() => match message {
                Some(message) => if socket.send(message).await.is_err() { return },
                None => return,
            },
            message = socket.next() => match message {
                Some(Ok(message)) => if come.send(message).is_err() { return },
                _ => return,
            },
        }
    }
}

impl TaskProgram {
    /// Connects an agent's desk with the access token of their sign-in.
    pub async fn at_desk(server: SocketAddr, token: &str) -> Self {
        Self::knock_at(server, "/ws/desk", &[("Authorization", &format!("Bearer {token}"))]).await.unwrap()
    }

    /// Connects to a socket of JSON messages at this path.
    ///
    /// # Errors
    /// [`Refused`], with the server's answer.
    pub async fn knock_at(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        let socket = connect(server, path, headers).await?;
        let ((out, to_send), (tell, come)) = (unbounded_channel(), unbounded_channel());
        tokio::spawn(pump(socket, to_send, tell));
        Ok(Self::new(Line::AtOnce { out, come }, Kind::at(path), LIMIT))
    }

    /// The same, but reads only when the test waits for something.
    pub(super) async fn reading_on_demand(
        server: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
        limit: Duration,
    ) -> Result<Self, Refused> {
        let socket = connect(server, path, headers).await?;
        Ok(Self::new(Line::OnDemand(Box::new(socket)), Kind::at(path), limit))
    }

    fn new(line: Line, kind: Kind, limit: Duration) -> Self {
        Self { line, limit, commands: 0, events: VecDeque::new(), kind, asked: HashMap::new() }
    }

    /// Remembers a command until its answer is checked.
    fn remember(&mut self, text: &str) {
        if let Ok(command) = serde_json::from_str::<Value>(text)
            && let Some(id) = command["id"].as_str()
        {
            self.asked.insert(id.to_owned(), command);
        }
    }

    /// Returns a message as it arrived, checked against the socket's document.
    #[track_caller]
    fn checked(&self, text: &str) -> Value {
        let message: Value = serde_json::from_str(text).unwrap();
        let asked = message["id"].as_str().and_then(|id| self.asked.get(id));
        match self.kind {
            Kind::Control => described::check_control(&message, asked),
            // Answers to commands are the same as on the control socket, and no document of the desk describes them.
            Kind::Desk if message.get("seq").is_some() => described::check_desk(&message),
            Kind::Desk | Kind::Other => {}
        }
        message
    }

    /// Sends a text as it is.
    pub async fn send(&mut self, text: &str) {
        self.try_send(text).await.unwrap();
    }

    /// Sends a text as it is.
    ///
    /// # Errors
    /// The server accepts nothing any more.
    pub async fn try_send(&mut self, text: &str) -> Result<(), Error> {
        self.remember(text);
        self.line.send(Message::text(text)).await
    }

    /// Sends a text in two frames.
    pub async fn send_in_pieces(&mut self, text: &str) {
        self.remember(text);
        let (begin, end) = text.as_bytes().split_at(text.len() / 2);
        let frame = |bytes: &[u8], code, is_last| Frame::message(bytes.to_vec(), OpCode::Data(code), is_last);
        self.line.send(Message::Frame(frame(begin, Data::Text, false))).await.unwrap();
        self.line.send(Message::Frame(frame(end, Data::Continue, true))).await.unwrap();
    }

    /// Sends what claims to be a text, with any bytes.
    pub async fn send_as_text(&mut self, bytes: &[u8]) {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.line.send(Message::Frame(frame)).await.unwrap();
    }

    /// Sends bytes, which are never a command.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.line.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// Pings, and waits for the answer.
    pub async fn ping(&mut self) {
        self.line.send(Message::Ping("anybody?".into())).await.unwrap();
        loop {
            match self.next().await.unwrap() {
                Message::Pong(bytes) => return assert_eq!(&bytes[..], b"anybody?"),
                Message::Text(text) => {
                    let message = self.checked(&text);
                    self.events.push_back(message);
                }
                _ => {}
            }
        }
    }

    /// Sends a command with an id of its own, and returns the id.
    pub async fn begin(&mut self, mut command: Value) -> String {
        self.commands += 1;
        let id = self.commands.to_string();
        command["id"] = id.as_str().into();
        self.send(&command.to_string()).await;
        id
    }

    /// Sends a command and waits for its answer; events that arrive before it are kept.
    pub async fn ask(&mut self, command: Value) -> Value {
        let id = self.begin(command).await;
        loop {
            match self.receive().await {
                Received::Message(answer) if answer["id"] == id.as_str() => return answer,
                Received::Message(event) if event.get("seq").is_some() => self.events.push_back(event),
                other => panic!("{other:?} instead of an answer"),
            }
        }
    }

    /// Sends a command that is expected to succeed, and returns its result.
    pub async fn done(&mut self, command: Value) -> Value {
        let answer = self.ask(command.clone()).await;
        assert_eq!(answer["ok"], true, "{command}: {answer}");
        answer["result"].clone()
    }

    /// Sends a command that is expected to be refused, and returns the kind of its error.
    pub async fn refusal(&mut self, command: Value) -> String {
        let answer = self.ask(command.clone()).await;
        assert_eq!(answer["ok"], false, "{command}: {answer}");
        answer["error"]["kind"].as_str().unwrap().to_owned()
    }

    /// The next event.
    pub async fn event(&mut self) -> Value {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        match self.receive().await {
            Received::Message(event) if event.get("seq").is_some() => event,
            other => panic!("{other:?} instead of an event"),
        }
    }

    /// The next event of a kind; those before it are skipped.
    pub async fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["kind"] == kind {
                return event;
            }
        }
    }

    /// The server's next message, except pings.
    pub async fn receive(&mut self) -> Received {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return Received::Message(self.checked(&text)),
                Some(Message::Close(Some(frame))) => {
                    return Received::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Message::Close(None)) => return Received::Closed(1005, String::new()),
                Some(_) => {}
                None => return Received::Gone,
            }
        }
    }

    /// Reads one message and ignores it.
    pub async fn pass_over(&mut self) {
        while !matches!(self.next().await.unwrap(), Message::Text(_)) {}
    }

    /// Reads until the server closes the socket. Returns all messages before that, the code and the reason.
    pub async fn until_closed(&mut self) -> (Vec<Value>, u16, String) {
        let mut messages = Vec::new();
        loop {
            match self.receive().await {
                Received::Message(message) => messages.push(message),
                Received::Closed(code, reason) => return (messages, code, reason),
                Received::Gone => panic!("the connection ended without a closing frame"),
            }
        }
    }

    /// Closes the socket, and waits for the server's closing frame.
    pub async fn close(mut self) {
        self.line.send(Message::Close(None)).await.unwrap();
        while !matches!(self.receive().await, Received::Closed(..) | Received::Gone) {}
    }

    async fn next(&mut self) -> Option<Message> {
        let limit = self.limit;
        match timeout(limit, self.line.next()).await {
            Ok(message) => message,
            Err(_) => panic!("nothing came within {limit:?}"),
        }
    }
}

async fn connect(
    server: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<WebSocketStream<TcpStream>, Refused> {
    let mut request = format!("ws://{server}{path}").into_client_request().unwrap();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    }
    let stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            let body = String::from_utf8_lossy(body).into_owned();
            Err(Refused { status: answer.status().as_u16(), body })
        }
        Err(error) => panic!("no handshake: {error}"),
    }
}
