//! Address of ElevenLabs, and the agent that speaks.

use std::fmt;
use std::time::Duration;

/// The settings of an account at ElevenLabs, the same for every call.
#[derive(Clone)]
pub struct ElevenLabsSettings {
    /// The API key; `None` for public agents.
    pub api_key: Option<String>,
    /// URL of the API, for example `https://api.elevenlabs.io`.
    pub base_url: String,
    /// The agent of calls whose profile names none.
    pub agent_id: Option<String>,
    /// Whether a profile's instructions, first words, language and voice replace this agent's own.
    pub overrides: bool,
    /// Longest silence of the provider when an answer is due.
    pub stall_timeout: Duration,
}

/// Leaves the key out.
impl fmt::Debug for ElevenLabsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElevenLabsSettings").field("agent_id", &self.agent_id).finish_non_exhaustive()
    }
}
