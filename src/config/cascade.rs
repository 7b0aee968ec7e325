//! An assistant that is put together of three services: where they are, and what it can't be used without.

use super::layers::Layers;
use super::{BaseUrl, Config, ProviderName, RecognizerName};

impl BaseUrl {
    /// Deepgram's own, of its streaming recognition.
    pub fn deepgram_listen() -> Self {
        Self("https://api.deepgram.com".to_owned())
    }
}

impl Config {
    /// What can't be as the settings say.
    pub(super) fn cascade_contradictions(&self, layers: &mut Layers) {
        if self.assistant.provider != ProviderName::Cascade {
            return;
        }
        let cascade = &self.cascade;
        if cascade.recognizer == RecognizerName::OpenAi
            && cascade.recognizer_url == BaseUrl::deepgram_listen()
        {
            layers.contradiction(
                "cascade.recognizer",
                format!("{} has no transcription of OpenAI's", cascade.recognizer_url),
                "set cascade.recognizer_url to a server that has it, as http://localhost:8000/v1".to_owned(),
            );
        }
        let parts = [
            (
                "recognizer",
                "recognizer_url",
                &cascade.recognizer_key,
                &cascade.recognizer_url,
                BaseUrl::deepgram_listen(),
            ),
            ("language model", "llm_base_url", &cascade.llm_key, &cascade.llm_base_url, BaseUrl::openai()),
            ("speech", "speech_base_url", &cascade.speech_key, &cascade.speech_base_url, BaseUrl::openai()),
        ];
        for (part, url, key, base_url, public) in parts {
            if key.is_none() && *base_url == public {
                let key = url.split('_').next().unwrap_or_default();
                layers.contradiction(
                    "assistant.provider",
                    format!("the {part} of a cascade at {base_url} takes no calls without a key"),
                    format!(
                        "set cascade.{key}_key, or cascade.{url} to a server of your own, or assistant.provider to builtin"
                    ),
                );
            }
        }
    }
}
