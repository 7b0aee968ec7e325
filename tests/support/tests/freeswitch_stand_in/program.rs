//! A minimal program: it writes commands and reads frames, and is independent of the stand-in's code.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Nothing here takes longer, except what a test waits for on purpose.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// One frame of the switch.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) at: Instant,
    /// The outer headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Of a plain event: the inner headers, decoded.
    pub(crate) inner: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Frame {
    pub(crate) fn get(&self, name: &str) -> &str {
        let all = self.inner.iter().chain(&self.headers);
        all.clone().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn event(&self) -> &str {
        self.get("Event-Name")
    }

    pub(crate) fn reply(&self) -> &str {
        self.get("Reply-Text")
    }
}

pub(crate) fn decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| value.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .flatten();
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(name, value)| (name.to_owned(), decode(value))).collect()
}

/// A connection, from either end.
pub(crate) struct Esl {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// Events that arrived while the program waited for something else.
    pub(crate) events: VecDeque<Frame>,
}

impl Esl {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, bytes: Vec::new(), events: VecDeque::new() }
    }

    /// Connects to the switch, and sends the password.
    pub(crate) fn log_in(address: SocketAddr) -> Self {
        let mut esl = Self::new(TcpStream::connect(address).unwrap());
        assert_eq!(esl.frame(LIMIT).unwrap().get("Content-Type"), "auth/request");
        assert_eq!(esl.ask("auth ClueCon"), "+OK accepted");
        esl
    }

    pub(crate) fn send(&mut self, command: &str) {
        self.stream.write_all(format!("{command}\n\n").as_bytes()).unwrap();
    }

    /// The next frame; `None` at the end of the connection.
    pub(crate) fn frame(&mut self, limit: Duration) -> Option<Frame> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(frame) = self.cut() {
                return Some(frame);
            }
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left)).unwrap();
            let mut buffer = [0; 65_536];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    assert!(Instant::now() < deadline, "no frame within {limit:?}");
                }
                Err(_) => return None,
            }
        }
    }

    fn cut(&mut self) -> Option<Frame> {
        let end = self.bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let head = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
        let raw: Vec<(String, String)> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let get = |wanted: &str| raw.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        // The answer to `connect` has no length, whatever its variables are called.
        let connect = head.starts_with("Event-Name");
        let length = if connect { 0 } else { get("Content-Length").map_or(0, |text| text.parse().unwrap()) };
        if self.bytes.len() < end + 2 + length {
            return None;
        }
        let body = String::from_utf8(self.bytes[end + 2..end + 2 + length].to_vec()).unwrap();
        self.bytes.drain(..end + 2 + length);
        let plain = get("Content-Type").as_deref() == Some("text/event-plain");
        let (inner, body) = match body.split_once("\n\n") {
            Some((inner, rest)) if plain => (pairs(inner), rest.to_owned()),
            _ => (Vec::new(), body),
        };
        let headers = if connect { pairs(&head) } else { raw };
        Some(Frame { at: Instant::now(), headers, inner, body })
    }

    /// Sends a command, and returns its reply's text or body.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.reply()
    }

    /// The next reply; events before it are kept.
    pub(crate) fn reply(&mut self) -> String {
        loop {
            let frame = self.frame(LIMIT).unwrap_or_else(|| panic!("the connection ended"));
            match frame.get("Content-Type") {
                "api/response" => return frame.body,
                "command/reply" => return frame.reply().to_owned(),
                _ => self.events.push_back(frame),
            }
        }
    }

    pub(crate) fn execute(&mut self, app: &str, argument: &str, more: &str) {
        let command = format!(
            "sendmsg\ncall-command: execute\nexecute-app-name: {app}\nexecute-app-arg: {argument}\nevent-lock: true{more}"
        );
        assert_eq!(self.ask(&command), "+OK");
    }

    /// The next event with this name; others before it are dropped.
    pub(crate) fn event(&mut self, name: &str) -> Frame {
        self.event_within(name, LIMIT)
    }

    pub(crate) fn event_within(&mut self, name: &str, limit: Duration) -> Frame {
        loop {
            let frame = match self.events.pop_front() {
                Some(frame) => frame,
                None => self.frame(limit).unwrap_or_else(|| panic!("the connection ended before {name}")),
            };
            if frame.event() == name {
                return frame;
            }
        }
    }

    /// The names of all events up to this frame, in their order.
    pub(crate) fn names_until(&mut self, stop: impl Fn(&Frame) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let frame = match self.events.pop_front() {
                Some(frame) => frame,
                None => self.frame(LIMIT).unwrap_or_else(|| panic!("the connection ended")),
            };
            let application = frame.get("Application").to_owned();
            let name = if frame.event().is_empty() { frame.get("Content-Type") } else { frame.event() };
            names.push(format!("{name} {application}").trim().to_owned());
            if stop(&frame) {
                return names;
            }
        }
    }

    /// Whether nothing at all arrives for this long.
    pub(crate) fn is_silent(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut byte = [0];
        self.bytes.is_empty()
            && matches!(self.stream.peek(&mut byte), Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    /// Reads to the end of the connection.
    pub(crate) fn drain(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame(LIMIT) {
            frames.push(frame);
        }
        frames
    }
}

/// A program that waits for calls.
pub(crate) struct Program {
    listener: TcpListener,
}

impl Program {
    pub(crate) fn listen() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// The next call, before anything was sent.
    pub(crate) fn accept(&self) -> Esl {
        Esl::new(self.listener.accept().unwrap().0)
    }

    /// The next call, opened as a program should. Also returns its uuid.
    pub(crate) fn take(&self, events: &str) -> (Esl, String) {
        let mut esl = self.accept();
        esl.send("connect");
        let block = esl.frame(LIMIT).unwrap();
        let uuid = block.get("Unique-ID").to_owned();
        assert_eq!(esl.ask("linger 10"), "+OK will linger 10 seconds");
        assert_eq!(esl.ask(&format!("event plain {events}")), "+OK event listener enabled plain");
        esl.ask(&format!("filter Unique-ID {uuid}"));
        (esl, uuid)
    }
}

/// Events that a conversation needs.
pub(crate) const EVENTS: &str = "CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HOLD \
    CHANNEL_UNHOLD CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE DTMF PLAYBACK_STOP CUSTOM mod_audio_stream::connect \
    mod_audio_stream::disconnect mod_audio_stream::error mod_audio_stream::json mod_audio_stream::play";
