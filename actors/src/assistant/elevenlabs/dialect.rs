//! Dialect of ElevenLabs' agents.
//!
//! The agent is fully configured there, with its prompt, its voice and its tools, and it says its first words without being
//! asked.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::audio::wire::decode_base64;
use cordboard_schema::audio::{SampleRate, WireFormat};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::elevenlabs::{
    ClientMessage, ErrorReport, Initiation, Overrides, ServerEvent, format_of, language_of, write_audio,
};

use super::failures::loss_of;
use crate::assistant::remote::agent::asks::Ask;
use crate::assistant::remote::agent::dialect::{
    Abilities, Dialect, Event, ModelToolRequest, Opening, Presence, ToolAnswer,
};
use crate::assistant::remote::agent::plan::{Plan, conversation_text};
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::loss::{Loss, Retry, shortened};
use crate::assistant::remote::memory::Memory;
use crate::assistant::remote::words::session_instructions;
use crate::call::neighbours::CallFacts;

/// The name of an agent's minutes in the price list.
const MODEL: &str = "elevenlabs-agents";
/// Speeds of speech that ElevenLabs accepts, in percent.
const SPEEDS: std::ops::RangeInclusive<u16> = 70..=120;
/// Interval of keep-alives to an agent that receives no audio, in ms.
const ACTIVITY_EVERY_MS: u64 = 5_000;
/// Time after which a tool that still runs gets its first answer, in ms: an agent waits for 120 s at most, and ignores what comes
/// after that. The next person may be rung only then.
const TOOL_WAIT_MS: u64 = 110_000;

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct ElevenLabsDialect {
    /// The profile's instructions, first words, language and voice replace the agent's own.
    overrides: bool,
    output: WireFormat,
    /// The conversation was begun, which happens only once.
    has_begun: bool,
    /// The caller has interrupted the answer, up to this number.
    interrupted_to: Option<u64>,
    /// The number of the newest words.
    worded_to: Option<u64>,
}

impl ElevenLabsDialect {
    /// Returns the dialect of an agent whose settings are overridden, or not.
    pub(super) const fn new(overrides: bool) -> Self {
        Self {
            overrides,
            output: WireFormat::pcm(SampleRate::HZ_16000),
            has_begun: false,
            interrupted_to: None,
            worded_to: None,
        }
    }

    fn overrides(&self, plan: &Plan, is_first: bool) -> Overrides {
        if !self.overrides {
            return Overrides::default();
        }
        let AgentProfile { greeting, notice, language, speech, .. } = &*plan.profile;
        let speed = speech.speed_percent.clamp(*SPEEDS.start(), *SPEEDS.end());
        Overrides {
            prompt: Some(session_instructions(&plan.profile)),
            first_message: notice.clone().or_else(|| greeting.clone()).filter(|_| is_first),
            language: language_of(language),
            voice_id: speech.voice.clone(),
            speed_percent: (speech.speed_percent != 100).then_some(speed),
        }
    }

    fn error(&mut self, error: &ErrorReport) -> Vec<Event<ClientMessage>> {
        let mut loss = loss_of(error);
        let is_remedied = self.overrides && error.error_type.as_deref() == Some("override_error");
        let mut events = Vec::new();
        if is_remedied {
            // The agent is used as it is configured at ElevenLabs: it has refused nothing else.
            self.overrides = false;
            loss.retry = Retry::Soon;
            events.push(Event::Finding(format!(
                "the agent does not allow overrides, and is used as it is: {}",
                loss.fault.reason
            )));
        }
        events.push(Event::Failed { loss, is_remedied });
        events
    }

    /// Takes the words of an answer. Words that arrive after the answer was interrupted don't answer what the caller says now,
    /// and words that were reported already are nothing new: both are ignored.
    fn response(&mut self, text: String, event_id: Option<u64>) -> Option<Event<ClientMessage>> {
        let is_new = event_id > self.worded_to;
        self.worded_to = self.worded_to.max(event_id);
        if event_id.is_none() || event_id > self.interrupted_to {
            return Some(Event::Says(text));
        }
        is_new.then_some(Event::SaidToo(text))
    }

    fn started(&mut self, conversation_id: &str, output: &str, input: &str) -> Option<Event<ClientMessage>> {
        if std::mem::replace(&mut self.has_begun, true) {
            return None;
        }
        let (Some(known), Some(input)) = (format_of(output), format_of(input)) else {
            let reason = format!(
                "the agent's audio ({}, {}) has an unsupported format: set it to ulaw_8000, or pcm_16000, at \
                 ElevenLabs",
                shortened(output),
                shortened(input),
            );
            let loss = Loss::new(ProviderFailure::BadProtocol, reason, Retry::Never);
            return Some(Event::Failed { loss, is_remedied: false });
        };
        self.output = known;
        let session = shortened(conversation_id);
        Some(Event::Began { name: Some(OutsideId::elevenlabs(&session)), session, input })
    }
}

