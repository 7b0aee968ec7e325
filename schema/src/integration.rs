//! Integrations: an organization's accounts at other services. Their secrets are sealed, and are never shown again.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dial::PhoneNumber;
use crate::ids::OrganizationId;
use crate::kind_name::{BadKindName, KindName};
use crate::limits::SECRET_SHOWN_CHARS_MIN;
use crate::time::UnixMs;
use crate::voice_chain::DataRegion;

/// A service at which an organization can have one account. The server defines which kinds exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "openai"))]
#[serde(transparent)]
pub struct IntegrationKind(KindName);

impl IntegrationKind {
    /// Twilio: phone numbers, calls, text messages. It replaces the configuration's account from the next call on.
    pub const TWILIO: Self = Self::known("twilio");
    /// Speech recognition, a language model and speech synthesis that the organization chooses. Together they serve its calls
    /// from the next one on.
    pub const CASCADE: Self = Self::known("cascade");

    /// Returns the kind with this name, which is a constant of the program.
    pub const fn known(name: &'static str) -> Self {
        Self(KindName::known(name))
    }

    /// Returns its word, in paths and rows.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for IntegrationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IntegrationKind {
    type Err = BadKindName;

    fn from_str(text: &str) -> Result<Self, BadKindName> {
        text.parse().map(Self)
    }
}

/// Settings of an account at Twilio that are not secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TwilioIntegration {
    /// The account, `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The API key, `SK` and 32 hexadecimal digits, if one is used instead of the auth token; its secret is `api_key_secret`.
    #[serde(default)]
    pub api_key_sid: Option<String>,
    /// Base URL of Twilio's API.
    #[serde(default = "twilio_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = twilio_base_url))]
    pub base_url: String,
    /// A number of the account, such as `+15550100001`. It is shown to people and to parties that we call, and is the sender of
    /// texts that have no number of their own. Without it nobody can be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub caller_id: Option<PhoneNumber>,
    /// The host at which extensions are reached by SIP, such as `pbx.example.com`. Without it extensions can't be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_domain: Option<String>,
}

/// Settings of an account at a single service that are not secret: its address, and the region in which it stores speech data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceIntegration {
    /// The service.
    #[serde(skip)]
    pub kind: IntegrationKind,
    /// Base URL of the API; the service's own address if empty.
    pub base_url: String,
    /// Region in which the account stores speech data, by its contract. It serves profiles whose data must stay there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// The same settings, as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    base_url: Option<String>,
    #[serde(default)]
    region: Option<DataRegion>,
}

impl ServiceIntegration {
    fn read(
        kind: IntegrationKind,
        settings: Value,
        public_url: Option<&str>,
    ) -> Result<Self, serde_json::Error> {
        let WrittenService { base_url, region } = serde_json::from_value(settings)?;
        let base_url = base_url.or_else(|| public_url.map(str::to_owned));
        let base_url = base_url.ok_or_else(|| serde_json::Error::missing_field("base_url"))?;
        Ok(Self { kind, base_url, region })
    }
}

/// Protocol of an organization's own speech recognition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeRecognizer {
    /// Deepgram's streaming protocol, while callers speak.
    #[default]
    Deepgram,
    /// OpenAI's transcription, one request for each utterance.
    OpenAi,
}

/// Protocol of an organization's own speech synthesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeSpeech {
    /// OpenAI's speech, one request for each sentence.
    #[default]
    OpenAi,
    /// ElevenLabs' streaming WebSocket.
    ElevenLabs,
}

/// Audio format that is requested from OpenAI's speech.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CascadeSpeechFormat {
    /// Samples at 24 kHz, without a header.
    #[default]
    Pcm,
    /// A WAV file, whose header states the rate.
    Wav,
}

