//! One session: what the provider answers to the client's messages, and what it does by itself. It knows no socket.
//!
//! All time is passed in. The caller passes each message and each moment of [`Session::due`], and sends what [`Session::take_frames`] then
//! returns.

mod turns;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answer::Answer;
use super::beta;
use super::referee::{Referee, Refusal, Rule};
use super::response::{Cancelled, How, Outgoing, Response};
use super::schemas;
use super::script::{Cause, Dialect, Script, Trouble};
use super::settings::Settings;
use super::vad::Vad;

/// How long `session.updated` takes: long enough to catch a client that does not wait for it.
const UPDATED_AFTER: Duration = Duration::from_millis(30);
/// After how many known events unknown ones come.
const STRANGERS_EVERY: u64 = 5;

/// An outgoing frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    /// An event: as it is sent, and as it is judged and logged.
    Event { wire: Value, ga: Value },
    /// Text that is not an event.
    Text(String),
    /// A binary frame.
    Binary(Vec<u8>),
    /// The end, with this close code.
    Close(u16),
    /// The end, without a closing frame.
    Abort,
    /// The same for all connections, and for new ones during this time.
    Leave(Duration),
}

/// Something to do later.
#[derive(Debug)]
enum Task {
    Send(Value),
    Updated,
    Respond(Cause),
    Expire,
}

/// An open session.
#[derive(Debug)]
pub(super) struct Session {
    id: String,
    script: Arc<Mutex<Script>>,
    dialect: Dialect,
    strangers: bool,
    pub(super) referee: Referee,
    settings: Settings,
    vad: Vad,
    /// The caller's sound, at the rate of the input format.
    pub(super) heard: Vec<i16>,
    /// Sound since the last turn, in samples.
    uncommitted: usize,
    turns: usize,
    responses: usize,
    running: Vec<Response>,
    agenda: Vec<(Instant, Task)>,
    frames: VecDeque<Frame>,
    events: u64,
    hung: bool,
}

impl Session {
    /// Opens the session `number` of a stand-in at `now`. It expires at `expires_at`, in seconds since 1970, which is in `lifetime`.
    pub(super) fn open(
        number: usize,
        model: &str,
        script: Arc<Mutex<Script>>,
        (expires_at, lifetime): (u64, Duration),
        now: Instant,
    ) -> Self {
        let id = format!("c{number}");
        let (dialect, strangers) = {
            let script = lock(&script);
            (script.dialect, script.strangers)
        };
        let settings = Settings::new(dialect, &format!("sess_{id}"), model, expires_at);
        let mut session = Self {
            id,
            script,
            dialect,
            strangers,
            referee: Referee::new(dialect),
            settings,
            vad: Vad::default(),
            heard: Vec::new(),
            uncommitted: 0,
            turns: 0,
            responses: 0,
            running: Vec::new(),
            agenda: vec![(now + lifetime, Task::Expire)],
            frames: VecDeque::new(),
            events: 0,
            hung: false,
        };
        session.send_session("session.created", now);
        session
    }

    /// When [`Session::tick`] is to be called next.
    pub(super) fn due(&self) -> Option<Instant> {
        let tasks = self.agenda.iter().map(|(due, _)| *due);
        tasks.chain(self.running.iter().filter_map(Response::due)).min()
    }

    /// Frames that are due now.
    pub(super) fn take_frames(&mut self) -> Vec<Frame> {
        self.frames.drain(..).collect()
    }

    /// The rate of [`Session::heard`], in Hz.
    pub(super) fn heard_rate(&self) -> u32 {
        self.settings.input().rate()
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        while let Some(at) = self.agenda.iter().position(|(due, _)| *due <= now) {
            let (_, task) = self.agenda.remove(at);
            match task {
                Task::Send(event) => self.send(event, now),
                Task::Updated => self.send_session("session.updated", now),
                Task::Respond(cause) => self.respond(cause, now),
                Task::Expire => self.expire(now),
            }
        }
        let mut running = std::mem::take(&mut self.running);
        for response in &mut running {
            while response.due().is_some_and(|due| due <= now) {
                for outgoing in response.step() {
                    match outgoing {
                        Outgoing::Event(event) => self.send(event, now),
                        Outgoing::Trouble(trouble) => self.trouble(trouble, now),
                    }
                }
            }
        }
        running.retain(|response| response.due().is_some());
        // Responses that began meanwhile come after those that ran.
        running.append(&mut self.running);
        self.running = running;
    }

