//! Dialect that presents the three parts as one agent.

use std::sync::Arc;

use cordboard_schema::audio::WireFormat;
use cordboard_schema::fold::Role;
use cordboard_schema::line::Line;
use cordboard_schema::said::SpokenLine;

use super::engine::Engine;
use super::part_input::{Opened, PartInput, chat_tools};
use super::settings::{CascadeSettings, RecognizerKind};
use crate::assistant::remote::agent::asks::Ask;
use crate::assistant::remote::agent::dialect::{Abilities, Dialect, Event, Opening, Presence, ToolAnswer};
use crate::assistant::remote::agent::plan::Plan;
use crate::assistant::remote::memory::Turn;
use crate::assistant::remote::words::session_instructions;
use crate::tools::ToolDefinition;

/// Interval of keep-alives: the recognizer closes the connection after 10 s without input.
const KEEP_ALIVE_EVERY_MS: u64 = 4_000;

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct CascadeDialect {
    settings: Arc<CascadeSettings>,
}

impl CascadeDialect {
    pub(super) fn new(settings: Arc<CascadeSettings>) -> Self {
        Self { settings }
    }
}

impl Dialect for CascadeDialect {
    type Message = PartInput;
    type Link = Engine;

    fn abilities(&self) -> Abilities {
        Abilities {
            opens_with_conversation: true,
            reports_ends: true,
            awaits_all_tools: true,
            keeps_reply_delay: true,
            ..Abilities::default()
        }
    }

    /// Billed minutes are those of a recognizer that hears the whole call. One that gets single utterances reports its own usage,
    /// as model and speech do.
    fn paid_by_minute(&self) -> Option<&str> {
        let CascadeSettings { recognizer_kind, recognizer, .. } = &*self.settings;
        (*recognizer_kind == RecognizerKind::Stream).then_some(&*recognizer.model)
    }

    fn open(&mut self, opening: &Opening<'_>) -> PartInput {
        let unheard = opening
            .unheard
            .iter()
            .map(|text| Turn::Said(SpokenLine { role: Role::Assistant, text: (*text).to_owned() }));
        PartInput::Open(Box::new(Opened {
            instructions: session_instructions(&opening.plan.profile),
            turns: opening.memory.turns().cloned().chain(unheard).collect(),
            tools: chat_tools(opening.tools),
        }))
    }

    fn speaks_first(&self) -> bool {
        false
    }

    fn first_line(&self, _: &Plan) -> Option<Line> {
        None
    }

    fn tell(&mut self, what: &str) -> Vec<PartInput> {
        vec![PartInput::Know(what.to_owned())]
    }

    fn ask(&mut self, ask: &Ask, plan: &Plan) -> Vec<PartInput> {
        vec![match ask.exact(plan).filter(|words| words.chars().any(char::is_alphanumeric)) {
            Some(words) => PartInput::Say(words.to_owned()),
            None => PartInput::Do(ask.as_turn(plan)),
        }]
    }

    fn answer_tool(&mut self, ToolAnswer { id, output, .. }: ToolAnswer) -> Vec<PartInput> {
        vec![PartInput::Result { id, output: output.to_string() }]
    }

    fn heard(&mut self, said: &str, heard: &str) -> Option<PartInput> {
        Some(PartInput::Heard { said: said.to_owned(), heard: heard.to_owned() })
    }

    fn offer(&mut self, tools: &[ToolDefinition]) -> Option<PartInput> {
        Some(PartInput::Offer(chat_tools(tools)))
    }

    fn presence(&self) -> Option<Presence<PartInput>> {
        Some(Presence::WhileNothingIsSent(KEEP_ALIVE_EVERY_MS, PartInput::KeepAlive))
    }

    fn read(&mut self, came: Event<PartInput>) -> Result<Vec<Event<PartInput>>, String> {
        Ok(vec![came])
    }

    fn packed(message: PartInput) -> PartInput {
        message
    }

    fn audio(audio: &[u8]) -> PartInput {
        PartInput::Audio(audio.into())
    }
}

/// Returns the format of the caller's audio for the recognizer: a telephone's octets are passed on unchanged.
pub(super) fn input_of(rate: cordboard_schema::audio::SampleRate) -> WireFormat {
    use cordboard_schema::audio::{Law, SampleRate};
    match rate {
        SampleRate::HZ_8000 => WireFormat::g711(Law::Mu),
        _ => WireFormat::pcm(SampleRate::HZ_16000),
    }
}
