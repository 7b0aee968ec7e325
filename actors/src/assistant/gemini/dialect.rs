//! Dialect of Gemini's live sessions.
//!
//! A session is configured once and never changed: later facts are sent in the caller's place, as words that need no answer. Such
//! words interrupt the model's present speech, so they wait until it has finished. A session outlives its connection: the newest
//! handle resumes it, and the conversation since that handle is sent. A session that can't be resumed is replaced by a new one,
//! with the conversation as text.

use std::sync::Arc;

use cordboard_schema::audio::{SampleRate, WireFormat};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::gemini::{
    ClientMessage, Content, FunctionResponse, ServerContent, ServerMessage, Sound, Transcription, Turn,
    write_audio,
};

use super::opening::{history, language, of_system, setup};
use super::settings::GeminiSettings;
use super::since::Since;
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::agent::asks::Ask;
use crate::assistant::remote::agent::dialect::{
    Abilities, Dialect, Event, ModelToolRequest, Opening, Presence, ToolAnswer,
};
use crate::assistant::remote::agent::plan::Plan;
use crate::assistant::remote::connection::{Connection, Packet};
use crate::tools::ToolDefinition;

/// Sample rate of the callers' audio that is sent to Gemini.
const INPUT_RATE: SampleRate = SampleRate::HZ_16000;
/// Remaining time of a connection whose end is announced without a time, in ms.
const LEAVES_IN_MS: u64 = 5_000;
/// Most queued messages to the model; the oldest are dropped.
const HELD_MAX: usize = 32;
/// Most functions that are tracked as awaited by the model.
const AWAITED_MAX: usize = 64;
/// Prefix of the ids that we give to tool calls without one.
const UNNUMBERED: &str = "without-an-id-";

/// The answer that the model's next words belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The next one, none of which has arrived.
    Next,
    /// The one that is arriving.
    Current,
    /// The last one, whose sound has all arrived.
    Last,
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct GeminiDialect {
    settings: Arc<GeminiSettings>,
    /// Handle by which the session can be resumed.
    handle: Option<String>,
    since: Since,
    /// Turns that the model gets as soon as the session is set up, followed by what happened since.
    unsent: Vec<Turn>,
    is_set_up: bool,
    has_language: bool,
    /// The language was refused.
    no_language: bool,
    session: String,
    opened: u32,
    used: u64,
    /// Pieces of sound received on all connections.
    pieces: u64,
    unnumbered: u64,
    words: Answer,
    /// The model is about to say something, is saying it, or waits for a function.
    is_generating: bool,
    /// The functions that it waits for.
    awaited: Vec<String>,
    /// It has received the result of one function that it called together with these, which may be enough for it to continue.
    has_an_end: bool,
    /// Turns that the model gets once it has finished.
    held: Vec<Turn>,
    /// Something was requested, and none of it has arrived.
    is_asked: bool,
    /// The caller has written something during an answer: the rest of that answer is dropped.
    drops_words: bool,
    /// The newest answer was interrupted: words of it may arrive after its end.
    is_cut: bool,
    /// The newest turn of the model has ended.
    is_turn_over: bool,
    /// The next end of a turn belongs to a turn before our request.
    ends_earlier: bool,
    has_warned: bool,
}

impl GeminiDialect {
    pub(super) fn new(settings: Arc<GeminiSettings>) -> Self {
        Self {
            settings,
            handle: None,
            since: Since::default(),
            unsent: Vec::new(),
            is_set_up: false,
            has_language: false,
            no_language: false,
            session: String::new(),
            opened: 0,
            used: 0,
            pieces: 0,
            unnumbered: 0,
            words: Answer::Next,
            is_generating: false,
            awaited: Vec::new(),
            has_an_end: false,
            held: Vec::new(),
            is_asked: false,
            drops_words: false,
            is_cut: false,
            is_turn_over: true,
            ends_earlier: false,
            has_warned: false,
        }
    }

