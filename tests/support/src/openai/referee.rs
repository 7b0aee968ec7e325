//! The rules of OpenAI's documents that no schema can express: what may be sent when.
//!
//! The referee sees both directions of one connection and nothing else, so that it judges a recorded conversation like a live one. Breaking a
//! rule is a violation, which fails the test; what a provider would refuse is also answered with its `error`. A message that may have crossed on
//! the wire with the one that makes it wrong gets an `error` only.

mod checks;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::conversation::{Content, Conversation};
use super::format::AudioFormat;
use super::script::Dialect;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A text frame is a JSON object that the strict schema of its `type` allows.
    Schema,
    /// An `event_id` is used once.
    EventId,
    /// The first event is `session.update`.
    UpdateFirst,
    /// No sound, and no request for a response, before `session.updated`.
    UpdatedFirst,
    /// The voice does not change once it was heard.
    VoiceStays,
    /// Sound is base64 of whole samples, at most 15 MiB.
    Sound,
    /// A response is requested only when none is active.
    OneResponse,
    /// Only an active response is cancelled.
    CancelActive,
    /// Only the model's spoken items are truncated, above 0 and within what was sent of them, at `content_index` 0.
    Truncate,
    /// Only existing items are deleted.
    Delete,
    /// An item's id is new and has at most 32 bytes, and the item before it exists.
    ItemId,
    /// The model's sound can't be written into a conversation; only its words can.
    Replay,
    /// An output names a complete call, or a call of a completed response, once.
    Output,
    /// All calls are answered before a response is requested, and then one is requested.
    OutputsFirst,
    /// No call is left without an output.
    Unanswered,
    /// The dialect has everything that is sent.
    Dialect,
}

/// A violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// How.
    pub how: String,
}

