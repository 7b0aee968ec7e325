//! Declarations of the kind `deepgram`: its settings, its integration, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{BaseUrl, Count, Layers, RegionName, Secret, section};

use super::{DeepgramAgents, DeepgramSettings, check};
use crate::assistant::VoiceSections;
use crate::assistant::kind::{
    AccountCheck, KnownBy, Own, OwnAccount, Serves, ServiceKind, ShippedPrice, UnusableAccount, VoiceKind,
    VoiceParts, VoiceSection, configured_agents, report_missing_key,
};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;

/// The kind.
pub static KIND: VoiceKind = VoiceKind {
    name: VoiceName::known("deepgram"),
    serves: Serves::All,
    integration: Some(IntegrationKind::known("deepgram")),
    service: Some(ServiceKind {
        public_url: Some(PUBLIC_URL),
        secrets: &["api_key"],
        key: "api_key",
        known_by: KnownBy::Authorization("Token"),
        asked_at: "/v1/agent/settings/think/models",
    }),
    variables: &[("deepgram.api_key", "DEEPGRAM_API_KEY"), ("deepgram.base_url", "DEEPGRAM_BASE_URL")],
    ends: &[],
    prices: &[
        // A minute of connection, with Deepgram's own recognition and speech, and a typical language model.
        ShippedPrice::minute("deepgram-agent", "0.08"),
    ],
};

/// URL of the provider's own API.
const PUBLIC_URL: &str = "https://agent.deepgram.com";

/// Returns it as a setting.
pub fn public_url() -> BaseUrl {
    BaseUrl::known(PUBLIC_URL)
}

section! {
    /// Deepgram's Voice Agent.
    "deepgram." Section {
        /// API key; a self-hosted server may need none.
        api_key: Option<Secret> = None,
        /// URL of the API; /v1/agent/converse is appended to it.
        base_url: BaseUrl = public_url(),
        /// Model that recognizes callers' speech. A flux model detects the ends of turns itself, and its language is part of its
        /// name.
        listen_model: String = "nova-3".to_owned(),
        /// Provider of the language model: open_ai, anthropic, google, groq.
        think_provider: String = "open_ai".to_owned(),
        /// Language model that writes the answers.
        think_model: String = "gpt-4o-mini".to_owned(),
        /// Voice of calls whose profile names none of Deepgram's.
        voice: String = "aura-2-thalia-en".to_owned(),
        /// Milliseconds without output from an agent, when output is due, after which it is reconnected.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Converts the section to the provider's settings.
    fn settings(&self) -> DeepgramSettings {
        DeepgramSettings {
            api_key: self.api_key.as_ref().map(|key| key.expose().to_owned()),
            base_url: self.base_url.as_str().to_owned(),
            listen_model: self.listen_model.clone(),
            think_provider: self.think_provider.clone(),
            think_model: self.think_model.clone(),
            voice: self.voice.clone(),
            stall_timeout: Duration::from_millis(self.stall_timeout_ms.get().into()),
        }
    }
}

impl VoiceSection for Section {
    fn is_set_up(&self, _: &VoiceSections) -> bool {
        self.api_key.is_some() || self.base_url != public_url()
    }

    fn region(&self) -> RegionName {
        self.data_region
    }

    fn contradictions(&self, all: &VoiceSections, layers: &mut Layers) {
        if !self.is_set_up(all) {
            report_missing_key(layers, "Deepgram", "DEEPGRAM_API_KEY", "deepgram.base_url");
        }
    }

    fn account(&self, _: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        configured_agents::<DeepgramAgents>(self.settings(), parts)
    }

    fn own_account(
        &self,
        _: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        own.agents::<DeepgramAgents>(parts, |api_key, base_url| DeepgramSettings {
            api_key,
            base_url,
            ..self.settings()
        })
    }

    fn check(&self, _: &VoiceSections) -> AccountCheck {
        let settings = self.settings();
        AccountCheck {
            place: self.base_url.to_string(),
            does: "welcomes an agent".to_owned(),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => "set DEEPGRAM_API_KEY to a key of a project that may use agents",
        ProviderFailure::UnknownModel => {
            "set deepgram.listen_model, think_model and voice to those of this account, or DEEPGRAM_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credits to the project of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the plan's number of agents at once",
        ProviderFailure::Unreachable => {
            "check DEEPGRAM_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}
