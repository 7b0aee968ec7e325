//! Addresses of the three parts, and turn-taking.

use std::fmt;
use std::time::Duration;

/// One of the three services.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// The key; none for a server of one's own that wants none.
    pub key: Option<String>,
    /// Base URL of the service.
    pub base_url: String,
    /// The model that it runs.
    pub model: String,
}

/// Without the key.
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
    /// By Deepgram's streaming protocol, while they are said.
    Stream,
    /// By OpenAI's transcription, an utterance at a time.
    Requests,
}

/// Speech synthesis of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechKind {
    /// By OpenAI's speech, a request for each sentence.
    Requests,
    /// By ElevenLabs' WebSocket, which takes sentences as they are written.
    Stream,
}

/// Audio formats of speech that is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechFormat {
    /// Samples of 24 kHz without a header.
    Pcm,
    /// A WAV file, whose header says the rate.
    Wav,
}

/// The settings of an assistant that is put together of three services, the same for every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CascadeSettings {
    /// Speech recognition of the callers' words.
    pub recognizer_kind: RecognizerKind,
    /// The recognizer: `https://api.deepgram.com`, or `http://whisper:8000/v1`.
    pub recognizer: ServiceSettings,
    /// The model that finds answers, by chat completions: `https://api.openai.com/v1`.
    pub llm: ServiceSettings,
    /// Protocol of the speech synthesis.
    pub speech_kind: SpeechKind,
    /// The speech synthesis: `https://api.openai.com/v1`, or `https://api.elevenlabs.io`.
    pub speech: ServiceSettings,
    /// The voice of calls whose profile names none.
    pub voice: String,
    /// Audio format of speech that is requested.
    pub format: SpeechFormat,
    /// Silence in ms that ends a turn behind a whole sentence.
    pub pause_ms: u64,
    /// Speech in ms that interrupts the assistant, where no word of it is known yet.
    pub barge_in_ms: u64,
    /// Longest silence of a part that owes an answer.
    pub stall_timeout: Duration,
}
