//! Access to the provider, as configured.

use std::fmt;
use std::time::Duration;

/// The settings of the provider `openai`, the same for every call.
#[derive(Clone)]
pub struct OpenAiSettings {
    /// The API key; `None` for a compatible server that needs none.
    pub api_key: Option<String>,
    /// URL of the API, for example `https://api.openai.com/v1`; `/realtime` is appended to its path.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// Extra headers, as name and value.
    pub headers: Vec<(String, String)>,
    /// Extra URL parameters, as name and value.
    pub query: Vec<(String, String)>,
    /// The dialect to send.
    pub dialect: DialectChoice,
    /// The model that transcribes the caller's words.
    pub transcription_model: String,
    /// The audio format to request.
    pub audio: AudioChoice,
    /// Longest silence of the provider when an answer is due.
    pub stall_timeout: Duration,
    /// Milliseconds of the caller's audio in one message, a multiple of 20.
    pub append_ms: u32,
}

/// Dialect of the API to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialectChoice {
    /// The current one.
    Ga,
    /// The previous one.
    Beta,
    /// The one in which the server describes its session.
    #[default]
    Auto,
}

/// Audio format to request for both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioChoice {
    /// G.711 for a caller at 8 kHz, 16-bit samples at 24 kHz otherwise.
    #[default]
    Auto,
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// 16-bit samples at 24 kHz.
    Pcm,
}

/// Leaves out the key, and the headers, which may contain another key.
impl fmt::Debug for OpenAiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiSettings").field("model", &self.model).finish_non_exhaustive()
    }
}
