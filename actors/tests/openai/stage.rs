//! A session without sockets: the server's messages go in as JSON, actions come out as lines of text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::openai::session::{Act, LinkId, Loss, Plan, Retry, Session};
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice};
use cordboard_actors::assistant::remote::Patience;
use cordboard_actors::messages::{AssistantOrder, Attention, Entrance};
use cordboard_schema::audio::{Law, SampleRate};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{ItemId, OrganizationId, ProfileId};
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::ServerEvent;
use serde_json::{Value, json};
use uuid::Uuid;

/// When everything begins: long before the sessions of the captures end.
const START: UnixMs = UnixMs(1_795_000_000_000);
/// No wait in a test has more deadlines.
const TICKS_MAX: usize = 10_000;

pub(crate) fn profile() -> AgentProfile {
    AgentProfile {
        id: ProfileId(Uuid::nil()),
        organization_id: OrganizationId(Uuid::nil()),
        name: "receptionist".to_owned(),
        language: "en-GB".to_owned(),
        instructions: "You answer the phone for Example Dental.".to_owned(),
        greeting: Some("Example Dental, how can I help you?".to_owned()),
        speech: Default::default(),
        tools: Vec::new(),
        dtmf_actions: Vec::new(),
        after_handoff: Default::default(),
        assistant_in_handoff: Default::default(),
        handoff_style: Default::default(),
        handoff_words: Default::default(),
        custom_tools: Vec::new(),
        extraction: Vec::new(),
        topics: Vec::new(),
        style: Default::default(),
        notice: None,
        version: 1,
    }
}

pub(crate) fn plan() -> Plan {
    Plan {
        profile: profile().into(),
        tools: [].into(),
        history: Vec::new(),
        entrance: Entrance::AtOnce,
        waited_ms: 0,
        first_item: ItemId(1),
        caller_rate: SampleRate::HZ_8000,
        audio: AudioChoice::Auto,
        dialect: DialectChoice::Auto,
        model: "model-1".to_owned(),
        transcription_model: "words-1".to_owned(),
        stall_timeout_ms: 4_000,
        one_moment: Some(("One moment, please.".to_owned(), 1_240)),
        patience: Patience::Usual,
        seed: 7,
    }
}

pub(crate) struct Stage {
    pub(crate) session: Session,
    pub(crate) now: UnixMs,
    pub(crate) link: LinkId,
}

impl Stage {
    /// A session that has begun to connect.
    pub(crate) fn dialing(plan: Plan) -> Self {
        Self { session: Session::new(plan, START), now: START, link: LinkId(1) }
    }

    /// A session that is up and reported to the call; nothing was said.
    pub(crate) fn ready() -> Self {
        let mut stage = Self::dialing(plan());
        stage.connect(None);
        stage.acts();
        stage
    }

    /// Connects the newest link and sets its session up, which ends this many seconds later.
    pub(crate) fn connect(&mut self, expires_in_s: Option<i64>) {
        self.session.connected(self.link, self.now);
        let expires_at = expires_in_s.map(|seconds| self.now.0 / 1_000 + seconds);
        self.server(session("session.created", "audio/pcm", expires_at));
        self.server(session("session.updated", "audio/pcmu", expires_at));
    }

    pub(crate) fn server(&mut self, event: Value) {
        let text = event.to_string();
        self.session.event(self.link, ServerEvent::parse(&text).unwrap(), self.now);
    }

    pub(crate) fn order(&mut self, order: AssistantOrder) {
        self.session.order(order, self.now);
    }

    pub(crate) fn say(&mut self, line: Line) {
        self.order(AssistantOrder::Say(line));
    }

    pub(crate) fn attend(&mut self, attention: Attention) {
        self.order(AssistantOrder::Attend(attention));
    }

    pub(crate) fn heard(&mut self, item: u64, heard_ms: u64, end: PlayedEnd) {
        self.order(AssistantOrder::Heard { item: ItemId(item), heard_ms, end });
    }

