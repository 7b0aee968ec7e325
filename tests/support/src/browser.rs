//! A browser on `/ws/audio`, as the page of a talk link: it sends sound every 20 ms, also silence. It has a queue that plays what arrives, sends
//! marks back once what is before them was played, and throws the queue away at a `clear`.
//!
//! It is written from `docs/web-audio.md` alone. Whatever breaks a rule of that document is a violation ([`Caller::finish`]).

#![allow(clippy::panic, reason = "a test fails where the server is not as it expects")]

mod raw;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub use self::raw::{next_text, open};
use crate::audio::Sound;
use crate::book::LIMIT;
use crate::driving::drive;
use crate::handoff_suite::Party;
use crate::waiting::{TimedOut, wait_until};

/// One message of sound.
const TICK: Duration = Duration::from_millis(20);
/// How much sound may wait to be played, besides what a busy machine's delays add. A first sound that was late stays late.
const AHEAD_MAX: Duration = Duration::from_millis(120);
/// How late a busy machine may resume a thread.
const BUSY: Duration = Duration::from_millis(300);
/// How long the server may take for its half of the closing handshake.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);

/// A visitor who talks in a browser. Clones are the same visitor.
#[derive(Debug, Clone)]
pub struct Caller {
    rate: u32,
    /// How late the server may be with speech, because of the machine.
    lateness: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<TestRequest>,
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
enum TestRequest {
    Send(String),
    SendBytes(Vec<u8>),
    HangUp,
    GoAway,
    Sleep,
    Break,
}

impl Caller {
    /// Connects with a one-time token, on a thread of its own.
    #[must_use]
    pub fn connect(server: SocketAddr, token: &str, rate: u32) -> Self {
        Self::new(rate, BUSY).comes(server, hello_with("token", &json!(token), rate))
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    pub async fn connect_here(server: SocketAddr, token: &str, rate: u32) -> Self {
        let caller = Self::new(rate, Duration::ZERO);
        caller.comes_here(server, hello_with("token", &json!(token), rate)).await
    }

    /// Reconnects with the `resume` token of this connection, as a task of the current runtime.
    pub async fn come_back_here(&self, server: SocketAddr) -> Self {
        Self::new(self.rate, Duration::ZERO).comes_here(server, self.hello_again()).await
    }

    /// Returns a visitor for whom the server has no room: their connection is over before they are in.
    #[must_use]
    pub fn turned_away(rate: u32) -> Self {
        let caller = Self::new(rate, Duration::ZERO);
        caller.state().is_over = true;
        caller
    }

    fn new(rate: u32, lateness: Duration) -> Self {
        Self { rate, lateness, state: Arc::default() }
    }

    fn hello_again(&self) -> Value {
        let resume = self.ready().map(|ready| ready["resume"].clone()).unwrap_or_default();
        hello_with("resume", &resume, self.rate)
    }

    fn comes(self, server: SocketAddr, hello: Value) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let living = self.clone();
        drive(async move {
            let socket = say_hello(server, &hello).await;
            // A waiting test learns from the channel's end that there is none.
            let _ = tell.send(());
            living.live(socket).await;
        });
        assert!(told.recv().is_ok(), "the server opens no audio socket");
        self
    }

    async fn comes_here(self, server: SocketAddr, hello: Value) -> Self {
        let socket = say_hello(server, &hello).await;
        tokio::spawn(self.clone().live(socket));
        self
    }

    async fn live(self, socket: WebSocketStream<TcpStream>) {
        let samples = usize::try_from(self.rate / 50).unwrap_or(0);
        let mut tab = Tab { socket, caller: &self, samples, queue: VecDeque::new(), waiting: 0 };
        tab.live().await;
        self.state().is_over = true;
    }

    /// Says something, after the sound that still waits. Returns at once.
    pub fn say(&self, sound: &Sound) {
        self.state().saying.extend(sound.resampled(self.rate).samples);
    }

