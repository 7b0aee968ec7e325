//! Dialect of Deepgram's agents.
//!
//! An agent is configured for each connection, from the profile's instructions, tools and voice. The agent's first words are
//! given verbatim, and so are later lines that the call wants said verbatim. Audio arrives as bytes without a number: after the
//! caller has spoken, all audio is dropped until the agent speaks again.

use std::sync::Arc;

use cordboard_call::machine::{CALLED_BEFORE, ENDED_SINCE};
use cordboard_schema::audio::{Law, SampleRate, WireFormat, wire::frame_of};
use cordboard_schema::fold::Role;
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::wire::deepgram::{
    ClientMessage, Function, FunctionCall, HistoryMessage, Listen, ServerEvent, Settings, Speak, Think,
};
use serde_json::{Value, json};

use super::failures::loss_of;
use super::settings::DeepgramSettings;
use crate::assistant::remote::agent::asks::{Ask, FROM_THE_SYSTEM};
use crate::assistant::remote::agent::dialect::{
    Abilities, Dialect, Event, ModelToolRequest, Opening, Presence, ToolAnswer,
};
use crate::assistant::remote::agent::plan::Plan;
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::memory::{Called, Turn};
use crate::assistant::remote::words::{GOES_ON, TOOL_ENDED, session_instructions};
use crate::tools::ToolDefinition;

/// The name of an agent's minutes in the price list.
const MODEL: &str = "deepgram-agent";
/// Speeds of speech that Deepgram accepts, in percent.
const SPEEDS: std::ops::RangeInclusive<u16> = 70..=150;
/// Deepgram closes the connection after some 10 s without input.
const KEEP_ALIVE_EVERY_MS: u64 = 5_000;
/// Characters of later messages that are appended to an agent's instructions; those that are needed least are dropped.
const MESSAGES_CHARS_MAX: usize = 8_000;

/// Characters of the list of what an assistant before this one has done. It is never dropped, and has to leave room for the others.
const CALLED_CHARS_MAX: usize = 5_000;

/// The known words of the present answer. They come before its sound or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    /// None of it has arrived.
    OfNext,
    /// Sound of it has arrived, and no words.
    Late,
    /// Words of it have arrived.
    Known,
    /// The caller interrupted its sound before any of its words arrived. They may still arrive, and no other answer does before
    /// the caller's words or a message of ours.
    OfCut,
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct DeepgramDialect {
    settings: Arc<DeepgramSettings>,
    instructions: String,
    /// Messages that it received during the conversation, oldest first.
    messages: Vec<String>,
    functions: Vec<Function>,
    output: WireFormat,
    input: WireFormat,
    speaks_first: bool,
    session: String,
    /// Pieces of sound received on all connections.
    pieces: u64,
    /// Arriving sound belongs to what was said before the caller spoke.
    drops_sound: bool,
    words: Words,
    /// Text that the caller has written, sent as the caller's words, until Deepgram reports it back.
    injected: Option<String>,
    /// The call has requested something, and none of it has arrived.
    is_asked: bool,
}

/// Returns a message to the agent. If it is a long list of what an assistant before this one has done, each of its entries keeps its beginning:
/// which tool, and what came of it.
fn with_short_list(what: &str) -> String {
    let is_long = what.chars().count() > CALLED_CHARS_MAX;
    let Some(list) = what.strip_prefix(CALLED_BEFORE).filter(|_| is_long) else { return what.to_owned() };
    let entries: Vec<&str> = list.trim_start().split("; ").collect();
    let room = CALLED_CHARS_MAX.saturating_sub(CALLED_BEFORE.chars().count()) / entries.len().max(1);
    let short = |entry: &&str| match entry.chars().count() + 2 <= room {
        true => (*entry).to_owned(),
        false => entry.chars().take(room.saturating_sub(3)).chain(['…']).collect(),
    };
    let entries: Vec<String> = entries.iter().map(short).collect();
    format!("{CALLED_BEFORE} {}", entries.join("; ")).chars().take(CALLED_CHARS_MAX).collect()
}

