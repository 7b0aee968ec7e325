//! One response of the model: its events in the order of OpenAI's documents, each when it is due.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Pace, Part};
use super::format::AudioFormat;
use super::script::{Trouble, Usage};

/// The lengths of deltas, in samples at 8 kHz: uneven, and none a multiple of a telephone's 20 ms.
const DELTA_SAMPLES: [usize; 5] = [333, 1001, 77, 2403, 799];
/// The time between `response.created` and the first sound.
const FIRST_SOUND: Duration = Duration::from_millis(30);
/// How many deltas a cancelled response still sends: those on their way when the caller began to speak.
const LATE_DELTAS: usize = 3;

/// How the model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// In words and sound.
    Spoken(AudioFormat),
    /// In text alone.
    Written,
}

/// Next step.
#[derive(Debug)]
enum Step {
    Created,
    Opened(usize),
    Words(String),
    Sound(Vec<u8>),
    Arguments(String),
    Closed,
    Done,
    Trouble(Trouble),
}

/// Why a response ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelled {
    ByTurn,
    ByClient,
}

/// Result of a step.
#[derive(Debug)]
pub(super) enum Outgoing {
    Event(Value),
    Trouble(Trouble),
}

/// The item that is being sent.
#[derive(Debug)]
struct OpenItem {
    index: usize,
    id: String,
    words: String,
}

/// A response that is under way.
#[derive(Debug)]
pub(super) struct Response {
    id: String,
    parts: Vec<Part>,
    outcome: Outcome,
    usage: Usage,
    how: How,
    /// The last item before this response.
    previous_item: Option<String>,
    steps: VecDeque<(Instant, Step)>,
    open: Option<OpenItem>,
    /// Completed items.
    output: Vec<Value>,
}

impl Response {
    /// Begins `answer` at `start`. `id` belongs to this response alone and marks its items and calls.
    pub(super) fn new(
        id: &str,
        answer: Answer,
        how: How,
        usage: Usage,
        previous_item: Option<String>,
        start: Instant,
    ) -> Self {
        let steps = plan(&answer, how, start);
        Self {
            id: id.to_owned(),
            parts: answer.parts,
            outcome: answer.outcome,
            usage,
            how,
            previous_item,
            steps,
            open: None,
            output: Vec::new(),
        }
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// When the next step is due; `None` when everything was sent.
    pub(super) fn due(&self) -> Option<Instant> {
        self.steps.front().map(|(due, _)| *due)
    }

    /// Performs the next step.
    pub(super) fn step(&mut self) -> Vec<Outgoing> {
        let Some((_, step)) = self.steps.pop_front() else { return Vec::new() };
        let events = match step {
            Step::Created => vec![json!({
                "type": "response.created", "response": self.shown("in_progress", &Value::Null, &Value::Null),
            })],
            Step::Opened(index) => self.opened(index),
            Step::Words(words) => self.words(&words),
            Step::Sound(bytes) => self.sound(&bytes),
            Step::Arguments(text) => self.arguments(&text),
            Step::Closed => self.closed("completed"),
            Step::Done => self.done(),
            Step::Trouble(trouble) => return vec![Outgoing::Trouble(trouble)],
        };
        events.into_iter().map(Outgoing::Event).collect()
    }

    /// Ends it now: what was on its way is still sent, and the item remains incomplete.
    pub(super) fn cancel(&mut self, by: Cancelled) -> Vec<Value> {
        let mut late = Vec::new();
        let rest = std::mem::take(&mut self.steps);
        if matches!(rest.front(), Some((_, Step::Created))) {
            // The client has not heard of it.
            return late;
        }
        let mut sounds = 0;
        for (_, step) in rest {
            match step {
                Step::Sound(bytes) if self.open.is_some() && sounds < LATE_DELTAS => {
                    sounds += 1;
                    late.extend(self.sound(&bytes));
                }
                Step::Closed => break,
                _ => {}
            }
        }
        late.extend(self.closed("incomplete"));
        let reason = match by {
            Cancelled::ByTurn => "turn_detected",
            Cancelled::ByClient => "client_cancelled",
        };
        late.push(self.done_as("cancelled", &json!({ "type": "cancelled", "reason": reason })));
        late
    }

    /// Whether its beginning was reported to the client.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.steps.front(), Some((_, Step::Created | Step::Trouble(_))))
    }

