//! An assistant that is put together of three services: where they are, and what it can't be used without.

use super::layers::Layers;
use super::{BaseUrl, Cascade, Config, ProviderName, RecognizerName, SpeechName};

/// ElevenLabs' model that speaks where nothing else is set: the one of the least delay.
const ELEVENLABS_MODEL: &str = "eleven_flash_v2_5";

impl BaseUrl {
    /// Deepgram's own, of its streaming recognition.
    pub fn deepgram_listen() -> Self {
        Self("https://api.deepgram.com".to_owned())
    }
}

impl Cascade {
    /// Where answers are spoken: the API of whoever speaks them, unless another address is set.
    pub fn speech_url(&self) -> BaseUrl {
        match self.speech {
            SpeechName::ElevenLabs if self.speech_base_url == BaseUrl::openai() => BaseUrl::elevenlabs(),
            _ => self.speech_base_url.clone(),
        }
    }

    /// The model that speaks: one of whoever does, unless another one is set.
    pub fn speech_model_name(&self) -> &str {
        match self.speech {
            SpeechName::ElevenLabs if self.speech_model == Self::default().speech_model => ELEVENLABS_MODEL,
            _ => &self.speech_model,
        }
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
        if cascade.speech == SpeechName::ElevenLabs && cascade.speech_voice == Cascade::default().speech_voice
        {
            layers.contradiction(
                "cascade.speech",
                format!("{} is no voice of ElevenLabs", cascade.speech_voice),
                "set cascade.speech_voice to the id of a voice of that account".to_owned(),
            );
        }
        let speech_url = cascade.speech_url();
        let parts = [
            (
                "recognizer",
                "recognizer_url",
                &cascade.recognizer_key,
                &cascade.recognizer_url,
                BaseUrl::deepgram_listen(),
            ),
            ("language model", "llm_base_url", &cascade.llm_key, &cascade.llm_base_url, BaseUrl::openai()),
            ("speech", "speech_base_url", &cascade.speech_key, &speech_url, own_speech(cascade.speech)),
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

/// Where the API of whoever speaks is.
fn own_speech(speech: SpeechName) -> BaseUrl {
    match speech {
        SpeechName::OpenAi => BaseUrl::openai(),
        SpeechName::ElevenLabs => BaseUrl::elevenlabs(),
    }
}
