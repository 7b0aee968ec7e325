//! What never changes on a call, and what an agent is told at its beginning.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::said::Said;
use cordboard_schema::wire::elevenlabs::{ClientMessage, Initiation, Overrides, language_of};

use super::Session;
use crate::assistant::remote::memory::{Memory, Turn};
use crate::assistant::remote::words::{GOES_ON, session_instructions};
use crate::call::neighbours::CallFacts;
use crate::messages::Entrance;

/// Speeds of speech that ElevenLabs takes, in percent.
const SPEEDS: std::ops::RangeInclusive<u16> = 70..=120;

/// All that a session knows from its first moment on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The assistant's persona and settings.
    pub profile: Arc<AgentProfile>,
    /// The call.
    pub call: CallFacts,
    /// What was said before this assistant came.
    pub history: Vec<Said>,
    /// When it begins to serve the call.
    pub entrance: Entrance,
    /// Number of the first utterance.
    pub first_item: ItemId,
    /// Rate of the caller's connection.
    pub caller_rate: SampleRate,
    /// Whether the profile's instructions, first words, language and voice go in the place of the agent's own.
    pub overrides: bool,
    /// The agent has refused them.
    pub overrides_refused: bool,
    /// How long a provider that owes something may say nothing, in ms.
    pub stall_timeout_ms: u64,
    /// Words and length in ms of the shipped "one moment"; none where it is not in the profile's language.
    pub one_moment: Option<(String, u64)>,
    /// Any number, to spread the reconnects of many calls.
    pub seed: u64,
}

impl Plan {
    /// Whether settings of the agent are overridden.
    pub(super) fn sends_overrides(&self) -> bool {
        self.overrides && !self.overrides_refused
    }

    /// The line that the agent's first words are; none where they are to be left out. Words that have to be exact are only
    /// those that it was given.
    pub(super) fn first_line(&self) -> Option<Line> {
        match (&self.profile.notice, self.sends_overrides()) {
            (Some(_), true) => Some(Line::Notice),
            (Some(_), false) => None,
            (None, _) => Some(Line::Greeting),
        }
    }

    fn overrides(&self, is_first: bool) -> Overrides {
        if !self.sends_overrides() {
            return Overrides::default();
        }
        let AgentProfile { greeting, notice, language, speech, .. } = &*self.profile;
        let speed = speech.speed_percent.clamp(*SPEEDS.start(), *SPEEDS.end());
        Overrides {
            prompt: Some(session_instructions(&self.profile)),
            first_message: notice.clone().or_else(|| greeting.clone()).filter(|_| is_first),
            language: language_of(language),
            voice_id: speech.voice.clone(),
            speed_percent: (speech.speed_percent != 100).then_some(speed),
        }
    }

    /// What the agent's texts may name. All are there, so that none is missed; what is not known is empty.
    fn variables(&self, memory: &Memory) -> BTreeMap<String, String> {
        let CallFacts { call_id, from, to } = self.call.clone();
        let AgentProfile { name, language, instructions, greeting, .. } = &*self.profile;
        let variables = [
            ("call_id", call_id),
            ("caller_number", from.unwrap_or_default()),
            ("called_number", to.unwrap_or_default()),
            ("profile", name.clone()),
            ("language", language.clone()),
            ("instructions", instructions.clone()),
            ("greeting", greeting.clone().unwrap_or_default()),
            ("conversation_so_far", told(memory, std::iter::empty()).unwrap_or_default()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The first message; `is_first` for the first connection of an assistant that serves at once.
    pub(super) fn initiation(&self, memory: &Memory, is_first: bool) -> ClientMessage {
        let is_first = is_first && self.entrance == Entrance::AtOnce && self.history.is_empty();
        ClientMessage::Initiation(Box::new(Initiation {
            overrides: self.overrides(is_first),
            variables: self.variables(memory),
            version: env!("CARGO_PKG_VERSION"),
        }))
    }
}

/// What was said so far, in words; none where nothing was.
fn told<'a>(memory: &Memory, unheard: impl Iterator<Item = &'a str>) -> Option<String> {
    let heard = memory.turns().map(|turn| match turn {
        Turn::Said(Said { role: Role::Caller, text }) => format!("Caller: {text}"),
        Turn::Said(Said { role: Role::Assistant, text }) => format!("You: {text}"),
        Turn::Happened(what) => format!("({what})"),
        Turn::Called(call) => {
            format!("(You called the tool {} with {}: {})", call.name, call.arguments, call.output)
        }
    });
    let lines: Vec<String> = heard.chain(unheard.map(|text| format!("You: {text}"))).collect();
    (!lines.is_empty()).then(|| format!("{GOES_ON}\n{}", lines.join("\n")))
}

impl Session {
    /// Tells the agent what was said so far, where anything was.
    pub(super) fn tell_conversation(&mut self) {
        if let Some(text) = told(&self.memory, self.voice.unheard()) {
            self.send(ClientMessage::ContextualUpdate { text });
        }
    }
}
