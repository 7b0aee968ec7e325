//! Addresses of the three parts, and turn-taking.

use std::fmt;
use std::time::Duration;

/// One of the three services.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// The API key; `None` for a self-hosted server that needs none.
    pub key: Option<String>,
    /// Base URL of the service.
    pub base_url: String,
    /// The model to use.
    pub model: String,
}

/// Leaves the key out.
impl fmt::Debug for ServiceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceSettings")
            .field("base_url", &self.base_url)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// Protocols of speech recognition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecognizerKind {
    /// Deepgram's streaming protocol: words are recognized while they are spoken.
    Stream,
    /// OpenAI's transcription, one utterance per request.
    Requests,
}

/// Protocols of speech synthesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechKind {
    /// OpenAI's speech API, one request per sentence.
    Requests,
    /// ElevenLabs' WebSocket, which takes sentences as they are written.
    Stream,
}

/// Audio formats of requested speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechFormat {
    /// Samples at 24 kHz without a header.
    Pcm,
    /// A WAV file, whose header states the sample rate.
    Wav,
}

/// The settings of an assistant composed of three services, the same for every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CascadeSettings {
    /// Protocol of the speech recognition.
    pub recognizer_kind: RecognizerKind,
    /// The recognizer: `https://api.deepgram.com`, or `http://whisper:8000/v1`.
    pub recognizer: ServiceSettings,
    /// The language model, by chat completions: `https://api.openai.com/v1`.
    pub llm: ServiceSettings,
    /// Protocol of the speech synthesis.
    pub speech_kind: SpeechKind,
    /// The speech synthesis: `https://api.openai.com/v1`, or `https://api.elevenlabs.io`.
    pub speech: ServiceSettings,
    /// The voice of calls whose profile names none.
    pub voice: String,
    /// Audio format of requested speech.
    pub format: SpeechFormat,
    /// Silence in ms that ends a turn after a complete sentence.
    pub pause_ms: u64,
    /// Speech in ms that interrupts the assistant while none of its words are known.
    pub barge_in_ms: u64,
    /// Longest silence of a part when an answer is due.
    pub stall_timeout: Duration,
}