    /// Takes a text frame of the client.
    pub(super) fn received(&mut self, message: &Value, now: Instant) {
        if let Err(refusal) = self.referee.received(message, now) {
            return self.refuse(&refusal, message, now);
        }
        match message["type"].as_str().unwrap_or_default() {
            "session.update" => match self.settings.update(&message["session"]) {
                Ok(()) => self.agenda.push((now + UPDATED_AFTER, Task::Updated)),
                Err(text) => self.refuse(&("unknown_parameter", text), message, now),
            },
            "input_audio_buffer.append" => self.hear(message["audio"].as_str().unwrap_or_default(), now),
            "input_audio_buffer.clear" => {
                self.uncommitted = 0;
                self.send(json!({ "type": "input_audio_buffer.cleared" }), now);
            }
            "input_audio_buffer.commit" => self.commit(message, now),
            "response.create" => self.create(message, now),
            "response.cancel" => self.cancel(Cancelled::ByClient, message["response_id"].as_str(), now),
            "conversation.item.create" => self.write(&message["item"], now),
            "conversation.item.delete" => {
                let deleted = json!({ "type": "conversation.item.deleted", "item_id": message["item_id"] });
                self.send(deleted, now);
            }
            "conversation.item.truncate" if self.dialect != Dialect::LocalAi => self.send(
                json!({
                    "type": "conversation.item.truncated", "item_id": message["item_id"],
                    "content_index": 0, "audio_end_ms": message["audio_end_ms"],
                }),
                now,
            ),
            _ => {}
        }
    }

    /// Handles a frame that is not a JSON object.
    pub(super) fn received_nonsense(&mut self, what: &str) {
        self.referee.violate(Rule::Schema, what.to_owned());
    }

    /// Makes something go wrong.
    pub(super) fn trouble(&mut self, trouble: Trouble, now: Instant) {
        match trouble {
            Trouble::Close(code) => self.push(Frame::Close(code)),
            Trouble::Abort => self.push(Frame::Abort),
            Trouble::Leaves(length) => self.push(Frame::Leave(length)),
            Trouble::Hang => self.hung = true,
            Trouble::Stalls(length) => self.referee.way_stalls(now, now + length),
            Trouble::MalformedJson => {
                self.push(Frame::Text("{\"type\":\"response.output_audio.de".to_owned()))
            }
            Trouble::Binary => self.push(Frame::Binary(vec![0, 159, 146, 150])),
            Trouble::UnknownEvents => {
                for event in strangers() {
                    self.push(Frame::Text(event.to_string()));
                }
            }
            Trouble::Error { kind, code } => {
                let message = format!("{code}: as the script has it.");
                let error = json!({ "type": kind, "code": code, "message": message, "param": null,
                                    "event_id": null });
                self.send(json!({ "type": "error", "error": error }), now);
            }
            Trouble::Expire => self.expire(now),
            Trouble::Overlap(answer) => self.begin(*answer, now),
        }
    }

    fn respond(&mut self, cause: Cause, now: Instant) {
        let answer = lock(&self.script).next_answer(cause);
        self.begin(answer, now);
    }

    fn begin(&mut self, answer: Answer, now: Instant) {
        self.responses += 1;
        let id = format!("resp_{}_{}", self.id, self.responses);
        let usage = lock(&self.script).usage;
        let previous = self.referee.conversation.last_id().map(ToOwned::to_owned);
        let start = now + answer.delay;
        let how = if self.settings.is_written() { How::Written } else { How::Spoken(self.settings.output()) };
        let response = Response::new(&id, answer, how, usage, previous, start);
        self.running.push(response);
    }

