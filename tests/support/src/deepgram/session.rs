//! One conversation: what the agent answers to its client's messages, and what it does by itself. It knows no socket.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Manners, schemas};
use crate::openai::answer::Answer;
use crate::openai::schemas::Sender;
use crate::openai::script::Cause;
use crate::openai::vad::{Noticed, Vad};
use crate::openai::{AudioFormat, Script, Trouble, Words};
use crate::voice_socket::{self, Frame, Session as _, Snapshot, take_due};

/// Silence that ends a turn.
const TURN_END_MS: u64 = 500;
/// A client that sends nothing for this long counts as gone.
const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(10);
/// A language that none of its models knows.
const UNKNOWN_LANGUAGE: &str = "tlh";
/// The time from the settings to the message that they are applied.
const APPLIED_AFTER: Duration = Duration::from_millis(20);
/// A response to a function may cross the message that it is not wanted any more.
const CROSSING: Duration = Duration::from_millis(300);

/// Something to do later.
#[derive(Debug)]
pub(super) enum Task {
    Applied,
    Greeting(String),
    Transcript(String),
    Text(String),
    Starts,
    Sound(Vec<u8>),
    Done,
    Calls(Vec<(String, String)>),
    /// An answer that waits for the one before.
    Next(Answer),
    Trouble(Trouble),
    Fail(String),
}

/// The state of a function call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FunctionState {
    Open,
    Answered,
    Cancelled(Instant),
}

/// An open conversation.
#[derive(Debug)]
pub(super) struct Session {
    number: usize,
    manners: Manners,
    pub(super) script: Arc<Mutex<Script>>,
    input: AudioFormat,
    pub(super) output: AudioFormat,
    vad: Vad,
    caller_speaks: bool,
    heard: Vec<i16>,
    remembers: Vec<String>,
    violations: Vec<String>,
    functions: HashMap<String, FunctionState>,
    /// The names of the functions that it got.
    known: Vec<String>,
    pub(super) agenda: Vec<(Instant, Task)>,
    frames: VecDeque<Frame>,
    has_settings: bool,
    is_applied: bool,
    calls: usize,
    /// When the client last sent something.
    sent_at: Instant,
    /// The current speech: the index of its first line of memory, when its sound began, and how long it is so far.
    pub(super) saying: Option<(usize, Instant, Duration)>,
    hung: bool,
}

impl Session {
    /// The conversation with this number, with an agent that says what the script has.
    pub(super) fn new(number: usize, manners: Manners, script: Arc<Mutex<Script>>, now: Instant) -> Self {
        let mut session = Self {
            number,
            manners,
            script,
            input: AudioFormat::Pcmu,
            output: AudioFormat::Pcmu,
            vad: Vad::default(),
            caller_speaks: false,
            heard: Vec::new(),
            remembers: Vec::new(),
            violations: Vec::new(),
            functions: HashMap::new(),
            known: Vec::new(),
            agenda: Vec::new(),
            frames: VecDeque::new(),
            has_settings: false,
            is_applied: false,
            calls: 0,
            sent_at: now,
            saying: None,
            hung: false,
        };
        session.send(json!({ "type": "Welcome", "request_id": format!("request-{number}") }));
        session
    }

