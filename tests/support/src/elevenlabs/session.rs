//! One conversation: what the agent answers to its client's messages, and what it does by itself. It knows no socket.
//!
//! It assumes that its sound is heard in real time from when it was sent. From that it computes what an interrupted caller heard.

mod speech;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{Agent, schemas};
use crate::openai::answer::Answer;
use crate::openai::schemas::Sender;
use crate::openai::script::Cause;
use crate::openai::vad::{Noticed, Vad};
use crate::openai::{AudioFormat, Script, Trouble, Words};
use crate::voice_socket::{self, Frame, Session as _, Snapshot, take_due};

/// The time between two pings.
const PING_EVERY: Duration = Duration::from_secs(2);
/// A pong has to arrive within this.
const PONG_MAX: Duration = Duration::from_secs(1);
/// Silence that ends a turn.
const TURN_END_MS: u64 = 500;
/// The time from the metadata to the agent's first words.
const FIRST_WORDS: Duration = Duration::from_millis(60);

/// Something to do later.
#[derive(Debug)]
enum Task {
    Ping,
    Transcript(String, bool),
    FirstWords,
    Response(String),
    Sound { bytes: Vec<u8>, letters: String },
    Call { name: String, parameters: Value },
    Trouble(Trouble),
    Fail(String),
}

/// An open conversation.
#[derive(Debug)]
pub(super) struct Session {
    agent: Agent,
    script: Arc<Mutex<Script>>,
    first_words: Arc<Mutex<Option<Answer>>>,
    id: String,
    input: AudioFormat,
    output: AudioFormat,
    vad: Vad,
    heard: Vec<i16>,
    remembers: Vec<String>,
    violations: Vec<String>,
    /// Tool calls, and whether each was answered.
    tools: HashMap<String, bool>,
    agenda: Vec<(Instant, Task)>,
    frames: VecDeque<Frame>,
    has_begun: bool,
    event_id: u64,
    calls: usize,
    pings: HashMap<u64, Instant>,
    /// The current speech: its words, when its first sound was sent, how much was sent.
    saying: Option<(String, Instant, Duration)>,
    /// The length of the whole sound of a text.
    remembers_length: HashMap<String, Duration>,
    hung: bool,
}

impl Session {
    /// The conversation with this number, with an agent that says what the script has, and begins with the same words each time.
    pub(super) fn new(
        number: usize,
        agent: Agent,
        (script, first_words): (Arc<Mutex<Script>>, Arc<Mutex<Option<Answer>>>),
    ) -> Self {
        Self {
            input: format(agent.input),
            output: format(agent.output),
            agent,
            script,
            first_words,
            id: format!("conv_{number}"),
            vad: Vad::default(),
            heard: Vec::new(),
            remembers: Vec::new(),
            violations: Vec::new(),
            tools: HashMap::new(),
            agenda: Vec::new(),
            frames: VecDeque::new(),
            has_begun: false,
            event_id: 0,
            calls: 0,
            pings: HashMap::new(),
            saying: None,
            remembers_length: HashMap::new(),
            hung: false,
        }
    }

    /// Tool calls that have no result.
    fn unanswered(&self) -> Vec<String> {
        self.tools.iter().filter(|(_, answered)| !**answered).map(|(id, _)| id.clone()).collect()
    }