    fn create(&mut self, message: &Value, now: Instant) {
        if self.running.iter().any(|response| !response.has_begun()) {
            // The client could not know, because this was not reported yet.
            let text = "Conversation already has an active response in progress.".to_owned();
            return self.refuse(&("conversation_already_has_active_response", text), message, now);
        }
        let cause = match self.referee.conversation.lines().last() {
            Some(line) if line.starts_with("returned ") => Cause::Tools,
            Some(line) if line.starts_with("caller: ") => Cause::Turn,
            // In written turns. In other sessions it is a carried-over conversation.
            Some(line) if self.settings.is_written() && line.starts_with("user: ") => Cause::Turn,
            _ => Cause::Request,
        };
        self.respond(cause, now);
    }

    /// Ends the running responses, or the one with this id.
    fn cancel(&mut self, by: Cancelled, only: Option<&str>, now: Instant) {
        for mut response in std::mem::take(&mut self.running) {
            if only.is_some_and(|id| id != response.id()) {
                self.running.push(response);
                continue;
            }
            for event in response.cancel(by) {
                self.send(event, now);
            }
        }
        if only.is_none() {
            self.agenda.retain(|(_, task)| !matches!(task, Task::Respond(_)));
        }
    }

    fn write(&mut self, item: &Value, now: Instant) {
        let mut item = item.clone();
        let given = item["id"].as_str().map(ToOwned::to_owned);
        let id = given.unwrap_or_else(|| format!("item_{}_w{}", self.id, self.events));
        item["id"] = json!(id);
        item["object"] = json!("realtime.item");
        item["status"] = json!("completed");
        let previous = self.referee.conversation.last_id().map(ToOwned::to_owned);
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.send(json!({ "type": kind, "previous_item_id": previous, "item": item }), now);
        }
    }

    fn expire(&mut self, now: Instant) {
        let error = json!({
            "type": "invalid_request_error", "code": "session_expired", "param": null, "event_id": null,
            "message": "Your session hit the maximum duration of 60 minutes.",
        });
        self.send(json!({ "type": "error", "error": error }), now);
        self.push(Frame::Close(1001));
    }

    fn refuse(&mut self, refusal: &Refusal, message: &Value, now: Instant) {
        self.send(Referee::error_event(refusal, message), now);
    }

    /// Sends the session's object.
    fn send_session(&mut self, kind: &str, now: Instant) {
        self.send(json!({ "type": kind, "session": self.settings.ga() }), now);
    }

    /// Sends an event, given by GA's names.
    fn send(&mut self, mut ga: Value, now: Instant) {
        self.events += 1;
        ga["event_id"] = json!(format!("event_{}_{}", self.id, self.events));
        if let Err(fault) = schemas::check_as_sent_by_a_server(&ga) {
            self.referee.violate(Rule::Schema, format!("the stand-in itself: {fault}"));
        }
        if self.hung {
            return;
        }
        self.referee.sent(&ga, now);
        let wire = match self.dialect {
            Dialect::Beta => beta::event(ga.clone()),
            Dialect::Ga | Dialect::LocalAi => Some(ga.clone()),
        };
        let Some(mut wire) = wire else { return };
        if self.dialect == Dialect::Beta && wire.get("session").is_some() {
            wire["session"] = self.settings.shown();
        }
        if self.strangers {
            wire["x_of_tomorrow"] = json!({ "deep": [1, null, { "er": "than" }] });
            if self.events.is_multiple_of(STRANGERS_EVERY) {
                self.frames.extend(strangers().map(|event| Frame::Text(event.to_string())));
            }
        }
        self.push(Frame::Event { wire, ga });
    }

    fn push(&mut self, frame: Frame) {
        if !self.hung {
            self.frames.push_back(frame);
        }
    }
}

/// Events that no client knows, and one that it knows with members of other types.
fn strangers() -> [Value; 3] {
    [
        json!({ "type": "conversation.mood.updated", "event_id": "event_x", "mood": { "deep": [1, 2] } }),
        json!({ "type": "response.sparkle.delta", "event_id": "event_y", "delta": 7 }),
        json!({ "type": "input_audio_buffer.dtmf_event_received", "event": "5", "received_at": 1 }),
    ]
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}
