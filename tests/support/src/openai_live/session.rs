//! One connection's session: what the model answers to what it hears and gets, and what it does by itself. It knows no socket.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::backend::Backend;
use super::speech::{Mouth, PIECE};
use super::{Manners, schemas};
use crate::clock::now;
use crate::openai::answer::Answer;
use crate::openai::schemas::Sender;
use crate::openai::script::Cause;
use crate::openai::vad::{Noticed, Vad};
use crate::openai::{AudioFormat, Script, Trouble, Words};
use crate::voice_socket::{self, Frame, Session as _, Snapshot, take_due};

/// The silence in ms that ends what the caller says.
const TURN_END_MS: u64 = 500;
/// The time from the first message to the message that the session is up.
const STARTS_AFTER: Duration = Duration::from_millis(20);
/// How long after its words the backend's function calls come.
const DELEGATES_AFTER: Duration = Duration::from_millis(200);
/// How far the client's audio may be ahead of the clock, or late.
const OFF_THE_CLOCK_MAX: Duration = Duration::from_millis(250);
/// The time between two usage reports.
const USAGE_EVERY: Duration = Duration::from_secs(10);
/// The longest instruction or commentary, in characters: 500 tokens of plain English are longer.
const CONTENT_CHARS_MAX: usize = 1_500;

/// Something to do later.
#[derive(Debug)]
enum Task {
    Start,
    CallerSaid(String),
    Say(Answer),
    /// Adds this after the current speech.
    Add(Answer),
    Words(String),
    Delegate(Vec<(String, String)>),
    GiveWay,
    Usage,
    Expire,
    Refuse(String),
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    manners: Arc<Mutex<Manners>>,
    script: Arc<Mutex<Script>>,
    lasts: (Duration, Duration),
    refused: Option<String>,
    number: usize,
    config: Value,
    format: AudioFormat,
    vad: Vad,
    mouth: Mouth,
    backend: Backend,
    heard: Vec<i16>,
    remembers: Vec<String>,
    violations: Vec<String>,
    agenda: Vec<(Instant, Task)>,
    frames: VecDeque<Frame>,
    has_start: bool,
    started_at: Option<Instant>,
    /// When the next piece of sound is due.
    piece_at: Option<Instant>,
    events: usize,
    /// The length of the client's audio.
    sent: Duration,
    is_late: bool,
    is_muted: bool,
    is_over: bool,
    hung: bool,
    stalled_until: Option<Instant>,
}

impl Session {
    /// The session of the connection with this number, whose model speaks by the script. It lasts this long, up to that time of the calendar, or is
    /// refused with a code.
    pub(super) fn new(
        number: usize,
        (manners, script): (Arc<Mutex<Manners>>, Arc<Mutex<Script>>),
        lasts: (Duration, Duration),
        refused: Option<String>,
    ) -> Self {
        let format = AudioFormat::Pcm { rate: 24_000 };
        Self {
            manners,
            script,
            lasts,
            refused,
            number,
            config: Value::Null,
            format,
            vad: Vad::default(),
            mouth: Mouth::new(format),
            backend: Backend::new(number),
            heard: Vec::new(),
            remembers: Vec::new(),
            violations: Vec::new(),
            agenda: Vec::new(),
            frames: VecDeque::new(),
            has_start: false,
            started_at: None,
            piece_at: None,
            events: 0,
            sent: Duration::ZERO,
            is_late: false,
            is_muted: false,
            is_over: false,
            hung: false,
            stalled_until: None,
        }
    }

    /// The sample rate of the session's audio, in Hz.
    const fn rate(&self) -> u32 {
        match self.format {
            AudioFormat::Pcmu | AudioFormat::Pcma => 8_000,
            AudioFormat::Pcm { rate } => rate,
        }
    }

    /// Function calls that have no output.
    fn unanswered(&self) -> Vec<String> {
        self.backend.unanswered()
    }

    fn manners(&self) -> MutexGuard<'_, Manners> {
        self.manners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn later(&mut self, at: Instant, task: Task) {
        self.agenda.push((at, task));
    }

