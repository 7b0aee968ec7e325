//! Address of Deepgram's agents, and their settings.

use std::fmt;
use std::time::Duration;

/// The settings of an account at Deepgram, the same for every call.
#[derive(Clone)]
pub struct DeepgramSettings {
    /// The key; none for a server of one's own that wants none.
    pub api_key: Option<String>,
    /// URL of the API, as `https://agent.deepgram.com`.
    pub base_url: String,
    /// The model that hears callers, as `nova-3`.
    pub listen_model: String,
    /// Provider of the model that answers, as `open_ai`.
    pub think_provider: String,
    /// The model that answers.
    pub think_model: String,
    /// The voice of calls whose profile names none of Deepgram's.
    pub voice: String,
    /// Longest silence of a provider that owes an answer.
    pub stall_timeout: Duration,
}

/// Without the key.
impl fmt::Debug for DeepgramSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeepgramSettings").field("think_model", &self.think_model).finish_non_exhaustive()
    }
}
