//! Settings of Twilio: the account, and which profile answers which number.

use std::collections::BTreeMap;

use cordboard_schema::call::Unannounced;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::switch::TwilioPolicy;
use cordboard_schema::wire::twilio::AccountSid;
use cordboard_schema::wire::twiml;
use cordboard_settings::{BaseUrl, HostName, Layers, Listed, Pairs, Seconds, Secret, SettingValue, section};

use crate::switches::SettingsAround;

const PREFIX: &str = "twilio.numbers.";

/// The numbers that callers dial, in Twilio's format, each with the name of the agent profile that answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TwilioNumbers(BTreeMap<String, String>);

impl TwilioNumbers {
    /// Returns the profile of a listed number.
    pub fn profile(&self, number: &str) -> Option<&str> {
        self.0.get(number).map(String::as_str)
    }

    /// Returns the listed numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn read(layers: &mut Layers) -> Self {
        let mut numbers = BTreeMap::new();
        for number in layers.names_below(PREFIX) {
            // A key that is not a number stays among the unknown settings.
            if twiml::PhoneNumber::new(number.as_str()).is_ok()
                && let Some(profile) = layers.take(&format!("{PREFIX}{number}"))
            {
                numbers.insert(number, profile);
            }
        }
        Self(numbers)
    }

    fn secrets(&self) -> Vec<String> {
        self.0.values().flat_map(SettingValue::secrets).collect()
    }

    /// Returns the numbers as settings; without any, the format of one.
    fn list(&self) -> Vec<Listed> {
        let doc = "Name of the agent profile that answers a number, as \"+15550100001\" = \"receptionist\".";
        if self.0.is_empty() {
            return vec![Listed::of(&format!("{PREFIX}<number>"), doc, &None::<String>)];
        }
        self.0
            .iter()
            .map(|(number, profile)| Listed::of(&format!("{PREFIX}{number}"), doc, profile))
            .collect()
    }
}

impl FromIterator<(String, String)> for TwilioNumbers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

section! {
    /// Twilio: callers who come by Media Streams. Enabled once an auth token is set.
    "twilio." TwilioSection {
        /// The account.
        account_sid: Option<AccountSid> = None,
        /// The account's auth token, with which Twilio signs its requests.
        auth_token: Option<Secret> = None,
        /// A second token that is also accepted, while the first is being changed.
        second_auth_token: Option<Secret> = None,
        /// Name of an API key (SK...) that is used for requests to Twilio instead of the auth token.
        api_key: Option<String> = None,
        /// The API key's secret.
        api_key_secret: Option<Secret> = None,
        /// Address of Twilio's REST API.
        api_base_url: BaseUrl = BaseUrl::known("https://api.twilio.com"),
        /// The account's number that is shown when we call a person.
        transfer_caller_id: Option<PhoneNumber> = None,
        /// Address at which Twilio asks for transfers of callers without a stream, such as https://calls.example.com; if unset,
        /// http.public_base_url.
        transfer_base_url: Option<BaseUrl> = None,
        /// How long the phone of a person rings who is asked to take over, or to whom a caller is sent.
        ring_timeout_s: Seconds<1, 300> = Seconds::new(20),
        /// Shared keys for signatures by HMAC-SHA256, by their ids.
        signing_keys: Option<Pairs> = None,
        /// SIP host of the telephone exchange whose extensions callers are sent to; if unset, they can't be sent to extensions.
        sip_domain: Option<HostName> = None,
        /// Name of the agent profile for numbers that are not listed; if unset, audiosocket.default_profile.
        default_profile: Option<String> = None,
        /// How calls to numbers that are not listed are treated.
        unlisted: Unannounced = Unannounced::Accept,
    } with {
        /// The profile that answers each number.
        numbers: TwilioNumbers,
    }
}

/// The variables' names by which other programs know some settings.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("twilio.account_sid", "TWILIO_ACCOUNT_SID"),
    ("twilio.auth_token", "TWILIO_AUTH_TOKEN"),
    ("twilio.sip_domain", "FREEPBX_DOMAIN"),
    ("twilio.transfer_base_url", "VOICE_ASSISTANT_TRANSFER_BASE_URL"),
    ("twilio.transfer_caller_id", "TWILIO_TRANSFER_CALLER_ID"),
];

impl TwilioSection {
    /// Reports contradictions. Without the address that Twilio calls, a request of Twilio could not be told from a forgery.
    pub(super) fn complain(&self, around: &SettingsAround<'_>, layers: &mut Layers) {
        if self.auth_token.is_some() && around.public_base_url.is_none() {
            layers.contradiction(
                "twilio.auth_token",
                "Twilio signs the address that it calls, which is not known".to_owned(),
                "set http.public_base_url to the address that Twilio reaches this server by, as https://calls.example.com"
                    .to_owned(),
            );
        }
        if self.second_auth_token.is_some() && self.auth_token.is_none() {
            layers.contradiction(
                "twilio.second_auth_token",
                "a second token needs a first one".to_owned(),
                "set TWILIO_AUTH_TOKEN".to_owned(),
            );
        }
        if self.api_key.is_some() != self.api_key_secret.is_some() {
            layers.contradiction(
                "twilio.api_key",
                "an API key needs both its name and its secret".to_owned(),
                "set both twilio.api_key and twilio.api_key_secret, or neither".to_owned(),
            );
        }
        if !self.api_base_url.as_str().starts_with("http")
            || self.api_base_url.as_str().contains(['?', '#', '@'])
        {
            layers.contradiction(
                "twilio.api_base_url",
                "it is the base of HTTP requests, to which paths are added".to_owned(),
                "give an address with http or https and nothing after its host, as https://api.twilio.com"
                    .to_owned(),
            );
        }
        if let Some(base) = &self.transfer_base_url
            && (!base.as_str().starts_with("http") || base.as_str().contains(['?', '#', '@']))
        {
            layers.contradiction(
                "twilio.transfer_base_url",
                "it is the base of HTTP requests, to which a path is added".to_owned(),
                "give an address with http or https and no query, as https://calls.example.com".to_owned(),
            );
        }
    }

    /// Returns the numbers that are ours by these settings: those that callers dial, and the one that is shown to people whom we
    /// call.
    pub fn own_numbers(&self) -> OwnNumbers {
        let shown = self.transfer_caller_id.as_ref().map(ToString::to_string);
        self.numbers.iter().map(str::to_owned).chain(shown).filter_map(|number| number.parse().ok()).collect()
    }

    /// Returns the policy for calls whose callers Twilio holds.
    pub fn policy(&self) -> TwilioPolicy {
        TwilioPolicy {
            reaches_extensions: self.sip_domain.is_some(),
            calls_people: self.transfer_caller_id.is_some(),
            ring_timeout_ms: u64::try_from(self.ring_timeout_s.duration().as_millis()).unwrap_or(u64::MAX),
            account: None,
        }
    }
}