    /// Handles the end of the setup.
    fn set_up(&mut self, events: &mut Vec<Event<ClientMessage>>) {
        if std::mem::replace(&mut self.is_set_up, true) {
            return;
        }
        let (session, input) = (self.session.clone(), WireFormat::pcm(INPUT_RATE));
        events.push(Event::Began { session, name: None, input });
        let mut turns = std::mem::take(&mut self.unsent);
        turns.extend(self.since.turns());
        if !turns.is_empty() {
            events.push(Event::Reply(words(turns, false)));
        }
    }

    fn content(&mut self, content: ServerContent<'_>, events: &mut Vec<Event<ClientMessage>>) {
        if let Some(Transcription { text, finished }) = content.input {
            self.since.says(false, &text);
            if self.words == Answer::Last && self.is_turn_over {
                self.words = Answer::Next;
            }
            events.push(Event::CallerSaysMore { text, is_last: finished });
        }
        let is_kept = !self.drops_words;
        for sound in content.sounds.iter().filter(|_| is_kept) {
            self.sound(sound, events);
        }
        if let Some(Transcription { text, .. }) =
            content.output.filter(|said| is_kept && !said.text.is_empty())
        {
            self.since.says(true, &text);
            events.push(if self.words == Answer::Last {
                Event::SaidToo(text)
            } else {
                self.answer_arrives();
                Event::SaysMore(text)
            });
        }
        if content.interrupted || content.turn_complete {
            self.drops_words = false;
        }
        if content.interrupted {
            self.interrupted(events);
        }
        if content.generation_complete {
            self.all_came(events);
            self.is_generating = false;
        }
        if content.turn_complete {
            let is_empty = self.words == Answer::Next && !std::mem::take(&mut self.ends_earlier);
            self.all_came(events);
            if is_empty {
                self.is_asked = false;
                events.push(Event::SaysNothing);
            }
            if !self.is_cut {
                self.words = Answer::Next;
            }
            self.is_turn_over = true;
            self.is_generating = self.is_asked;
        }
        self.report_held(events);
    }

    /// Sends the model the turns that waited for its end, if it has finished.
    fn report_held(&mut self, events: &mut Vec<Event<ClientMessage>>) {
        if !self.is_generating && !self.held.is_empty() {
            events.push(Event::Reply(words(std::mem::take(&mut self.held), false)));
        }
    }

    /// Handles function calls that the model withdraws. If it waited for nothing else, it says nothing more on its own.
    fn withdrawn(&mut self, ids: Vec<String>, events: &mut Vec<Event<ClientMessage>>) {
        let has_waited = !self.awaited.is_empty();
        self.awaited.retain(|id| !ids.contains(id));
        events.push(Event::ToolsWithdrawn(ids));
        let waits = !self.awaited.is_empty() || self.has_an_end || self.is_asked;
        if has_waited && !waits && self.words != Answer::Current {
            self.is_generating = false;
            self.report_held(events);
        }
    }

    /// Notes that some of an answer has arrived.
    fn answer_arrives(&mut self) {
        self.words = Answer::Current;
        self.is_cut = false;
        self.is_generating = true;
        self.is_asked = false;
        self.is_turn_over = false;
        self.ends_earlier = false;
    }

    fn sound(&mut self, sound: &Sound<'_>, events: &mut Vec<Event<ClientMessage>>) {
        match sound.frame() {
            Ok(Some(frame)) => {
                self.answer_arrives();
                self.pieces += 1;
                events.push(Event::Sound { number: self.pieces, frame, words: None });
            }
            Ok(None) => {}
            Err(why) => {
                if !std::mem::replace(&mut self.has_warned, true) {
                    events.push(Event::Finding(format!("audio of the provider is dropped: {why}")));
                }
            }
        }
    }

    /// Notes that all sound of the answer has arrived, or that there is none.
    fn all_came(&mut self, events: &mut Vec<Event<ClientMessage>>) {
        if self.words == Answer::Current {
            self.words = Answer::Last;
            events.push(Event::AllSent);
        }
    }