    fn since_start(&self, now: Instant) -> Duration {
        self.started_at.map(|at| now.duration_since(at)).unwrap_or_default()
    }

    fn perform(&mut self, task: Task, now: Instant) {
        match task {
            Task::Start => self.stands(now),
            Task::CallerSaid(text) => self.caller_said(&text, now),
            Task::Say(answer) => {
                self.mouth.hush();
                self.say(answer, now);
            }
            Task::Add(answer) => self.say(answer, now),
            Task::Words(words) => self.tell_words(&words, now),
            Task::Delegate(calls) => {
                let offset_ms = self.since_start(now).as_millis() as u64;
                for event in self.backend.delegate(&calls, offset_ms) {
                    self.send(event);
                }
            }
            Task::GiveWay => self.mouth.hush(),
            Task::Usage => {
                let seconds = self.since_start(now).as_secs_f64();
                let usage = json!({ "seconds": seconds });
                self.send(json!({ "type": "session.usage.updated", "usage": usage,
                    "context_window": { "usage_ratio": 0.01 } }));
                self.later(now + USAGE_EVERY, Task::Usage);
            }
            Task::Expire => self.close("expired", None, now),
            Task::Refuse(code) => self.refuse(&code, "not now", None),
        }
    }

    /// Handles the first message.
    fn start(&mut self, message: &Value, now: Instant) {
        if std::mem::replace(&mut self.has_start, true) {
            return self.violate("a second session.start".to_owned());
        }
        if let Some(code) = self.refused.take() {
            return self.later(now + STARTS_AFTER, Task::Refuse(code));
        }
        let session = message["session"].clone();
        let client_event = message["event_id"].as_str().map(str::to_owned);
        if session["model"] != json!(self.manners().model) {
            return self.refuse("invalid_model", "there is no such model", client_event);
        }
        let format = &session["audio"]["format"];
        let format = format["rate"].as_u64().and_then(|_| AudioFormat::from_ga(format));
        let Some(format) = format else { return self.violate("a format without a rate".to_owned()) };
        self.format = format;
        self.mouth = Mouth::new(format);
        if session["audio"]["output"]["voice"].as_str().is_none_or(str::is_empty) {
            self.violate("no voice was chosen".to_owned());
        }
        if session["instructions"].as_str().is_none_or(str::is_empty) {
            self.violate("the model got no instructions".to_owned());
        }
        self.know(&session["delegation"]);
        let input = session["input"].as_array().cloned().unwrap_or_default();
        if input.len() > 128 {
            self.violate(format!("a history of {} messages", input.len()));
        }
        for item in &input {
            let parts = item["content"].as_array().map_or(0, Vec::len);
            let text = item["content"][0]["text"].as_str().unwrap_or_default();
            if parts != 1 || text.is_empty() {
                self.violate(format!("a message of the history with {parts} parts: {item}"));
            }
            let who = match item["role"].as_str() {
                Some("assistant") => "agent",
                Some("user") => "caller",
                _ => "told",
            };
            self.remembers.push(format!("{who}: {text}"));
        }
        self.config = session;
        self.later(now + STARTS_AFTER, Task::Start);
    }

    /// Functions exist for the backend only.
    fn know(&mut self, delegation: &Value) {
        if delegation["type"] != "responses" {
            return self.violate(format!("nothing handles what the model delegates: {delegation}"));
        }
        let tools = delegation["responses"]["tools"].as_array().cloned().unwrap_or_default();
        if !tools.iter().any(|tool| tool["name"] == "end_call") {
            self.violate("the backend has no end_call".to_owned());
        }
    }

    fn resource(&self) -> Value {
        let mut session = self.config.clone();
        session["id"] = json!(format!("live_{}", self.number));
        session["status"] = json!("active");
        session["expires_at"] = json!(self.lasts.1.as_secs());
        session
    }

    fn stands(&mut self, now: Instant) {
        self.started_at = Some(now);
        self.piece_at = Some(now + PIECE);
        self.later(now + self.lasts.0, Task::Expire);
        self.later(now + USAGE_EVERY, Task::Usage);
        let session = self.resource();
        self.send(json!({ "type": "session.started", "session": session }));
    }

