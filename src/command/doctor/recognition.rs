//! Checks whether the built-in assistant's speech model can be used.

use std::time::Instant;

use super::Check;
use crate::config::Config;
use crate::speech_recognition::{self, SpeechRecognitionError};

const SUBJECT: &str = "speech recognition";

/// Returns nothing if no model is configured.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let folder = config.assistant.builtin.speech.as_deref()?;
    let began = Instant::now();
    Some(match speech_recognition::check(folder) {
        Ok(()) => {
            let took_s = began.elapsed().as_secs_f64();
            Check::good(
                SUBJECT,
                format!("{} is loaded, and recognizes a second of sound, in {took_s:.1} s", folder.display()),
            )
        }
        Err(error) => Check::bad(SUBJECT, error.to_string(), fix(&error).to_owned()),
    })
}

fn fix(error: &SpeechRecognitionError) -> &'static str {
    match error {
        SpeechRecognitionError::NotBuilt => {
            "unset assistant.builtin.speech, or build with `--features whisper`"
        }
        SpeechRecognitionError::Thread(_) => {
            "give the machine more memory, or use a smaller model, such as whisper-tiny"
        }
        #[cfg(feature = "whisper")]
        SpeechRecognitionError::Model(_) => {
            "put config.json, tokenizer.json and model.safetensors of one model there, such as openai/whisper-tiny at Hugging Face"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_model_is_reported_with_its_fix() {
        assert!(examine(&Config::default()).is_none());
        let mut config = Config::default();
        let folder = tempfile::tempdir().unwrap();
        config.assistant.builtin.speech = Some(folder.path().to_owned());
        let message = format!("{:?}", examine(&config).unwrap());
        let expected =
            if cfg!(feature = "whisper") { "config.json can't be read" } else { "--features whisper" };
        assert!(message.contains(expected), "{message}");
    }
}