impl DeepgramDialect {
    pub(super) fn new(settings: Arc<DeepgramSettings>) -> Self {
        let format = WireFormat::g711(Law::Mu);
        Self {
            settings,
            instructions: String::new(),
            messages: Vec::new(),
            functions: Vec::new(),
            output: format,
            input: format,
            speaks_first: false,
            session: String::new(),
            pieces: 0,
            drops_sound: false,
            words: Words::OfNext,
            injected: None,
            is_asked: false,
        }
    }

    fn think(&self) -> Think {
        Think {
            provider: self.settings.think_provider.clone(),
            model: self.settings.think_model.clone(),
            prompt: self.prompt(),
            functions: self.functions.clone(),
        }
    }

    /// Returns the instructions with all later messages. They are sent in full each time: whether they replace the previous ones
    /// or are added to them, the model knows the same.
    fn prompt(&self) -> String {
        let messages = self.messages.iter().map(|what| format!("\n\n[{what}]"));
        std::iter::once(self.instructions.clone()).chain(messages).collect()
    }

    /// Returns the place of the message that is dropped first. The first event stays: on an outgoing call it says whom the call is made
    /// to, and why. What tools have done outlasts the rest: without it they would be called again. The list of what an assistant before this
    /// one has done stays, because nobody repeats it.
    fn least_needed(&self) -> Option<usize> {
        let goes_on = self.messages.first().is_some_and(|what| what == GOES_ON);
        let newest = self.messages.len().checked_sub(1)?;
        let droppable = || 1 + usize::from(goes_on)..newest;
        let begins = |place: usize, about_tools: &str| self.messages[place].starts_with(about_tools);
        let is_list = |place: usize| begins(place, CALLED_BEFORE);
        let is_passing =
            |place: &usize| !is_list(*place) && !begins(*place, ENDED_SINCE) && !begins(*place, TOOL_ENDED);
        droppable().find(is_passing).or_else(|| droppable().find(|place| !is_list(*place)))
    }

    fn speak(&self, profile: &AgentProfile) -> Speak {
        let is_known = |voice: &&String| ["aura-", "flux-"].iter().any(|kind| voice.starts_with(kind));
        let speed = profile.speech.speed_percent;
        Speak {
            model: profile.speech.voice.as_ref().filter(is_known).unwrap_or(&self.settings.voice).clone(),
            speed_percent: (speed != 100).then(|| speed.clamp(*SPEEDS.start(), *SPEEDS.end())),
        }
    }

    fn settings(&self, opening: &Opening<'_>) -> Settings {
        let profile = &opening.plan.profile;
        let language =
            profile.language.split('-').next().filter(|tag| !tag.is_empty()).map(str::to_lowercase);
        let greeting = self.speaks_first.then(|| profile.notice.clone().or_else(|| profile.greeting.clone()));
        Settings {
            input: self.input,
            output: self.output,
            listen: Listen { model: self.settings.listen_model.clone(), language: language.clone() },
            language,
            think: self.think(),
            speak: self.speak(profile),
            greeting: greeting.flatten(),
            messages: history(opening),
        }
    }

    fn conversation_text(&mut self, by_agent: bool, content: String) -> Option<Event<ClientMessage>> {
        if by_agent && self.words == Words::OfCut {
            return Some(Event::SaidToo(format!("{content} ")));
        }
        if by_agent {
            self.drops_sound = false;
            self.is_asked = false;
            self.words = Words::Known;
            // One answer arrives sentence by sentence.
            return Some(Event::SaysMore(format!("{content} ")));
        }
        self.words = Words::OfNext;
        // Words that we say in the caller's place are reported like the caller's.
        let is_ours = content.starts_with(FROM_THE_SYSTEM.trim_end())
            || self.injected.take_if(|injected| *injected == content).is_some();
        (!is_ours).then_some(Event::CallerSaid(content))
    }

    /// Takes a piece of sound, as it arrived.
    fn sound(&mut self, bytes: &[u8]) -> Result<Option<Event<ClientMessage>>, String> {
        if self.drops_sound {
            return Ok(None);
        }
        if bytes.starts_with(b"RIFF") {
            return Err("the provider's audio is in a container, which was not requested".to_owned());
        }
        let frame = frame_of(bytes, self.output);
        self.pieces += 1;
        if frame.is_some() {
            self.is_asked = false;
            if self.words == Words::OfNext {
                self.words = Words::Late;
            }
        }
        Ok(frame.map(|frame| Event::Sound { number: self.pieces, frame, words: None }))
    }
}