    /// Sends the caller's words, in pieces.
    fn caller_said(&mut self, text: &str, now: Instant) {
        self.remembers.push(format!("caller: {text}"));
        let end_ms = self.since_start(now).as_millis() as u64;
        let middle = text.find(' ').unwrap_or(text.len());
        for piece in [&text[..middle], &text[middle..]] {
            if !piece.is_empty() {
                self.send(json!({ "type": "session.input_transcript.delta", "delta": piece,
                    "start_ms": end_ms.saturating_sub(800), "end_ms": end_ms }));
            }
        }
    }

    fn tell_words(&mut self, words: &str, now: Instant) {
        match self.remembers.last_mut().filter(|last| last.starts_with("agent: ") && self.mouth.speaks()) {
            Some(last) => last.push_str(words),
            None => self.remembers.push(format!("agent: {words}")),
        }
        let late = self.manners().words_late;
        let end_ms = (self.since_start(now).saturating_sub(late)).as_millis() as u64;
        self.send(json!({ "type": "session.output_transcript.delta", "delta": words,
            "start_ms": end_ms.saturating_sub(100), "end_ms": end_ms }));
    }

    fn respond(&mut self, cause: Cause, now: Instant) {
        let answer = self.script().next_answer(cause);
        let at = now + answer.delay + answer.silence;
        let told = matches!(cause, Cause::Tools);
        self.later(at, if told { Task::Add(answer) } else { Task::Say(answer) });
    }

    fn say(&mut self, answer: Answer, now: Instant) {
        let begins_a_turn = !self.mouth.speaks();
        let besides = self.mouth.say(answer);
        if begins_a_turn && self.mouth.speaks() {
            // Its next words are another utterance.
            self.remembers.push("agent: ".to_owned());
        }
        if let Some(trouble) = besides.trouble {
            self.trouble(trouble, now);
        }
        if !besides.calls.is_empty() {
            self.later(now + DELEGATES_AFTER, Task::Delegate(besides.calls));
        }
    }

    /// Sends the next piece of sound.
    fn sound(&mut self, now: Instant) {
        self.piece_at = Some(now + PIECE);
        let piece = self.mouth.next_piece();
        if !piece.words.is_empty() {
            let late = self.manners().words_late;
            if late.is_zero() {
                self.tell_words(&piece.words, now);
            } else {
                self.later(now + late, Task::Words(piece.words));
            }
        }
        self.push(Frame::Event(
            json!({ "type": "session.output_audio.delta", "delta": BASE64.encode(&piece.bytes) }),
        ));
        if let Some(trouble) = piece.trouble {
            self.trouble(trouble, now);
        }
        let late = self.since_start(now).saturating_sub(self.sent);
        if late > OFF_THE_CLOCK_MAX && !std::mem::replace(&mut self.is_late, true) {
            self.violate(format!("the client's audio has a gap: it is {late:?} behind the clock"));
        }
    }

    fn audio(&mut self, audio: &Value, now: Instant) {
        let bytes = audio.as_str().and_then(|data| BASE64.decode(data).ok()).unwrap_or_default();
        let is_whole = !matches!(self.format, AudioFormat::Pcm { .. }) || bytes.len().is_multiple_of(2);
        if bytes.is_empty() || !is_whole {
            return self.violate(format!("{} bytes of audio", bytes.len()));
        }
        let samples = self.format.decode(&bytes);
        let rate = self.rate();
        self.sent += Duration::from_micros(samples.len() as u64 * 1_000_000 / u64::from(rate));
        let ahead = self.sent.saturating_sub(self.since_start(now));
        if ahead > OFF_THE_CLOCK_MAX {
            self.violate(format!("the client's audio is {ahead:?} ahead of the clock"));
        }
        if self.is_muted {
            return;
        }
        self.heard.extend(&samples);
        for noticed in self.vad.hear(&samples, rate, TURN_END_MS) {
            match noticed {
                Noticed::Started { .. } => {
                    let after = self.manners().gives_way_after;
                    self.later(now + after, Task::GiveWay);
                    self.agenda.retain(|(_, task)| !matches!(task, Task::Say(_)));
                }
                Noticed::Stopped { .. } => self.turn_ended(now),
            }
        }
    }