    pub(crate) fn lost(&mut self, failure: ProviderFailure, retry: Retry) {
        let loss = Loss { fault: ProviderFault::new(failure, "gone"), retry };
        self.session.lost(self.link, loss, self.now);
    }

    /// Lets time pass, with every deadline.
    pub(crate) fn after(&mut self, ms: u64) {
        let end = self.now + ms;
        let mut ticks = 0;
        while let Some(deadline) = self.session.next_deadline().filter(|deadline| *deadline <= end) {
            ticks += 1;
            assert!(ticks <= TICKS_MAX, "a deadline stays due: {deadline:?}, and it is {:?}", self.now);
            self.now = self.now.max(deadline);
            self.session.tick(self.now);
        }
        self.now = end;
        self.session.tick(end);
    }

    /// The server begins an answer. A requested answer has the tag of the request.
    pub(crate) fn created(&mut self, id: &str, tag: Option<&str>) {
        let metadata = tag.map(|tag| json!({ "cordboard": tag }));
        self.server(json!({ "type": "response.created",
            "response": { "id": id, "status": "in_progress", "metadata": metadata } }));
    }

    /// This many ms of audio of an answer's message, with words.
    pub(crate) fn audio(&mut self, response: &str, item: &str, ms: usize, words: &str) {
        self.server(json!({ "type": "response.output_audio_transcript.delta", "response_id": response,
            "item_id": item, "delta": words }));
        self.server(json!({ "type": "response.output_audio.delta", "response_id": response, "item_id": item,
            "delta": STANDARD.encode(vec![0xff; 8 * ms]) }));
    }

    pub(crate) fn item_done(&mut self, response: &str, item: &str, words: &str) {
        self.server(json!({ "type": "response.output_item.done", "response_id": response,
            "item": message(item, words) }));
    }

    pub(crate) fn done(&mut self, response: &str, status: &str, output: Value) {
        self.server(json!({ "type": "response.done",
            "response": { "id": response, "status": status, "output": output } }));
    }

    /// A whole answer of one message.
    pub(crate) fn answer(&mut self, response: &str, tag: Option<&str>, item: &str, ms: usize, words: &str) {
        self.created(response, tag);
        self.audio(response, item, ms, words);
        self.item_done(response, item, words);
        self.done(response, "completed", json!([message(item, words)]));
    }

