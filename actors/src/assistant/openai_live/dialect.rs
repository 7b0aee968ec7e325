//! Dialect of OpenAI's Live API.
//!
//! A session is configured once; only its functions change later. There are no turns: words arrive in pieces that are grouped by
//! speaker and by pauses ([`Flow`]). The model itself can't call functions: it delegates, and its backend, a model of the
//! Responses API, calls our functions ([`Tasks`]). A commentary asks the model to say something; an instruction gives it a fact.

use std::sync::Arc;

use cordboard_schema::audio::wire::decode_base64;
use cordboard_schema::audio::{Law, WireFormat};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::openai_live::{
    ClientMessage, Report, ResponseEvent, ServerEvent, Words, write_audio,
};
use serde_json::{Value, json};

use super::failures::{loss_of, loss_of_end, words_of};
use super::flow::{Flow, Piece};
use super::opening::{functions, start};
use super::settings::OpenAiLiveSettings;
use super::tasks::{Asked, Tasks};
use crate::assistant::remote::agent::asks::Ask;
use crate::assistant::remote::agent::dialect::{
    Abilities, Dialect, Event, ModelToolRequest, Opening, Presence, ToolAnswer,
};
use crate::assistant::remote::agent::plan::Plan;
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::loss::shortened;
use crate::assistant::remote::{Loss, Retry};
use crate::tools::ToolDefinition;

/// Silence that replaces missing audio, in ms.
const SILENCE_MS: u32 = 100;
/// Characters of one message to the model: an instruction or a commentary has at most 500 tokens.
const MESSAGE_CHARS_MAX: usize = 1_200;
/// Characters that one of another script than Latin counts as: it may be a token of its own.
const OTHER_SCRIPT_CHARS: usize = 3;
/// Request whose words are too long for one message, and were sent before it.
const ASKED_IN_PARTS: &str =
    "Do now what you were asked in parts just before this. Take the parts together, in their order.";
/// Pieces of one long message.
const PIECES_MAX: usize = 16;
/// Usage of a session is reported in pieces of this length, in ms.
const USED_EVERY_MS: u64 = 15_000;
/// Largest plausible increase in usage, in ms: a larger figure is wrong.
const USED_MS_MAX: u64 = 3_600_000;
/// Prefix of the ids of commentaries.
const ASK: &str = "ask-";
/// Refusals in a row after which a request is dropped.
const REFUSALS_MAX: u32 = 3;

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct OpenAiLiveDialect {
    settings: Arc<OpenAiLiveSettings>,
    format: WireFormat,
    session: String,
    has_started: bool,
    /// The caller is not to be heard.
    is_muted: bool,
    /// The backend continues once the caller is to be heard: its words meanwhile could not be distinguished from the present
    /// speech.
    continues_later: bool,
    flow: Flow,
    tasks: Tasks,
    /// Pieces of sound received on all connections.
    pieces: u64,
    asked: u64,
    refused: u32,
    /// The session's usage as the server reports it, and the part of it that we have reported, in ms.
    used_ms: u64,
    reported_ms: u64,
    reports: u64,
    /// Source and length in ms of the unreported usage of ended sessions.
    unreported: Option<(String, u64)>,
    has_warned: bool,
}

impl OpenAiLiveDialect {
    pub(super) fn new(settings: Arc<OpenAiLiveSettings>) -> Self {
        Self {
            settings,
            format: WireFormat::g711(Law::Mu),
            session: String::new(),
            has_started: false,
            is_muted: false,
            continues_later: false,
            flow: Flow::default(),
            tasks: Tasks::default(),
            pieces: 0,
            asked: 0,
            refused: 0,
            used_ms: 0,
            reported_ms: 0,
            reports: 0,
            unreported: None,
            has_warned: false,
        }
    }

