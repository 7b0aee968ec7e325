//! Declarations of the kind `openai-live`: its settings, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_settings::{BaseUrl, Count, Layers, Pairs, RegionName, Secret, section};

use super::{OpenAiLiveSessions, OpenAiLiveSettings, check};
use crate::assistant::kind::{
    AccountCheck, Own, OwnAccount, Serves, ShippedPrice, UnusableAccount, VoiceKind, VoiceParts,
    VoiceSection, agents, configured_agents, report_missing_key,
};
use crate::assistant::openai::own::{is_same_base, own_pairs};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;
use crate::assistant::{VoiceSections, openai};

/// The kind. An organization's account is that of the kind `openai`.
pub static KIND: VoiceKind = VoiceKind {
    name: VoiceName::known("openai-live"),
    serves: Serves::ThoseOfItsChains,
    integration: Some(IntegrationKind::known("openai")),
    service: None,
    variables: &[],
    ends: &[],
    prices: &[
        // A minute of a live session, billed by the second; its backend's tokens are billed separately.
        ShippedPrice::minute("gpt-live-1", "0.05"),
    ],
};

section! {
    /// OpenAI's Live API.
    "openai_live." Section {
        /// API key. Without one openai.api_key is used, if the address is that of openai.base_url.
        api_key: Option<Secret> = None,
        /// URL of the API; /live/sessions is appended to it.
        base_url: BaseUrl = openai::public_url(),
        /// Extra headers, for example api-key=... for Azure.
        headers: Option<Pairs> = None,
        /// Model that listens and speaks.
        model: String = "gpt-live-1".to_owned(),
        /// Voice of calls whose profile names none of the API's.
        voice: String = "marin".to_owned(),
        /// Model of the Responses API that carries out delegated tasks: it calls the tools.
        task_model: String = "gpt-4.1-mini".to_owned(),
        /// Milliseconds after which a server is reconnected that sends nothing at all, or no answer to a request.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Returns the API key. The key of the section `[openai]` is sent to no other address than that section's.
    fn key<'a>(&'a self, all: &'a VoiceSections) -> Option<&'a Secret> {
        let common = all.openai.api_key.as_ref().filter(|_| self.base_url == all.openai.base_url);
        self.api_key.as_ref().or(common)
    }

    /// Converts the section to the provider's settings.
    fn settings(&self, all: &VoiceSections) -> OpenAiLiveSettings {
        OpenAiLiveSettings {
            api_key: self.key(all).map(|key| key.expose().to_owned()),
            base_url: self.base_url.as_str().to_owned(),
            headers: self.headers.as_ref().map(Pairs::to_vec).unwrap_or_default(),
            model: self.model.clone(),
            voice: self.voice.clone(),
            task_model: self.task_model.clone(),
            stall_timeout: Duration::from_millis(self.stall_timeout_ms.get().into()),
        }
    }
}

impl VoiceSection for Section {
    fn is_set_up(&self, all: &VoiceSections) -> bool {
        self.key(all).is_some() || self.base_url != openai::public_url()
    }

    fn region(&self) -> RegionName {
        self.data_region
    }

    fn charged_models(&self) -> Vec<(&'static str, String)> {
        vec![("openai_live.model", self.model.clone()), ("openai_live.task_model", self.task_model.clone())]
    }

    fn contradictions(&self, all: &VoiceSections, layers: &mut Layers) {
        if !self.is_set_up(all) {
            report_missing_key(layers, "OpenAI", "OPENAI_API_KEY", "openai_live.base_url");
        }
    }

    fn account(&self, all: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        configured_agents::<OpenAiLiveSessions>(self.settings(all), parts)
    }

    fn own_account(
        &self,
        all: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        let key = own.open("api_key")?;
        if key.is_none() && is_same_base(own.settings.base_url(), openai::public_url().as_str()) {
            return Ok(Own::Missing("api_key"));
        }
        let base_url = own.base_url()?;
        let configured = self.settings(all);
        let is_same = is_same_base(&base_url, &configured.base_url);
        let headers = own_pairs(configured.headers.clone(), is_same, key.as_deref());
        let settings = OpenAiLiveSettings { headers, api_key: key, base_url, ..configured };
        Ok(Own::Account(agents::<OpenAiLiveSessions>(own.way.clone(), settings, parts)?))
    }

    fn check(&self, all: &VoiceSections) -> AccountCheck {
        let settings = self.settings(all);
        AccountCheck {
            place: self.base_url.to_string(),
            does: format!("begins a live session with {}", self.model),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set OPENAI_API_KEY, or openai_live.api_key, to a key of a project that may use the Live API"
        }
        ProviderFailure::UnknownModel => {
            "set openai_live.model to a live model of this account, or openai_live.base_url to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the account's number of sessions at once",
        ProviderFailure::Unreachable => {
            "check openai_live.base_url, name service and firewall: port 443 outwards must be open"
        }
        ProviderFailure::BadProtocol => {
            "check openai_live.model, voice and task_model: the server refused the session's settings"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}