    fn opened(&mut self, index: usize) -> Vec<Value> {
        let id = format!("item_{}_{index}", self.id);
        let item = self.item(index, &id, "in_progress", None);
        let mut events = vec![
            json!({ "type": "response.output_item.added", "response_id": self.id, "output_index": index,
                    "item": item }),
            json!({ "type": "conversation.item.added", "previous_item_id": self.previous_item, "item": item }),
        ];
        if matches!(self.parts[index], Part::Say { .. }) {
            events.push(json!({
                "type": "response.content_part.added", "response_id": self.id, "item_id": id,
                "output_index": index, "content_index": 0, "part": self.part(""),
            }));
        }
        self.open = Some(OpenItem { index, id, words: String::new() });
        events
    }

    fn words(&mut self, words: &str) -> Vec<Value> {
        if let Some(open) = &mut self.open {
            open.words.push_str(words);
        }
        let kind = match self.how {
            How::Spoken(_) => "response.output_audio_transcript.delta",
            How::Written => "response.output_text.delta",
        };
        self.of_item(kind, &[("delta", json!(words))])
    }

    fn sound(&self, bytes: &[u8]) -> Vec<Value> {
        self.of_item("response.output_audio.delta", &[("delta", json!(BASE64.encode(bytes)))])
    }

    fn arguments(&self, text: &str) -> Vec<Value> {
        let Some(open) = &self.open else { return Vec::new() };
        vec![json!({
            "type": "response.function_call_arguments.delta", "response_id": self.id, "item_id": open.id,
            "output_index": open.index, "call_id": self.call_id(open.index), "delta": text,
        })]
    }

    fn closed(&mut self, status: &str) -> Vec<Value> {
        let Some(open) = &self.open else { return Vec::new() };
        let (index, id, words) = (open.index, open.id.clone(), open.words.clone());
        let mut events = Vec::new();
        match &self.parts[index] {
            Part::Say { .. } => {
                match self.how {
                    How::Spoken(_) => {
                        events.extend(self.of_item("response.output_audio.done", &[]));
                        let transcript = [("transcript", json!(words))];
                        events.extend(self.of_item("response.output_audio_transcript.done", &transcript));
                    }
                    How::Written => {
                        events.extend(self.of_item("response.output_text.done", &[("text", json!(words))]));
                    }
                }
                let part = [("part", self.part(&words))];
                events.extend(self.of_item("response.content_part.done", &part));
            }
            Part::Call { name, arguments } => events.push(json!({
                "type": "response.function_call_arguments.done", "response_id": self.id, "item_id": id,
                "output_index": index, "call_id": self.call_id(index), "name": name, "arguments": arguments,
            })),
        }
        let item = self.item(index, &id, status, Some(&words));
        events.push(json!({ "type": "response.output_item.done", "response_id": self.id,
                            "output_index": index, "item": item }));
        events.push(json!({ "type": "conversation.item.done", "previous_item_id": self.previous_item,
                            "item": item }));
        self.output.push(item);
        self.previous_item = Some(id);
        self.open = None;
        events
    }

    fn done(&self) -> Vec<Value> {
        let (status, details) = match &self.outcome {
            Outcome::Completed => ("completed", Value::Null),
            Outcome::Incomplete(reason) => ("incomplete", json!({ "type": "incomplete", "reason": reason })),
            Outcome::Failed(code) => {
                let message = format!("{code}: as the script has it. Please try again in 3.2s.");
                let error = json!({ "type": code, "code": code, "message": message });
                ("failed", json!({ "type": "failed", "error": error }))
            }
        };
        let limits = json!([
            { "name": "requests", "limit": 500, "remaining": 499, "reset_seconds": 0.12 },
            { "name": "tokens", "limit": 20000, "remaining": 18743, "reset_seconds": 3.771 },
        ]);
        let limits = json!({ "type": "rate_limits.updated", "rate_limits": limits });
        vec![self.done_as(status, &details), limits]
    }

    fn done_as(&self, status: &str, details: &Value) -> Value {
        let usage = if status == "failed" { Value::Null } else { self.usage.to_json() };
        json!({ "type": "response.done", "response": self.shown(status, details, &usage) })
    }

    fn shown(&self, status: &str, details: &Value, usage: &Value) -> Value {
        let way = if self.how == How::Written { "text" } else { "audio" };
        json!({
            "object": "realtime.response", "id": self.id, "status": status, "status_details": details,
            "output": self.output, "conversation_id": "conv_stand_in", "output_modalities": [way],
            "max_output_tokens": "inf", "usage": usage, "metadata": null,
        })
    }