    /// Handles the interruption of the model's answer: the caller has spoken, or we have sent the model something.
    fn interrupted(&mut self, events: &mut Vec<Event<ClientMessage>>) {
        if self.is_asked && self.ends_earlier {
            // Our own request has interrupted it, and its answer comes next. If only our own detector expected the answer before,
            // the caller may have interrupted the request.
            return events.push(Event::PerhapsRefused);
        }
        events.push(Event::Interrupted(self.pieces));
        if std::mem::take(&mut self.is_asked) {
            events.push(Event::Refused);
        }
        self.words = Answer::Last;
        self.is_cut = true;
        self.is_turn_over = false;
        self.is_generating = false;
    }

    fn calls(&mut self, message: &mut ServerMessage<'_>, events: &mut Vec<Event<ClientMessage>>) {
        if message.calls.is_empty() {
            return;
        }
        self.all_came(events);
        self.is_asked = false;
        self.is_turn_over = false;
        self.is_generating = true;
        self.has_an_end &= !self.awaited.is_empty();
        for mut call in std::mem::take(&mut message.calls) {
            let id = call.id.take().filter(|id| !id.is_empty()).unwrap_or_else(|| {
                self.unnumbered += 1;
                format!("{UNNUMBERED}{}", self.unnumbered)
            });
            let arguments = call.arguments();
            if self.awaited.len() < AWAITED_MAX {
                self.awaited.push(id.clone());
            }
            events.push(Event::ModelToolRequest(ModelToolRequest { id, name: call.name, arguments }));
        }
    }
}

fn words(turns: Vec<Turn>, turn_complete: bool) -> ClientMessage {
    ClientMessage::Content(Content { turns, turn_complete })
}

impl Dialect for GeminiDialect {
    type Message = ClientMessage;
    type Link = Connection;

    fn abilities(&self) -> Abilities {
        Abilities {
            opens_with_conversation: true,
            reports_ends: true,
            awaits_all_tools: true,
            ends_audio: true,
            words_interrupt: true,
            keeps_reply_delay: true,
            ..Abilities::default()
        }
    }

    /// It reports the tokens that it used.
    fn paid_by_minute(&self) -> Option<&str> {
        None
    }

    fn open(&mut self, opening: &Opening<'_>) -> ClientMessage {
        let Plan { profile, seed, .. } = opening.plan;
        self.opened += 1;
        self.session = format!("{seed:016x}-{}", self.opened);
        self.is_set_up = false;
        self.words = Answer::Next;
        self.is_generating = false;
        self.awaited.clear();
        self.has_an_end = false;
        self.is_asked = false;
        self.drops_words = false;
        self.is_cut = false;
        self.is_turn_over = true;
        self.ends_earlier = false;
        self.held.clear();
        self.unsent.clear();
        if self.handle.is_none() {
            self.since.is_known();
            self.unsent = history(opening);
        }
        let language = language(profile).filter(|_| !self.no_language);
        self.has_language = language.is_some();
        let how = (language, self.handle.clone());
        ClientMessage::Setup(Box::new(setup(&self.settings, profile, opening.tools, how)))
    }

    fn speaks_first(&self) -> bool {
        false
    }

    fn first_line(&self, _: &Plan) -> Option<Line> {
        None
    }

    fn tell(&mut self, what: &str) -> Vec<ClientMessage> {
        let turn = of_system(what);
        self.since.add_turn(&turn);
        if !self.is_generating {
            return vec![words(vec![turn], false)];
        }
        if self.held.len() == HELD_MAX {
            self.held.remove(0);
        }
        self.held.push(turn);
        Vec::new()
    }

    /// Adds a fact for a session that is resumed by its handle: such a session gets the facts recorded here, and nothing else.
    fn missed(&mut self, by_caller: bool, words: &str) -> bool {
        let turn = match by_caller {
            true => Turn { by_model: false, text: words.to_owned() },
            false => of_system(words),
        };
        self.since.add_turn(&turn);
        true
    }

    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<ClientMessage> {
        let mut turns = std::mem::take(&mut self.held);
        if let Ask::Caller(words) = ask {
            // Audio that still arrives belongs to an earlier answer, which this interrupts.
            self.drops_words = self.is_generating && !self.is_turn_over;
            self.since.add_turn(&Turn { by_model: false, text: words.clone() });
        }
        turns.push(Turn { by_model: false, text: ask.as_turn(plan) });
        self.ends_earlier = !self.is_turn_over;
        self.is_asked = true;
        self.is_generating = true;
        self.words = Answer::Next;
        vec![words(turns, true)]
    }