    /// Returns whether all of that was said.
    #[must_use]
    pub fn has_said(&self) -> bool {
        self.state().saying.is_empty()
    }

    /// Waits until all of that was said.
    ///
    /// # Errors
    /// It takes longer.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of the caller's speech", limit, || self.has_said().then_some(()))
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        self.send(&json!({ "type": "dtmf", "digit": key.to_string() }).to_string());
    }

    /// Sends this text as it is.
    pub fn send(&self, text: &str) {
        self.state().requests.push_back(TestRequest::Send(text.to_owned()));
    }

    /// Sends these bytes as a message of sound.
    pub fn send_bytes(&self, bytes: Vec<u8>) {
        self.state().requests.push_back(TestRequest::SendBytes(bytes));
    }

    /// Says goodbye and closes.
    pub fn hang_up(&self) {
        self.state().requests.push_back(TestRequest::HangUp);
    }

    /// Leaves as a page does that is reloaded or closed: it announces that, and its socket ends.
    pub fn goes_away(&self) {
        self.state().requests.push_back(TestRequest::GoAway);
    }

    /// Sleeps as a laptop does: the socket is up, and nothing goes over it any more.
    pub fn sleeps(&self) {
        self.state().requests.push_back(TestRequest::Sleep);
    }

    /// Breaks the socket without a message.
    pub fn break_socket(&self) {
        self.state().requests.push_back(TestRequest::Break);
    }

    /// Returns everything that was heard so far.
    #[must_use]
    pub fn heard(&self) -> Sound {
        Sound { rate: self.rate, samples: self.state().heard.clone() }
    }

    /// Returns the server's message when it accepted the audio.
    #[must_use]
    pub fn ready(&self) -> Option<Value> {
        self.state().ready.clone()
    }

    /// Returns the server's last message.
    #[must_use]
    pub fn bye(&self) -> Option<Value> {
        self.state().bye.clone()
    }

    /// Returns whether the connection is over.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.state().is_over
    }

    /// Returns the number of `clear`s that arrived.
    #[must_use]
    pub fn clears(&self) -> u32 {
        self.state().clears
    }

    /// Returns the messages for the page to show, in order: `stand` and `line`.
    #[must_use]
    pub fn shown(&self) -> Vec<Value> {
        self.state().shown.clone()
    }

    /// Returns the party with whom the visitor talks, by the last event.
    #[must_use]
    pub fn stand(&self) -> Option<String> {
        let shown = self.shown();
        shown.iter().rev().find_map(|message| message["stand"].as_str().map(str::to_owned))
    }

    /// Returns the marks that arrived.
    #[must_use]
    pub fn marks(&self) -> u32 {
        self.state().marks
    }

    /// Ends the test, and checks that the server broke no rule.
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

fn hello_with(name: &str, value: &Value, rate: u32) -> Value {
    json!({ "type": "hello", "version": 1, name: value, "rate": rate })
}

/// Opens a socket to the server and sends this first.
async fn say_hello(server: SocketAddr, hello: &Value) -> WebSocketStream<TcpStream> {
    let (Ok(request), Ok(stream)) = (raw::request(server, None), TcpStream::connect(server).await) else {
        panic!("the server accepts no connection");
    };
    let _ = stream.set_nodelay(true);
    let Ok((mut socket, _)) = client_async(request, stream).await else {
        panic!("the server opens no audio socket");
    };
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        panic!("the server accepts no hello");
    }
    socket
}

/// Sound or a mark that waits to be played.
enum Queued {
    Sample(i16),
    Mark(String),
}

/// The page of a caller.
struct Tab<'a> {
    socket: WebSocketStream<TcpStream>,
    caller: &'a Caller,
    /// The number of samples in a tick.
    samples: usize,
    queue: VecDeque<Queued>,
    waiting: usize,
}

