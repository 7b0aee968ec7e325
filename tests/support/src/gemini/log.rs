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
    /// Every message, in order, by its first member; audio of the client is `audio`, with its length in the place of its sound.
    pub entries: Vec<Entry>,
    /// The caller's sound.
    pub heard: Sound,
    /// The model's memory, a line each: `agent: …`, `caller: …`, `told: …`, `returned …`.
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
            heard: Sound { rate: super::session::INPUT_HZ, samples: Vec::new() },
            remembers: Vec::new(),
            violations: Vec::new(),
            unanswered: Vec::new(),
            ended: None,
        }
    }

    /// Messages of the client with this member.
    pub fn from_client(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Client && entry.kind == kind)
    }

    /// Messages of the stand-in with this member.
    pub fn from_server(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Server && entry.kind == kind)
    }
}

impl Log<Session> for Connection {
    fn log(&mut self, from: Sender, event: &Value) {
        let mut event = event.clone();
        let first = event.as_object().and_then(|members| members.keys().next().cloned());
        let mut kind = first.unwrap_or_else(|| "(nothing)".to_owned());
        if let Some(data) = event.pointer_mut("/realtimeInput/audio/data") {
            *data = json!(data.as_str().unwrap_or_default().len() / 4 * 3);
            "audio".clone_into(&mut kind);
        }
        if event["realtimeInput"]["audioStreamEnd"] == true {
            "audioStreamEnd".clone_into(&mut kind);
        }
        self.entries.push(Entry { at: now(), from, kind, event });
    }

    fn publish(&mut self, session: &Session) {
        let known = self.heard.samples.len();
        self.heard.samples.extend(&session.heard[known..]);
        self.remembers.clone_from(&session.remembers);
        self.unanswered = session.unanswered();
        let judged = self.violations.len();
        self.violations.extend_from_slice(&session.violations[judged..]);
    }

    fn ended(&mut self) -> &mut Option<(Instant, End)> {
        &mut self.ended
    }
}