/// Settings of an organization's own services that are not secret. Each service has a key if it requires one. Fields that are
/// left out have the values of the kind's own provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CascadeIntegration {
    /// Speech recognition.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeRecognizer::default))]
    pub recognizer: CascadeRecognizer,
    /// Address of the speech recognition, such as `https://api.deepgram.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_url: Option<String>,
    /// The model that recognizes speech, such as `nova-3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_model: Option<String>,
    /// Base URL of the chat completions that generate answers, such as `https://api.openai.com/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_base_url: Option<String>,
    /// The model that answers, such as `gpt-4.1-mini`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_model: Option<String>,
    /// Speech synthesis of the answers.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeech::default))]
    pub speech: CascadeSpeech,
    /// Base URL of the speech synthesis, such as `https://api.openai.com/v1` or `https://api.elevenlabs.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_base_url: Option<String>,
    /// The model that speaks, such as `gpt-4o-mini-tts` or `eleven_flash_v2_5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_model: Option<String>,
    /// The voice of calls whose profile names none. For ElevenLabs it is a voice id, and required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_voice: Option<String>,
    /// Audio format that is requested from OpenAI's speech; `wav` if the server's sample rate is not 24 kHz.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeechFormat::default))]
    pub speech_format: CascadeSpeechFormat,
    /// Region in which the services store speech data, by their contracts. They serve profiles whose data must stay there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// One of an organization's own services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CascadePlace<'a> {
    /// The setting that holds its address.
    pub setting: &'static str,
    /// Its address.
    pub url: &'a str,
    /// The secret that holds its key.
    pub secret: &'static str,
    /// Whether it requires a key: it is the provider's own service.
    pub wants_key: bool,
}

impl<'a> CascadePlace<'a> {
    /// Returns the service at this address, or at the provider's own.
    fn of(setting: &'static str, url: Option<&'a str>, public: &'static str, secret: &'static str) -> Self {
        let url = url.unwrap_or(public);
        Self { setting, url, secret, wants_key: url.trim_end_matches('/') == public }
    }
}

/// OpenAI's API.
const OPENAI_URL: &str = "https://api.openai.com/v1";
/// Deepgram's API for streaming recognition.
const DEEPGRAM_LISTEN_URL: &str = "https://api.deepgram.com";
/// ElevenLabs' API.
const ELEVENLABS_URL: &str = "https://api.elevenlabs.io";

impl CascadeIntegration {
    /// Returns recognition, language model and speech, in this order.
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

    /// Returns the models that recognize, answer and speak.
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

    /// Returns the voice of calls whose profile names none; none if no voice exists in every account.
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

/// Settings of an integration that are not secret, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum IntegrationSettings {
    /// Twilio's.
    Twilio(TwilioIntegration),
    /// Those of a single service.
    Service(ServiceIntegration),
    /// Those of the organization's own services.
    Cascade(CascadeIntegration),
}

impl IntegrationSettings {
    /// Reads the settings of an integration of that kind. `public_url` is the address of a service whose settings have no
    /// address; without it the settings must have one.
    ///
    /// # Errors
    /// A description of what is wrong with their form.
    pub fn read(
        kind: IntegrationKind,
        settings: Map<String, Value>,
        public_url: Option<&str>,
    ) -> Result<Self, serde_json::Error> {
        let settings = Value::Object(settings);
        match kind {
            IntegrationKind::TWILIO => serde_json::from_value(settings).map(Self::Twilio),
            IntegrationKind::CASCADE => serde_json::from_value(settings).map(Self::Cascade),
            kind => ServiceIntegration::read(kind, settings, public_url).map(Self::Service),
        }
    }

    /// Returns its kind.
    pub const fn kind(&self) -> IntegrationKind {
        match self {
            Self::Twilio(_) => IntegrationKind::TWILIO,
            Self::Service(service) => service.kind,
            Self::Cascade(_) => IntegrationKind::CASCADE,
        }
    }

    /// Returns Twilio's settings; none for another kind.
    pub const fn twilio(&self) -> Option<&TwilioIntegration> {
        match self {
            Self::Twilio(twilio) => Some(twilio),
            Self::Service(_) | Self::Cascade(_) => None,
        }
    }

