//! Integrations: an organization's accounts at other services. What is secret of them is sealed, and never told again.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dial::PhoneNumber;
use crate::ids::OrganizationId;
use crate::limits::SECRET_SHOWN_CHARS_MIN;
use crate::time::UnixMs;
use crate::voice_chain::DataRegion;

/// A service that an organization can have an account at; one of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum IntegrationKind {
    /// Twilio: phone numbers, calls, text messages. In the place of the configuration's account, from the next call on.
    Twilio,
    /// OpenAI, or a server that speaks as it does: it serves the organization's calls, from the next one on.
    OpenAi,
    /// ElevenLabs: its agents serve the calls of profiles that name one.
    ElevenLabs,
    /// Deepgram: its Voice Agent serves the organization's calls, from the next one on.
    Deepgram,
    /// Google's Gemini: its Live API serves the organization's calls, from the next one on.
    Gemini,
    /// Speech recognition, a language model and speech synthesis of the organization's choice: put together, they serve its calls, from the
    /// next one on.
    Cascade,
}

impl IntegrationKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Twilio, Self::OpenAi, Self::ElevenLabs, Self::Deepgram, Self::Gemini, Self::Cascade];

    /// Its word, in paths and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::OpenAi => "openai",
            Self::ElevenLabs => "elevenlabs",
            Self::Deepgram => "deepgram",
            Self::Gemini => "gemini",
            Self::Cascade => "cascade",
        }
    }

    /// The names of its secrets.
    pub const fn secret_names(self) -> &'static [&'static str] {
        match self {
            Self::Twilio => &["auth_token", "second_auth_token", "api_key_secret"],
            Self::OpenAi | Self::Deepgram | Self::Gemini => &["api_key"],
            Self::ElevenLabs => &["api_key", "webhook_secret"],
            Self::Cascade => &["recognizer_key", "llm_key", "speech_key"],
        }
    }
}

impl fmt::Display for IntegrationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such kind of integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such integration")]
pub struct NoSuchKind;

impl FromStr for IntegrationKind {
    type Err = NoSuchKind;

    fn from_str(text: &str) -> Result<Self, NoSuchKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NoSuchKind)
    }
}

/// What is no secret of an account at Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TwilioIntegration {
    /// The account, `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The API key, `SK` and 32 hexadecimal digits, where one is used in place of the auth token; its secret is `api_key_secret`.
    #[serde(default)]
    pub api_key_sid: Option<String>,
    /// Where Twilio's API is.
    #[serde(default = "twilio_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = twilio_base_url))]
    pub base_url: String,
    /// A number of the account, as `+15550100001`: shown to people and to whom we call, and where texts come from that have no
    /// number of their own. Without it nobody is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub caller_id: Option<PhoneNumber>,
    /// The host at which extensions are reached by SIP, as `pbx.example.com`. Without it none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_domain: Option<String>,
}

/// What is no secret of an account at OpenAI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenAiIntegration {
    /// Where the API is.
    #[serde(default = "openai_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = openai_base_url))]
    pub base_url: String,
    /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// What is no secret of an account at ElevenLabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ElevenLabsIntegration {
    /// Where the API is.
    #[serde(default = "elevenlabs_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = elevenlabs_base_url))]
    pub base_url: String,
    /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// What is no secret of an account at Deepgram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeepgramIntegration {
    /// Where the API of its agents is.
    #[serde(default = "deepgram_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = deepgram_base_url))]
    pub base_url: String,
    /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// What is no secret of an account at Gemini.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GeminiIntegration {
    /// Where the API is.
    #[serde(default = "gemini_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = gemini_base_url))]
    pub base_url: String,
    /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// How an organization's own recognition is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeRecognizer {
    /// By Deepgram's streaming protocol, while callers speak.
    #[default]
    Deepgram,
    /// By OpenAI's transcription, an utterance at a time.
    OpenAi,
}

/// How an organization's own speech is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeSpeech {
    /// By OpenAI's speech, a request for each sentence.
    #[default]
    OpenAi,
    /// By ElevenLabs' streaming WebSocket.
    ElevenLabs,
}