    fn started(
        &mut self,
        session: &str,
        format: Option<Result<WireFormat, String>>,
    ) -> Vec<Event<ClientMessage>> {
        match format {
            Some(Err(format)) => {
                let reason = format!("the session has audio that was not requested: {}", shortened(&format));
                let loss = Loss::new(ProviderFailure::BadProtocol, reason, Retry::Never);
                return vec![Event::Failed { loss, is_remedied: false }];
            }
            Some(Ok(format)) => self.format = format,
            None => {}
        }
        self.has_started = true;
        self.session = shortened(session);
        let mut events = vec![Event::Began { session: self.session.clone(), name: None, input: self.format }];
        if self.is_muted {
            events.push(Event::Reply(ClientMessage::Mute));
        }
        if let Some((source, audio_ms)) = self.unreported.take() {
            events.push(self.used_event(source, audio_ms));
        }
        events
    }

    fn audio(&mut self, audio: &str) -> Result<Vec<Event<ClientMessage>>, String> {
        let frame = decode_base64(audio, self.format).map_err(|error| error.to_string())?;
        let pieces = frame.map(|frame| self.flow.push(&frame)).unwrap_or_default();
        let event = |piece| match piece {
            Piece::Speech(frame) => {
                self.pieces += 1;
                self.refused = 0;
                Event::Sound { number: self.pieces, frame, words: None }
            }
            Piece::End => Event::AllSent,
        };
        Ok(pieces.into_iter().map(event).collect())
    }

    /// Classifies words of the model: of what it says, of what it has said, or of what it is about to say.
    fn said(&self, Words { delta, start_ms, .. }: Words) -> Event<ClientMessage> {
        if !self.flow.is_speaking() && start_ms < self.flow.ended_at() {
            Event::SaidToo(delta)
        } else {
            Event::SaysMore(delta)
        }
    }

    fn response(&mut self, delegation: Option<&str>, event: ResponseEvent) -> Vec<Event<ClientMessage>> {
        match event {
            ResponseEvent::FunctionCall { call_id, name, arguments } => {
                match self.tasks.asked(delegation, &call_id) {
                    Asked::Taken => {}
                    Asked::Known => return Vec::new(),
                    Asked::TooMany => {
                        let output = json!({ "error": "too many functions at once" }).to_string();
                        return vec![Event::Reply(ClientMessage::FunctionOutput { call_id, output })];
                    }
                }
                let arguments = match arguments.trim() {
                    "" => json!({}),
                    // Text that isn't JSON is passed on as it is: the call refuses it with a reason.
                    text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
                };
                vec![Event::ModelToolRequest(ModelToolRequest { id: call_id, name, arguments })]
            }
            ResponseEvent::Finished { id, model, usage } => {
                let go_on = self.tasks.over(delegation);
                let go_on = self.go_on(go_on).map(Event::Reply);
                let model =
                    if model.is_empty() { self.settings.task_model.clone() } else { shortened(&model) };
                let used = (usage != TokenUsage::default()).then(|| Event::Used {
                    model,
                    source: shortened(&id),
                    usage,
                });
                go_on.into_iter().chain(used).collect()
            }
            ResponseEvent::Other => Vec::new(),
        }
    }

    /// Lets the backend continue: now, or once the caller is to be heard.
    fn go_on(&mut self, go_on: Option<ClientMessage>) -> Option<ClientMessage> {
        self.continues_later |= self.is_muted && go_on.is_some();
        go_on.filter(|_| !self.is_muted)
    }

    fn used(&mut self, used_ms: u64, is_all: bool) -> Option<Event<ClientMessage>> {
        self.used_ms = self.used_ms.max(used_ms.min(self.used_ms.max(self.reported_ms) + USED_MS_MAX));
        let rest = self.used_ms - self.reported_ms;
        if rest == 0 || (!is_all && rest < USED_EVERY_MS) {
            return None;
        }
        self.reported_ms = self.used_ms;
        let source = self.next_source();
        Some(self.used_event(source, rest))
    }

    fn next_source(&mut self) -> String {
        self.reports += 1;
        format!("{}/{}", self.session, self.reports)
    }

