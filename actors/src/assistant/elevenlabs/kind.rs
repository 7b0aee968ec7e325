//! Declarations of the kind `elevenlabs`: its settings, its integration, its requirements.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::{AgentHost, HostedAgent};
use cordboard_schema::provider::ProviderFailure;
use cordboard_settings::{BaseUrl, Count, Layers, RegionName, Secret, SettingValue, section};

use super::{ElevenLabsAgents, ElevenLabsSettings, check};
use crate::assistant::VoiceSections;
use crate::assistant::kind::{
    AccountCheck, KnownBy, Own, OwnAccount, Serves, ServiceKind, ShippedPrice, UnusableAccount, VoiceKind,
    VoiceParts, VoiceSection, configured_agents,
};
use crate::assistant::provider::Account;
use crate::assistant::remote::TargetError;

/// The kind.
pub static KIND: VoiceKind = VoiceKind {
    name: AgentHost::ElevenLabs.voice(),
    serves: Serves::ThoseThatNameAnAgent,
    integration: Some(AgentHost::ElevenLabs.integration()),
    service: Some(ServiceKind {
        public_url: Some(PUBLIC_URL),
        secrets: &["api_key", "webhook_secret"],
        key: "api_key",
        known_by: KnownBy::Header("xi-api-key"),
        asked_at: "/v1/user",
    }),
    variables: &[
        ("elevenlabs.api_key", "ELEVENLABS_API_KEY"),
        ("elevenlabs.base_url", "ELEVENLABS_BASE_URL"),
        ("elevenlabs.agent_id", "ELEVENLABS_AGENT_ID"),
    ],
    ends: &[],
    prices: &[
        // A minute of a hosted agent beyond those included in a plan; its language model is billed separately.
        ShippedPrice::minute("elevenlabs-agents", "0.10"),
    ],
};

/// URL of the provider's own API.
const PUBLIC_URL: &str = "https://api.elevenlabs.io";

/// Returns it as a setting.
pub fn public_url() -> BaseUrl {
    BaseUrl::known(PUBLIC_URL)
}

/// The id of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentId(String);

impl AgentId {
    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for AgentId {
    fn expected() -> String {
        "an agent's id: letters, digits, - and _".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if HostedAgent::is_id(text) { Ok(Self(text.to_owned())) } else { Err("it is not an id".to_owned()) }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

section! {
    /// Agents that are hosted at ElevenLabs.
    "elevenlabs." Section {
        /// API key; a public agent needs none.
        api_key: Option<Secret> = None,
        /// URL of the API.
        base_url: BaseUrl = public_url(),
        /// Signing secret of the webhook that reports finished conversations (`/elevenlabs/post-call`); leave it unset if there
        /// is no such webhook.
        webhook_secret: Option<Secret> = None,
        /// The agent that speaks with callers.
        agent_id: Option<AgentId> = None,
        /// Whether instructions, first words, language and voice of the profile replace the agent's own. The agent has to allow
        /// that.
        overrides: bool = false,
        /// Milliseconds without output from an agent, when output is due, after which it is reconnected.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Region in which the account's contract stores the data. Profiles whose data must stay in that region can use it.
        data_region: RegionName = RegionName::Unknown,
    }
}

impl Section {
    /// Converts the section to the provider's settings.
    fn settings(&self) -> ElevenLabsSettings {
        ElevenLabsSettings {
            api_key: self.api_key.as_ref().map(|key| key.expose().to_owned()),
            base_url: self.base_url.as_str().to_owned(),
            agent_id: self.agent_id.as_ref().map(|id| id.as_str().to_owned()),
            overrides: self.overrides,
            stall_timeout: Duration::from_millis(self.stall_timeout_ms.get().into()),
        }
    }
}

impl VoiceSection for Section {
    fn is_set_up(&self, _: &VoiceSections) -> bool {
        self.api_key.is_some() || self.agent_id.is_some()
    }

    fn region(&self) -> RegionName {
        self.data_region
    }

    fn contradictions(&self, _: &VoiceSections, layers: &mut Layers) {
        if self.agent_id.is_none() {
            layers.contradiction(
                "assistant.provider",
                "ElevenLabs needs an agent, and none is configured".to_owned(),
                "set ELEVENLABS_AGENT_ID, or assistant.provider to builtin".to_owned(),
            );
        }
    }

    fn account(&self, _: &VoiceSections, parts: &VoiceParts) -> Result<Arc<dyn Account>, TargetError> {
        configured_agents::<ElevenLabsAgents>(self.settings(), parts)
    }

    fn own_account(
        &self,
        _: &VoiceSections,
        own: &OwnAccount<'_>,
        parts: &VoiceParts,
    ) -> Result<Own, UnusableAccount> {
        own.agents::<ElevenLabsAgents>(parts, |api_key, base_url| ElevenLabsSettings {
            api_key,
            base_url,
            // The configured agent belongs to another account.
            agent_id: None,
            overrides: false,
            ..self.settings()
        })
    }

    fn check(&self, _: &VoiceSections) -> AccountCheck {
        let settings = self.settings();
        let agent = self.agent_id.as_ref().map_or("none", AgentId::as_str);
        AccountCheck {
            place: self.base_url.to_string(),
            does: format!("begins a conversation with the agent {agent}"),
            result: Box::pin(async move { check(&settings).await }),
            fix,
        }
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set ELEVENLABS_API_KEY to a key that may use agents; an agent without a key has to be public"
        }
        ProviderFailure::UnknownModel => "set ELEVENLABS_AGENT_ID to an agent of this account",
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the number of conversations at once",
        ProviderFailure::BadProtocol => {
            "look at the agent's settings at ElevenLabs: audio of ulaw_8000, and a default for each variable"
        }
        ProviderFailure::Unreachable => {
            "check ELEVENLABS_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}
