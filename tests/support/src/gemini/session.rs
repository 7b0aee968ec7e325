//! One connection's session: what the model answers to its client's messages, and what it does by itself. It knows no socket.
//!
//! The server assumes that its sound is heard in real time from when it was sent: a turn is over when all of it was heard.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{Manners, schemas};
use crate::openai::schemas::Sender;
use crate::openai::script::Cause;
use crate::openai::vad::{Noticed, Vad};
use crate::openai::{AudioFormat, Script, Trouble, Words};
use crate::voice_socket::{self, Frame, Session as _, Snapshot, take_due};

/// The sample rate of the caller's audio, in Hz.
pub(super) const INPUT_HZ: u32 = 16_000;
/// The sample rate of the model's audio, in Hz.
pub(super) const OUTPUT_HZ: u32 = 24_000;
/// The silence in ms that ends a turn, unless the setup specifies it.
const TURN_END_MS: u64 = 500;
/// The time from the setup to the message that the session is up.
const SET_UP_AFTER: Duration = Duration::from_millis(20);
/// A response to a function may cross the message that it is not wanted any more.
const CROSSING: Duration = Duration::from_millis(300);

/// The memories of models, by the handles of their sessions.
pub(super) type Kept = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Something to do later.
#[derive(Debug)]
pub(super) enum Task {
    SetUp,
    CallerSaid(String),
    Answer,
    Words(String),
    Sound(Vec<u8>),
    Generated,
    TurnOver,
    Calls(Vec<(String, String)>),
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

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    number: usize,
    manners: Arc<Mutex<Manners>>,
    pub(super) script: Arc<Mutex<Script>>,
    kept: Kept,
    vad: Vad,
    turn_end_ms: u64,
    writes_down: bool,
    heard: Vec<i16>,
    remembers: Vec<String>,
    violations: Vec<String>,
    functions: HashMap<String, (String, FunctionState)>,
    pub(super) agenda: Vec<(Instant, Task)>,
    frames: VecDeque<Frame>,
    is_set_up: bool,
    has_setup: bool,
    calls: usize,
    handles: usize,
    /// The current turn: when its sound began, and how long it is so far.
    pub(super) saying: Option<(Instant, Duration)>,
    hung: bool,
}

impl Session {
    /// The session of the connection with this number, whose model speaks by the script.
    pub(super) fn new(
        number: usize,
        manners: Arc<Mutex<Manners>>,
        script: Arc<Mutex<Script>>,
        kept: Kept,
    ) -> Self {
        Self {
            number,
            manners,
            script,
            kept,
            vad: Vad::default(),
            turn_end_ms: TURN_END_MS,
            writes_down: false,
            heard: Vec::new(),
            remembers: Vec::new(),
            violations: Vec::new(),
            functions: HashMap::new(),
            agenda: Vec::new(),
            frames: VecDeque::new(),
            is_set_up: false,
            has_setup: false,
            calls: 0,
            handles: 0,
            saying: None,
            hung: false,
        }
    }

    pub(super) fn manners(&self) -> MutexGuard<'_, Manners> {
        self.manners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Function calls that have no response, and should have one.
    fn unanswered(&self) -> Vec<String> {
        let open = self.functions.iter().filter(|(_, (_, asked))| *asked == FunctionState::Open);
        open.map(|(id, _)| id.clone()).collect()
    }

    fn perform(&mut self, task: Task, now: Instant) {
        match task {
            Task::SetUp => {
                self.is_set_up = true;
                self.send(json!({ "setupComplete": {} }));
            }
            Task::CallerSaid(text) => self.caller_said(&text),
            Task::Answer => self.respond_alone(Cause::Turn, now),
            Task::Words(text) => {
                match self.remembers.last_mut().filter(|last| last.starts_with("agent: ")) {
                    Some(last) if self.saying.is_some() => last.push_str(&text),
                    _ => self.remembers.push(format!("agent: {text}")),
                }
                self.send(json!({ "serverContent": { "outputTranscription": { "text": text } } }));
            }
            Task::Sound(bytes) => self.sound(&bytes, now),
            Task::Generated => self.send(json!({ "serverContent": { "generationComplete": true } })),
            Task::TurnOver => {
                self.saying = None;
                let usage = self.usage();
                self.send(json!({ "serverContent": { "turnComplete": true }, "usageMetadata": usage }));
                self.keep();
            }
            Task::Calls(calls) => self.ask(&calls),
            Task::Trouble(trouble) => self.trouble(trouble, now),
            Task::Fail(words) => self.push(Frame::Close(1011, words)),
        }
    }

