//! A program on the control socket, or an agent's desk: a WebSocket client that sends what it is told to, and waits a bounded time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where the server is not as it expects")]

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket, client};

use crate::described;

/// Everything comes by then, on a machine with two busy cores.
const LIMIT: Duration = Duration::from_secs(20);

/// A program that is connected.
#[derive(Debug)]
pub struct Program {
    socket: WebSocket<TcpStream>,
    commands: u64,
    /// Events that came while an answer was waited for.
    events: VecDeque<Value>,
    /// Which document says what comes here.
    kind: Kind,
    /// What was asked, by its id.
    asked: HashMap<String, Value>,
}

/// A socket, by the document that says what comes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The control socket.
    Control,
    /// An agent's desk.
    Desk,
    /// One that no document says more of.
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

/// What came.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// An answer or an event.
    Message(Value),
    /// The server closed the socket, with this code and reason.
    Closed(u16, String),
    /// The connection ended without a goodbye.
    Gone,
}

/// The server did not open the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of its answer.
    pub status: u16,
    /// Its body, as far as it came with the head.
    pub body: String,
}

impl Program {
    /// Connects with a token.
    #[must_use]
    #[track_caller]
    pub fn connect(server: SocketAddr, token: &str) -> Self {
        Self::knock(server, &[("Authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// Connects with these headers.
    ///
    /// # Errors
    /// [`Refused`], as the server says it.
    pub fn knock(server: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        Self::knock_at(server, "/ws/control", headers)
    }

    /// An agent's screen, by the access token of their sign-in.
    #[must_use]
    #[track_caller]
    pub fn at_desk(server: SocketAddr, token: &str) -> Self {
        Self::knock_at(server, "/ws/desk", &[("Authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// Connects to a socket of JSON messages at this path.
    ///
    /// # Errors
    /// [`Refused`], as the server says it.
    pub fn knock_at(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        let mut request = format!("ws://{server}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        described::learn(server);
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        match client(request, stream) {
            Ok((socket, _)) => {
                let (kind, asked) = (Kind::at(path), HashMap::new());
                Ok(Self { socket, commands: 0, events: VecDeque::new(), kind, asked })
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(refused(&answer)),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// Sends a text as it is.
    pub fn send(&mut self, text: &str) {
        self.remember(text);
        self.socket.send(Message::text(text)).unwrap();
    }

    /// Sends a text as it is, or what the server has left to be sent.
    ///
    /// # Errors
    /// The server takes nothing any more.
    pub fn try_send(&mut self, text: &str) -> Result<(), Error> {
        self.remember(text);
        self.socket.send(Message::text(text))
    }

    /// Sends a text in two frames.
    pub fn send_in_pieces(&mut self, text: &str) {
        self.remember(text);
        let (begin, end) = text.as_bytes().split_at(text.len() / 2);
        let frame = |bytes: &[u8], code, is_last| Frame::message(bytes.to_vec(), OpCode::Data(code), is_last);
        self.socket.send(Message::Frame(frame(begin, Data::Text, false))).unwrap();
        self.socket.send(Message::Frame(frame(end, Data::Continue, true))).unwrap();
    }

    /// Sends what claims to be a text, with any bytes.
    pub fn send_as_text(&mut self, bytes: &[u8]) {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.socket.send(Message::Frame(frame)).unwrap();
    }

    /// Sends bytes, which no command is.
    pub fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).unwrap();
    }

    /// Pings, and waits for the answer.
    #[track_caller]
    pub fn ping(&mut self) {
        self.socket.send(Message::Ping("anybody?".into())).unwrap();
        loop {
            match self.socket.read().unwrap() {
                Message::Pong(bytes) => return assert_eq!(&bytes[..], b"anybody?"),
                Message::Text(text) => {
                    let message = self.checked(&text);
                    self.events.push_back(message);
                }
                _ => {}
            }
        }
    }

    /// Says a command with an id of its own, and gives that.
    pub fn begin(&mut self, mut command: Value) -> String {
        self.commands += 1;
        let id = self.commands.to_string();
        command["id"] = id.as_str().into();
        self.send(&command.to_string());
        id
    }

    /// Says a command and waits for its answer; events that come before are kept.
    #[track_caller]
    pub fn ask(&mut self, command: Value) -> Value {
        let id = self.begin(command);
        loop {
            match self.receive() {
                Received::Message(answer) if answer["id"] == id.as_str() => return answer,
                Received::Message(event) if event.get("seq").is_some() => self.events.push_back(event),
                other => panic!("no answer but {other:?}"),
            }
        }
    }

    /// The result of a command that is expected to be done.
    #[track_caller]
    pub fn done(&mut self, command: Value) -> Value {
        let answer = self.ask(command);
        assert_eq!(answer["ok"], true, "{answer}");
        answer["result"].clone()
    }

    /// The kind of the error of a command that is expected to be refused.
    #[track_caller]
    pub fn refusal(&mut self, command: Value) -> String {
        let answer = self.ask(command);
        assert_eq!(answer["ok"], false, "{answer}");
        answer["error"]["kind"].as_str().unwrap().to_owned()
    }

    /// The next event.
    #[track_caller]
    pub fn event(&mut self) -> Value {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        match self.receive() {
            Received::Message(event) if event.get("seq").is_some() => event,
            other => panic!("no event but {other:?}"),
        }
    }

    /// The next event of a kind; those before it are passed over.
    #[track_caller]
    pub fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["kind"] == kind {
                return event;
            }
        }
    }

    /// What comes next from the server, but for pings.
    #[track_caller]
    pub fn receive(&mut self) -> Received {
        let began = Instant::now();
        loop {
            // The server's pings come all the time.
            assert!(began.elapsed() < LIMIT, "nothing came within {LIMIT:?}");
            match self.socket.read() {
                Ok(Message::Text(text)) => return Received::Message(self.checked(&text)),
                Ok(Message::Close(Some(frame))) => {
                    return Received::Closed(frame.code.into(), frame.reason.to_string());
                }
                Ok(Message::Close(None)) => return Received::Closed(1005, String::new()),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("nothing came within {LIMIT:?}")
                }
                Err(_) => return Received::Gone,
            }
        }
    }

    /// Remembers a command, for its answer.
    fn remember(&mut self, text: &str) {
        if let Ok(command) = serde_json::from_str::<Value>(text)
            && let Some(id) = command["id"].as_str()
        {
            self.asked.insert(id.to_owned(), command);
        }
    }

    /// A message as it came, which is as the socket's document says.
    #[track_caller]
    fn checked(&self, text: &str) -> Value {
        let message: Value = serde_json::from_str(text).unwrap();
        let asked = message["id"].as_str().and_then(|id| self.asked.get(id));
        match self.kind {
            Kind::Control => described::check_control(&message, asked),
            // Answers to commands are the same as on the control socket, and stand in no document of the desk.
            Kind::Desk if message.get("seq").is_some() => described::check_desk(&message),
            Kind::Desk | Kind::Other => {}
        }
        message
    }

    /// Reads one message and does not look at it.
    #[track_caller]
    pub fn pass_over(&mut self) {
        while !matches!(self.socket.read().unwrap(), Message::Text(_)) {}
    }

    /// Reads until the server closes the socket: all messages before, the code and the reason.
    #[track_caller]
    pub fn until_closed(&mut self) -> (Vec<Value>, u16, String) {
        let mut messages = Vec::new();
        loop {
            match self.receive() {
                Received::Message(message) => messages.push(message),
                Received::Closed(code, reason) => return (messages, code, reason),
                Received::Gone => panic!("the connection ended without a goodbye"),
            }
        }
    }

    /// Says goodbye, and waits for the server's.
    #[track_caller]
    pub fn close(mut self) {
        self.socket.close(None).unwrap();
        while !matches!(self.receive(), Received::Closed(..) | Received::Gone) {}
    }
}

fn refused(answer: &Response<Option<Vec<u8>>>) -> Refused {
    let body = answer.body().as_deref().unwrap_or_default();
    Refused { status: answer.status().as_u16(), body: String::from_utf8_lossy(body).into_owned() }
}