/// Returns the audio formats of a caller's line in both directions: a telephone's octets are passed on unchanged.
fn formats(plan: &Plan) -> (WireFormat, WireFormat) {
    if plan.caller_rate == SampleRate::HZ_8000 {
        let octets = WireFormat::g711(plan.caller_law.unwrap_or(Law::Mu));
        return (octets, octets);
    }
    (WireFormat::pcm(SampleRate::HZ_16000), WireFormat::pcm(SampleRate::HZ_24000))
}

fn functions(tools: &[ToolDefinition]) -> Vec<Function> {
    let function = |tool: &ToolDefinition| Function {
        name: tool.name.to_string(),
        description: tool.description.to_string(),
        parameters: Arc::clone(&tool.parameters),
    };
    tools.iter().map(function).collect()
}

/// Returns the conversation so far, limited to words and tools.
fn history(opening: &Opening<'_>) -> Vec<HistoryMessage> {
    let said = |by_agent: bool, text: &str| HistoryMessage::Said { by_agent, content: text.to_owned() };
    let known = opening.memory.turns().filter_map(|turn| match turn {
        Turn::Said(SpokenLine { role, text }) => Some(said(*role == Role::Assistant, text)),
        Turn::Called(called) => {
            let Called { call_id, name, arguments, output } = &**called;
            Some(HistoryMessage::Called {
                id: call_id.clone(),
                name: name.clone(),
                arguments: arguments.clone(),
                response: output.clone(),
            })
        }
        Turn::Happened(_) => None,
    });
    known.chain(opening.unheard.iter().map(|text| said(true, text))).collect()
}

/// Converts a function call. Arguments that aren't JSON are passed on as they are: the call refuses them with a reason.
fn asked(call: FunctionCall) -> Event<ClientMessage> {
    let FunctionCall { id, name, arguments, .. } = call;
    let arguments = match arguments.trim() {
        "" => json!({}),
        text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    };
    Event::ModelToolRequest(ModelToolRequest { id, name, arguments })
}

impl Dialect for DeepgramDialect {
    type Message = ClientMessage;
    type Link = Connection;

    fn abilities(&self) -> Abilities {
        Abilities {
            welcomes: true,
            opens_with_conversation: true,
            reports_ends: true,
            ..Abilities::default()
        }
    }

    fn paid_by_minute(&self) -> Option<&str> {
        Some(MODEL)
    }

    fn open(&mut self, opening: &Opening<'_>) -> ClientMessage {
        let profile = &opening.plan.profile;
        self.instructions = session_instructions(profile);
        let happened = opening.memory.turns().filter_map(|turn| match turn {
            Turn::Happened(what) => Some(what.clone()),
            Turn::Said(_) | Turn::Called(_) => None,
        });
        self.messages = happened.collect();
        if opening.memory.turns().next().is_some() {
            self.messages.insert(0, GOES_ON.to_owned());
        }
        self.functions = functions(opening.tools);
        (self.input, self.output) = formats(opening.plan);
        self.speaks_first = opening.is_first && self.first_line(opening.plan).is_some();
        self.drops_sound = false;
        self.words = Words::OfNext;
        self.injected = None;
        self.is_asked = false;
        ClientMessage::Settings(Box::new(self.settings(opening)))
    }

    fn speaks_first(&self) -> bool {
        self.speaks_first
    }

    fn first_line(&self, plan: &Plan) -> Option<Line> {
        match (&plan.profile.notice, &plan.profile.greeting) {
            (Some(_), _) => Some(Line::Notice),
            (None, Some(_)) => Some(Line::Greeting),
            (None, None) => None,
        }
    }