    /// Sends the caller's words, in pieces.
    fn caller_said(&mut self, text: &str) {
        self.remembers.push(format!("caller: {text}"));
        if !self.writes_down {
            return;
        }
        let middle = text.find(' ').unwrap_or(text.len());
        for piece in [&text[..middle], &text[middle..]] {
            if !piece.is_empty() {
                self.send(json!({ "serverContent": { "inputTranscription": { "text": piece } } }));
            }
        }
    }

    fn sound(&mut self, bytes: &[u8], now: Instant) {
        let length = Duration::from_millis(bytes.len() as u64 * 1_000 / u64::from(2 * OUTPUT_HZ));
        let (_, sent) = self.saying.get_or_insert((now, Duration::ZERO));
        *sent += length;
        let data = BASE64.encode(bytes);
        let sound =
            json!({ "inlineData": { "mimeType": format!("audio/pcm;rate={OUTPUT_HZ}"), "data": data } });
        let parts = if self.manners().thinks {
            // A client that took this thought for an answer would play it.
            let aloud = json!({ "thought": true,
                "inlineData": { "mimeType": "audio/pcm;rate=24000", "data": BASE64.encode([0x7f; 4_800]) } });
            json!([{ "thought": true, "text": "What to say to that?" }, aloud, sound])
        } else {
            json!([sound])
        };
        self.send(json!({ "serverContent": { "modelTurn": { "role": "model", "parts": parts } } }));
    }

    fn usage(&self) -> Value {
        let used = lock(&self.script).usage;
        let of = |audio: u64, text: u64| json!([{ "modality": "AUDIO", "tokenCount": audio }, { "modality": "TEXT", "tokenCount": text }]);
        json!({
            "promptTokenCount": used.audio_in + used.text_in,
            "responseTokenCount": used.audio_out + used.text_out,
            "totalTokenCount": used.audio_in + used.text_in + used.audio_out + used.text_out,
            "promptTokensDetails": of(used.audio_in, used.text_in),
            "cacheTokensDetails": of(used.audio_in_cached, used.text_in_cached),
            "responseTokensDetails": of(used.audio_out, used.text_out),
        })
    }

    /// From now on the session can be resumed in this state.
    fn keep(&mut self) {
        if !self.manners().keeps_sessions {
            return;
        }
        self.handles += 1;
        let handle = format!("handle-{}-{}", self.number, self.handles);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(handle.clone(), self.remembers.clone());
        drop(kept);
        self.send(json!({ "sessionResumptionUpdate": { "newHandle": handle, "resumable": true } }));
    }

    /// Calls functions, all at once.
    fn ask(&mut self, calls: &[(String, String)]) {
        let mut asked = Vec::new();
        for (name, arguments) in calls {
            self.calls += 1;
            let id = format!("function-call-{}-{}", self.number, self.calls);
            self.functions.insert(id.clone(), (name.clone(), FunctionState::Open));
            let args = serde_json::from_str::<Value>(arguments).ok().filter(Value::is_object);
            asked.push(json!({ "id": id, "name": name, "args": args.unwrap_or_else(|| json!({})) }));
        }
        if self.manners().keeps_sessions {
            self.send(json!({ "sessionResumptionUpdate": { "resumable": false } }));
        }
        self.send(json!({ "toolCall": { "functionCalls": asked } }));
    }

