//! Address of Deepgram's agents, and their settings.

use std::fmt;
use std::time::Duration;

/// The settings of an account at Deepgram, the same for every call.
#[derive(Clone)]
pub struct DeepgramSettings {
    /// The API key; `None` for a self-hosted server that needs none.
    pub api_key: Option<String>,
    /// URL of the API, for example `https://agent.deepgram.com`.
    pub base_url: String,
    /// Model that recognizes callers' speech, for example `nova-3`.
    pub listen_model: String,
    /// Provider of the language model, for example `open_ai`.
    pub think_provider: String,
    /// Language model that writes the answers.
    pub think_model: String,
    /// The voice of calls whose profile names none of Deepgram's.
    pub voice: String,
    /// Longest silence of the provider when an answer is due.
    pub stall_timeout: Duration,
}

/// Leaves the key out.
impl fmt::Debug for DeepgramSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeepgramSettings").field("think_model", &self.think_model).finish_non_exhaustive()
    }
}