    /// Notes that the model has to answer: our next request ends that answer.
    fn replace_due_answer(&mut self) {
        self.is_turn_over = false;
    }

    fn answer_tool(&mut self, ToolAnswer { id, name, output, .. }: ToolAnswer) -> Vec<ClientMessage> {
        self.is_generating = true;
        self.awaited.retain(|awaited| *awaited != id);
        self.has_an_end = true;
        // Another turn of the model begins.
        self.is_turn_over = false;
        if self.words == Answer::Last {
            self.words = Answer::Next;
        }
        self.since.add_turn(&of_system(&format!("The tool {name} that you called has ended: {output}")));
        let id = Some(id).filter(|id| !id.starts_with(UNNUMBERED));
        vec![ClientMessage::ToolResponse(FunctionResponse { id, name, response: output })]
    }

    /// A session keeps the functions that it was set up with.
    fn offer(&mut self, _: &[ToolDefinition]) -> Option<ClientMessage> {
        None
    }

    fn not_heard(&mut self) -> Option<ClientMessage> {
        Some(ClientMessage::AudioStreamEnd)
    }

    fn opening_refused(&mut self, fault: &ProviderFault) -> bool {
        let is_about_session = !matches!(
            fault.failure,
            ProviderFailure::Unreachable | ProviderFailure::Disconnected | ProviderFailure::RateLimited
        );
        if is_about_session && self.handle.take().is_some() {
            return true;
        }
        // A model that speaks all languages by itself accepts no language setting.
        let is_language = self.has_language && fault.reason.to_lowercase().contains("language");
        self.no_language |= is_language;
        self.has_language &= !is_language;
        is_language
    }

    fn presence(&self) -> Option<Presence<ClientMessage>> {
        None
    }

    fn read(&mut self, packet: Packet) -> Result<Vec<Event<ClientMessage>>, String> {
        let mut message = ServerMessage::parse(packet.bytes()).map_err(|error| error.to_string())?;
        let mut events = Vec::new();
        if message.setup_complete {
            self.set_up(&mut events);
        }
        if let Some(content) = message.content.take() {
            self.content(content, &mut events);
        }
        self.calls(&mut message, &mut events);
        if !message.cancelled.is_empty() {
            self.withdrawn(message.cancelled, &mut events);
        }
        if let Some(usage) = message.usage {
            self.used += 1;
            let (model, source) = (self.settings.model.clone(), format!("{}/{}", self.session, self.used));
            events.push(Event::Used { model, source, usage: usage.tokens() });
        }
        if let Some(handle) = message.handle {
            self.handle = Some(handle);
            self.since.is_known();
            // These were not sent yet, and go with the connection if it is lost before.
            self.held.iter().for_each(|turn| self.since.add_turn(turn));
        }
        if let Some(in_ms) = message.go_away {
            events.push(Event::Leaves(in_ms.unwrap_or(LEAVES_IN_MS)));
        }
        Ok(events)
    }

    fn packed(message: ClientMessage) -> Packet {
        message.to_text().into()
    }