    fn set_up(&mut self, setup: &Value, now: Instant) {
        let (model, refuses_language) = {
            let manners = self.manners();
            (format!("models/{}", manners.model), manners.refuses_language)
        };
        if std::mem::replace(&mut self.has_setup, true) {
            return self.refuse(1007, "setup must be the first message and only the first");
        }
        if setup["model"] != json!(model) {
            let words = format!("{} is not found for API version v1beta", setup["model"]);
            return self.push(Frame::Close(1008, words));
        }
        let generation = &setup["generationConfig"];
        if generation["responseModalities"] != json!(["AUDIO"]) {
            return self.refuse(1007, "a telephone needs audio");
        }
        if refuses_language && generation["speechConfig"].get("languageCode").is_some() {
            return self.push(Frame::Close(1007, "Unsupported language code for model".to_owned()));
        }
        for part in ["outputAudioTranscription", "sessionResumption", "contextWindowCompression"] {
            if setup.get(part).is_none() {
                self.violate(format!("the setup has no {part}"));
            }
        }
        self.writes_down = setup.get("inputAudioTranscription").is_some();
        let detection = &setup["realtimeInputConfig"]["automaticActivityDetection"];
        self.turn_end_ms = detection["silenceDurationMs"].as_u64().unwrap_or(TURN_END_MS);
        self.know(&setup["tools"][0]["functionDeclarations"]);
        if let Some(handle) = setup["sessionResumption"]["handle"].as_str() {
            let is_refused = {
                let mut manners = self.manners();
                let refuses = manners.refuses_resumption > 0;
                manners.refuses_resumption = manners.refuses_resumption.saturating_sub(1);
                refuses
            };
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(handle).cloned();
            match kept {
                None => return self.refuse(1007, "nobody gave this handle"),
                Some(_) if is_refused => {
                    let words = "Request contains an invalid argument.".to_owned();
                    return self.push(Frame::Close(1007, words));
                }
                Some(remembers) => self.remembers = remembers,
            }
        }
        self.agenda.push((now + SET_UP_AFTER, Task::SetUp));
    }

    fn know(&mut self, functions: &Value) {
        let functions = functions.as_array().map(Vec::as_slice).unwrap_or_default();
        if !functions.iter().any(|function| function["name"] == "end_call") {
            self.violate("the model has no end_call".to_owned());
        }
        for function in functions {
            if let Some(parameters) = function.get("parameters")
                && let Err(fault) = schemas::check_parameters(parameters)
            {
                self.violate(format!("{}: {fault}", function["name"]));
            }
        }
    }

    /// Adds words to the conversation. They interrupt the current speech.
    fn content(&mut self, content: &Value, now: Instant) {
        if self.saying.is_some() || self.is_about_to_speak() {
            self.cut();
        }
        for turn in content["turns"].as_array().into_iter().flatten() {
            let text = turn["parts"][0]["text"].as_str().unwrap_or_default();
            let who = match turn["role"].as_str() {
                Some("model") => "agent",
                Some("user") if text.starts_with("[From the telephone system") => "told",
                Some("user") => "caller",
                _ => return self.violate(format!("a turn with an unknown role: {turn}")),
            };
            if text.is_empty() {
                self.violate(format!("a turn without words: {turn}"));
            }
            self.remembers.push(format!("{who}: {text}"));
        }
        if content["turnComplete"] == true {
            self.respond(Cause::Request, now);
        }
    }

    /// Ends current or coming speech here.
    fn cut(&mut self) {
        self.silence();
        self.saying = None;
        self.send(json!({ "serverContent": { "interrupted": true } }));
        self.send(json!({ "serverContent": { "turnComplete": true } }));
    }

    /// Gives one answer at a time: it ends what the client's words had begun meanwhile. A turn that is still being heard is over before the next
    /// one begins.
    fn respond_alone(&mut self, cause: Cause, now: Instant) {
        if self.is_about_to_speak() {
            self.cut();
        }
        let agenda = std::mem::take(&mut self.agenda);
        let (ends, others): (Vec<_>, Vec<_>) =
            agenda.into_iter().partition(|(_, task)| matches!(task, Task::Generated | Task::TurnOver));
        self.agenda = others;
        for (_, task) in ends {
            self.perform(task, now);
        }
        self.respond(cause, now);
    }