    fn perform(&mut self, task: Task, now: Instant) {
        match task {
            Task::Ping => {
                if self.pings.values().any(|sent| now.duration_since(*sent) > PONG_MAX) {
                    self.violate("a ping was not answered within a second".to_owned());
                    self.pings.clear();
                }
                self.event_id += 1;
                let event_id = self.event_id;
                if !self.hung {
                    self.pings.insert(event_id, now);
                }
                self.send(json!({ "type": "ping", "ping_event": { "event_id": event_id, "ping_ms": 21 } }));
                self.agenda.push((now + PING_EVERY, Task::Ping));
            }
            Task::Transcript(text, answers) => {
                self.event_id += 1;
                self.remembers.push(format!("caller: {text}"));
                self.send(json!({ "type": "user_transcript", "user_transcription_event":
                    { "user_transcript": text, "event_id": self.event_id } }));
                if answers {
                    self.respond(Cause::Turn, now);
                }
            }
            Task::FirstWords => {
                let first = || lock(&self.script).next_answer(Cause::Request);
                let known = self
                    .first_words
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(first)
                    .clone();
                self.say(known, now);
            }
            Task::Response(text) => {
                self.event_id += 1;
                self.saying = Some((text.clone(), now, Duration::ZERO));
                self.remembers.push(format!("agent: {text}"));
                if self.agent.tells_words {
                    self.send(json!({ "type": "agent_response", "agent_response_event":
                        { "agent_response": text, "event_id": self.event_id } }));
                }
            }
            Task::Sound { bytes, letters } => {
                self.event_id += 1;
                let length = Duration::from_millis(self.output.length_ms(bytes.len()));
                if let Some((_, began, sent)) = &mut self.saying {
                    if sent.is_zero() {
                        *began = now;
                    }
                    *sent += length;
                }
                let mut event = json!({ "audio_base_64": BASE64.encode(&bytes), "event_id": self.event_id });
                if self.agent.aligns {
                    let chars: Vec<String> = letters.chars().map(String::from).collect();
                    let each = length.as_millis() as usize / chars.len().max(1);
                    let starts: Vec<usize> = (0..chars.len()).map(|at| at * each).collect();
                    let lengths = vec![each; chars.len()];
                    event["alignment"] = json!({ "chars": chars, "char_start_times_ms": starts,
                                                 "char_durations_ms": lengths });
                }
                self.send(json!({ "type": "audio", "audio_event": event }));
            }
            Task::Call { name, parameters } => {
                self.event_id += 1;
                self.calls += 1;
                let id = format!("{name}_{}_{}", self.id, self.calls);
                self.tools.insert(id.clone(), false);
                self.send(json!({ "type": "client_tool_call", "client_tool_call": { "tool_name": name,
                    "tool_call_id": id, "parameters": parameters, "event_id": self.event_id } }));
            }
            Task::Trouble(trouble) => self.trouble(trouble, now),
            Task::Fail(code) => self.fail(&code, 1011),
        }
    }

    fn begin(&mut self, message: &Value, now: Instant) {
        self.has_begun = true;
        let overrides = &message["conversation_config_override"];
        if overrides.is_object() && !self.agent.allows_overrides {
            let mut fields =
                overrides["agent"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
            let field = fields.next_back().unwrap_or_default();
            self.error(
                "override_error",
                1008,
                &format!("Override for field '{field}' is not allowed by config."),
            );
            return;
        }
        if let Some(missed) =
            self.agent.variables.iter().find(|name| message["dynamic_variables"].get(**name).is_none())
        {
            let words = format!("Missing required dynamic variables in first message: {{'{missed}'}}");
            self.error("missing_dynamic_variable", 1008, &words);
            return;
        }
        self.send(
            json!({ "type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": {
            "conversation_id": self.id, "agent_output_audio_format": self.agent.output,
            "user_input_audio_format": self.agent.input } }),
        );
        self.agenda.push((now, Task::Ping));
        if self.agent.speaks_first {
            self.agenda.push((now + FIRST_WORDS, Task::FirstWords));
        }
    }

    fn hear(&mut self, base64: &str, now: Instant) {
        let Ok(bytes) = BASE64.decode(base64) else { return self.violate("audio is not base64".to_owned()) };
        if bytes.is_empty() || bytes.len() % self.input.sample_bytes() != 0 {
            return self.violate(format!("{} bytes of audio", bytes.len()));
        }
        let samples = self.input.decode(&bytes);
        self.heard.extend(&samples);
        for noticed in self.vad.hear(&samples, self.input.rate(), TURN_END_MS) {
            match noticed {
                Noticed::Started { .. } => self.interrupt(now),
                Noticed::Stopped { .. } => {
                    let words = lock(&self.script).next_words();
                    match words {
                        Words::Heard(text, delay) => {
                            self.agenda.push((now + delay, Task::Transcript(text, true)));
                        }
                        Words::Failed => self.agenda.push((now, Task::Transcript(String::new(), false))),
                        Words::Never => {}
                    }
                }
            }
        }
    }

    /// The caller speaks: sound that is being heard, or is on its way, stops.
    fn interrupt(&mut self, now: Instant) {
        // A piece that was on its way all the same.
        let is_sound = |(_, task): &&(Instant, Task)| matches!(task, Task::Sound { .. });
        let late = self.agenda.iter().filter(is_sound).min_by_key(|(due, _)| *due);
        let late = late.and_then(|(_, task)| match task {
            Task::Sound { bytes, .. } => Some(BASE64.encode(bytes)),
            _ => None,
        });
        let was_pending = self.silence();
        let Some((text, began, sent)) = self.saying.take() else { return };
        let heard = now.duration_since(began).min(sent);
        if heard >= sent && !was_pending {
            return;
        }
        let event_id = self.event_id;
        self.send(json!({ "type": "interruption", "interruption_event": { "event_id": event_id } }));
        if let Some(audio) = late {
            let late = json!({ "audio_base_64": audio, "event_id": event_id });
            self.send(json!({ "type": "audio", "audio_event": late }));
        }
        if self.agent.corrects && !sent.is_zero() {
            let whole = self.length_of(&text, sent);
            let share = heard.as_secs_f64() / whole.as_secs_f64().max(0.001);
            let letters = (text.chars().count() as f64 * share) as usize;
            let kept: String = text.chars().take(letters).collect();
            let kept = kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept).to_owned();
            if let Some(line) = self.remembers.iter_mut().rev().find(|line| line.starts_with("agent: ")) {
                *line = format!("agent: {kept}...");
            }
            self.send(json!({ "type": "agent_response_correction", "agent_response_correction_event": {
                "original_agent_response": text, "corrected_agent_response": format!("{kept}..."),
                "event_id": event_id } }));
        }
    }

