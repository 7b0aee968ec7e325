//! Events at a stand-in, connection by connection.

use std::time::Instant;

use serde_json::{Value, json};

use super::session::Session;
use crate::audio::Sound;
use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{End, Entry};
use crate::voice_socket::Log;

/// One connection that a client opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Every event, in order. Audio is no event.
    pub entries: Vec<Entry>,
    /// Lengths of the client's frames of audio, in bytes.
    pub audio: Vec<usize>,
    /// The caller's sound.
    pub heard: Sound,
    /// The agent's memory, a line each: `agent: …`, `caller: …`, `told: …`, `returned …`.
    pub remembers: Vec<String>,
    /// The client's violations of the rules.
    pub violations: Vec<String>,
    /// Requests for functions that have no response yet.
    pub unanswered: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

impl Connection {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            audio: Vec::new(),
            heard: Sound { rate: 8000, samples: Vec::new() },
            remembers: Vec::new(),
            violations: Vec::new(),
            unanswered: Vec::new(),
            ended: None,
        }
    }

    /// Events of the client of this type.
    pub fn from_client(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Client && entry.kind == kind)
    }

    /// Events of the stand-in of this type.
    pub fn from_server(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Server && entry.kind == kind)
    }
}

impl Log<Session> for Connection {
    fn log(&mut self, from: Sender, event: &Value) {
        let kind = event["type"].as_str().unwrap_or("(no type)").to_owned();
        self.entries.push(Entry { at: now(), from, kind, event: json!(event) });
    }

    fn publish(&mut self, session: &Session) {
        let known = self.heard.samples.len();
        self.heard.rate = session.heard_rate();
        self.heard.samples.extend(&session.heard[known..]);
        self.audio.clone_from(&session.audio);
        self.remembers.clone_from(&session.remembers);
        self.unanswered = session.unanswered();
        let judged = self.violations.len();
        self.violations.extend_from_slice(&session.violations[judged..]);
    }

    fn ended(&mut self) -> &mut Option<(Instant, End)> {
        &mut self.ended
    }
}