    fn is_about_to_speak(&self) -> bool {
        let speaks = |task: &Task| matches!(task, Task::Sound(_) | Task::Words(_) | Task::Calls(_));
        self.agenda.iter().any(|(_, task)| speaks(task))
    }

    fn audio(&mut self, audio: &Value, now: Instant) {
        if audio["mimeType"] != json!(format!("audio/pcm;rate={INPUT_HZ}")) {
            return self.violate(format!("audio of the type {}", audio["mimeType"]));
        }
        let bytes = audio["data"].as_str().and_then(|data| BASE64.decode(data).ok()).unwrap_or_default();
        if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
            return self.violate(format!("{} bytes of audio", bytes.len()));
        }
        let samples = AudioFormat::Pcm { rate: INPUT_HZ }.decode(&bytes);
        self.heard.extend(&samples);
        for noticed in self.vad.hear(&samples, INPUT_HZ, self.turn_end_ms) {
            match noticed {
                Noticed::Started { .. } => self.interrupt(now),
                Noticed::Stopped { .. } => self.turn_ended(now),
            }
        }
    }

    fn turn_ended(&mut self, now: Instant) {
        let Words::Heard(text, delay) = lock(&self.script).next_words() else { return };
        let late = self.manners().hears_late.unwrap_or_default();
        // Of two entries for the same time, the first that was added comes first.
        self.agenda.push((now + delay + late, Task::CallerSaid(text)));
        self.agenda.push((now + delay, Task::Answer));
    }

    /// The caller speaks.
    fn interrupt(&mut self, now: Instant) {
        if self.saying.is_some() || self.is_about_to_speak() {
            self.cut();
        }
        let open = self.unanswered();
        if !open.is_empty() {
            self.send(json!({ "toolCallCancellation": { "ids": open } }));
            for id in open {
                if let Some((_, asked)) = self.functions.get_mut(&id) {
                    *asked = FunctionState::Cancelled(now);
                }
            }
        }
    }

    /// Drops what is still to be said.
    fn silence(&mut self) {
        let stays = |task: &Task| matches!(task, Task::SetUp | Task::CallerSaid(_));
        self.agenda.retain(|(_, task)| stays(task));
    }

    fn returned(&mut self, response: &Value, now: Instant) {
        let id = response["id"].as_str().unwrap_or_default();
        if !response["response"].is_object() {
            return self.violate(format!("the answer to {id} is not an object"));
        }
        let fault = match self.functions.get_mut(id) {
            None => format!("a response to {id}, which was not called"),
            Some((name, _)) if response["name"] != json!(name) => format!("{id} is not {}", response["name"]),
            Some((_, FunctionState::Answered)) => format!("{id} was answered twice"),
            Some((_, FunctionState::Cancelled(at))) if now.duration_since(*at) > CROSSING => {
                format!("{id} was answered though it was cancelled")
            }
            Some((_, FunctionState::Cancelled(_))) => return,
            Some((_, asked)) => {
                *asked = FunctionState::Answered;
                self.remembers.push(format!("returned {id}: {}", response["response"]));
                if self.unanswered().is_empty() {
                    self.respond_alone(Cause::Tools, now);
                }
                return;
            }
        };
        self.violate(fault);
    }

    fn refuse(&mut self, code: u16, words: &str) {
        self.violate(words.to_owned());
        self.push(Frame::Close(code, words.to_owned()));
    }

    /// Sends a message.
    fn send(&mut self, message: Value) {
        if let Err(fault) = schemas::check(&message, Sender::Server) {
            self.violate(format!("the stand-in itself: {fault}"));
        }
        let is_binary = self.manners().is_binary;
        self.push(if is_binary { Frame::BinaryEvent(message) } else { Frame::Event(message) });
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
            return self.refuse(1007, &fault);
        }
        if let Some(setup) = message.get("setup") {
            return self.set_up(setup, now);
        }
        if !self.is_set_up {
            return self.violate("something was sent before the session was up".to_owned());
        }
        if let Some(content) = message.get("clientContent") {
            self.content(content, now);
        } else if let Some(audio) = message["realtimeInput"].get("audio") {
            self.audio(audio, now);
        } else if let Some(responses) = message["toolResponse"]["functionResponses"].as_array() {
            for response in responses {
                self.returned(response, now);
            }
        } else if message["realtimeInput"]["audioStreamEnd"] != true {
            self.violate(format!("unexpected: {message}"));
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
            Trouble::MalformedJson => self.push(Frame::Text("{\"serverContent\":{\"modelTu".to_owned())),
            Trouble::Binary => self.push(Frame::Binary(vec![0, 159, 146, 150])),
            Trouble::UnknownEvents => {
                for text in [
                    r#"{"serverMood":{"deep":[1,2]}}"#,
                    r#"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/opus","data":"AAAA"}}]}}}"#,
                    r#"{"serverContent":{"waitingForInput":false,"x":[{}]},"voiceActivity":{"voiceActivityType":"NEW"}}"#,
                    r#"{"toolCall":{"functionCalls":{}}}"#,
                ] {
                    self.push(Frame::Text(text.to_owned()));
                }
            }
            Trouble::Error { code, .. } => self.push(Frame::Close(1011, code)),
            Trouble::Expire => {
                let words = "Deadline expired before operation could complete.".to_owned();
                self.push(Frame::Close(1011, words));
            }
            Trouble::Overlap(answer) => self.say(*answer, now),
        }
    }

    /// The kind is the first member. For the client's audio and its end it is what is in `realtimeInput`.
    fn noted(event: &Value) -> (String, Value) {
        let mut event = event.clone();
        let first = event.as_object().and_then(|members| members.keys().next().cloned());
        let mut kind = first.unwrap_or_else(|| "(nothing)".to_owned());
        if let Some(data) = event.pointer_mut("/realtimeInput/audio/data") {
            *data = json!(data.as_str().unwrap_or_default().len() / 4 * 3);
            "audio".clone_into(&mut kind);
        }
        if event["realtimeInput"]["audioStreamEnd"] == true {
            "audioStreamEnd".clone_into(&mut kind);
        }
        (kind, event)
    }

    fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            rate: INPUT_HZ,
            heard: &self.heard,
            remembers: &self.remembers,
            violations: &self.violations,
            unanswered: self.unanswered(),
        }
    }
}

