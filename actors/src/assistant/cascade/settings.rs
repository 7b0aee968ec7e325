//! Where the three parts are, and how turns are taken.

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

/// How words are recognized.
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

/// How speech is asked for by requests.
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
    /// How callers' words are recognized.
    pub recognizer_kind: RecognizerKind,
    /// What recognizes them: `https://api.deepgram.com`, or `http://whisper:8000/v1`.
    pub recognizer: ServiceSettings,
    /// What finds answers, by chat completions: `https://api.openai.com/v1`.
    pub llm: ServiceSettings,
    /// How they are spoken.
    pub speech_kind: SpeechKind,
    /// What speaks them: `https://api.openai.com/v1`, or `https://api.elevenlabs.io`.
    pub speech: ServiceSettings,
    /// The voice of calls whose profile names none.
    pub voice: String,
    /// How speech is asked for by requests.
    pub format: SpeechFormat,
    /// Silence in ms that ends a turn behind a whole sentence.
    pub pause_ms: u64,
    /// Speech in ms that interrupts the assistant, where no word of it is known yet.
    pub barge_in_ms: u64,
    /// How long a part that owes something may say nothing.
    pub stall_timeout: Duration,
}