    /// The length of a text's whole sound.
    fn length_of(&self, text: &str, sent: Duration) -> Duration {
        self.remembers_length.get(text).copied().unwrap_or(sent)
    }

    /// Drops what is still to be said. Returns whether there was anything.
    fn silence(&mut self) -> bool {
        let before = self.agenda.len();
        self.agenda.retain(|(_, task)| {
            !matches!(
                task,
                Task::Sound { .. }
                    | Task::Response(_)
                    | Task::Call { .. }
                    | Task::FirstWords
                    | Task::Trouble(_)
            )
        });
        before != self.agenda.len()
    }

    fn fail(&mut self, code: &str, close: u16) {
        self.error(code, close, "as the script has it");
    }

    fn error(&mut self, kind: &str, code: u16, words: &str) {
        let event = json!({ "code": code, "error_type": kind, "message": words });
        self.send(json!({ "type": "error", "error_event": event }));
        self.push(Frame::Close(code, words.chars().take(100).collect()));
    }

    /// Sends an event.
    fn send(&mut self, event: Value) {
        if let Err(fault) = schemas::check(&event, Sender::Server) {
            self.violate(format!("the stand-in itself: {fault}"));
        }
        self.push(Frame::Event(event));
    }

    fn push(&mut self, frame: Frame) {
        if !self.hung {
            self.frames.push_back(frame);
        }
    }
}

impl voice_socket::Session for Session {
    fn take_frames(&mut self) -> Vec<Frame> {
        self.frames.drain(..).collect()
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.iter().map(|(due, _)| *due).min()
    }

    fn tick(&mut self, now: Instant) {
        while let Some(task) = take_due(&mut self.agenda, now) {
            self.perform(task, now);
        }
    }