    fn tell(&mut self, what: &str) -> Vec<ClientMessage> {
        self.messages.push(with_short_list(what));
        while self.messages.iter().map(|what| what.chars().count()).sum::<usize>() > MESSAGES_CHARS_MAX
            && let Some(place) = self.least_needed()
        {
            self.messages.remove(place);
        }
        vec![ClientMessage::UpdatePrompt { prompt: self.prompt() }]
    }

    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<ClientMessage> {
        self.words = Words::OfNext;
        // Words that the caller has written stay in the conversation, even if something else is answered.
        self.is_asked = !matches!(ask, Ask::Caller(_));
        vec![match ask.exact(plan) {
            Some(words) => ClientMessage::InjectAgentMessage { message: words.to_owned() },
            None => {
                let content = ask.as_turn(plan);
                if matches!(ask, Ask::Caller(_)) {
                    self.injected = Some(content.clone());
                    // Audio that still arrives belongs to an earlier answer.
                    self.drops_sound = true;
                }
                ClientMessage::InjectUserMessage { content }
            }
        }]
    }

    /// Says something in the caller's place. Deepgram never refuses that, even while the caller counts as speaking: the model says
    /// the words.
    fn insist(&mut self, ask: &Ask, plan: &Plan) -> Vec<ClientMessage> {
        self.words = Words::OfNext;
        match ask.exact(plan) {
            Some(_) => {
                self.is_asked = true;
                vec![ClientMessage::InjectUserMessage { content: ask.as_turn(plan) }]
            }
            None => self.ask(ask, plan),
        }
    }

    fn answer_tool(&mut self, ToolAnswer { id, name, output, .. }: ToolAnswer) -> Vec<ClientMessage> {
        self.words = Words::OfNext;
        vec![ClientMessage::FunctionCallResponse { id, name, content: output.to_string() }]
    }

    fn offer(&mut self, tools: &[ToolDefinition]) -> Option<ClientMessage> {
        self.functions = functions(tools);
        Some(ClientMessage::UpdateThink(Box::new(self.think())))
    }

    fn presence(&self) -> Option<Presence<ClientMessage>> {
        Some(Presence::WhileNothingIsSent(KEEP_ALIVE_EVERY_MS, ClientMessage::KeepAlive))
    }

    fn probe(&self) -> Option<ClientMessage> {
        // It is answered, and changes nothing.
        Some(ClientMessage::UpdatePrompt { prompt: self.prompt() })
    }

    fn read(&mut self, packet: Packet) -> Result<Vec<Event<ClientMessage>>, String> {
        let text = match &packet {
            Packet::Text(text) => text,
            Packet::Binary(bytes) => return Ok(self.sound(bytes)?.into_iter().collect()),
        };
        let event = ServerEvent::parse(text).map_err(|error| error.to_string())?;
        Ok(match event {
            ServerEvent::Welcome { request_id } => {
                self.session = request_id;
                vec![Event::Welcomed]
            }
            ServerEvent::SettingsApplied => {
                vec![Event::Began { session: self.session.clone(), name: None, input: self.input }]
            }
            ServerEvent::ConversationText { by_agent, content } => {
                self.conversation_text(by_agent, content).into_iter().collect()
            }
            ServerEvent::UserStartedSpeaking => {
                self.drops_sound = true;
                if self.words == Words::Late {
                    self.words = Words::OfCut;
                }
                // The caller is answered, and the requested words are not said.
                let ended = std::mem::take(&mut self.is_asked).then_some(Event::PerhapsRefused);
                [Event::Interrupted(self.pieces)].into_iter().chain(ended).collect()
            }
            ServerEvent::AgentStartedSpeaking => {
                self.drops_sound = false;
                if self.words == Words::OfCut {
                    self.words = Words::OfNext;
                }
                Vec::new()
            }
            ServerEvent::AgentAudioDone => {
                if self.words == Words::Known {
                    self.words = Words::OfNext;
                }
                vec![Event::AllSent]
            }
            ServerEvent::FunctionCallRequest { functions } => {
                self.is_asked = false;
                functions.into_iter().filter(|call| call.client_side).map(asked).collect()
            }
            ServerEvent::FunctionCallCancelled { ids } => vec![Event::ToolsWithdrawn(ids)],
            ServerEvent::InjectionRefused { .. } => {
                self.is_asked = false;
                vec![Event::Refused]
            }
            ServerEvent::Warning { code, description } => {
                vec![Event::Finding(format!(
                    "the provider warns: {}",
                    loss_of(&code, &description).fault.reason
                ))]
            }
            ServerEvent::Error { code, description } => {
                vec![Event::Failed { loss: loss_of(&code, &description), is_remedied: false }]
            }
            ServerEvent::Other { .. } => Vec::new(),
        })
    }

