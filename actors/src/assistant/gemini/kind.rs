//! Declarations of the kind `gemini`: its settings, its integration, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{BaseUrl, Count, Layers, RegionName, Secret, section};

use super::{GeminiAgents, GeminiSettings, check};
use crate::assistant::VoiceSections;
use crate::assistant::kind::{
    AccountCheck, KnownBy, Own, OwnAccount, Serves, ServiceKind, ShippedPrice, UnusableAccount, VoiceKind,
    VoiceParts, VoiceSection, configured_agents, report_missing_key,
};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;

/// The kind.
pub static KIND: VoiceKind = VoiceKind {
    name: VoiceName::known("gemini"),
    serves: Serves::All,
    integration: Some(IntegrationKind::known("gemini")),
    service: Some(ServiceKind {
        public_url: Some(PUBLIC_URL),
        secrets: &["api_key"],
        key: "api_key",
        known_by: KnownBy::Header("x-goog-api-key"),
        asked_at: "/v1beta/models?pageSize=1",
    }),
    variables: &[("gemini.api_key", "GEMINI_API_KEY"), ("gemini.base_url", "GEMINI_BASE_URL")],
    ends: &[],
    prices: &[
        // Tokens of the Live API with native audio; cached ones cost the same.
        ShippedPrice::of(
            "gemini-2.5-flash-native-audio-preview-09-2025",
            ["0.50", "0.50", "3.00", "3.00", "2.00", "12.00", "0"],
        ),
    ],
};

/// URL of the provider's own API.
const PUBLIC_URL: &str = "https://generativelanguage.googleapis.com";

/// Returns it as a setting.
pub fn public_url() -> BaseUrl {
    BaseUrl::known(PUBLIC_URL)
}

section! {
    /// Gemini's Live API.
    "gemini." Section {
        /// API key; a self-hosted server may need none.
        api_key: Option<Secret> = None,
        /// URL of the API; the path of BidiGenerateContent is appended to it.
        base_url: BaseUrl = public_url(),
        /// Model that listens, thinks and speaks, without the prefix models/.
        model: String = "gemini-2.5-flash-native-audio-preview-09-2025".to_owned(),
        /// Voice of calls whose profile names none of Gemini's.
        voice: String = "Kore".to_owned(),
        /// Milliseconds without output from a model, when output is due, after which it is reconnected.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Converts the section to the provider's settings.
    fn settings(&self) -> GeminiSettings {
        GeminiSettings {
            api_key: self.api_key.as_ref().map(|key| key.expose().to_owned()),
            base_url: self.base_url.as_str().to_owned(),
            model: self.model.clone(),
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

    fn charged_models(&self) -> Vec<(&'static str, String)> {
        vec![("gemini.model", self.model.clone())]
    }

    fn contradictions(&self, all: &VoiceSections, layers: &mut Layers) {
        if !self.is_set_up(all) {
            report_missing_key(layers, "Gemini", "GEMINI_API_KEY", "gemini.base_url");
        }
    }

    fn account(&self, _: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        configured_agents::<GeminiAgents>(self.settings(), parts)
    }

    fn own_account(
        &self,
        _: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        own.agents::<GeminiAgents>(parts, |api_key, base_url| GeminiSettings {
            api_key,
            base_url,
            ..self.settings()
        })
    }

    fn check(&self, _: &VoiceSections) -> AccountCheck {
        let settings = self.settings();
        AccountCheck {
            place: self.base_url.to_string(),
            does: format!("opens a session with {}", self.model),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set GEMINI_API_KEY to a key of a project that may use the Gemini API"
        }
        ProviderFailure::UnknownModel => {
            "set gemini.model to one that has the Live API, or GEMINI_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "raise the quota of the key's project, or set up its billing",
        ProviderFailure::RateLimited => "wait a minute, or raise the project's number of sessions at once",
        ProviderFailure::Unreachable => {
            "check GEMINI_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}