pub(super) fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::Answer;

    /// The members of the messages that were sent, without repetitions.
    fn sent(session: &mut Session) -> Vec<String> {
        let mut all = Vec::new();
        for frame in session.take_frames() {
            let Frame::Event(message) = frame else { continue };
            let members = message["serverContent"].as_object().into_iter().flatten();
            all.extend(members.map(|(name, _)| name.clone()).filter(|name| name != "outputTranscription"));
        }
        all.dedup();
        all
    }

    #[test]
    fn a_turn_still_being_heard_ends_before_the_next_one() {
        let long = |text| Answer::say(text, 1000.0, Duration::from_millis(1_000));
        // All sound of the first one is sent after 280 ms, and its end after 290 ms. It is heard for 1,040 ms.
        for answered_ms in [285, 900] {
            let script = Script::new().greeting(long("One.")).turn(long("Two."));
            let (manners, script) = (Manners::new("key"), Arc::new(Mutex::new(script)));
            let mut session = Session::new(0, Arc::new(Mutex::new(manners)), script, Kept::default());
            let began = Instant::now();
            let words = json!({ "turns": [{ "role": "user", "parts": [{ "text": "Hello?" }] }],
                "turnComplete": true });
            session.content(&words, began);
            let answered = began + Duration::from_millis(answered_ms);
            session.agenda.push((answered, Task::Answer));
            for at_ms in (0..3_000).step_by(20) {
                session.tick(began + Duration::from_millis(at_ms));
            }
            let turn = ["modelTurn", "generationComplete", "turnComplete"];
            assert_eq!(sent(&mut session), [turn, turn].concat(), "{answered_ms} ms");
            assert!(session.violations.is_empty(), "{:?}", session.violations);
        }
    }
}