    fn used_event(&self, source: String, audio_ms: u64) -> Event<ClientMessage> {
        let usage = TokenUsage { audio_ms, ..TokenUsage::default() };
        Event::Used { model: self.settings.model.clone(), source, usage }
    }

    fn error(&mut self, report: &Report) -> Vec<Event<ClientMessage>> {
        if !self.has_started {
            return vec![Event::Failed { loss: loss_of(report), is_remedied: false }];
        }
        let is_about_ask = report.client_event_id.as_deref().is_some_and(|id| id.starts_with(ASK));
        let finding = self.warning(&words_of(report));
        let refused = is_about_ask.then(|| {
            self.refused += 1;
            if self.refused < REFUSALS_MAX { Event::Refused } else { Event::SaysNothing }
        });
        finding.into_iter().chain(refused).collect()
    }

    /// Returns a warning for the operator; only the first of a call.
    fn warning(&mut self, words: &str) -> Option<Event<ClientMessage>> {
        let is_first = !std::mem::replace(&mut self.has_warned, true);
        is_first.then(|| Event::Finding(format!("the provider warns: {words}")))
    }
}

/// Returns how many bytes of a text fit into a message.
fn fitting(text: &str) -> usize {
    let mut taken = 0;
    let mut starts = text.char_indices().map(|(at, c)| {
        taken += if c <= '\u{24f}' { 1 } else { OTHER_SCRIPT_CHARS };
        (at, taken)
    });
    starts.find(|(_, taken)| *taken > MESSAGE_CHARS_MAX).map_or(text.len(), |(at, _)| at)
}

/// Returns the words of a request.
fn content_of(ask: &Ask, plan: &Plan) -> String {
    match ask {
        Ask::Caller(words) => {
            format!("The caller has written this, in the place of saying it. Answer it aloud: {words}")
        }
        ask => ask.as_turn(plan),
    }
}

/// Splits a long text into pieces, after a space or a line's end if there is one.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && pieces.len() < PIECES_MAX {
        let most = fitting(rest);
        let until = match rest[..most].rfind(char::is_whitespace) {
            Some(space) if most < rest.len() && space > most / 2 => space,
            _ => most,
        };
        let (piece, more) = rest.split_at(until);
        pieces.push(piece.trim_end().to_owned());
        rest = more.trim_start();
    }
    pieces
}

impl Dialect for OpenAiLiveDialect {
    type Message = ClientMessage;
    type Link = Connection;

    fn abilities(&self) -> Abilities {
        Abilities {
            opens_with_conversation: true,
            reports_ends: true,
            awaits_all_tools: true,
            duplex: true,
            ..Abilities::default()
        }
    }

    /// The server reports the seconds of a session.
    fn paid_by_minute(&self) -> Option<&str> {
        None
    }

    fn open(&mut self, opening: &Opening<'_>) -> ClientMessage {
        let rest = self.used_ms - self.reported_ms;
        if rest > 0 {
            self.unreported = Some((self.next_source(), rest));
        }
        (self.used_ms, self.reported_ms, self.reports) = (0, 0, 0);
        self.has_started = false;
        self.continues_later = false;
        self.flow = Flow::default();
        self.tasks = Tasks::default();
        self.refused = 0;
        let start = start(&self.settings, opening);
        self.format = start.format;
        ClientMessage::Start(Box::new(start))
    }

    fn speaks_first(&self) -> bool {
        false
    }

    fn first_line(&self, _: &Plan) -> Option<Line> {
        None
    }

    fn tell(&mut self, what: &str) -> Vec<ClientMessage> {
        pieces(what).into_iter().map(|content| ClientMessage::Instructions { content }).collect()
    }

    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<ClientMessage> {
        self.asked += 1;
        let event_id = format!("{ASK}{}", self.asked);
        let content = content_of(ask, plan);
        if fitting(&content) == content.len() {
            return vec![ClientMessage::Commentary { event_id, content }];
        }
        let parts = pieces(&content);
        let count = parts.len();
        let part = |(nth, part)| ClientMessage::Instructions {
            content: format!("Part {nth} of {count} of what you are asked next:\n{part}"),
        };
        let request = ClientMessage::Commentary { event_id, content: ASKED_IN_PARTS.to_owned() };
        (1..).zip(parts).map(part).chain([request]).collect()
    }