    fn packed(message: ClientMessage) -> Packet {
        message.to_text().into()
    }

    fn audio(audio: &[u8]) -> Packet {
        Packet::Binary(audio.to_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::assistant::remote::agent::tests::plan;

    fn dialect() -> DeepgramDialect {
        DeepgramDialect::new(Arc::new(DeepgramSettings {
            api_key: None,
            base_url: "https://x".to_owned(),
            listen_model: "nova-3".to_owned(),
            think_provider: "open_ai".to_owned(),
            think_model: "m".to_owned(),
            voice: "aura-2-thalia-en".to_owned(),
            stall_timeout: Duration::from_secs(4),
        }))
    }

    fn receive(dialect: &mut DeepgramDialect, message: &Value) -> Vec<Event<ClientMessage>> {
        dialect.read(message.to_string().into()).unwrap()
    }

    #[test]
    fn a_long_calls_events_push_out_neither_errand_nor_bookings() {
        let mut dialect = dialect();
        let booked = format!("{CALLED_BEFORE} book_estimate: held as appointment 7");
        for what in ["this call is made by you", &booked] {
            dialect.tell(what);
        }
        for number in 0..100 {
            dialect.tell(&format!("hold {number}: {}", "x".repeat(200)));
        }
        let prompt = dialect.prompt();
        for kept in ["this call is made by you", &booked, "hold 99: "] {
            assert!(prompt.contains(kept), "{kept}: {prompt}");
        }
        assert!(!prompt.contains("hold 9: "), "it is bounded");
        for number in 0..100 {
            dialect.tell(&format!("{TOOL_ENDED}{number} {}", "x".repeat(200)));
        }
        let prompt = dialect.prompt();
        assert!(prompt.contains("this call is made by you") && prompt.contains("The tool 99 "), "{prompt}");
        assert!(
            !prompt.contains("The tool 9 ") && !prompt.contains("hold 99: "),
            "these are bounded as well"
        );
    }

    #[test]
    fn a_long_list_of_earlier_tools_stays_shortened() {
        let mut dialect = dialect();
        let entries: Vec<String> = (0..14)
            .map(|number| format!("book_estimate: held as appointment {number} {}", "x".repeat(900)))
            .collect();
        dialect.tell("the caller is back");
        dialect.tell(&format!("{CALLED_BEFORE} {}", entries.join("; ")));
        for number in 0..40 {
            dialect.tell(&format!("{TOOL_ENDED}{number} {}", "x".repeat(500)));
        }
        let prompt = dialect.prompt();
        for number in 0..14 {
            assert!(prompt.contains(&format!("held as appointment {number} x")), "{number}: {prompt}");
        }
        assert!(prompt.contains("The tool 39 ") && prompt.chars().count() < 10_000, "{prompt}");
    }

    /// The answer to the caller would be mistaken for what was requested.
    #[test]
    fn a_caller_who_speaks_first_cancels_the_request() {
        let mut dialect = dialect();
        let speaks = json!({ "type": "UserStartedSpeaking" });
        let ask = Ask::Text("Your table is ready.".to_owned());
        dialect.ask(&ask, &plan());
        assert_eq!(receive(&mut dialect, &speaks), [Event::Interrupted(0), Event::PerhapsRefused]);
        assert_eq!(receive(&mut dialect, &speaks), [Event::Interrupted(0)], "it is ended once");
        dialect.ask(&ask, &plan());
        receive(
            &mut dialect,
            &json!({ "type": "ConversationText", "role": "assistant", "content": "Your table is ready." }),
        );
        assert_eq!(receive(&mut dialect, &speaks), [Event::Interrupted(0)], "it has begun");
    }
}