    fn turn_ended(&mut self, now: Instant) {
        // If the caller stopped before the model gave way, it goes on speaking.
        let goes_on = self.agenda.iter().any(|(_, task)| matches!(task, Task::GiveWay));
        self.agenda.retain(|(_, task)| !matches!(task, Task::GiveWay));
        let words = self.script().next_words();
        if let Words::Heard(text, delay) = words {
            self.later(now + delay, Task::CallerSaid(text));
        }
        if !goes_on {
            self.respond(Cause::Turn, now);
        }
    }

    fn appended(&mut self, message: &Value, now: Instant) {
        let content = message["content"].as_str().unwrap_or_default();
        if content.is_empty() || content.chars().count() > CONTENT_CHARS_MAX {
            self.violate(format!("the model gets {} characters", content.chars().count()));
        }
        if !message["delegation_id"].is_null() {
            self.violate("with a backend a message does not name a delegation".to_owned());
        }
        self.remembers.push(format!("told: {content}"));
        let kind = message["type"].as_str().unwrap_or_default();
        let at_ms = self.since_start(now).as_millis() as u64;
        let client_event = message["event_id"].clone();
        if kind == "session.commentary.append" {
            let is_refused = {
                let mut manners = self.manners();
                let refuses = manners.refuses > 0;
                manners.refuses = manners.refuses.saturating_sub(1);
                refuses
            };
            if is_refused {
                let error = json!({ "type": "invalid_request_error", "code": "invalid_state",
                    "message": "an audio fixture is active", "client_event_id": client_event });
                return self
                    .send(json!({ "type": "error", "error": error, "client_event_id": client_event }));
            }
            self.mouth.hush();
            self.respond(Cause::Request, now);
        }
        self.send(json!({ "type": kind.replace(".append", ".appended"), "start_ms": at_ms, "end_ms": at_ms,
            "client_event_id": client_event }));
    }

    fn refuse(&mut self, code: &str, words: &str, client_event: Option<String>) {
        let error = json!({ "type": "invalid_request_error", "code": code, "message": words, "client_event_id": client_event });
        self.send(json!({ "type": "error", "error": error, "client_event_id": client_event }));
        self.push(Frame::Close(1013, words.to_owned()));
        self.is_over = true;
    }

    fn close(&mut self, reason: &str, client_event: Option<String>, now: Instant) {
        let usage = json!({ "seconds": self.since_start(now).as_secs_f64() });
        let session = self.resource();
        self.send(json!({ "type": "session.closed", "reason": reason, "session": session, "usage": usage,
            "client_event_id": client_event }));
        self.push(Frame::Close(1000, reason.to_owned()));
        self.is_over = true;
        self.piece_at = None;
    }

    /// Sends an event, with an id of its own.
    fn send(&mut self, mut event: Value) {
        self.events += 1;
        event["event_id"] = json!(format!("event_{}_{}", self.number, self.events));
        if let Err(fault) = schemas::check(&event, Sender::Server) {
            self.violate(format!("the stand-in itself: {fault}"));
        }
        self.push(Frame::Event(event));
    }

    fn push(&mut self, frame: Frame) {
        if !self.hung && !self.is_over {
            self.frames.push_back(frame);
        }
    }
}

impl voice_socket::Session for Session {
    fn take_frames(&mut self) -> Vec<Frame> {
        if self.stalled_until.is_some_and(|until| until > now()) {
            return Vec::new();
        }
        self.frames.drain(..).collect()
    }

    fn due(&self) -> Option<Instant> {
        let tasks = self.agenda.iter().map(|(due, _)| *due);
        tasks.chain(self.piece_at).chain(self.stalled_until).min()
    }