    fn answer_tool(&mut self, ToolAnswer { id, output, .. }: ToolAnswer) -> Vec<ClientMessage> {
        let go_on = self.tasks.answered(&id);
        let go_on = self.go_on(go_on);
        let answer = ClientMessage::FunctionOutput { call_id: id, output: output.to_string() };
        [answer].into_iter().chain(go_on).collect()
    }

    fn offer(&mut self, tools: &[ToolDefinition]) -> Option<ClientMessage> {
        Some(ClientMessage::Functions(functions(tools)))
    }

    fn not_heard(&mut self) -> Option<ClientMessage> {
        self.is_muted = true;
        Some(ClientMessage::Mute)
    }

    fn heard_again(&mut self) -> Vec<ClientMessage> {
        self.is_muted = false;
        let go_on = std::mem::take(&mut self.continues_later).then_some(ClientMessage::CreateResponse);
        [ClientMessage::Unmute].into_iter().chain(go_on).collect()
    }

    fn goodbye(&self) -> Option<ClientMessage> {
        self.has_started.then_some(ClientMessage::Close)
    }

    fn last_use(&mut self) -> Option<Event<ClientMessage>> {
        let rest = self.used_ms - self.reported_ms;
        if rest > 0 {
            self.reported_ms = self.used_ms;
            self.unreported = Some((self.next_source(), rest));
        }
        self.unreported.take().map(|(source, audio_ms)| self.used_event(source, audio_ms))
    }

    fn presence(&self) -> Option<Presence<ClientMessage>> {
        let silence = ClientMessage::Silence(self.format, SILENCE_MS);
        Some(Presence::WhileNothingIsSent(SILENCE_MS.into(), silence))
    }

    fn read(&mut self, packet: Packet) -> Result<Vec<Event<ClientMessage>>, String> {
        // Bytes have no meaning here.
        let Some(text) = packet.text() else { return Ok(Vec::new()) };
        let event = ServerEvent::parse(text).map_err(|error| error.to_string())?;
        Ok(match event {
            ServerEvent::Started { session, expires_at, format } if !self.has_started => {
                let mut events = self.started(&session, format);
                events.extend(expires_at.filter(|_| self.has_started).map(Event::ExpiresAt));
                events
            }
            ServerEvent::Error(report) => self.error(&report),
            ServerEvent::Closed { reason, used_ms } => {
                let used = used_ms.and_then(|used_ms| self.used(used_ms, true));
                // After an end that we have requested, the connection is closed.
                let is_ours = reason == "close_requested";
                let failed =
                    (!is_ours).then(|| Event::Failed { loss: loss_of_end(&reason), is_remedied: false });
                used.into_iter().chain(failed).collect()
            }
            _ if !self.has_started => Vec::new(),
            ServerEvent::Audio(audio) => self.audio(&audio)?,
            ServerEvent::CallerSays(Words { delta, .. }) => {
                vec![Event::CallerSaysMore { text: delta, is_last: false }]
            }
            ServerEvent::ModelSays(words) => vec![self.said(words)],
            ServerEvent::Response { delegation_id, event } => self.response(delegation_id.as_deref(), event),
            ServerEvent::Used(used_ms) => self.used(used_ms, false).into_iter().collect(),
            // We do none of it: the backend does.
            ServerEvent::Delegated { target, .. } if target == "client" => {
                self.warning("work is delegated to us, which was not requested").into_iter().collect()
            }
            ServerEvent::Info { code, message } => {
                self.warning(&format!("{} {}", shortened(&code), shortened(&message))).into_iter().collect()
            }
            ServerEvent::Started { .. } | ServerEvent::Delegated { .. } | ServerEvent::Other { .. } => {
                Vec::new()
            }
        })
    }

