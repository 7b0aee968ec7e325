//! The chain of voices of a profile: who speaks first, and who goes on where that one can't.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::integration::IntegrationKind;
use crate::profile::{AgentHost, HostedAgent, SpeechSettings};

/// Voices of a chain, at most. Behind the last one stand the built-in assistant and a person, always.
pub const VOICES_MAX: usize = 4;
/// Characters of a voice's name.
const VOICE_CHARS_MAX: usize = 79;

/// A provider of a voice, as a chain names it: the organization's own account there, else that of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum VoiceName {
    /// OpenAI Realtime, or a server that speaks as it does.
    OpenAi,
    /// Deepgram's Voice Agent.
    Deepgram,
    /// Gemini Live.
    Gemini,
    /// An agent that is hosted at ElevenLabs.
    ElevenLabs,
    /// The configuration's own cascade of recognizer, model and speech.
    Cascade,
}

impl VoiceName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OpenAi, Self::Deepgram, Self::Gemini, Self::ElevenLabs, Self::Cascade];

    /// Its word, which is the provider's name too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Deepgram => "deepgram",
            Self::Gemini => "gemini",
            Self::ElevenLabs => "elevenlabs",
            Self::Cascade => "cascade",
        }
    }

    /// The integration by which an organization has an account of its own there; none where there is no such.
    pub const fn integration(self) -> Option<IntegrationKind> {
        match self {
            Self::OpenAi => Some(IntegrationKind::OpenAi),
            Self::Deepgram => Some(IntegrationKind::Deepgram),
            Self::Gemini => Some(IntegrationKind::Gemini),
            Self::ElevenLabs => Some(IntegrationKind::ElevenLabs),
            Self::Cascade => None,
        }
    }

    /// The voice of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|voice| voice.as_str() == name)
    }
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One voice of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VoiceLink {
    /// Whose it is.
    pub provider: VoiceName,
    /// The provider's name of a voice; its default where there is none. A name means another voice at each provider.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 79, pattern = "^[!-~]+$"))]
    pub voice: Option<String>,
    /// The agent that speaks, of a provider that hosts agents.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub agent_id: Option<String>,
    /// Whether the profile's instructions, first words, language and voice go in the place of a hosted agent's own.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = false))]
    pub overrides: bool,
}

/// Why a chain can't be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// More voices than a chain has.
    #[error("must have at most {VOICES_MAX} voices")]
    TooLong,
    /// It comes back to a voice that it has had: a circle would never reach a person.
    #[error("names {0} twice, and must name each voice once: a chain leads on, and to a person at its end")]
    Twice(VoiceName),
    /// A voice has a name that can't be one.
    #[error("must have a voice's name of 1 to 79 printable characters without spaces, at {0}")]
    BadVoice(VoiceName),
    /// An agent has an id that can't be one.
    #[error("must have an agent_id of 1 to 128 letters, digits, - and _, at {0}")]
    BadAgent(VoiceName),
    /// An agent is named at a provider that hosts none.
    #[error("names an agent at {0}, which hosts none")]
    NoAgentsThere(VoiceName),
    /// The profile names a hosted agent besides.
    #[error("can't stand beside `agent`: name the agent in the chain, at elevenlabs")]
    BesideAgent,
}

/// Checks the chain of a profile.
///
/// # Errors
/// It can't be one.
pub fn check_chain(speech: &SpeechSettings) -> Result<(), ChainError> {
    let voices = &speech.voices;
    if voices.len() > VOICES_MAX {
        return Err(ChainError::TooLong);
    }
    if !voices.is_empty() && speech.agent.is_some() {
        return Err(ChainError::BesideAgent);
    }
    for (place, link) in voices.iter().enumerate() {
        let provider = link.provider;
        if voices.iter().take(place).any(|before| before.provider == provider) {
            return Err(ChainError::Twice(provider));
        }
        let is_voice = |voice: &str| {
            (1..=VOICE_CHARS_MAX).contains(&voice.len()) && voice.chars().all(|c| c.is_ascii_graphic())
        };
        if !link.voice.as_deref().is_none_or(is_voice) {
            return Err(ChainError::BadVoice(provider));
        }
        match &link.agent_id {
            Some(_) if provider != VoiceName::ElevenLabs => return Err(ChainError::NoAgentsThere(provider)),
            Some(id) if !HostedAgent::is_id(id) => return Err(ChainError::BadAgent(provider)),
            _ => {}
        }
    }
    Ok(())
}

