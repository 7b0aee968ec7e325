//! A browser on `/ws/audio`, as the page of a talk link is one: sound every 20 ms, also of silence, a queue that plays what it is
//! sent, marks that are sent back once what is before them was played, and a queue that is thrown away at a `clear`.
//!
//! Written from `docs/web-audio.md` alone. What breaks a rule of it is a violation ([`Caller::finish`]).

#![allow(clippy::panic, reason = "a test stops where the server is not as it expects")]

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use crate::audio::Sound;
use crate::book::LIMIT;
use crate::handoff_suite::Party;
use crate::priority;
use crate::waiting::{TimedOut, wait_until};

/// One message of sound.
const TICK: Duration = Duration::from_millis(20);
/// How much may wait to be played, in ms: 120, and what a busy machine is late; who was late with the first sound stays so.
const AHEAD_MS_MAX: usize = 120 + 300;
/// How long the server may take for its half of a goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);
/// How long the server may take to answer at all.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Somebody who talks in a browser. Clones are the same.
#[derive(Debug, Clone)]
pub struct Caller {
    rate: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    wishes: VecDeque<Wish>,
    saying: VecDeque<i16>,
    heard: Vec<i16>,
    ready: Option<Value>,
    bye: Option<Value>,
    is_over: bool,
    clears: u32,
    marks: u32,
    shown: Vec<Value>,
    violations: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Send(String),
    SendBytes(Vec<u8>),
    HangUp,
    Break,
}

/// What the server opened the socket for, or the status of its refusal.
///
/// # Errors
/// The status of the answer that opens no socket; 0 where there was none.
pub fn open(server: SocketAddr, origin: Option<&str>) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(server).map_err(|_| 0_u16)?;
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(ANSWER_LIMIT));
    let mut request = format!("ws://{server}/ws/audio").into_client_request().map_err(|_| 0_u16)?;
    if let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        request.headers_mut().insert("Origin", origin);
    }
    match client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
        Err(_) => Err(0),
    }
}

/// The next text of the server; none once it has closed the socket.
#[must_use]
pub fn next_text(socket: &mut WebSocket<TcpStream>) -> Option<Value> {
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

impl Caller {
    /// Comes with a one-time token.
    #[must_use]
    pub fn connect(server: SocketAddr, token: &str, rate: u32) -> Self {
        Self::say_hello(server, rate, &json!({ "type": "hello", "version": 1, "token": token, "rate": rate }))
    }

    /// Comes back on another connection, with the `resume` of this one.
    #[must_use]
    pub fn come_back(&self, server: SocketAddr) -> Self {
        let resume = self.ready().map(|ready| ready["resume"].clone()).unwrap_or_default();
        let rate = self.rate;
        Self::say_hello(
            server,
            rate,
            &json!({ "type": "hello", "version": 1, "resume": resume, "rate": rate }),
        )
    }

    /// One whom the server has no room for: it is let go before it came.
    #[must_use]
    pub fn turned_away(rate: u32) -> Self {
        let caller = Self { rate, state: Arc::default() };
        caller.state().is_over = true;
        caller
    }

    fn say_hello(server: SocketAddr, rate: u32, hello: &Value) -> Self {
        let caller = Self { rate, state: Arc::default() };
        let Ok(mut socket) = open(server, None) else { panic!("the server opens no audio socket") };
        if socket.send(Message::text(hello.to_string())).is_err() {
            panic!("the server takes no hello");
        }
        let (living, samples) = (caller.clone(), usize::try_from(rate / 50).unwrap_or(0));
        thread::spawn(move || {
            priority::raise();
            let mut tab = Tab { socket, caller: &living, samples, queue: VecDeque::new(), waiting: 0 };
            tab.live();
            living.state().is_over = true;
        });
        caller
    }

    /// Says something, behind what is still to be said. Returns at once.
    pub fn say(&self, sound: &Sound) {
        self.state().saying.extend(sound.resampled(self.rate).samples);
    }

    /// Waits until all of that was said.
    ///
    /// # Errors
    /// It takes longer.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of what the caller says", limit, || self.state().saying.is_empty().then_some(()))
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        self.send(&json!({ "type": "dtmf", "digit": key.to_string() }).to_string());
    }

    /// Sends this text as it is.
    pub fn send(&self, text: &str) {
        self.state().wishes.push_back(Wish::Send(text.to_owned()));
    }

    /// Sends these bytes as a message of sound.
    pub fn send_bytes(&self, bytes: Vec<u8>) {
        self.state().wishes.push_back(Wish::SendBytes(bytes));
    }

    /// Says goodbye and closes.
    pub fn hang_up(&self) {
        self.state().wishes.push_back(Wish::HangUp);
    }

    /// Breaks the socket without a word.
    pub fn break_socket(&self) {
        self.state().wishes.push_back(Wish::Break);
    }

    /// All that was heard so far.
    #[must_use]
    pub fn heard(&self) -> Sound {
        Sound { rate: self.rate, samples: self.state().heard.clone() }
    }

    /// What the server said when it took the audio.
    #[must_use]
    pub fn ready(&self) -> Option<Value> {
        self.state().ready.clone()
    }

    /// What the server said when it let go.
    #[must_use]
    pub fn bye(&self) -> Option<Value> {
        self.state().bye.clone()
    }

    /// Whether the connection is over.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.state().is_over
    }

    /// `clear`s that came.
    #[must_use]
    pub fn clears(&self) -> u32 {
        self.state().clears
    }

    /// What the page was told to show, in order: `stand` and `line`.
    #[must_use]
    pub fn shown(&self) -> Vec<Value> {
        self.state().shown.clone()
    }

    /// With whom the visitor was last told to be.
    #[must_use]
    pub fn stand(&self) -> Option<String> {
        let shown = self.shown();
        shown.iter().rev().find_map(|message| message["stand"].as_str().map(str::to_owned))
    }

    /// Marks that came.
    #[must_use]
    pub fn marks(&self) -> u32 {
        self.state().marks
    }

    /// The end of a test: the server broke no rule.
    pub fn finish(&self) {
        let violations = self.state().violations.clone();
        assert!(violations.is_empty(), "the server broke rules of /ws/audio: {violations:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broke(&self, rule: impl Into<String>) {
        self.state().violations.push(rule.into());
    }
}