    fn packed(message: ClientMessage) -> Packet {
        message.to_text().into()
    }

    fn audio(audio: &[u8]) -> Packet {
        write_audio(audio).into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::assistant::remote::agent::tests::plan;
    use crate::assistant::remote::memory::Memory;

    fn dialect() -> OpenAiLiveDialect {
        OpenAiLiveDialect::new(Arc::new(OpenAiLiveSettings {
            api_key: None,
            base_url: "https://x".to_owned(),
            headers: Vec::new(),
            model: "gpt-live-1".to_owned(),
            voice: "marin".to_owned(),
            task_model: "tasks".to_owned(),
            stall_timeout: Duration::from_secs(4),
        }))
    }

    fn receive(dialect: &mut OpenAiLiveDialect, message: &Value) -> Vec<Event<ClientMessage>> {
        dialect.read(message.to_string().into()).unwrap()
    }

    fn started(dialect: &mut OpenAiLiveDialect) {
        receive(dialect, &json!({ "type": "session.started", "session": { "id": "s" } }));
    }

    #[test]
    fn long_texts_are_sent_in_pieces_a_session_accepts() {
        let long = "seven words are told to the model ".repeat(100);
        let sent = pieces(&long);
        assert!(sent.len() > 2 && sent.iter().all(|piece| piece.chars().count() <= MESSAGE_CHARS_MAX));
        assert_eq!(sent.join(" "), long.trim(), "cut between words");
        assert_eq!(pieces(&"ä".repeat(3 * MESSAGE_CHARS_MAX)).len(), 3);
        assert!(pieces("  ").is_empty());
        assert_eq!(pieces(&"語".repeat(MESSAGE_CHARS_MAX)).len(), 3, "each may be a token");
    }

    #[test]
    fn a_long_request_is_sent_in_parts() {
        let mut dialect = dialect();
        let mut asked = |ask: &Ask| {
            let mut messages = dialect.ask(ask, &plan());
            match messages.pop() {
                Some(ClientMessage::Commentary { content, .. }) => (messages, content),
                other => panic!("{other:?}"),
            }
        };
        let long = "seven words are written by the caller ".repeat(52).trim().to_owned();
        for ask in [Ask::Caller(long.clone()), Ask::Text(long.clone())] {
            let (before, request) = asked(&ask);
            let parts = before.iter().map(|message| match message {
                ClientMessage::Instructions { content } => content.split_once(":\n").unwrap().1,
                other => panic!("{other:?}"),
            });
            let parts: Vec<&str> = parts.collect();
            assert!(parts.len() == 2 && parts.iter().all(|part| fitting(part) == part.len()), "{parts:?}");
            assert!(parts.join(" ").contains(&long), "nothing is cut off");
            assert_eq!(request, ASKED_IN_PARTS);
        }
        let short = Ask::Caller("Are you open?".to_owned());
        let (before, request) = asked(&short);
        assert_eq!(before, []);
        assert!(request.contains("Are you open?"));
    }

    #[test]
    fn usage_growth_is_reported_and_absurd_figures_are_limited() {
        let mut dialect = dialect();
        started(&mut dialect);
        let used = |seconds: f64| json!({ "type": "session.usage.updated", "usage": { "seconds": seconds } });
        let reported_usage = |events: Vec<Event<ClientMessage>>| match &events[..] {
            [] => 0,
            [Event::Used { usage, .. }] => usage.audio_ms,
            events => panic!("{events:?}"),
        };
        let steps = [7.5, 15.5, 15.0, 29.0, 31.0]
            .map(|seconds| reported_usage(receive(&mut dialect, &used(seconds))));
        assert_eq!(steps, [0, 15_500, 0, 0, 15_500]);
        let closed =
            json!({ "type": "session.closed", "reason": "close_requested", "usage": { "seconds": 33.25 } });
        assert_eq!(reported_usage(receive(&mut dialect, &closed)), 2_250);
        assert_eq!(reported_usage(receive(&mut dialect, &used(1e300))), USED_MS_MAX);
        assert_eq!(reported_usage(receive(&mut dialect, &used(-1.0))), 0);
    }

    #[test]
    fn the_last_usage_is_reported_when_no_session_follows() {
        let used = |seconds: f64| json!({ "type": "session.usage.updated", "usage": { "seconds": seconds } });
        let reported_usage = |event: Option<Event<ClientMessage>>| match event {
            Some(Event::Used { source, usage, .. }) => Some((source, usage.audio_ms)),
            _ => None,
        };
        let mut dialect = dialect();
        started(&mut dialect);
        receive(&mut dialect, &used(16.0));
        receive(&mut dialect, &used(25.5));
        assert_eq!(reported_usage(dialect.last_use()), Some(("s/2".to_owned(), 9_500)));
        assert_eq!(reported_usage(dialect.last_use()), None);
        // The next session was requested, and never began.
        receive(&mut dialect, &used(30.0));
        let opening = Opening {
            plan: &plan(),
            tools: &[],
            memory: &Memory::of(&[]),
            unheard: Vec::new(),
            is_first: false,
        };
        dialect.open(&opening);
        assert_eq!(reported_usage(dialect.last_use()), Some(("s/3".to_owned(), 4_500)));
    }

    #[test]
    fn a_request_refused_again_and_again_is_dropped() {
        let mut dialect = dialect();
        started(&mut dialect);
        let error = json!({ "type": "error", "error": { "type": "invalid_request_error", "code": "x",
            "message": "no", "client_event_id": "ask-1" } });
        assert_eq!(receive(&mut dialect, &error).last(), Some(&Event::Refused));
        assert_eq!(receive(&mut dialect, &error), [Event::Refused]);
        assert_eq!(receive(&mut dialect, &error), [Event::SaysNothing]);
    }

    #[test]
    fn every_excess_function_call_is_answered_and_the_response_continues() {
        let mut dialect = dialect();
        started(&mut dialect);
        let response =
            |event: Value| json!({ "type": "response.event", "delegation_id": "d1", "event": event });
        let mut outputs = Vec::new();
        for number in 0..70 {
            let item = json!({ "type": "function_call", "call_id": format!("c{number}"), "name": "book",
                "arguments": "{}" });
            let asks = response(json!({ "type": "response.output_item.done", "item": item }));
            for event in receive(&mut dialect, &asks) {
                outputs.extend(match event {
                    Event::ModelToolRequest(ModelToolRequest { id, name, .. }) => {
                        let output = json!({ "result": "booked" });
                        dialect.answer_tool(ToolAnswer { id, name, output, is_error: false })
                    }
                    Event::Reply(message) => vec![message],
                    event => panic!("{event:?}"),
                });
            }
        }
        let answered: Vec<(String, bool)> = outputs
            .into_iter()
            .map(|message| match message {
                ClientMessage::FunctionOutput { call_id, output } => (call_id, output.contains("error")),
                message => panic!("{message:?}"),
            })
            .collect();
        let expected: Vec<_> = (0..70).map(|number| (format!("c{number}"), number >= 64)).collect();
        assert_eq!(answered, expected);
        let over = response(json!({ "type": "response.completed", "response": { "id": "r1" } }));
        assert_eq!(receive(&mut dialect, &over), [Event::Reply(ClientMessage::CreateResponse)]);
    }

    #[test]
    fn an_unrequested_format_ends_the_attempt() {
        let mut dialect = dialect();
        let session = json!({ "id": "s", "audio": { "format": { "type": "audio/opus", "rate": 48_000 } } });
        let events = receive(&mut dialect, &json!({ "type": "session.started", "session": session }));
        let [Event::Failed { loss, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(loss.fault.failure, ProviderFailure::BadProtocol);
    }
}