/// How OpenAI's speech is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeSpeechFormat {
    /// Samples of 24 kHz without a header.
    #[default]
    Pcm,
    /// A WAV file, whose header says the rate.
    Wav,
}

/// What is no secret of an organization's own services. Each has a key, where it wants one; what is not written is that of the kind's own
/// provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CascadeIntegration {
    /// How speech is recognized.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeRecognizer::default))]
    pub recognizer: CascadeRecognizer,
    /// Where speech is recognized, as `https://api.deepgram.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_url: Option<String>,
    /// The model that recognizes, as `nova-3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_model: Option<String>,
    /// Where answers are found, by chat completions, as `https://api.openai.com/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_base_url: Option<String>,
    /// The model that answers, as `gpt-4.1-mini`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_model: Option<String>,
    /// How answers are spoken.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeech::default))]
    pub speech: CascadeSpeech,
    /// Where answers are spoken, as `https://api.openai.com/v1` or `https://api.elevenlabs.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_base_url: Option<String>,
    /// The model that speaks, as `gpt-4o-mini-tts` or `eleven_flash_v2_5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_model: Option<String>,
    /// The voice of calls whose profile names none; of ElevenLabs the id of one, which has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_voice: Option<String>,
    /// How OpenAI's speech is asked for; `wav` where a server's samples have another rate than 24 kHz.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeechFormat::default))]
    pub speech_format: CascadeSpeechFormat,
    /// Where the services keep what they hear, as their contracts say; profiles whose data must stay there are served by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// One of an organization's own services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CascadePlace<'a> {
    /// The setting that its address is.
    pub setting: &'static str,
    /// Its address.
    pub url: &'a str,
    /// The secret that its key is.
    pub secret: &'static str,
    /// Whether it takes nobody without a key: it is the provider's own.
    pub wants_key: bool,
}

impl<'a> CascadePlace<'a> {
    /// The service at this address, or at the provider's own.
    fn of(setting: &'static str, url: Option<&'a str>, public: &'static str, secret: &'static str) -> Self {
        let url = url.unwrap_or(public);
        Self { setting, url, secret, wants_key: url.trim_end_matches('/') == public }
    }
}

/// OpenAI's API.
const OPENAI_URL: &str = "https://api.openai.com/v1";
/// Deepgram's API, of its streaming recognition.
const DEEPGRAM_LISTEN_URL: &str = "https://api.deepgram.com";
/// ElevenLabs' API.
const ELEVENLABS_URL: &str = "https://api.elevenlabs.io";

impl CascadeIntegration {
    /// Recognition, language model and speech, in this order.
    pub fn places(&self) -> [CascadePlace<'_>; 3] {
        let recognizer = match self.recognizer {
            CascadeRecognizer::Deepgram => DEEPGRAM_LISTEN_URL,
            CascadeRecognizer::OpenAi => OPENAI_URL,
        };
        let speech = match self.speech {
            CascadeSpeech::OpenAi => OPENAI_URL,
            CascadeSpeech::ElevenLabs => ELEVENLABS_URL,
        };
        [
            CascadePlace::of("recognizer_url", self.recognizer_url.as_deref(), recognizer, "recognizer_key"),
            CascadePlace::of("llm_base_url", self.llm_base_url.as_deref(), OPENAI_URL, "llm_key"),
            CascadePlace::of("speech_base_url", self.speech_base_url.as_deref(), speech, "speech_key"),
        ]
    }

    /// The models that recognize, answer and speak.
    pub fn models(&self) -> [&str; 3] {
        let recognizer = match self.recognizer {
            CascadeRecognizer::Deepgram => "nova-3",
            CascadeRecognizer::OpenAi => "gpt-4o-mini-transcribe",
        };
        let speech = match self.speech {
            CascadeSpeech::OpenAi => "gpt-4o-mini-tts",
            CascadeSpeech::ElevenLabs => "eleven_flash_v2_5",
        };
        [
            self.recognizer_model.as_deref().unwrap_or(recognizer),
            self.llm_model.as_deref().unwrap_or("gpt-4.1-mini"),
            self.speech_model.as_deref().unwrap_or(speech),
        ]
    }

