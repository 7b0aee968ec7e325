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
    /// Every event, in order; of audio the length in bytes in the place of its sound.
    pub entries: Vec<Entry>,
    /// The caller's sound, as it came.
    pub heard: Sound,
    /// The model's memory, a line each: `agent: …`, `caller: …`, `told: …`, `returned …`.
    pub remembers: Vec<String>,
    /// The client's violations of the rules.
    pub violations: Vec<String>,
    /// Functions that were asked for and have no output yet.
    pub unanswered: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

impl Connection {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            heard: Sound { rate: 8_000, samples: Vec::new() },
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
        let kind = event["type"].as_str().unwrap_or("(nothing)").to_owned();
        let mut event = event.clone();
        let sound = match kind.as_str() {
            "session.output_audio.delta" => "delta",
            "session.input_audio.append" => "audio",
            _ => "",
        };
        if let Some(sound) = event.get_mut(sound) {
            *sound = json!(sound.as_str().unwrap_or_default().len() / 4 * 3);
        }
        self.entries.push(Entry { at: now(), from, kind, event });
    }

    fn publish(&mut self, session: &Session) {
        let known = self.heard.samples.len();
        self.heard.rate = session.rate();
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