    fn audio(audio: &[u8]) -> Packet {
        write_audio(audio, INPUT_RATE).into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_schema::time::UnixMs;
    use cordboard_schema::tool::ToolOutcome;
    use serde_json::{Value, json};

    use super::*;
    use crate::assistant::remote::act::Act;
    use crate::assistant::remote::agent::Session;
    use crate::assistant::remote::agent::tests::plan;
    use crate::assistant::remote::{LinkId, Loss, Retry};
    use crate::messages::AssistantOrder;

    fn dialect() -> GeminiDialect {
        GeminiDialect::new(Arc::new(GeminiSettings {
            api_key: None,
            base_url: "https://x".to_owned(),
            model: "m".to_owned(),
            voice: "Kore".to_owned(),
            stall_timeout: Duration::from_secs(4),
        }))
    }

    fn receive(dialect: &mut GeminiDialect, message: &Value) -> Vec<Event<ClientMessage>> {
        dialect.read(message.to_string().into()).unwrap()
    }

    fn sound() -> Value {
        let sound = json!({ "inlineData": { "mimeType": "audio/pcm;rate=24000", "data": "AAA=" } });
        json!({ "serverContent": { "modelTurn": { "parts": [sound] } } })
    }

    #[test]
    fn notes_wait_until_the_model_has_finished_its_answer() {
        let mut dialect = dialect();
        assert_eq!(dialect.tell("The caller was away.").len(), 1);
        receive(&mut dialect, &sound());
        assert_eq!(dialect.tell("They are a member."), [], "it would be interrupted");
        assert_eq!(dialect.tell("They are back."), []);
        let events = receive(&mut dialect, &json!({ "serverContent": { "generationComplete": true } }));
        let expected = words(vec![of_system("They are a member."), of_system("They are back.")], false);
        assert_eq!(events, [Event::AllSent, Event::Reply(expected)]);
        assert_eq!(dialect.tell("They pay.").len(), 1);
    }

    #[test]
    fn notes_that_wait_outlast_a_new_handle() {
        let mut dialect = dialect();
        dialect.tell("They are known by the session.");
        receive(&mut dialect, &sound());
        dialect.tell("They are a member.");
        receive(
            &mut dialect,
            &json!({ "sessionResumptionUpdate": { "newHandle": "h1", "resumable": true } }),
        );
        assert_eq!(dialect.since.turns(), [of_system("They are a member.")]);
    }

    #[test]
    fn notes_do_not_wait_for_withdrawn_functions() {
        let mut dialect = dialect();
        let asks = |ids: &[&str]| {
            let calls: Vec<Value> =
                ids.iter().map(|id| json!({ "id": id, "name": "book", "args": {} })).collect();
            json!({ "toolCall": { "functionCalls": calls } })
        };
        let withdraws = |id: &str| json!({ "toolCallCancellation": { "ids": [id] } });
        let withdrawn = |id: &str| Event::ToolsWithdrawn(vec![id.to_owned()]);
        receive(&mut dialect, &asks(&["f1", "f2"]));
        assert_eq!(dialect.tell("They are a member."), []);
        assert_eq!(receive(&mut dialect, &withdraws("f1")), [withdrawn("f1")], "it waits for the other");
        let expected = words(vec![of_system("They are a member.")], false);
        assert_eq!(receive(&mut dialect, &withdraws("f2")), [withdrawn("f2"), Event::Reply(expected)]);
        // A model that has received a result continues with that.
        receive(&mut dialect, &asks(&["f3", "f4"]));
        let (id, name, output) = ("f3".to_owned(), "book".to_owned(), json!("done"));
        dialect.answer_tool(ToolAnswer { id, name, output, is_error: false });
        assert_eq!(dialect.tell("They pay."), []);
        assert_eq!(receive(&mut dialect, &withdraws("f4")), [withdrawn("f4")]);
    }

    #[test]
    fn words_belong_to_the_present_answer() {
        let mut dialect = dialect();
        let said = |text: &str| json!({ "serverContent": { "outputTranscription": { "text": text } } });
        assert_eq!(receive(&mut dialect, &said("Good ")), [Event::SaysMore("Good ".to_owned())]);
        receive(&mut dialect, &sound());
        receive(&mut dialect, &json!({ "serverContent": { "generationComplete": true } }));
        assert_eq!(receive(&mut dialect, &said("day.")), [Event::SaidToo("day.".to_owned())]);
        receive(&mut dialect, &json!({ "serverContent": { "turnComplete": true } }));
        assert_eq!(receive(&mut dialect, &said("At nine.")), [Event::SaysMore("At nine.".to_owned())]);
        receive(&mut dialect, &sound());
        receive(&mut dialect, &json!({ "serverContent": { "interrupted": true } }));
        receive(&mut dialect, &json!({ "serverContent": { "turnComplete": true } }));
        // The words of an interrupted answer may come after its end.
        assert_eq!(receive(&mut dialect, &said("We close")), [Event::SaidToo("We close".to_owned())]);
        receive(&mut dialect, &json!({ "serverContent": { "inputTranscription": { "text": "And" } } }));
        assert_eq!(receive(&mut dialect, &said("At five.")), [Event::SaysMore("At five.".to_owned())]);
    }

    /// The answer was to the caller, and had not begun.
    #[test]
    fn a_request_that_ends_an_answer_is_not_refused() {
        let mut dialect = dialect();
        dialect.replace_due_answer();
        dialect.ask(&Ask::Text("Your table is ready.".to_owned()), &plan());
        let interrupted = json!({ "serverContent": { "interrupted": true } });
        assert_eq!(receive(&mut dialect, &interrupted), [Event::PerhapsRefused]);
        assert_eq!(receive(&mut dialect, &json!({ "serverContent": { "turnComplete": true } })), []);
        assert_eq!(receive(&mut dialect, &sound()).len(), 1);
        assert_eq!(receive(&mut dialect, &interrupted), [Event::Interrupted(1)], "by the caller");
    }

    /// Returns the messages to the model among the session's acts.
    fn sent(session: &mut Session<GeminiDialect>) -> Vec<ClientMessage> {
        let sent = session.take_acts().into_iter().filter_map(|act| match act {
            Act::Send(_, message) => Some(*message),
            _ => None,
        });
        sent.collect()
    }

    /// It gets no history, so that anything that happened while the connection was down would be lost.
    #[test]
    fn a_resumed_session_gets_what_it_missed() {
        let now = UnixMs(1_795_000_000_000);
        let mut session = Session::new(dialect(), plan(), now);
        let packet = |message: Value| Packet::from(message.to_string());
        let set_up = json!({ "setupComplete": {} });
        session.connected(LinkId(1), now);
        session.received(LinkId(1), packet(set_up.clone()), now).unwrap();
        let update = json!({ "sessionResumptionUpdate": { "newHandle": "h", "resumable": true } });
        session.received(LinkId(1), packet(update), now).unwrap();
        let asked = json!({ "toolCall": { "functionCalls": [{ "id": "f1", "name": "book", "args": {} }] } });
        session.received(LinkId(1), packet(asked), now).unwrap();
        session.lost(LinkId(1), Loss::new(ProviderFailure::Disconnected, "gone", Retry::Soon), now);
        let outcome = ToolOutcome::done("booked");
        session.order(AssistantOrder::ToolResult { tool_call: "f1".to_owned(), outcome }, now);
        session.order(AssistantOrder::CallerTyped("My name is Ada.".to_owned()), now);
        session.take_acts();
        session.connected(LinkId(2), now);
        session.order(AssistantOrder::Happened("They pressed 1.".to_owned()), now);
        assert!(matches!(&sent(&mut session)[..], [ClientMessage::Setup(setup)] if setup.handle.is_some()));
        session.received(LinkId(2), packet(set_up), now).unwrap();
        let sent = sent(&mut session);
        let Some(ClientMessage::Content(Content { turns, turn_complete: false })) = sent.first() else {
            panic!("{sent:?}");
        };
        for words in ["booked", "My name is Ada.", "They pressed 1."] {
            assert_eq!(turns.iter().filter(|turn| turn.text.contains(words)).count(), 1, "{turns:?}");
        }
    }

    #[test]
    fn an_empty_turn_is_reported_once() {
        let mut dialect = dialect();
        let over = json!({ "serverContent": { "turnComplete": true } });
        assert_eq!(receive(&mut dialect, &over), [Event::SaysNothing]);
        receive(&mut dialect, &sound());
        assert_eq!(receive(&mut dialect, &over), [Event::AllSent]);
    }
}