    /// The voice of calls whose profile names none; none where there is none that every account has.
    pub fn voice(&self) -> Option<&str> {
        match (self.speech_voice.as_deref(), self.speech) {
            (Some(voice), _) => Some(voice),
            (None, CascadeSpeech::OpenAi) => Some("alloy"),
            (None, CascadeSpeech::ElevenLabs) => None,
        }
    }
}

fn twilio_base_url() -> String {
    "https://api.twilio.com".to_owned()
}

fn openai_base_url() -> String {
    "https://api.openai.com/v1".to_owned()
}

fn elevenlabs_base_url() -> String {
    "https://api.elevenlabs.io".to_owned()
}

fn deepgram_base_url() -> String {
    "https://agent.deepgram.com".to_owned()
}

fn gemini_base_url() -> String {
    "https://generativelanguage.googleapis.com".to_owned()
}

/// What is no secret of an integration, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum IntegrationSettings {
    /// Of Twilio.
    Twilio(TwilioIntegration),
    /// Of OpenAI.
    OpenAi(OpenAiIntegration),
    /// Of ElevenLabs.
    ElevenLabs(ElevenLabsIntegration),
    /// Of Deepgram.
    Deepgram(DeepgramIntegration),
    /// Of Gemini.
    Gemini(GeminiIntegration),
    /// Of services of one's own.
    Cascade(CascadeIntegration),
}

impl IntegrationSettings {
    /// Reads the settings of an integration of that kind.
    ///
    /// # Errors
    /// They have another form; how, in words.
    pub fn read(kind: IntegrationKind, settings: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let settings = Value::Object(settings);
        match kind {
            IntegrationKind::Twilio => serde_json::from_value(settings).map(Self::Twilio),
            IntegrationKind::OpenAi => serde_json::from_value(settings).map(Self::OpenAi),
            IntegrationKind::ElevenLabs => serde_json::from_value(settings).map(Self::ElevenLabs),
            IntegrationKind::Deepgram => serde_json::from_value(settings).map(Self::Deepgram),
            IntegrationKind::Gemini => serde_json::from_value(settings).map(Self::Gemini),
            IntegrationKind::Cascade => serde_json::from_value(settings).map(Self::Cascade),
        }
    }

    /// Whose settings they are.
    pub const fn kind(&self) -> IntegrationKind {
        match self {
            Self::Twilio(_) => IntegrationKind::Twilio,
            Self::OpenAi(_) => IntegrationKind::OpenAi,
            Self::ElevenLabs(_) => IntegrationKind::ElevenLabs,
            Self::Deepgram(_) => IntegrationKind::Deepgram,
            Self::Gemini(_) => IntegrationKind::Gemini,
            Self::Cascade(_) => IntegrationKind::Cascade,
        }
    }

    /// What is no secret of an account at Twilio; none of another service.
    pub const fn twilio(&self) -> Option<&TwilioIntegration> {
        match self {
            Self::Twilio(twilio) => Some(twilio),
            _ => None,
        }
    }

    /// Where the account keeps what it hears, where that is known.
    pub const fn region(&self) -> Option<DataRegion> {
        match self {
            Self::Twilio(_) => None,
            Self::OpenAi(openai) => openai.region,
            Self::ElevenLabs(elevenlabs) => elevenlabs.region,
            Self::Deepgram(deepgram) => deepgram.region,
            Self::Gemini(gemini) => gemini.region,
            Self::Cascade(cascade) => cascade.region,
        }
    }

    /// The settings that are addresses, and the address of each.
    pub fn addresses(&self) -> Vec<(&'static str, &str)> {
        let one = match self {
            Self::Twilio(twilio) => &twilio.base_url,
            Self::OpenAi(openai) => &openai.base_url,
            Self::ElevenLabs(elevenlabs) => &elevenlabs.base_url,
            Self::Deepgram(deepgram) => &deepgram.base_url,
            Self::Gemini(gemini) => &gemini.base_url,
            Self::Cascade(cascade) => {
                return cascade.places().map(|place| (place.setting, place.url)).into();
            }
        };
        vec![("base_url", one)]
    }