    /// Returns the region in which the account stores speech data, if known.
    pub const fn region(&self) -> Option<DataRegion> {
        match self {
            Self::Twilio(_) => None,
            Self::Service(service) => service.region,
            Self::Cascade(cascade) => cascade.region,
        }
    }

    /// Returns the settings that are addresses, with each address.
    pub fn addresses(&self) -> Vec<(&'static str, &str)> {
        let one = match self {
            Self::Twilio(twilio) => &twilio.base_url,
            Self::Service(service) => &service.base_url,
            Self::Cascade(cascade) => {
                return cascade.places().map(|place| (place.setting, place.url)).into();
            }
        };
        vec![("base_url", one)]
    }

    /// Returns the base URL of the service's API; of several services, that of the first one.
    pub fn base_url(&self) -> &str {
        self.addresses().first().map_or("", |(_, url)| *url)
    }

    /// Returns the address that the secret with this name is sent to.
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

/// A secret as it is stored in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// The sealed value, which only this server can open.
    pub sealed: String,
    /// Its last four characters, if it is long enough.
    pub ends_with: Option<String>,
}

impl SealedSecret {
    /// Returns the part of a secret that may be shown: its last four characters, if it is long enough.
    pub fn shown(secret: &str) -> Option<String> {
        let count = secret.chars().count();
        (count >= SECRET_SHOWN_CHARS_MIN).then(|| secret.chars().skip(count - 4).collect())
    }
}

/// An organization's account at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The settings that are not secret.
    pub settings: IntegrationSettings,
    /// Its secrets that are set, by name.
    pub secrets: BTreeMap<String, SealedSecret>,
    /// When it was set.
    pub updated_at: UnixMs,
}

impl Integration {
    /// Returns the context that its secret with that name is sealed for. It can be opened in no other context.
    pub fn seal_context(organization_id: OrganizationId, kind: IntegrationKind, name: &str) -> String {
        format!("integration:{organization_id}:{kind}:{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: IntegrationKind, settings: Value) -> Result<IntegrationSettings, serde_json::Error> {
        let Value::Object(settings) = settings else { panic!("not an object") };
        IntegrationSettings::read(kind, settings, Some("https://api.example"))
    }

    #[test]
    fn each_kind_has_its_settings() {
        let openai = read(IntegrationKind::known("openai"), json!({})).unwrap();
        assert_eq!((openai.base_url(), openai.kind().as_str()), ("https://api.example", "openai"));
        let written = serde_json::to_value(&openai).unwrap();
        assert_eq!(written, json!({ "base_url": "https://api.example" }));
        let Value::Object(written) = written else { panic!("not an object") };
        let again = IntegrationSettings::read(IntegrationKind::known("openai"), written, None);
        assert_eq!(again.unwrap(), openai, "a row contains the address of its service");
        assert!(IntegrationSettings::read(IntegrationKind::known("openai"), Map::new(), None).is_err());
        assert!(read(IntegrationKind::known("openai"), json!({ "account_sid": "AC1" })).is_err());
        assert!(read(IntegrationKind::TWILIO, json!({})).is_err(), "the account is missing");
        let twilio = read(IntegrationKind::TWILIO, json!({ "account_sid": "AC1" })).unwrap();
        assert_eq!(twilio.kind(), IntegrationKind::TWILIO);
    }

    #[test]
    fn each_service_of_a_cascade_has_its_address_and_key() {
        let usual = read(IntegrationKind::CASCADE, json!({})).unwrap();
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
        let IntegrationSettings::Cascade(own) = read(IntegrationKind::CASCADE, own).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(own.places().map(|place| place.wants_key), [false, true, true]);
        assert_eq!(own.places()[2].url, "https://api.elevenlabs.io");
        assert_eq!(own.voice(), None, "no voice exists in every account");
        assert!(read(IntegrationKind::CASCADE, json!({ "base_url": "https://x" })).is_err());
    }

    #[test]
    fn the_end_of_a_long_secret_is_shown() {
        assert_eq!(SealedSecret::shown("sk-0123456789abcd").as_deref(), Some("abcd"));
        assert_eq!(SealedSecret::shown("hunter2"), None);
    }
}
