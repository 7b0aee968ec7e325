//! Providers of a chain's second voice.

use serde::{Deserialize, Serialize};

/// Key of all these providers, which their stand-ins accept.
pub(crate) const VOICE_KEY: &str = "key-of-the-simulator-0123456789";
/// Id of the agent at ElevenLabs.
pub(crate) const VOICE_AGENT: &str = "agent_of_the_simulator";

/// Provider of a chain's second voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondVoice {
    /// Gemini's Live API.
    #[default]
    Gemini,
    /// Deepgram's Voice Agent.
    Deepgram,
    /// An agent at ElevenLabs.
    Elevenlabs,
    /// Three services: recognition, a language model, and speech.
    Cascade,
}

impl SecondVoice {
    /// All providers.
    pub const ALL: [Self; 4] = [Self::Gemini, Self::Deepgram, Self::Elevenlabs, Self::Cascade];

    /// Whether it is the default of plans that name none.
    pub(super) fn is_gemini(&self) -> bool {
        *self == Self::Gemini
    }

    /// Returns its name in a profile's chain.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gemini => "gemini",
            Self::Deepgram => "deepgram",
            Self::Elevenlabs => "elevenlabs",
            Self::Cascade => "cascade",
        }
    }

    /// Returns the server's settings for it, with an address.
    pub(crate) fn settings(self, url: &str) -> Vec<(&'static str, String)> {
        let [at, key] = [url, VOICE_KEY].map(str::to_owned);
        match self {
            Self::Gemini => vec![("GEMINI_BASE_URL", at), ("GEMINI_API_KEY", key)],
            Self::Deepgram => vec![("DEEPGRAM_BASE_URL", at), ("DEEPGRAM_API_KEY", key)],
            Self::Elevenlabs => vec![
                ("ELEVENLABS_BASE_URL", at),
                ("ELEVENLABS_API_KEY", key),
                ("ELEVENLABS_AGENT_ID", VOICE_AGENT.to_owned()),
            ],
            Self::Cascade => vec![
                ("cascade.recognizer_url", url.trim_end_matches("/v1").to_owned()),
                ("cascade.recognizer_key", key.clone()),
                ("cascade.llm_base_url", at.clone()),
                ("cascade.llm_key", key.clone()),
                ("cascade.speech_base_url", at),
                ("cascade.speech_key", key),
            ],
        }
    }
}