    /// Where the service's API is; of several services that of the first one.
    pub fn base_url(&self) -> &str {
        self.addresses().first().map_or("", |(_, url)| *url)
    }

    /// Where a secret of this name is sent.
    pub fn address_of_secret(&self, name: &str) -> &str {
        match self {
            Self::Cascade(cascade) => {
                let mut places = cascade.places().into_iter();
                places.find(|place| place.secret == name).map_or("", |place| place.url)
            }
            _ => self.base_url(),
        }
    }
}

/// A secret as a row keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// What only this server can open.
    pub sealed: String,
    /// Its last four characters, where it is long enough.
    pub ends_with: Option<String>,
}

impl SealedSecret {
    /// What may be shown of a secret: its last four characters, where it is long enough.
    pub fn shown(secret: &str) -> Option<String> {
        let count = secret.chars().count();
        (count >= SECRET_SHOWN_CHARS_MIN).then(|| secret.chars().skip(count - 4).collect())
    }
}

/// An organization's account at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What is no secret of it.
    pub settings: IntegrationSettings,
    /// Its secrets that were set, by name.
    pub secrets: BTreeMap<String, SealedSecret>,
    /// When it was set.
    pub updated_at: UnixMs,
}

impl Integration {
    /// What its secret of that name is sealed for: nowhere else does it open.
    pub fn seal_context(organization_id: OrganizationId, kind: IntegrationKind, name: &str) -> String {
        format!("integration:{organization_id}:{kind}:{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: IntegrationKind, settings: Value) -> Result<IntegrationSettings, serde_json::Error> {
        let Value::Object(settings) = settings else { panic!("no object") };
        IntegrationSettings::read(kind, settings)
    }

    #[test]
    fn a_kinds_word_is_what_serde_writes() {
        for kind in IntegrationKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("aol".parse::<IntegrationKind>(), Err(NoSuchKind));
    }

    #[test]
    fn settings_are_those_of_their_kind() {
        let openai = read(IntegrationKind::OpenAi, json!({})).unwrap();
        assert_eq!(openai.base_url(), "https://api.openai.com/v1");
        assert!(read(IntegrationKind::OpenAi, json!({ "account_sid": "AC1" })).is_err());
        assert!(read(IntegrationKind::Twilio, json!({})).is_err(), "without an account");
        let twilio = read(IntegrationKind::Twilio, json!({ "account_sid": "AC1" })).unwrap();
        assert_eq!(twilio.kind(), IntegrationKind::Twilio);
    }

    #[test]
    fn each_of_ones_own_services_has_its_address_and_its_key() {
        let usual = read(IntegrationKind::Cascade, json!({})).unwrap();
        assert_eq!(usual.addresses().len(), 3);
        assert_eq!(usual.address_of_secret("recognizer_key"), "https://api.deepgram.com");
        assert_eq!(usual.address_of_secret("llm_key"), "https://api.openai.com/v1");
        let IntegrationSettings::Cascade(cascade) = usual else { panic!("another kind") };
        assert!(cascade.places().iter().all(|place| place.wants_key));
        assert_eq!(
            (cascade.models(), cascade.voice()),
            (["nova-3", "gpt-4.1-mini", "gpt-4o-mini-tts"], Some("alloy"))
        );
        let own = json!({
            "recognizer": "openai", "recognizer_url": "http://whisper:8000/v1", "speech": "elevenlabs",
            "llm_base_url": "https://api.openai.com/v1/",
        });
        let IntegrationSettings::Cascade(own) = read(IntegrationKind::Cascade, own).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(own.places().map(|place| place.wants_key), [false, true, true]);
        assert_eq!(own.places()[2].url, "https://api.elevenlabs.io");
        assert_eq!(own.voice(), None, "no voice is everybody's");
        assert!(read(IntegrationKind::Cascade, json!({ "base_url": "https://x" })).is_err());
    }

    #[test]
    fn of_a_secret_its_end_is_shown_where_that_tells_little() {
        assert_eq!(SealedSecret::shown("sk-0123456789abcd").as_deref(), Some("abcd"));
        assert_eq!(SealedSecret::shown("hunter2"), None);
    }
}