/// The `error` that a provider answers with: `error.code` and `error.message`.
pub type Refusal = (&'static str, String);

#[derive(Debug, Default)]
struct Call {
    response_id: Option<String>,
    /// Its item is complete, and so in the conversation, however its response ends.
    whole: bool,
    completed: bool,
    cancelled: bool,
    outputs: usize,
}

/// Judges one connection.
#[derive(Debug, Default)]
pub struct Referee {
    dialect: Dialect,
    /// The model's memory.
    pub conversation: Conversation,
    /// Violations so far.
    pub violations: Vec<Violation>,
    event_ids: HashSet<String>,
    any_received: bool,
    updated: bool,
    output: Option<AudioFormat>,
    input: Option<AudioFormat>,
    voice_heard: Option<Value>,
    voice: Value,
    active: HashMap<String, Instant>,
    last_done: Option<Instant>,
    /// When nothing got through to the client the last time: from and until.
    stalled: Option<(Instant, Instant)>,
    calls: HashMap<String, Call>,
    /// Outputs have arrived, and no response was requested since.
    outputs_wait: bool,
    /// A response was requested after outputs, and nothing new has arrived since.
    outputs_served: bool,
}

impl Referee {
    /// A referee for a connection of this dialect.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// Judges a message of the client. Returns what a provider refuses in it.
    pub fn received(&mut self, message: &Value, now: Instant) -> Result<(), Refusal> {
        let kind = message["type"].as_str().unwrap_or_default();
        self.check_form(message, kind);
        if !std::mem::replace(&mut self.any_received, true) && kind != "session.update" {
            self.violate(Rule::UpdateFirst, format!("the first event is {kind}"));
        }
        match kind {
            "session.update" => self.check_update(&message["session"]),
            "input_audio_buffer.append" => {
                self.require_updated(kind);
                self.check_sound(message["audio"].as_str().unwrap_or_default())
            }
            "response.create" => {
                self.require_updated(kind);
                self.check_create(message, now)
            }
            "response.cancel" => self.check_cancel(now),
            "conversation.item.truncate" => self.check_truncate(message),
            "conversation.item.delete" => self.check_delete(message),
            "conversation.item.create" => self.check_item(message),
            _ => Ok(()),
        }
    }

    /// Takes note of a message of the server.
    pub fn sent(&mut self, event: &Value, now: Instant) {
        let id = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap_or_default() {
            "session.updated" => {
                self.updated = true;
                let audio = &event["session"]["audio"];
                self.input = AudioFormat::from_ga(&audio["input"]["format"]);
                self.output = AudioFormat::from_ga(&audio["output"]["format"]);
                self.voice = audio["output"]["voice"].clone();
            }
            "conversation.item.added" | "conversation.item.done" => self.conversation.take(&event["item"]),
            "response.created" => {
                let response = event["response"]["id"].as_str().unwrap_or_default();
                self.active.insert(response.to_owned(), now);
            }
            "response.output_item.added" | "response.output_item.done" => {
                self.take_output_item(&event["item"], &id("response_id"));
            }
            "response.output_audio.delta" => {
                self.voice_heard.get_or_insert_with(|| self.voice.clone());
                let bytes = BASE64.decode(event["delta"].as_str().unwrap_or_default()).unwrap_or_default();
                if let Some(Content::ModelSpoke { audio_bytes, .. }) =
                    self.conversation.content_mut(&id("item_id"))
                {
                    *audio_bytes += bytes.len();
                }
            }
            "response.output_audio_transcript.delta" => {
                if let Some(Content::ModelSpoke { words, .. }) = self.conversation.content_mut(&id("item_id"))
                {
                    words.push_str(event["delta"].as_str().unwrap_or_default());
                }
            }
            "conversation.item.input_audio_transcription.completed" => {
                if let Some(Content::CallerSpoke { words }) = self.conversation.content_mut(&id("item_id")) {
                    *words = event["transcript"].as_str().map(ToOwned::to_owned);
                }
            }
            "conversation.item.truncated" => {
                self.truncate(&id("item_id"), event["audio_end_ms"].as_u64().unwrap_or_default());
            }
            "conversation.item.deleted" => {
                self.conversation.delete(&id("item_id"));
            }
            "input_audio_buffer.committed" => self.outputs_served = false,
            "response.done" => self.take_done(&event["response"], now),
            _ => {}
        }
    }

    /// Nothing gets through between these moments: the client learns only afterwards what is sent meanwhile.
    pub fn way_stalls(&mut self, from: Instant, until: Instant) {
        self.stalled = Some((from, until));
    }

    /// When the client can know what was sent then.
    fn known_at(&self, sent: Instant) -> Instant {
        let stalled = self.stalled.filter(|(from, until)| (*from..*until).contains(&sent));
        stalled.map_or(sent, |(_, until)| until)
    }

    /// Records a violation.
    pub fn violate(&mut self, rule: Rule, how: String) {
        self.violations.push(Violation { rule, how });
    }

    /// How much sound of a model's item was sent and remains, in ms; `None` for other items, and where none was sent.
    fn sent_ms(&self, id: &str) -> Option<u64> {
        let Content::ModelSpoke { audio_bytes, .. } = &self.conversation.item(id)?.content else {
            return None;
        };
        Some(self.output?.length_ms(*audio_bytes)).filter(|ms| *ms > 0)
    }

    /// Cuts an item's sound and, in proportion, its words.
    fn truncate(&mut self, id: &str, end_ms: u64) {
        let (Some(sent_ms), Some(format)) = (self.sent_ms(id), self.output) else { return };
        if let Some(Content::ModelSpoke { words, audio_bytes, truncated_at_ms }) =
            self.conversation.content_mut(id)
        {
            let left = words.chars().count() as u64 * end_ms / sent_ms;
            *words = words.chars().take(left as usize).collect();
            *audio_bytes = (end_ms * u64::from(format.rate()) / 1000) as usize * format.sample_bytes();
            *truncated_at_ms = Some(end_ms);
        }
    }

    fn take_output_item(&mut self, item: &Value, response_id: &str) {
        if item["type"] != "function_call" {
            return;
        }
        let call_id = item["call_id"].as_str().unwrap_or_default().to_owned();
        let call = self.calls.entry(call_id).or_default();
        call.response_id = Some(response_id.to_owned());
        call.whole = item["status"] == "completed";
    }

    fn take_done(&mut self, response: &Value, now: Instant) {
        let id = response["id"].as_str().unwrap_or_default();
        self.active.remove(id);
        self.last_done = Some(now);
        for call in self.calls.values_mut().filter(|call| call.response_id.as_deref() == Some(id)) {
            call.completed = response["status"] == "completed";
            call.cancelled = !call.completed && !call.whole;
        }
    }

    /// Calls of completed responses without an output, sorted.
    #[must_use]
    pub fn unanswered(&self) -> Vec<String> {
        let mut left: Vec<String> = self
            .calls
            .iter()
            .filter(|(_, call)| call.completed && call.outputs == 0)
            .map(|(id, _)| id.clone())
            .collect();
        left.sort();
        left
    }

    /// The `error` event of a refusal, in OpenAI's form.
    #[must_use]
    pub fn error_event((code, text): &Refusal, message: &Value) -> Value {
        json!({ "type": "error", "error": {
            "type": "invalid_request_error", "code": code, "message": text, "param": null,
            "event_id": message["event_id"],
        } })
    }
}
