//! Declarations of the kind `cascade`: its settings, its integration, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::integration::{
    CascadeIntegration, CascadePlace, CascadeRecognizer, CascadeSpeech, CascadeSpeechFormat, IntegrationKind,
    IntegrationSettings,
};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{BaseUrl, Count, Layers, RegionName, Secret, section, words};

use super::{
    CascadeParts, CascadeSettings, RecognizerKind, ServiceSettings, SpeechFormat, SpeechKind, check,
};
use crate::assistant::kind::{
    AccountCheck, KnownBy, ModelEnd, Own, OwnAccount, Serves, ServiceKind, ShippedPrice, UnusableAccount,
    VoiceKind, VoiceParts, VoiceSection, agents, configured_agents,
};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;
use crate::assistant::{VoiceSections, elevenlabs, openai};

/// ElevenLabs' default model: the one with the lowest latency.
const ELEVENLABS_MODEL: &str = "eleven_flash_v2_5";

/// The kind.
pub static KIND: VoiceKind = VoiceKind {
    name: VoiceName::known("cascade"),
    serves: Serves::All,
    integration: Some(IntegrationKind::CASCADE),
    service: Some(ServiceKind {
        public_url: None,
        secrets: &["recognizer_key", "llm_key", "speech_key"],
        key: "recognizer_key",
        known_by: KnownBy::Authorization("Bearer"),
        asked_at: "/models",
    }),
    variables: &[],
    ends: &[ending_speech("gpt-4o-mini-tts"), ending_speech("tts-1"), ending_speech("tts-1-hd")],
    // Usage of the default services: a minute of recognition, tokens, a minute of speech.
    prices: &[
        ShippedPrice::minute("nova-3", "0.0077"),
        ShippedPrice::of("gpt-4.1-mini", ["0.40", "0.10", "0", "0", "1.60", "0", "0"]),
        ShippedPrice::minute("gpt-4o-mini-tts", "0.015"),
    ],
};

/// The end of a model of OpenAI that speaks.
const fn ending_speech(model: &'static str) -> ModelEnd {
    let instead = "let ElevenLabs (cascade.speech) or a speech server of your own (cascade.speech_base_url) speak, because no other model of \
                   OpenAI takes such requests";
    ModelEnd { model, day: "2027-01-06", instead }
}

/// URL of Deepgram's streaming recognition.
fn deepgram_listen_url() -> BaseUrl {
    BaseUrl::known("https://api.deepgram.com")
}

words! {
    /// Speech recognition of the callers' words.
    RecognizerName {
        /// Deepgram's streaming protocol: words are recognized while they are spoken.
        Deepgram = "deepgram",
        /// OpenAI's transcription, one utterance per request.
        OpenAi = "openai",
    }
}

words! {
    /// Speech synthesis of the answers.
    SpeechName {
        /// OpenAI's speech API, one request per sentence.
        OpenAi = "openai",
        /// ElevenLabs' streaming WebSocket, which takes sentences as they are written.
        ElevenLabs = "elevenlabs",
    }
}

words! {
    /// Audio format that is requested from a speech service.
    SpeechFormatName {
        /// Samples at 24 kHz without a header.
        Pcm = "pcm",
        /// A WAV file, whose header states the sample rate.
        Wav = "wav",
    }
}

