//! Speech recognition of the built-in assistant: the model that `assistant.builtin.speech` names, if this build supports it.

use std::io;
use std::path::Path;

use cordboard_actors::assistant::Ears;

use crate::config::Config;
#[cfg(feature = "whisper")]
use crate::whisper::{Whisper, WhisperError};

/// Why the built-in assistant can't recognize speech.
#[derive(Debug, thiserror::Error)]
pub enum SpeechRecognitionError {
    /// This build has no speech recognition.
    #[error(
        "this build has no speech recognition: unset assistant.builtin.speech, or build with `cargo build --release --features whisper`"
    )]
    NotBuilt,
    /// The model can't be used.
    #[cfg(feature = "whisper")]
    #[error("the model of assistant.builtin.speech can't be used: {0}")]
    Model(#[from] WhisperError),
    /// The system can't start a thread.
    #[error("a thread for speech recognition can't be started: {0}")]
    Thread(#[from] io::Error),
}

/// Starts the configured model. Reads it, which takes a second per 500 MB, and blocks.
///
/// # Errors
/// [`SpeechRecognitionError`].
pub fn start(config: &Config) -> Result<Option<Ears>, SpeechRecognitionError> {
    config.assistant.builtin.speech.as_deref().map(of_folder).transpose()
}

#[cfg(feature = "whisper")]
fn of_folder(folder: &Path) -> Result<Ears, SpeechRecognitionError> {
    Ok(Ears::start(cordboard_actors::threads::Threads::here(), Whisper::load(folder)?)?)
}

#[cfg(not(feature = "whisper"))]
fn of_folder(_: &Path) -> Result<Ears, SpeechRecognitionError> {
    Err(SpeechRecognitionError::NotBuilt)
}

/// Reads a model, and lets it recognize a second of silence.
///
/// # Errors
/// [`SpeechRecognitionError`].
#[cfg(feature = "whisper")]
pub fn check(folder: &Path) -> Result<(), SpeechRecognitionError> {
    use cordboard_actors::assistant::{Recognizer as _, Speech};

    let second = Speech { samples: vec![0; Speech::RATE.samples_in_ms(1_000)], language: "en".to_owned() };
    Whisper::load(folder)?.recognize(&second).map_err(|reason| io::Error::other(reason).into()).map(drop)
}

/// Fails, because this build can't read a model.
///
/// # Errors
/// [`SpeechRecognitionError::NotBuilt`].
#[cfg(not(feature = "whisper"))]
pub fn check(_: &Path) -> Result<(), SpeechRecognitionError> {
    Err(SpeechRecognitionError::NotBuilt)
}
