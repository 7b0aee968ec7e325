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
}

impl IntegrationKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Twilio, Self::OpenAi, Self::ElevenLabs, Self::Deepgram, Self::Gemini];

    /// Its word, in paths and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::OpenAi => "openai",
            Self::ElevenLabs => "elevenlabs",
            Self::Deepgram => "deepgram",
            Self::Gemini => "gemini",
        }
    }

    /// The names of its secrets.
    pub const fn secret_names(self) -> &'static [&'static str] {
        match self {
            Self::Twilio => &["auth_token", "second_auth_token", "api_key_secret"],
            Self::OpenAi | Self::Deepgram | Self::Gemini => &["api_key"],
            Self::ElevenLabs => &["api_key", "webhook_secret"],
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
        }
    }

    /// Where the service's API is.
    pub fn base_url(&self) -> &str {
        match self {
            Self::Twilio(twilio) => &twilio.base_url,
            Self::OpenAi(openai) => &openai.base_url,
            Self::ElevenLabs(elevenlabs) => &elevenlabs.base_url,
            Self::Deepgram(deepgram) => &deepgram.base_url,
            Self::Gemini(gemini) => &gemini.base_url,
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
    fn of_a_secret_its_end_is_shown_where_that_tells_little() {
        assert_eq!(SealedSecret::shown("sk-0123456789abcd").as_deref(), Some("abcd"));
        assert_eq!(SealedSecret::shown("hunter2"), None);
    }
}