section! {
    /// An assistant composed of three services: speech recognition, a language model and speech synthesis.
    "cascade." Section {
        /// Speech recognition: by Deepgram's streaming protocol, or by OpenAI's transcription, which self-hosted servers offer as
        /// well.
        recognizer: RecognizerName = RecognizerName::Deepgram,
        /// URL of the speech recognition. /v1/listen is appended to it, or /audio/transcriptions if the recognizer is openai.
        recognizer_url: BaseUrl = deepgram_listen_url(),
        /// API key of the recognition; a self-hosted server may need none.
        recognizer_key: Option<Secret> = None,
        /// Model of the speech recognition.
        recognizer_model: String = "nova-3".to_owned(),
        /// URL of OpenAI's chat completions, or of a compatible server; /chat/completions is appended to it.
        llm_base_url: BaseUrl = openai::public_url(),
        /// API key of the language model; a self-hosted server may need none.
        llm_key: Option<Secret> = None,
        /// Language model that writes the answers.
        llm_model: String = "gpt-4.1-mini".to_owned(),
        /// Speech synthesis: by OpenAI's speech API, which self-hosted servers offer as well, or by ElevenLabs' streaming speech.
        speech: SpeechName = SpeechName::OpenAi,
        /// URL of the speech synthesis. /audio/speech is appended to it, or /v1/text-to-speech/VOICE/stream-input if the speech
        /// is elevenlabs. With elevenlabs the default is https://api.elevenlabs.io.
        speech_base_url: BaseUrl = openai::public_url(),
        /// API key of the speech synthesis; a self-hosted server may need none.
        speech_key: Option<Secret> = None,
        /// Model of the speech synthesis; with elevenlabs the default is eleven_flash_v2_5.
        speech_model: String = "gpt-4o-mini-tts".to_owned(),
        /// Voice of calls whose profile names none; with elevenlabs a voice's id.
        speech_voice: String = "alloy".to_owned(),
        /// Audio format requested from OpenAI's speech API; use wav if a server's sample rate is not 24 kHz.
        speech_format: SpeechFormatName = SpeechFormatName::Pcm,
        /// Milliseconds of silence after a complete sentence that end the caller's turn; after an incomplete one the wait is
        /// longer.
        pause_ms: Count<200, 3_000> = Count::new(400),
        /// Milliseconds of speech that interrupt the assistant while none of it is recognized; a recognized word with a meaning
        /// interrupts at once.
        barge_in_ms: Count<200, 5_000> = Count::new(700),
        /// Milliseconds without output, when output is due, after which a part counts as lost.
        stall_timeout_ms: Count<500, 60_000> = Count::new(8_000),
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Returns the URL of the speech synthesis: the speech provider's API, unless another address is set.
    fn speech_url(&self) -> BaseUrl {
        match self.speech {
            SpeechName::ElevenLabs if self.speech_base_url == openai::public_url() => {
                elevenlabs::public_url()
            }
            _ => self.speech_base_url.clone(),
        }
    }

    /// Returns the speech model: the speech provider's default, unless another one is set.
    fn speech_model_name(&self) -> &str {
        match self.speech {
            SpeechName::ElevenLabs if self.speech_model == Self::default().speech_model => ELEVENLABS_MODEL,
            _ => &self.speech_model,
        }
    }

    /// Converts the section to the provider's settings.
    pub fn settings(&self) -> CascadeSettings {
        let service = |base_url: &BaseUrl, key: &Option<Secret>, model: &str| ServiceSettings {
            key: key.as_ref().map(|key| key.expose().to_owned()),
            base_url: base_url.as_str().to_owned(),
            model: model.to_owned(),
        };
        CascadeSettings {
            recognizer_kind: match self.recognizer {
                RecognizerName::Deepgram => RecognizerKind::Stream,
                RecognizerName::OpenAi => RecognizerKind::Requests,
            },
            recognizer: service(&self.recognizer_url, &self.recognizer_key, &self.recognizer_model),
            llm: service(&self.llm_base_url, &self.llm_key, &self.llm_model),
            speech_kind: match self.speech {
                SpeechName::OpenAi => SpeechKind::Requests,
                SpeechName::ElevenLabs => SpeechKind::Stream,
            },
            speech: service(&self.speech_url(), &self.speech_key, self.speech_model_name()),
            voice: self.speech_voice.clone(),
            format: match self.speech_format {
                SpeechFormatName::Pcm => SpeechFormat::Pcm,
                SpeechFormatName::Wav => SpeechFormat::Wav,
            },
            pause_ms: self.pause_ms.get().into(),
            barge_in_ms: self.barge_in_ms.get().into(),
            stall_timeout: Duration::from_millis(self.stall_timeout_ms.get().into()),
        }
    }
}

impl VoiceSection for Section {
    fn is_set_up(&self, _: &VoiceSections) -> bool {
        let parts = [
            (&self.recognizer_key, &self.recognizer_url, deepgram_listen_url()),
            (&self.llm_key, &self.llm_base_url, openai::public_url()),
            (&self.speech_key, &self.speech_base_url, openai::public_url()),
        ];
        parts.into_iter().all(|(key, base_url, public)| key.is_some() || *base_url != public)
    }

    fn region(&self) -> RegionName {
        self.data_region
    }

    fn charged_models(&self) -> Vec<(&'static str, String)> {
        vec![
            ("cascade.recognizer_model", self.recognizer_model.clone()),
            ("cascade.llm_model", self.llm_model.clone()),
            ("cascade.speech_model", self.speech_model_name().to_owned()),
        ]
    }

    fn contradictions(&self, _: &VoiceSections, layers: &mut Layers) {
        let cascade = self;
        if cascade.recognizer == RecognizerName::OpenAi && cascade.recognizer_url == deepgram_listen_url() {
            layers.contradiction(
                "cascade.recognizer",
                format!("{} has no OpenAI transcription API", cascade.recognizer_url),
                "set cascade.recognizer_url to a server that has one, for example http://localhost:8000/v1"
                    .to_owned(),
            );
        }
        if cascade.speech == SpeechName::ElevenLabs && cascade.speech_voice == Self::default().speech_voice {
            layers.contradiction(
                "cascade.speech",
                format!("{} is not a voice id of ElevenLabs", cascade.speech_voice),
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
                deepgram_listen_url(),
            ),
            ("language model", "llm_base_url", &cascade.llm_key, &cascade.llm_base_url, openai::public_url()),
            ("speech", "speech_base_url", &cascade.speech_key, &speech_url, own_speech(cascade.speech)),
        ];
        for (part, url, key, base_url, public) in parts {
            if key.is_none() && *base_url == public {
                let key = url.split('_').next().unwrap_or_default();
                layers.contradiction(
                    "assistant.provider",
                    format!("the {part} of a cascade at {base_url} needs a key for calls"),
                    format!(
                        "set cascade.{key}_key, or cascade.{url} to a server of your own, or assistant.provider to builtin"
                    ),
                );
            }
        }
    }

    fn account(&self, _: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        configured_agents::<CascadeParts>(self.settings(), parts)
    }

    fn own_account(
        &self,
        _: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        let IntegrationSettings::Cascade(cascade) = own.settings else { return Ok(Own::Missing("llm_key")) };
        let settings = match own_cascade(own, cascade, self.settings()) {
            Ok(settings) => settings,
            Err((_, UnusablePlace::NoSecret(secret))) => return Ok(Own::Missing(secret)),
            Err((_, UnusablePlace::Account(why))) => return Err(why),
        };
        Ok(Own::Account(agents::<CascadeParts>(own.way.clone(), settings, parts)?))
    }

    fn check(&self, _: &VoiceSections) -> AccountCheck {
        let settings = self.settings();
        AccountCheck {
            place: format!("{}, {}, {}", self.recognizer_url, self.llm_base_url, self.speech_url()),
            does: "are reachable and accept their keys".to_owned(),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

/// Returns the URL of the speech provider's own API.
fn own_speech(speech: SpeechName) -> BaseUrl {
    match speech {
        SpeechName::OpenAi => openai::public_url(),
        SpeechName::ElevenLabs => elevenlabs::public_url(),
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set the key of that part: cascade.recognizer_key, llm_key or speech_key"
        }
        ProviderFailure::UnknownModel => {
            "set the model of that part, or the address of a service that has it"
        }
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the plan's limit",
        ProviderFailure::Unreachable => {
            "check that part's address, name service and firewall, and whether your own server runs"
        }
        _ => "look at that part's log or status page; calls are served by the built-in assistant meanwhile",
    }
}

/// Reason why one of an organization's own services can't be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusablePlace {
    /// The service requires this secret, which is not set.
    #[error("the secret {0} is not set")]
    NoSecret(&'static str),
    /// Its key can't be decrypted, or its address is not allowed.
    #[error(transparent)]
    Account(UnusableAccount),
}

/// Builds a cascade from an organization's own services, with their keys decrypted. Turn-taking comes from the configuration
/// (`configured`); none of the configuration's services, keys, models or voices is used.
///
/// # Errors
/// The number of the first place that can't be used, in the order of [`CascadeIntegration::places`], and the reason.
pub fn own_cascade(
    own: &OwnAccount<'_>,
    cascade: &CascadeIntegration,
    configured: CascadeSettings,
) -> Result<CascadeSettings, (usize, UnusablePlace)> {
    let places = cascade.places();
    let missing = |place: &CascadePlace<'_>| {
        place.wants_key && !matches!((own.secret)(place.secret), Ok(Some(_)) | Err(_))
    };
    if let Some((at, place)) = places.iter().enumerate().find(|(_, place)| missing(place)) {
        return Err((at, UnusablePlace::NoSecret(place.secret)));
    }
    let mut keys = [None, None, None];
    for (at, (place, key)) in places.iter().zip(&mut keys).enumerate() {
        *key = own.open(place.secret).map_err(|why| (at, UnusablePlace::Account(why)))?;
        (own.address)(place.url).map_err(|reason| {
            (at, UnusablePlace::Account(UnusableAccount::Address(place.setting, reason)))
        })?;
    }
    Ok(put_together(cascade, keys, configured))
}

fn put_together(
    cascade: &CascadeIntegration,
    keys: [Option<String>; 3],
    configured: CascadeSettings,
) -> CascadeSettings {
    let service = |place: CascadePlace<'_>, model: &str, key: Option<String>| ServiceSettings {
        key,
        base_url: place.url.to_owned(),
        model: model.to_owned(),
    };
    let ([hears, thinks, speaks], [heard_by, thought_by, spoken_by]) = (cascade.places(), cascade.models());
    let [recognizer_key, llm_key, speech_key] = keys;
    CascadeSettings {
        recognizer_kind: match cascade.recognizer {
            CascadeRecognizer::Deepgram => RecognizerKind::Stream,
            CascadeRecognizer::OpenAi => RecognizerKind::Requests,
        },
        recognizer: service(hears, heard_by, recognizer_key),
        llm: service(thinks, thought_by, llm_key),
        speech_kind: match cascade.speech {
            CascadeSpeech::OpenAi => SpeechKind::Requests,
            CascadeSpeech::ElevenLabs => SpeechKind::Stream,
        },
        speech: service(speaks, spoken_by, speech_key),
        voice: cascade.voice().unwrap_or_default().to_owned(),
        format: match cascade.speech_format {
            CascadeSpeechFormat::Pcm => SpeechFormat::Pcm,
            CascadeSpeechFormat::Wav => SpeechFormat::Wav,
        },
        ..configured
    }
}