    fn part(&self, words: &str) -> Value {
        match self.how {
            How::Spoken(_) => json!({ "type": "audio", "transcript": words }),
            How::Written => json!({ "type": "text", "text": words }),
        }
    }

    fn of_item(&self, kind: &str, members: &[(&str, Value)]) -> Vec<Value> {
        let Some(open) = &self.open else { return Vec::new() };
        let mut event = json!({
            "type": kind, "response_id": self.id, "item_id": open.id, "output_index": open.index,
            "content_index": 0,
        });
        for (name, value) in members {
            event[*name] = value.clone();
        }
        vec![event]
    }

    fn item(&self, index: usize, id: &str, status: &str, words: Option<&str>) -> Value {
        match &self.parts[index] {
            Part::Say { .. } => {
                let content = words.map(|words| match self.how {
                    How::Spoken(_) => json!({ "type": "output_audio", "transcript": words }),
                    How::Written => json!({ "type": "output_text", "text": words }),
                });
                let content: Vec<Value> = content.into_iter().collect();
                json!({ "id": id, "object": "realtime.item", "type": "message", "status": status,
                        "role": "assistant", "content": content })
            }
            Part::Call { name, arguments } => {
                let arguments = if words.is_some() { arguments.as_str() } else { "" };
                json!({ "id": id, "object": "realtime.item", "type": "function_call", "status": status,
                        "name": name, "call_id": self.call_id(index), "arguments": arguments })
            }
        }
    }

    fn call_id(&self, index: usize) -> String {
        format!("call_{}_{index}", self.id)
    }
}

/// The steps of an answer, with their times.
fn plan(answer: &Answer, how: How, start: Instant) -> VecDeque<(Instant, Step)> {
    let mut steps = VecDeque::new();
    let mut trouble = answer.trouble.clone();
    if let Some((_, now)) = trouble.take_if(|(sent, _)| sent.is_zero()) {
        steps.push_back((start, Step::Trouble(now)));
        return steps;
    }
    steps.push_back((start, Step::Created));
    let mut sent = Duration::ZERO;
    let due = |sent: Duration| {
        let lead = match answer.pace {
            Pace::Burst => Duration::ZERO,
            Pace::Times(times) => sent.div_f64(times),
        };
        start + FIRST_SOUND + answer.silence + lead
    };
    for (index, part) in answer.parts.iter().enumerate() {
        let opened = if index == 0 { start + FIRST_SOUND } else { due(sent) };
        steps.push_back((opened, Step::Opened(index)));
        match part {
            Part::Call { arguments, .. } => {
                let middle = arguments.char_indices().nth(arguments.chars().count() / 2);
                let (first, rest) = arguments.split_at(middle.map_or(0, |(at, _)| at));
                for text in [first, rest].into_iter().filter(|text| !text.is_empty()) {
                    steps.push_back((due(sent), Step::Arguments(text.to_owned())));
                }
            }
            Part::Say { text, sound } => {
                let How::Spoken(format) = how else {
                    steps.push_back((due(sent), Step::Words(text.clone())));
                    steps.push_back((due(sent), Step::Closed));
                    continue;
                };
                let bytes = format.encode(sound);
                let whole = bytes.len();
                let (mut at, mut words_at) = (0, 0);
                for samples in DELTA_SAMPLES.iter().cycle() {
                    if at >= whole {
                        break;
                    }
                    let samples = samples * format.rate() as usize / 8000;
                    let end = (at + samples * format.sample_bytes()).min(whole);
                    let words_end = text.chars().count() * end / whole;
                    let words: String = text.chars().skip(words_at).take(words_end - words_at).collect();
                    if !words.is_empty() {
                        steps.push_back((due(sent), Step::Words(words)));
                    }
                    steps.push_back((due(sent), Step::Sound(bytes[at..end].to_vec())));
                    sent += Duration::from_millis(format.length_ms(end - at));
                    (at, words_at) = (end, words_end);
                    if let Some((_, now)) = trouble.take_if(|(after, _)| sent >= *after) {
                        steps.push_back((due(sent), Step::Trouble(now)));
                    }
                }
            }
        }
        steps.push_back((due(sent), Step::Closed));
    }
    steps.extend(trouble.map(|(_, late)| (due(sent), Step::Trouble(late))));
    steps.push_back((due(sent), Step::Done));
    steps
}