    /// The caller speaks for this long, and the server hears it.
    pub(crate) fn caller_speaks(&mut self, item: &str, ms: u64) {
        self.server(
            json!({ "type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 100 }),
        );
        self.after(ms);
        self.server(json!({ "type": "input_audio_buffer.speech_stopped", "item_id": item,
            "audio_end_ms": 100 + ms }));
    }

    pub(crate) fn transcribed(&mut self, item: &str, words: &str) {
        self.server(
            json!({ "type": "conversation.item.input_audio_transcription.completed", "item_id": item,
            "transcript": words }),
        );
    }

    pub(crate) fn error(&mut self, code: &str, about: Option<&str>) {
        self.server(json!({ "type": "error", "error": { "type": "invalid_request_error", "code": code,
            "message": "no", "event_id": about } }));
    }

    /// Actions since the last query, one line each; audio is summed up.
    pub(crate) fn acts(&mut self) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        let mut speech_ms = 0;
        for act in self.session.take_acts() {
            if let Act::Speak(frame) = &act {
                speech_ms += frame.rate().ms_of_samples(frame.sample_count() as u64);
                continue;
            }
            if speech_ms > 0 {
                shown.push(format!("speak {speech_ms} ms"));
                speech_ms = 0;
            }
            if let Act::Connect(link) = act {
                self.link = link;
            }
            shown.push(show(&act));
        }
        if speech_ms > 0 {
            shown.push(format!("speak {speech_ms} ms"));
        }
        shown
    }

    /// Asserts the actions since the last query.
    #[track_caller]
    pub(crate) fn does(&mut self, expected: &[&str]) {
        let acts = self.acts();
        assert_eq!(acts, expected, "{acts:#?}");
    }
}

pub(crate) fn session(kind: &str, format: &str, expires_at: Option<i64>) -> Value {
    json!({ "type": kind, "session": { "type": "realtime", "expires_at": expires_at, "audio": {
        "input": { "format": { "type": format }, "turn_detection": { "type": "server_vad" } },
        "output": { "format": { "type": format } } } } })
}

pub(crate) fn message(item: &str, words: &str) -> Value {
    json!({ "id": item, "type": "message", "role": "assistant",
        "content": [{ "type": "output_audio", "transcript": words }] })
}

fn show(act: &Act) -> String {
    match act {
        Act::Connect(LinkId(link)) => format!("connect {link}"),
        Act::Send(_, message) => show_sent(&serde_json::from_str(&message.to_text()).unwrap()),
        Act::Hear(LinkId(link), format) => match format.law {
            Some(Law::Mu) => format!("hear on {link} as Pcmu"),
            Some(Law::A) => format!("hear on {link} as Pcma"),
            None => format!("hear on {link} as Pcm {{ rate: {:?} }}", format.rate),
        },
        Act::Close(LinkId(link)) => format!("close {link}"),
        Act::Ready => "ready".to_owned(),
        Act::Interrupted(fault) => format!("interrupted: {}", fault.failure),
        Act::Restored { attempts, away_ms } => format!("restored after {attempts} in {away_ms} ms"),
        Act::Begin { item, line } => match line {
            Some(line) => format!("begin {} {line:?}", item.0),
            None => format!("begin {}", item.0),
        },
        Act::Speak(_) => unreachable!("summed up"),
        Act::Play(prompt) => format!("play {prompt:?}"),
        Act::Complete(words) => format!("complete {words:?}"),
        Act::CompleteCut { text, heard_ms } => format!("complete {text:?} at {heard_ms} ms"),
        Act::KnownAs(name) => format!("known as {name}"),
        Act::SpeechStarted => "caller speaks".to_owned(),
        Act::SpeechStopped(ms) => format!("caller spoke {ms} ms"),
        Act::Transcript(words) => format!("caller said {words:?}"),
        Act::CallTool { tool_call, name, arguments } => format!("tool {tool_call} {name} {arguments}"),
        Act::Used { model, source, usage } => format!("used {model} {source} {}", usage.audio_output),
        Act::RoundTrip(took) => format!("round trip of {} ms", took.as_millis()),
        Act::Warn(_) => "warn".to_owned(),
        Act::Fail(fault) => format!("fail: {}", fault.failure),
    }
}

fn show_sent(event: &Value) -> String {
    let kind = event["type"].as_str().unwrap();
    let text = |at: &str| event.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let details = match kind {
        "session.update" => match event.pointer("/session/instructions") {
            Some(_) => "whole".to_owned(),
            None if event.pointer("/session/tools").is_some() => {
                let tools = event["session"]["tools"].as_array().into_iter().flatten();
                let names: Vec<&str> = tools.filter_map(|tool| tool["name"].as_str()).collect();
                format!("tools={}", names.join(","))
            }
            None => {
                let answers = &event["session"]["audio"]["input"]["turn_detection"]["create_response"];
                format!("answers={answers}")
            }
        },
        "response.create" => match text("/response/metadata/line") {
            line if line.is_empty() => text("/event_id"),
            line => format!("{} {line}", text("/event_id")),
        },
        "response.cancel" => text("/response_id"),
        "conversation.item.create" => {
            let item = &event["item"];
            let words = text("/item/content/0/text");
            let role = item["role"].as_str().or(item["type"].as_str()).unwrap();
            format!("{role}: {words}{}{}", text("/item/call_id"), text("/item/output"))
        }
        "conversation.item.truncate" => format!("{} at {}", text("/item_id"), event["audio_end_ms"]),
        _ => text("/item_id"),
    };
    format!("-> {kind} {details}").trim_end().to_owned()
}
