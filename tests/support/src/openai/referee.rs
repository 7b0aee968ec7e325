//! The rules of OpenAI's documents that no schema can say: what may be sent when.
//!
//! The referee sees both directions of one connection and nothing else, so that it judges a recorded conversation as
//! it judges a live one. What breaks a rule is a violation, which fails the test; what a provider would refuse is also
//! answered with its `error`. What may cross on the wire with what makes it wrong is an `error` only.

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
    /// The voice stays once it was heard.
    VoiceStays,
    /// Sound is base64 of whole samples, at most 15 MiB.
    Sound,
    /// A response is asked for when none is active.
    OneResponse,
    /// Only an active response is cancelled.
    CancelActive,
    /// Only the model's spoken items are truncated, above 0 and within what was sent of them, at `content_index` 0.
    Truncate,
    /// Only items that are there are deleted.
    Delete,
    /// An item's id is new and at most 32 bytes, and the one before it is there.
    ItemId,
    /// The model's sound can't be written into a conversation, only its words.
    Replay,
    /// An output names a call that is whole, or of a whole response, once.
    Output,
    /// All calls are answered before a response is asked for, and one is asked for.
    OutputsFirst,
    /// No call is left without an output.
    Unanswered,
    /// The dialect knows everything that is sent.
    Dialect,
}

/// A rule that was broken.
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
    /// Its item is whole, and so in the conversation, whatever becomes of its response.
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
    /// From when until when nothing got through to the client the last time.
    stalled: Option<(Instant, Instant)>,
    calls: HashMap<String, Call>,
    /// Outputs came, and no response was asked for since.
    outputs_wait: bool,
    /// A response was asked for after outputs, and nothing new came since.
    outputs_served: bool,
}

impl Referee {
    /// For a connection of this dialect.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// Judges what the client sent, and tells what a provider refuses of it.
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

    /// Takes in what the server sent.
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

    /// Nothing gets through between these moments: the client knows only then what it is sent meanwhile.
    pub fn way_stalls(&mut self, from: Instant, until: Instant) {
        self.stalled = Some((from, until));
    }

    /// When the client can know of what was sent then.
    fn known_at(&self, sent: Instant) -> Instant {
        let stalled = self.stalled.filter(|(from, until)| (*from..*until).contains(&sent));
        stalled.map_or(sent, |(_, until)| until)
    }

    /// Notes that a rule was broken.
    pub fn violate(&mut self, rule: Rule, how: String) {
        self.violations.push(Violation { rule, how });
    }

    /// How much sound of a model's item was sent and is left, in ms; `None` for other items, and where none was sent.
    fn sent_ms(&self, id: &str) -> Option<u64> {
        let Content::ModelSpoke { audio_bytes, .. } = &self.conversation.item(id)?.content else {
            return None;
        };
        Some(self.output?.length_ms(*audio_bytes)).filter(|ms| *ms > 0)
    }

    /// Cuts an item's sound and, in the same proportion, its words.
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

    /// The `error` event of a refusal, as OpenAI writes it.
    #[must_use]
    pub fn error_event((code, text): &Refusal, message: &Value) -> Value {
        json!({ "type": "error", "error": {
            "type": "invalid_request_error", "code": code, "message": text, "param": null,
            "event_id": message["event_id"],
        } })
    }
}
