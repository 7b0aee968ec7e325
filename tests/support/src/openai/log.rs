//! The events at a stand-in, by connection.

use std::time::Instant;

use serde_json::{Value, json};

use super::conversation::Conversation;
use super::referee::Violation;
use super::schemas::Sender;
use crate::audio::Sound;
use crate::clock::now;

/// One event on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was read or written.
    pub at: Instant,
    /// The sender.
    pub from: Sender,
    /// Its `type`, by GA's name.
    pub kind: String,
    /// The whole event; sound is replaced by the number of its bytes on the wire.
    pub event: Value,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The client closed it, with this code if it sent one.
    ByClient(Option<u16>),
    /// The client disconnected without a closing frame.
    Lost,
    /// The stand-in ended it, as in its script.
    ByScript,
}

/// One connection that a client opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// When it was accepted.
    pub accepted_at: Instant,
    /// The requested path.
    pub path: String,
    /// The query, as it was sent.
    pub query: String,
    /// The request's headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Every event, in order.
    pub entries: Vec<Entry>,
    /// The sound that arrived from the caller.
    pub heard: Sound,
    /// The model's memory.
    pub conversation: Conversation,
    /// The client's violations of the rules.
    pub violations: Vec<Violation>,
    /// Calls that have no output yet.
    pub unanswered: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

impl Connection {
    pub(super) fn new(accepted_at: Instant) -> Self {
        Self {
            accepted_at,
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            entries: Vec::new(),
            heard: Sound { rate: 8000, samples: Vec::new() },
            conversation: Conversation::default(),
            violations: Vec::new(),
            unanswered: Vec::new(),
            ended: None,
        }
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The client's events of this type.
    pub fn from_client(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Client && entry.kind == kind)
    }

    /// The stand-in's events of this type.
    pub fn from_server(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Server && entry.kind == kind)
    }

    pub(super) fn log(&mut self, from: Sender, event: &Value) {
        let kind = event["type"].as_str().unwrap_or("(no type)").to_owned();
        let mut event = event.clone();
        let sound = match kind.as_str() {
            "input_audio_buffer.append" => event.get_mut("audio"),
            "response.output_audio.delta" => event.get_mut("delta"),
            _ => None,
        };
        if let Some(sound) = sound {
            // Base64: four letters for three bytes.
            let text = sound.as_str().unwrap_or_default();
            *sound = json!(text.len() / 4 * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count());
        }
        self.entries.push(Entry { at: now(), from, kind, event });
    }
}
