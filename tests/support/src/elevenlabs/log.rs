//! Events at a stand-in, conversation by conversation.

use std::time::Instant;

use serde_json::{Value, json};

use super::session::Session;
use crate::audio::Sound;
use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{End, Entry};
use crate::voice_socket::Log;

/// One conversation that a client opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its id.
    pub conversation_id: String,
    /// Every event, in order. Audio of the client, which has no type, is `user_audio_chunk`.
    pub entries: Vec<Entry>,
    /// The caller's sound.
    pub heard: Sound,
    /// The agent's memory, a line each: `agent: …`, `caller: …`, `context: …`, `system: …`, `returned …`.
    pub remembers: Vec<String>,
    /// The client's violations of the rules.
    pub violations: Vec<String>,
    /// Requests for tools that have no result yet.
    pub unanswered: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

impl Connection {
    pub(super) fn new() -> Self {
        Self {
            conversation_id: String::new(),
            entries: Vec::new(),
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
        let mut event = event.clone();
        let kind = match event["type"].as_str() {
            Some(kind) => kind.to_owned(),
            None if event.get("user_audio_chunk").is_some() => "user_audio_chunk".to_owned(),
            None => "(no type)".to_owned(),
        };
        for place in ["/user_audio_chunk", "/audio_event/audio_base_64"] {
            if let Some(sound) = event.pointer_mut(place) {
                *sound = json!(sound.as_str().unwrap_or_default().len() / 4 * 3);
            }
        }
        self.entries.push(Entry { at: now(), from, kind, event });
    }

    fn publish(&mut self, session: &Session) {
        let known = self.heard.samples.len();
        self.heard.rate = session.heard_rate();
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