    fn tick(&mut self, now: Instant) {
        self.stalled_until.take_if(|until| *until <= now);
        while let Some(task) = take_due(&mut self.agenda, now) {
            self.perform(task, now);
        }
        if self.piece_at.is_some_and(|at| at <= now) && !self.is_over {
            self.sound(now);
        }
    }

    fn received(&mut self, message: &Value, now: Instant) {
        if self.is_over {
            return;
        }
        if let Err(fault) = schemas::check(message, Sender::Client) {
            self.violate(fault);
            return self.refuse("unknown_parameter", "no such message", None);
        }
        let kind = message["type"].as_str().unwrap_or_default();
        if kind != "session.start" && self.started_at.is_none() {
            return self.violate(format!("{kind} before the session was up"));
        }
        let client_event = message["event_id"].as_str().map(str::to_owned);
        match kind {
            "session.start" => self.start(message, now),
            "session.input_audio.append" => self.audio(&message["audio"], now),
            "session.input_audio.mute" => {
                self.is_muted = true;
                self.vad = Vad::default();
                self.send(json!({ "type": "session.input_audio.muted", "client_event_id": client_event }));
            }
            "session.input_audio.unmute" => {
                self.is_muted = false;
                self.send(json!({ "type": "session.input_audio.unmuted", "client_event_id": client_event }));
            }
            "session.instructions.append" | "session.commentary.append" | "session.thinking.append" => {
                self.appended(message, now);
            }
            "session.update" => {
                self.know(&message["session"]["delegation"]);
                self.config["delegation"]["responses"]["tools"] =
                    message["session"]["delegation"]["responses"]["tools"].clone();
                let session = self.resource();
                self.send(json!({ "type": "session.updated", "session": session }));
            }
            "response.item.create" => {
                let item = &message["item"];
                let id = item["call_id"].as_str().unwrap_or_default().to_owned();
                self.remembers.push(format!("returned {id}: {}", item["output"]));
                if let Err(fault) = self.backend.returned(&id) {
                    self.violate(fault);
                }
            }
            "response.create" => match self.backend.go_on() {
                Ok(events) => {
                    events.into_iter().for_each(|event| self.send(event));
                    self.respond(Cause::Tools, now);
                }
                Err(fault) => self.violate(fault),
            },
            "session.close" => self.close("close_requested", client_event, now),
            kind => self.violate(format!("unexpected: {kind}")),
        }
    }

    fn violate(&mut self, how: String) {
        self.violations.push(how);
    }

    fn trouble(&mut self, trouble: Trouble, now: Instant) {
        match trouble {
            Trouble::Close(code) => self.push(Frame::Close(code, "as the script has it".to_owned())),
            Trouble::Abort | Trouble::Leaves(_) => self.push(Frame::Abort),
            Trouble::Hang => self.hung = true,
            Trouble::Stalls(length) => self.stalled_until = Some(now + length),
            Trouble::MalformedJson => {
                self.push(Frame::Text("{\"type\":\"session.output_audio.delta\",\"del".to_owned()))
            }
            Trouble::Binary => self.push(Frame::Binary(vec![0, 159, 146, 150])),
            Trouble::UnknownEvents => {
                for text in [
                    r#"{"type":"session.mood.updated","deep":[1,2]}"#,
                    r#"{"type":"session.output_audio.delta","delta":"%%%"}"#,
                    r#"{"type":"session.usage.updated","usage":{"minutes":1}}"#,
                    r#"{"type":"response.event","event":{"type":"response.output_item.done","item":7}}"#,
                ] {
                    self.push(Frame::Text(text.to_owned()));
                }
            }
            Trouble::Error { kind, code } => {
                let error = json!({ "type": kind, "code": code, "message": "as the script has it" });
                self.send(json!({ "type": "error", "error": error }));
            }
            Trouble::Expire => self.close("expired", None, now),
            Trouble::Overlap(answer) => self.perform(Task::Say(*answer), now),
        }
    }

    fn noted(event: &Value) -> (String, Value) {
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
        (kind, event)
    }

    fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            rate: self.rate(),
            heard: &self.heard,
            remembers: &self.remembers,
            violations: &self.violations,
            unanswered: self.unanswered(),
        }
    }
}