impl Tab<'_> {
    async fn live(&mut self) {
        let began = Instant::now();
        for tick in 1.. {
            let due = began + TICK * tick;
            if !self.listen(due).await {
                return;
            }
            // Sound goes out once the server is ready for it.
            if self.caller.ready().is_none() {
                continue;
            }
            self.play().await;
            let ahead = TICK * u32::try_from(self.waiting / self.samples.max(1)).unwrap_or(u32::MAX);
            // One who is late has still to play what its clock counts as played.
            if Instant::now() < due + TICK && ahead > AHEAD_MAX + self.caller.lateness {
                self.caller.broke(format!("{} ms wait to be played", ahead.as_millis()));
            }
            if !self.speak().await || !self.do_as_requested().await {
                return;
            }
        }
    }

    /// Takes what arrives until then, and what has already arrived, however late it is; false once nothing can come any more.
    async fn listen(&mut self, until: Instant) -> bool {
        loop {
            match timeout_at(until, self.socket.next()).await {
                Err(_) => return true,
                Ok(Some(Ok(Message::Text(text)))) => self.take(&text).await,
                Ok(Some(Ok(Message::Binary(bytes)))) => self.queue_sound(&bytes),
                Ok(Some(Ok(Message::Close(_)))) => {
                    let _ = self.socket.flush().await;
                    return false;
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return false,
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

    async fn take(&mut self, text: &str) {
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
                self.echo_at_front().await;
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
            _ => self.caller.broke(format!("not a message of the document: {text}")),
        }
    }

    /// Plays 20 ms.
    async fn play(&mut self) {
        let mut heard = Vec::with_capacity(self.samples);
        while heard.len() < self.samples {
            match self.queue.pop_front() {
                Some(Queued::Sample(sample)) => heard.push(sample),
                Some(Queued::Mark(name)) => self.echo(&name).await,
                None => break,
            }
        }
        self.waiting -= heard.len();
        heard.resize(self.samples, 0);
        self.caller.state().heard.extend(heard);
        self.echo_at_front().await;
    }

    async fn echo_at_front(&mut self) {
        while let Some(Queued::Mark(_)) = self.queue.front() {
            if let Some(Queued::Mark(name)) = self.queue.pop_front() {
                self.echo(&name).await;
            }
        }
    }

    async fn echo(&mut self, name: &str) {
        let _ = self.socket.send(Message::text(json!({ "type": "mark", "name": name }).to_string())).await;
    }

    /// Sends 20 ms of what the caller says, or of silence.
    async fn speak(&mut self) -> bool {
        let mut said: Vec<i16> = {
            let mut state = self.caller.state();
            let many = self.samples.min(state.saying.len());
            state.saying.drain(..many).collect()
        };
        said.resize(self.samples, 0);
        let bytes: Vec<u8> = said.into_iter().flat_map(i16::to_le_bytes).collect();
        self.socket.send(Message::binary(bytes)).await.is_ok()
    }

    /// Does what the test asked for. Returns false once the connection is over.
    async fn do_as_requested(&mut self) -> bool {
        let request = self.caller.state().requests.pop_front();
        let Some(request) = request else { return true };
        match request {
            TestRequest::Send(text) => self.socket.send(Message::text(text)).await.is_ok(),
            TestRequest::SendBytes(bytes) => self.socket.send(Message::binary(bytes)).await.is_ok(),
            TestRequest::Break => false,
            TestRequest::Sleep => std::future::pending().await,
            TestRequest::GoAway => self.ends_with("away").await,
            TestRequest::HangUp => self.ends_with("bye").await,
        }
    }

    /// Sends this last, and closes the socket as browsers do.
    async fn ends_with(&mut self, last: &str) -> bool {
        let _ = self.socket.send(Message::text(json!({ "type": last }).to_string())).await;
        let _ = self.socket.close(None).await;
        let is_more = |message: Option<Result<Message, Error>>| matches!(message, Some(Ok(message)) if !message.is_close());
        let goodbye = async { while is_more(self.socket.next().await) {} };
        let _ = timeout(GOODBYE_LIMIT, goodbye).await;
        false
    }
}