impl Party for Caller {
    fn say(&self, sound: &Sound) {
        Self::say(self, sound);
    }

    fn wait_said(&self) {
        if let Err(late) = Self::wait_said(self, LIMIT) {
            panic!("{late}");
        }
    }

    fn press(&self, key: char) {
        Self::press(self, key);
    }

    fn hang_up(&self) {
        Self::hang_up(self);
    }

    fn heard(&self) -> Sound {
        Self::heard(self)
    }

    fn wait_over(&self) {
        if let Err(late) =
            wait_until("the end of an audio connection", LIMIT, || self.is_let_go().then_some(()))
        {
            panic!("{late}");
        }
    }
}

/// What waits to be played.
enum Queued {
    Sample(i16),
    Mark(String),
}

/// The page of a caller.
struct Tab<'a> {
    socket: WebSocket<TcpStream>,
    caller: &'a Caller,
    /// In a tick.
    samples: usize,
    queue: VecDeque<Queued>,
    waiting: usize,
}

impl Tab<'_> {
    fn live(&mut self) {
        let began = Instant::now();
        for tick in 1.. {
            let due = began + TICK * tick;
            if !self.listen(due) {
                return;
            }
            // Sound goes once the server is ready for it.
            if self.caller.ready().is_none() {
                continue;
            }
            self.play();
            let ms = self.waiting * 20 / self.samples.max(1);
            // One who is late has still to play what its clock says was played.
            if Instant::now() < due + TICK && ms > AHEAD_MS_MAX {
                self.caller.broke(format!("{ms} ms wait to be played"));
            }
            if !self.speak() || !self.do_as_wished() {
                return;
            }
        }
    }

    /// Takes what comes until then, and what is there already, however late it is; false once nothing can come any more.
    fn listen(&mut self, until: Instant) -> bool {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let _ = self.socket.get_ref().set_read_timeout(Some(left.max(Duration::from_millis(1))));
            match self.socket.read() {
                Ok(Message::Text(text)) => self.take(&text),
                Ok(Message::Binary(bytes)) => self.queue_sound(&bytes),
                Ok(Message::Close(_)) => {
                    let _ = self.socket.flush();
                    return false;
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return true;
                }
                Err(_) => return false,
            }
        }
    }

    fn queue_sound(&mut self, bytes: &[u8]) {
        if !bytes.len().is_multiple_of(2) || bytes.is_empty() {
            self.caller.broke(format!("sound of {} bytes", bytes.len()));
        }
        if self.caller.ready().is_none() {
            self.caller.broke("sound before ready");
        }
        let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        self.waiting += samples.len();
        self.queue.extend(samples.map(Queued::Sample));
    }

    fn take(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if self.caller.bye().is_some() {
            self.caller.broke(format!("after bye: {text}"));
        }
        match message["type"].as_str() {
            Some("ready") => {
                let is_whole = message["version"] == 1
                    && message["rate"] == self.caller.rate
                    && message["call_id"].is_string()
                    && message["resume"].is_string();
                if !is_whole || self.caller.ready().is_some() {
                    self.caller.broke(format!("not a ready, or a second one: {text}"));
                }
                self.caller.state().ready = Some(message);
            }
            Some("mark") => {
                self.caller.state().marks += 1;
                let name = message["name"].as_str().unwrap_or_default().to_owned();
                self.queue.push_back(Queued::Mark(name));
                self.echo_at_front();
            }
            Some("clear") => {
                self.caller.state().clears += 1;
                self.waiting = 0;
                self.queue.clear();
            }
            Some(kind @ ("stand" | "line")) => {
                let stands = ["assistant", "hold", "ringing", "queue", "person"];
                let is_whole = match kind {
                    "stand" => message["stand"].as_str().is_some_and(|stand| stands.contains(&stand)),
                    _ => {
                        message["number"].is_u64()
                            && matches!(message["by"].as_str(), Some("visitor" | "assistant"))
                            && message["text"].is_string()
                    }
                };
                if !is_whole || self.caller.ready().is_none() {
                    self.caller.broke(format!("not a {kind}, or before ready: {text}"));
                }
                self.caller.state().shown.push(message);
            }
            Some("bye") => {
                if !(message["cause"].is_string() && message["words"].is_string()) {
                    self.caller.broke(format!("a bye without cause or words: {text}"));
                }
                self.caller.state().bye = Some(message);
            }
            _ => self.caller.broke(format!("no message of the document: {text}")),
        }
    }

    /// Plays 20 ms.
    fn play(&mut self) {
        let mut heard = Vec::with_capacity(self.samples);
        while heard.len() < self.samples {
            match self.queue.pop_front() {
                Some(Queued::Sample(sample)) => heard.push(sample),
                Some(Queued::Mark(name)) => self.echo(&name),
                None => break,
            }
        }
        self.waiting -= heard.len();
        heard.resize(self.samples, 0);
        self.caller.state().heard.extend(heard);
        self.echo_at_front();
    }

    fn echo_at_front(&mut self) {
        while let Some(Queued::Mark(_)) = self.queue.front() {
            if let Some(Queued::Mark(name)) = self.queue.pop_front() {
                self.echo(&name);
            }
        }
    }

    fn echo(&mut self, name: &str) {
        let _ = self.socket.send(Message::text(json!({ "type": "mark", "name": name }).to_string()));
    }

    /// Sends 20 ms of what the caller says, or of silence.
    fn speak(&mut self) -> bool {
        let mut state = self.caller.state();
        let many = self.samples.min(state.saying.len());
        let mut said: Vec<i16> = state.saying.drain(..many).collect();
        drop(state);
        said.resize(self.samples, 0);
        let bytes: Vec<u8> = said.into_iter().flat_map(i16::to_le_bytes).collect();
        self.socket.send(Message::binary(bytes)).is_ok()
    }

    /// False once the connection is over.
    fn do_as_wished(&mut self) -> bool {
        let Some(wish) = self.caller.state().wishes.pop_front() else { return true };
        match wish {
            Wish::Send(text) => self.socket.send(Message::text(text)).is_ok(),
            Wish::SendBytes(bytes) => self.socket.send(Message::binary(bytes)).is_ok(),
            Wish::Break => false,
            Wish::HangUp => {
                let _ = self.socket.send(Message::text(json!({ "type": "bye" }).to_string()));
                let _ = self.socket.close(None);
                let until = Instant::now() + GOODBYE_LIMIT;
                while Instant::now() < until && self.socket.read().is_ok() {}
                false
            }
        }
    }
}
