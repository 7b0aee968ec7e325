//! Address of Gemini, and the settings of its sessions.

use std::fmt;
use std::time::Duration;

/// The settings of an account at Gemini, the same for every call.
#[derive(Clone)]
pub struct GeminiSettings {
    /// The API key; `None` for a self-hosted server that needs none.
    pub api_key: Option<String>,
    /// URL of the API, for example `https://generativelanguage.googleapis.com`.
    pub base_url: String,
    /// The model, for example `gemini-2.5-flash-native-audio-preview-09-2025`.
    pub model: String,
    /// The voice of calls whose profile names none of Gemini's.
    pub voice: String,
    /// Longest silence of the provider when an answer is due.
    pub stall_timeout: Duration,
}

/// Leaves the key out.
impl fmt::Debug for GeminiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeminiSettings").field("model", &self.model).finish_non_exhaustive()
    }
}