    fn received(&mut self, message: &Value, now: Instant) {
        if let Err(fault) = schemas::check(message, Sender::Client) {
            return self.violate(fault);
        }
        let kind = message["type"].as_str().unwrap_or("user_audio_chunk");
        if !self.has_begun {
            if kind != "conversation_initiation_client_data" {
                return self.violate(format!("the first message is {kind}"));
            }
            return self.begin(message, now);
        }
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        match kind {
            "conversation_initiation_client_data" => {
                self.violate("the conversation was begun twice".to_owned())
            }
            "user_audio_chunk" => self.hear(&text("user_audio_chunk"), now),
            "pong" => {
                let id = message["event_id"].as_u64().unwrap_or_default();
                match self.pings.remove(&id) {
                    None => self.violate(format!("a pong to {id}, which is not an open ping")),
                    Some(sent) if now.duration_since(sent) > PONG_MAX => {
                        self.violate(format!("the pong to {id} came late"));
                    }
                    Some(_) => {}
                }
            }
            "contextual_update" => self.remembers.push(format!("context: {}", text("text"))),
            "user_message" => {
                self.remembers.push(format!("system: {}", text("text")));
                self.silence();
                self.respond(Cause::Request, now);
            }
            "client_tool_result" => {
                let id = text("tool_call_id");
                match self.tools.get_mut(&id) {
                    None => self.violate(format!("a result of {id}, which was not called")),
                    Some(true) => self.violate(format!("{id} was answered twice")),
                    Some(answered) => {
                        *answered = true;
                        self.remembers.push(format!("returned {id}: {}", text("result")));
                        if self.unanswered().is_empty() {
                            self.respond(Cause::Tools, now);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn violate(&mut self, how: String) {
        self.violations.push(how);
    }

    fn trouble(&mut self, trouble: Trouble, now: Instant) {
        match trouble {
            Trouble::Close(code) => self.push(Frame::Close(code, "as the script has it".to_owned())),
            Trouble::Abort | Trouble::Leaves(_) => self.push(Frame::Abort),
            Trouble::Hang => {
                self.hung = true;
                self.pings.clear();
            }
            Trouble::Stalls(_) => {}
            Trouble::MalformedJson => self.push(Frame::Text("{\"type\":\"audio\",\"audio_ev".to_owned())),
            Trouble::Binary => self.push(Frame::Binary(vec![0, 159, 146, 150])),
            Trouble::UnknownEvents => {
                for text in [
                    r#"{"type":"agent_mood","mood_event":{"deep":[1,2]}}"#,
                    r#"{"type":"ping"}"#,
                    r#"{"type":"audio","audio_event":{"audio_base_64":"!!!","event_id":9999,"x":[{}]}}"#,
                ] {
                    self.push(Frame::Text(text.to_owned()));
                }
            }
            Trouble::Error { kind, code } => self.error(&kind, 1011, &code),
            Trouble::Expire => {
                self.error("max_duration_exceeded", 1000, "Conversation reached its maximum duration.");
            }
            Trouble::Overlap(answer) => self.say(*answer, now),
        }
    }

    /// Audio of the client has no type: it is `user_audio_chunk`.
    fn noted(event: &Value) -> (String, Value) {
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
        (kind, event)
    }

    fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            rate: self.input.rate(),
            heard: &self.heard,
            remembers: &self.remembers,
            violations: &self.violations,
            unanswered: self.unanswered(),
        }
    }
}

/// The format with that name.
fn format(name: &str) -> AudioFormat {
    let rate = name.strip_prefix("pcm_").and_then(|rate| rate.parse().ok());
    rate.map_or(AudioFormat::Pcmu, |rate| AudioFormat::Pcm { rate })
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_said_after_the_one_before() {
        let (now, length) = (Instant::now(), Duration::from_millis(400));
        let script = Script::new()
            .greeting(Answer::say("One moment.", 1000.0, length).delayed(Duration::from_millis(120)))
            .turn(Answer::say("At nine.", 700.0, length));
        let agent = Agent { speaks_first: false, ..Agent::new("agent", None) };
        let mut session = Session::new(1, agent, (Arc::new(Mutex::new(script)), Arc::default()));
        session.begin(&json!({}), now);
        session.received(&json!({ "type": "user_message", "text": "Say that we look." }), now);
        session.perform(Task::Transcript("When do you open?".to_owned(), true), now + length / 4);
        session.tick(now + Duration::from_secs(1));
        let mut said = Vec::new();
        for frame in session.take_frames() {
            let Frame::Event(event) = frame else { continue };
            match event["type"].as_str() {
                Some("agent_response") => {
                    said.push(event["agent_response_event"]["agent_response"].clone());
                }
                Some("audio") => said.push(json!("sound")),
                _ => {}
            }
        }
        // The sound of each comes in three pieces.
        assert_eq!(said, ["One moment.", "sound", "sound", "sound", "At nine.", "sound", "sound", "sound"]);
        assert_eq!(session.violations, Vec::<String>::new());
    }
}
