//! Address of OpenAI's Live API, and the settings of its sessions.

use std::fmt;
use std::time::Duration;

/// The settings of an account at OpenAI for its Live API, the same for every call.
#[derive(Clone)]
pub struct OpenAiLiveSettings {
    /// The API key; `None` for a compatible server that needs none.
    pub api_key: Option<String>,
    /// URL of the API, for example `https://api.openai.com/v1`.
    pub base_url: String,
    /// Extra headers, as name and value; one that holds a key replaces `api_key`.
    pub headers: Vec<(String, String)>,
    /// The model that listens and speaks, for example `gpt-live-1`.
    pub model: String,
    /// The voice of calls whose profile names none of the API's.
    pub voice: String,
    /// The model of the Responses API that carries out delegated tasks, for example `gpt-4.1-mini`.
    pub task_model: String,
    /// Longest time that a server may send nothing at all, or no due answer.
    pub stall_timeout: Duration,
}

/// Leaves out the key, and the headers, which may contain another key.
impl fmt::Debug for OpenAiLiveSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiLiveSettings").field("model", &self.model).finish_non_exhaustive()
    }
}
