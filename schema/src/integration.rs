//! Integrations: an organization's accounts at other services. Their secrets are sealed, and never shown again.

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

/// A service at which an organization can have an account, one of each kind. The installation defines which ones there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "openai"))]
#[serde(transparent)]
pub struct IntegrationKind(KindName);

impl IntegrationKind {
    /// Twilio: phone numbers, calls, text messages. In the place of the configuration's account, from the next call on.
    pub const TWILIO: Self = Self::known("twilio");
    /// Speech recognition, a language model and speech synthesis of the organization's choice: put together, they serve its calls, from the
    /// next one on.
    pub const CASCADE: Self = Self::known("cascade");

    /// The kind of that name in this program's own text.
    pub const fn known(name: &'static str) -> Self {
        Self(KindName::known(name))
    }

    /// Its word, in paths and rows.
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
    /// The API key, `SK` and 32 hexadecimal digits, if one is used in place of the auth token; its secret is `api_key_secret`.
    #[serde(default)]
    pub api_key_sid: Option<String>,
    /// Base URL of Twilio's API.
    #[serde(default = "twilio_base_url")]
    #[cfg_attr(feature = "openapi", schema(default = twilio_base_url))]
    pub base_url: String,
    /// A number of the account, as `+15550100001`: shown to people and to parties that we call, and the sender of texts that have no
    /// number of their own. Without it nobody is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub caller_id: Option<PhoneNumber>,
    /// The host at which extensions are reached by SIP, as `pbx.example.com`. Without it none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_domain: Option<String>,
}

/// Settings of an account at a single service that are not secret: its
/// address, and the region in which it stores what it hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceIntegration {
    /// The service.
    #[serde(skip)]
    pub kind: IntegrationKind,
    /// Base URL of the API; the service's own address if it is empty.
    pub base_url: String,
    /// Region in which the account stores what it hears, by its contract. It serves profiles whose data must stay there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<DataRegion>,
}

/// The same as it is written.
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
    /// By Deepgram's streaming protocol, while callers speak.
    #[default]
    Deepgram,
    /// By OpenAI's transcription, an utterance at a time.
    OpenAi,
}

/// Protocol of an organization's own speech synthesis.
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

/// Audio format that OpenAI's speech is asked for.
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

/// Settings of an organization's own services that are not secret. Each service has a key if it wants one. Fields that are left out
/// have the values of the kind's own provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CascadeIntegration {
    /// Speech recognition.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeRecognizer::default))]
    pub recognizer: CascadeRecognizer,
    /// Address of the speech recognition, as `https://api.deepgram.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_url: Option<String>,
    /// The model that recognizes, as `nova-3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognizer_model: Option<String>,
    /// Base URL of the chat completions that find answers, as `https://api.openai.com/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_base_url: Option<String>,
    /// The model that answers, as `gpt-4.1-mini`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_model: Option<String>,
    /// Speech synthesis of the answers.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeech::default))]
    pub speech: CascadeSpeech,
    /// Base URL of the speech synthesis, as `https://api.openai.com/v1` or `https://api.elevenlabs.io`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_base_url: Option<String>,
    /// The model that speaks, as `gpt-4o-mini-tts` or `eleven_flash_v2_5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_model: Option<String>,
    /// The voice of calls whose profile names none; of ElevenLabs the id of one, which has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech_voice: Option<String>,
    /// Audio format that OpenAI's speech is asked for; `wav` if the server's samples have another rate than 24 kHz.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = CascadeSpeechFormat::default))]
    pub speech_format: CascadeSpeechFormat,
    /// Region in which the services store what they hear, by their
    /// contracts. They serve profiles whose data must stay there.
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

    /// The voice of calls whose profile names none; none if there is none that every account has.
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
    /// Of Twilio.
    Twilio(TwilioIntegration),
    /// Of one service.
    Service(ServiceIntegration),
    /// Of services of one's own.
    Cascade(CascadeIntegration),
}

impl IntegrationSettings {
    /// Reads the settings of an integration of that kind. `public_url` is where a service is that the settings give no address of; without it
    /// they have to.
    ///
    /// # Errors
    /// They have another form; how, in words.
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

    /// Its kind.
    pub const fn kind(&self) -> IntegrationKind {
        match self {
            Self::Twilio(_) => IntegrationKind::TWILIO,
            Self::Service(service) => service.kind,
            Self::Cascade(_) => IntegrationKind::CASCADE,
        }
    }

    /// Those of Twilio; none of another kind.
    pub const fn twilio(&self) -> Option<&TwilioIntegration> {
        match self {
            Self::Twilio(twilio) => Some(twilio),
            Self::Service(_) | Self::Cascade(_) => None,
        }
    }

    /// Region in which the account stores what it hears, if known.
    pub const fn region(&self) -> Option<DataRegion> {
        match self {
            Self::Twilio(_) => None,
            Self::Service(service) => service.region,
            Self::Cascade(cascade) => cascade.region,
        }
    }

    /// The settings that are addresses, and the address of each.
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

    /// Base URL of the service's API; of several services that of the first one.
    pub fn base_url(&self) -> &str {
        self.addresses().first().map_or("", |(_, url)| *url)
    }

    /// Address that a secret of this name is sent to.
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
    /// Sealed value, which only this server can open.
    pub sealed: String,
    /// Its last four characters, if it is long enough.
    pub ends_with: Option<String>,
}

impl SealedSecret {
    /// The part of a secret that may be shown: its last four characters, if it is long enough.
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
    /// Its secrets that were set, by name.
    pub secrets: BTreeMap<String, SealedSecret>,
    /// When it was set.
    pub updated_at: UnixMs,
}

impl Integration {
    /// Context that its secret of that name is sealed for. It opens in no other context.
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
        IntegrationSettings::read(kind, settings, Some("https://api.example"))
    }

    #[test]
    fn settings_are_those_of_their_kind() {
        let openai = read(IntegrationKind::known("openai"), json!({})).unwrap();
        assert_eq!((openai.base_url(), openai.kind().as_str()), ("https://api.example", "openai"));
        let written = serde_json::to_value(&openai).unwrap();
        assert_eq!(written, json!({ "base_url": "https://api.example" }));
        let Value::Object(written) = written else { panic!("no object") };
        let again = IntegrationSettings::read(IntegrationKind::known("openai"), written, None);
        assert_eq!(again.unwrap(), openai, "a row says where its service is");
        assert!(IntegrationSettings::read(IntegrationKind::known("openai"), Map::new(), None).is_err());
        assert!(read(IntegrationKind::known("openai"), json!({ "account_sid": "AC1" })).is_err());
        assert!(read(IntegrationKind::TWILIO, json!({})).is_err(), "without an account");
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
        assert_eq!(own.voice(), None, "no voice is everybody's");
        assert!(read(IntegrationKind::CASCADE, json!({ "base_url": "https://x" })).is_err());
    }

    #[test]
    fn a_secrets_end_is_shown_where_that_tells_little() {
        assert_eq!(SealedSecret::shown("sk-0123456789abcd").as_deref(), Some("abcd"));
        assert_eq!(SealedSecret::shown("hunter2"), None);
    }
}