/// Returns the variables that the agent's texts may use. All of them are always set; unknown values are empty.
fn variables(plan: &Plan, memory: &Memory) -> BTreeMap<String, String> {
    let CallFacts { call_id, from, to } = plan.call.clone();
    let AgentProfile { name, language, instructions, greeting, .. } = &*plan.profile;
    let variables = [
        ("call_id", call_id),
        ("caller_number", from.unwrap_or_default()),
        ("called_number", to.unwrap_or_default()),
        ("profile", name.clone()),
        ("language", language.clone()),
        ("instructions", instructions.clone()),
        ("greeting", greeting.clone().unwrap_or_default()),
        ("conversation_so_far", conversation_text(memory, std::iter::empty()).unwrap_or_default()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

impl Dialect for ElevenLabsDialect {
    type Message = ClientMessage;
    type Link = Connection;

    fn abilities(&self) -> Abilities {
        let tool_wait_ms = Some(TOOL_WAIT_MS);
        Abilities { corrects: true, shows_life: true, tool_wait_ms, ..Abilities::default() }
    }

    fn paid_by_minute(&self) -> Option<&str> {
        Some(MODEL)
    }

    fn open(&mut self, opening: &Opening<'_>) -> ClientMessage {
        self.has_begun = false;
        self.interrupted_to = None;
        self.worded_to = None;
        ClientMessage::Initiation(Box::new(Initiation {
            overrides: self.overrides(opening.plan, opening.is_first),
            variables: variables(opening.plan, opening.memory),
            version: env!("CARGO_PKG_VERSION"),
        }))
    }

    fn speaks_first(&self) -> bool {
        true
    }

    /// Only the agent's configured first words can be exact.
    fn first_line(&self, plan: &Plan) -> Option<Line> {
        match (&plan.profile.notice, self.overrides) {
            (Some(_), true) => Some(Line::Notice),
            (Some(_), false) => None,
            (None, _) => Some(Line::Greeting),
        }
    }

    fn tell(&mut self, what: &str) -> Vec<ClientMessage> {
        vec![ClientMessage::ContextualUpdate { text: what.to_owned() }]
    }

    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<ClientMessage> {
        vec![ClientMessage::UserMessage { text: ask.as_turn(plan) }]
    }

    fn answer_tool(&mut self, ToolAnswer { id, output, is_error, .. }: ToolAnswer) -> Vec<ClientMessage> {
        vec![ClientMessage::ToolResult { tool_call_id: id, result: output.to_string(), is_error }]
    }

    fn presence(&self) -> Option<Presence<ClientMessage>> {
        Some(Presence::WhileNotHeard(ACTIVITY_EVERY_MS, ClientMessage::UserActivity))
    }

    fn read(&mut self, packet: Packet) -> Result<Vec<Event<ClientMessage>>, String> {
        // Bytes have no meaning here.
        let Some(text) = packet.text() else { return Ok(Vec::new()) };
        let event = ServerEvent::parse(text).map_err(|error| error.to_string())?;
        Ok(match event {
            ServerEvent::Started { conversation_id, output, input } => {
                self.started(&conversation_id, &output, &input).into_iter().collect()
            }
            ServerEvent::Ping { event_id, ping_ms } => {
                let took = ping_ms.map(|ms| Event::RoundTrip(Duration::from_millis(ms)));
                [Event::Reply(ClientMessage::Pong { event_id })].into_iter().chain(took).collect()
            }
            ServerEvent::Error(error) => self.error(&error),
            ServerEvent::Audio { event_id, audio, words } => {
                let frame = decode_base64(&audio, self.output).map_err(|error| error.to_string())?;
                frame.map(|frame| Event::Sound { number: event_id, frame, words }).into_iter().collect()
            }
            ServerEvent::Interruption { event_id } => {
                self.interrupted_to = self.interrupted_to.max(Some(event_id));
                vec![Event::Interrupted(event_id)]
            }
            ServerEvent::AgentResponse { text, event_id } => {
                self.response(text, event_id).into_iter().collect()
            }
            ServerEvent::Correction { corrected, .. } => vec![Event::Corrected(corrected)],
            ServerEvent::UserTranscript { text } => vec![Event::CallerSaid(text)],
            ServerEvent::ToolCall { tool_call_id: id, name, parameters: arguments } => {
                vec![Event::ModelToolRequest(ModelToolRequest { id, name, arguments })]
            }
            ServerEvent::OwnToolBegan { tool_call_id } => vec![Event::OwnToolBegan(tool_call_id)],
            ServerEvent::ToolEnded { tool_call_id, hangs_up } => {
                let ends = hangs_up.then_some(Event::Ends);
                [Event::OwnToolEnded(tool_call_id)].into_iter().chain(ends).collect()
            }
            ServerEvent::Tentative | ServerEvent::Other { .. } => Vec::new(),
        })
    }

    fn packed(message: ClientMessage) -> Packet {
        message.to_text().into()
    }

    fn audio(audio: &[u8]) -> Packet {
        write_audio(audio).into()
    }
}