impl SpeechSettings {
    /// The voice at a place of the chain, counted from 0; none behind its end, and of a profile without a chain.
    pub fn link(&self, place: u8) -> Option<&VoiceLink> {
        self.voices.get(usize::from(place))
    }

    /// What the voice at a place of the chain is told: its own name of a voice, and its own agent.
    #[must_use]
    pub fn of_link(&self, link: &VoiceLink) -> Self {
        let agent = link.agent_id.clone().map(|agent_id| HostedAgent {
            provider: AgentHost::ElevenLabs,
            agent_id,
            overrides: link.overrides,
        });
        Self { voice: link.voice.clone(), agent, voices: Vec::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(provider: VoiceName) -> VoiceLink {
        VoiceLink { provider, voice: None, agent_id: None, overrides: false }
    }

    fn chain(voices: Vec<VoiceLink>) -> SpeechSettings {
        SpeechSettings { voices, ..SpeechSettings::default() }
    }

    #[test]
    fn a_voices_word_is_what_serde_writes() {
        for voice in VoiceName::ALL {
            assert_eq!(serde_json::to_value(voice).unwrap(), voice.as_str());
            assert_eq!(VoiceName::named(voice.as_str()), Some(voice));
        }
        assert_eq!(VoiceName::named("builtin"), None, "it stands at the end by itself");
    }

    #[test]
    fn a_chain_that_comes_back_to_a_voice_is_none() {
        let circle = [VoiceName::OpenAi, VoiceName::Gemini, VoiceName::OpenAi].map(link).to_vec();
        assert_eq!(check_chain(&chain(circle)), Err(ChainError::Twice(VoiceName::OpenAi)));
        assert_eq!(check_chain(&chain(VoiceName::ALL.map(link).to_vec())), Err(ChainError::TooLong));
        assert_eq!(check_chain(&chain(Vec::new())), Ok(()));
    }

    #[test]
    fn an_agent_is_named_where_agents_are_hosted() {
        let agent =
            |provider, id: &str| chain(vec![VoiceLink { agent_id: Some(id.to_owned()), ..link(provider) }]);
        assert_eq!(check_chain(&agent(VoiceName::ElevenLabs, "agent_1")), Ok(()));
        let bad = Err(ChainError::BadAgent(VoiceName::ElevenLabs));
        assert_eq!(check_chain(&agent(VoiceName::ElevenLabs, "a b")), bad);
        let elsewhere = Err(ChainError::NoAgentsThere(VoiceName::Gemini));
        assert_eq!(check_chain(&agent(VoiceName::Gemini, "agent_1")), elsewhere);
        let beside = SpeechSettings {
            agent: Some(HostedAgent {
                provider: AgentHost::ElevenLabs,
                agent_id: "x".to_owned(),
                overrides: false,
            }),
            ..chain(vec![link(VoiceName::OpenAi)])
        };
        assert_eq!(check_chain(&beside), Err(ChainError::BesideAgent));
    }

    #[test]
    fn a_voice_is_told_its_own_name_and_agent() {
        let speech = SpeechSettings { voice: Some("marin".to_owned()), ..SpeechSettings::default() };
        let kore = VoiceLink { voice: Some("Kore".to_owned()), ..link(VoiceName::Gemini) };
        assert_eq!(speech.of_link(&kore).voice.as_deref(), Some("Kore"));
        assert_eq!(speech.of_link(&link(VoiceName::Deepgram)).voice, None, "another one's name is none here");
    }
}
