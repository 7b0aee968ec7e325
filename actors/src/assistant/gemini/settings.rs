//! Address of Gemini, and the settings of its sessions.

use std::fmt;
use std::time::Duration;

/// The settings of an account at Gemini, the same for every call.
#[derive(Clone)]
pub struct GeminiSettings {
    /// The key; none for a server of one's own that wants none.
    pub api_key: Option<String>,
    /// URL of the API, as `https://generativelanguage.googleapis.com`.
    pub base_url: String,
    /// The model, as `gemini-2.5-flash-native-audio-preview-09-2025`.
    pub model: String,
    /// The voice of calls whose profile names none of Gemini's.
    pub voice: String,
    /// Longest silence of a provider that owes an answer.
    pub stall_timeout: Duration,
}

/// Without the key.
impl fmt::Debug for GeminiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeminiSettings").field("model", &self.model).finish_non_exhaustive()
    }
}