    /// Function calls that have no response, and should have one.
    fn unanswered(&self) -> Vec<String> {
        self.functions
            .iter()
            .filter(|(_, asked)| **asked == FunctionState::Open)
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn perform(&mut self, task: Task, now: Instant) {
        match task {
            Task::Applied => {
                self.is_applied = true;
                self.send(json!({ "type": "SettingsApplied" }));
            }
            Task::Greeting(words) => self.inject(&words, now),
            Task::Transcript(text) => {
                self.said("user", &text);
                self.send(json!({ "type": "AgentThinking", "content": "What to say to that?" }));
                self.respond(Cause::Turn, now);
            }
            Task::Text(text) => {
                if self.saying.is_none() {
                    self.saying = Some((self.remembers.len(), now, Duration::ZERO));
                }
                self.said("assistant", &text);
            }
            Task::Starts => {
                if let Some((_, began, _)) = &mut self.saying {
                    *began = now;
                }
                self.send(json!({ "type": "AgentStartedSpeaking", "total_latency": 0.5, "tts_latency": 0.2,
                    "ttt_latency": 0.3 }));
            }
            Task::Sound(bytes) => {
                if let Some((_, _, sent)) = &mut self.saying {
                    *sent += Duration::from_millis(self.output.length_ms(bytes.len()));
                }
                self.push(Frame::Binary(bytes));
            }
            Task::Done => self.send(json!({ "type": "AgentAudioDone" })),
            Task::Calls(calls) => self.ask(&calls),
            Task::Next(answer) => self.say_behind(answer, now),
            Task::Trouble(trouble) => self.trouble(trouble, now),
            Task::Fail(code) => self.fail(&code, 1011),
        }
    }

    /// Reports the words of either side, and remembers them.
    fn said(&mut self, role: &str, text: &str) {
        let who = if role == "user" { "caller" } else { "agent" };
        self.remembers.push(format!("{who}: {text}"));
        self.send(json!({ "type": "ConversationText", "role": role, "content": text }));
    }

    /// Calls functions, all at once.
    fn ask(&mut self, calls: &[(String, String)]) {
        let mut functions = Vec::new();
        for (name, arguments) in calls {
            self.calls += 1;
            let id = format!("fc_{}_{}", self.number, self.calls);
            self.functions.insert(id.clone(), FunctionState::Open);
            functions.push(json!({ "id": id, "name": name, "arguments": arguments, "client_side": true }));
        }
        if self.manners.has_own_functions {
            functions.push(json!({ "id": "own", "name": "own", "arguments": "{}", "client_side": false }));
        }
        self.send(json!({ "type": "FunctionCallRequest", "functions": functions }));
        if self.manners.has_own_functions {
            self.send(
                json!({ "type": "FunctionCallResponse", "id": "own", "name": "own", "content": "done" }),
            );
        }
    }

    fn returned(&mut self, id: &str, content: &str, now: Instant) {
        match self.functions.get_mut(id) {
            None => self.violate(format!("a response to {id}, which was not called")),
            Some(FunctionState::Answered) => self.violate(format!("{id} was answered twice")),
            Some(FunctionState::Cancelled(at)) => {
                if now.duration_since(*at) > CROSSING {
                    self.violate(format!("{id} was answered though it was cancelled"));
                }
            }
            Some(asked) => {
                *asked = FunctionState::Answered;
                self.remembers.push(format!("returned {id}: {content}"));
                if self.unanswered().is_empty() {
                    self.respond(Cause::Tools, now);
                }
            }
        }
    }

    fn set_up(&mut self, message: &Value, now: Instant) {
        if std::mem::replace(&mut self.has_settings, true) {
            self.violate("the settings were sent twice".to_owned());
            return self.fail("SETTINGS_ALREADY_APPLIED", 1007);
        }
        let audio = &message["audio"];
        let (Some(input), Some(output)) = (format(&audio["input"]), format(&audio["output"])) else {
            self.violate(format!("audio that no telephone has: {audio}"));
            return self.fail("INVALID_SETTINGS", 1007);
        };
        if audio["output"]["container"] != "none" {
            self.violate("the audio is requested in a container, which causes clicks".to_owned());
        }
        (self.input, self.output) = (input, output);
        let agent = &message["agent"];
        if agent["language"] == UNKNOWN_LANGUAGE {
            return self.fail("INVALID_SETTINGS", 1007);
        }
        self.remembers.push(format!("told: {}", agent["think"]["prompt"].as_str().unwrap_or_default()));
        self.know(&agent["think"]["functions"]);
        for said in agent["context"]["messages"].as_array().into_iter().flatten() {
            let who = if said["role"] == "user" { "caller" } else { "agent" };
            match said["content"].as_str() {
                Some(text) => self.remembers.push(format!("{who}: {text}")),
                None => self.remembers.push(format!("called: {}", said["function_calls"])),
            }
        }
        self.agenda.push((now + APPLIED_AFTER, Task::Applied));
        if let Some(greeting) = agent["greeting"].as_str() {
            self.agenda.push((now + APPLIED_AFTER, Task::Greeting(greeting.to_owned())));
        }
    }

    fn know(&mut self, functions: &Value) {
        let names = functions.as_array().into_iter().flatten();
        self.known = names.filter_map(|function| Some(function["name"].as_str()?.to_owned())).collect();
        if !self.known.iter().any(|name| name == "end_call") {
            self.violate("the agent has no end_call".to_owned());
        }
    }

    /// The caller speaks: sound that is being heard, or is on its way, stops. Some of it arrives late all the same.
    fn interrupt(&mut self, now: Instant) {
        self.caller_speaks = true;
        let is_sound = |(_, task): &&(Instant, Task)| matches!(task, Task::Sound(_));
        let late = self.agenda.iter().filter(is_sound).min_by_key(|(due, _)| *due);
        let late = late.and_then(|(_, task)| match task {
            Task::Sound(bytes) => Some(bytes.clone()),
            _ => None,
        });
        self.silence();
        self.send(json!({ "type": "UserStartedSpeaking" }));
        let open = self.unanswered();
        if !open.is_empty() {
            let cancelled: Vec<Value> = open.iter().map(|id| json!({ "id": id, "name": "any" })).collect();
            self.send(json!({ "type": "FunctionCallCancelled", "functions": cancelled }));
            self.functions.extend(open.into_iter().map(|id| (id, FunctionState::Cancelled(now))));
        }
        if self.saying.take().is_some() {
            if let Some(bytes) = late {
                self.push(Frame::Binary(bytes));
            }
            self.send(json!({ "type": "AgentAudioDone" }));
        }
    }

    fn is_speaking(&self, now: Instant) -> bool {
        self.saying.is_some_and(|(_, began, sent)| now < began + sent)
    }

    /// Drops what is still to be said.
    fn silence(&mut self) {
        self.agenda
            .retain(|(_, task)| matches!(task, Task::Applied | Task::Greeting(_) | Task::Transcript(_)));
    }

    fn fail(&mut self, code: &str, close: u16) {
        self.send(json!({ "type": "Error", "code": code, "description": "as the script has it" }));
        self.push(Frame::Close(close, code.chars().take(100).collect()));
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
        let silence = self.sent_at + CLIENT_SILENCE_MAX;
        self.agenda.iter().map(|(due, _)| *due).chain([silence]).min()
    }

    fn tick(&mut self, now: Instant) {
        if now >= self.sent_at + CLIENT_SILENCE_MAX {
            self.sent_at = now;
            self.violate("nothing came for 10 s, not even a KeepAlive".to_owned());
            self.fail("CLIENT_MESSAGE_TIMEOUT", 1011);
        }
        while let Some(task) = take_due(&mut self.agenda, now) {
            self.perform(task, now);
        }
    }

    fn received(&mut self, message: &Value, now: Instant) {
        self.sent_at = now;
        if let Err(fault) = schemas::check(message, Sender::Client) {
            self.violate(fault);
            return self.fail("UNPARSABLE_CLIENT_MESSAGE", 1007);
        }
        let kind = message["type"].as_str().unwrap_or_default();
        if kind != "Settings" && !self.has_settings {
            return self.violate(format!("the first message is {kind}"));
        }
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        match kind {
            "Settings" => self.set_up(message, now),
            "UpdatePrompt" => {
                self.remembers.push(format!("told: {}", text("prompt")));
                self.send(json!({ "type": "PromptUpdated" }));
            }
            "UpdateThink" => {
                self.know(&message["think"]["functions"]);
                self.send(json!({ "type": "ThinkUpdated" }));
            }
            "InjectAgentMessage" => {
                if self.caller_speaks || self.is_speaking(now) || self.manners.refuses_injections > 0 {
                    self.manners.refuses_injections = self.manners.refuses_injections.saturating_sub(1);
                    let refusal = json!({ "type": "InjectionRefused", "message": "Somebody is speaking." });
                    return self.send(refusal);
                }
                self.inject(&text("message"), now);
            }
            "InjectUserMessage" => {
                self.silence();
                self.said("user", &text("content"));
                self.respond(Cause::Request, now);
            }
            "FunctionCallResponse" => self.returned(&text("id"), &text("content"), now),
            _ => {}
        }
    }

    fn received_bytes(&mut self, bytes: &[u8], now: Instant) {
        self.sent_at = now;
        if !self.is_applied {
            return self.violate("audio before the settings were applied".to_owned());
        }
        if bytes.is_empty() || !bytes.len().is_multiple_of(self.input.sample_bytes()) {
            return self.violate(format!("{} bytes of audio", bytes.len()));
        }
        let samples = self.input.decode(bytes);
        self.heard.extend(&samples);
        for noticed in self.vad.hear(&samples, self.input.rate(), TURN_END_MS) {
            match noticed {
                Noticed::Started { .. } => self.interrupt(now),
                Noticed::Stopped { .. } => {
                    self.caller_speaks = false;
                    let words = lock(&self.script).next_words();
                    if let Words::Heard(text, delay) = words {
                        self.agenda.push((now + delay, Task::Transcript(text)));
                    }
                }
            }
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
            Trouble::Stalls(_) => {}
            Trouble::MalformedJson => {
                self.push(Frame::Text("{\"type\":\"ConversationText\",\"ro".to_owned()))
            }
            // Any bytes are sound here; only those of a container that the client has not asked for are garbage.
            Trouble::Binary => self.push(Frame::Binary(b"RIFF\x24\0\0\0WAVEfmt ".to_vec())),
            Trouble::UnknownEvents => {
                for text in [
                    r#"{"type":"AgentMood","deep":[1,2]}"#,
                    r#"{"type":"ConversationText"}"#,
                    r#"{"type":"ConversationText","role":"narrator","content":"Meanwhile","x":[{}]}"#,
                    r#"{"type":"FunctionCallRequest","functions":{}}"#,
                ] {
                    self.push(Frame::Text(text.to_owned()));
                }
            }
            Trouble::Error { kind, code } => {
                self.send(json!({ "type": "Error", "code": code, "description": kind }));
                self.push(Frame::Close(1011, kind));
            }
            Trouble::Expire => self.fail("SESSION_EXPIRED", 1000),
            Trouble::Overlap(answer) => self.say(*answer, now),
        }
    }

    fn noted(event: &Value) -> (String, Value) {
        (event["type"].as_str().unwrap_or("(no type)").to_owned(), event.clone())
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

/// The format that the settings name; `None` where no client of ours speaks it.
fn format(audio: &Value) -> Option<AudioFormat> {
    let rate = u32::try_from(audio["sample_rate"].as_u64()?).ok()?;
    match (audio["encoding"].as_str()?, rate) {
        ("mulaw", 8000) => Some(AudioFormat::Pcmu),
        ("alaw", 8000) => Some(AudioFormat::Pcma),
        ("linear16", 8000 | 16_000 | 24_000 | 48_000) => Some(AudioFormat::Pcm { rate }),
        _ => None,
    }
}

pub(super) fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
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
            .turn(Answer::say("At nine.", 700.0, length))
            .turn(Answer::say("Till five.", 600.0, length));
        let mut session = Session::new(1, Manners::new("key"), Arc::new(Mutex::new(script)), now);
        session.respond(Cause::Request, now);
        session.perform(Task::Transcript("When do you open?".to_owned()), now + length / 4);
        session.perform(Task::Transcript("And close?".to_owned()), now + length / 4);
        for ms in 0..100 {
            session.tick(now + Duration::from_millis(ms * 10));
        }
        let mut said: Vec<String> = Vec::new();
        for frame in voice_socket::Session::take_frames(&mut session) {
            match frame {
                Frame::Binary(_) if said.last().is_none_or(|last| last != "sound") => {
                    said.push("sound".to_owned());
                }
                Frame::Event(event) if event["role"] == "assistant" => {
                    said.push(event["content"].as_str().unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        assert_eq!(said, ["One moment.", "sound", "At nine.", "sound", "Till five.", "sound"]);
        assert_eq!(session.violations, Vec::<String>::new());
    }
}
