//! Address of OpenAI's Live API, and the settings of its sessions.

use std::fmt;
use std::time::Duration;

/// The settings of an account at OpenAI for its Live API, the same for every call.
#[derive(Clone)]
pub struct OpenAiLiveSettings {
    /// The key; none for a compatible server that wants none.
    pub api_key: Option<String>,
    /// URL of the API, as `https://api.openai.com/v1`.
    pub base_url: String,
    /// Headers that are sent along, as name and value; one that is a key goes in the place of `api_key`.
    pub headers: Vec<(String, String)>,
    /// The model that hears and speaks, as `gpt-live-1`.
    pub model: String,
    /// The voice of calls whose profile names none of the API's.
    pub voice: String,
    /// The model of the Responses API that does what is delegated, as `gpt-4.1-mini`.
    pub task_model: String,
    /// Longest time that a server may send nothing at all, or owe an answer.
    pub stall_timeout: Duration,
}

/// Without the key and the headers, which may hold another.
impl fmt::Debug for OpenAiLiveSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiLiveSettings").field("model", &self.model).finish_non_exhaustive()
    }
}
