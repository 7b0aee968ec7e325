//! The provider `elevenlabs`: agents that are hosted at ElevenLabs.
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> agent
//!                                     Dialect (pure: this wire)
//! ```

mod dialect;
mod failures;
mod kind;
mod settings;
mod target;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::{AgentProfile, HostedAgent};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::elevenlabs::{ClientMessage, ServerEvent};
use dialect::ElevenLabsDialect;
use futures_util::FutureExt;
pub use kind::{AgentId, KIND, Section, public_url};
pub use settings::ElevenLabsSettings;
use target::Target;

use super::headset::Headset;
use super::provider::ProviderFault;
use super::rehearsal::Written;
use super::remote::account::{AgentAccount, Agents, Host, NewAgent, not_in_writing};
use super::remote::check::check_connection;
use super::remote::{Loss, TargetError};
use super::voices::Voices;
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;
use crate::tools::ToolDefinition;

/// An account at ElevenLabs.
pub type ElevenLabs = AgentAccount<ElevenLabsAgents>;

/// An account at ElevenLabs, with what calls need.
#[derive(Clone, Debug)]
pub struct ElevenLabsAgents {
    settings: Arc<ElevenLabsSettings>,
    target: Arc<Target>,
    voices: Option<Voices>,
}

impl Host for ElevenLabsAgents {
    const NAME: &'static str = "elevenlabs";
    // The agents' documentation recommends 20 to 100 ms.
    const APPEND_MS: u32 = 40;
    type Settings = ElevenLabsSettings;

    fn new(settings: ElevenLabsSettings, way: OutsideAccess) -> Result<Self, TargetError> {
        let voices = voices::voices(&settings, way.clone());
        let target = Arc::new(Target::new(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, voices })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }

    fn voices(&self) -> Option<&Voices> {
        self.voices.as_ref()
    }

    /// The profile's agent is missing, or is not configured for us.
    fn failures_of(&self, profile: &AgentProfile) -> &'static [ProviderFailure] {
        let has_agent = profile.speech.agent.is_some();
        if has_agent { &[ProviderFailure::UnknownModel, ProviderFailure::BadProtocol] } else { &[] }
    }
}

impl Agents for ElevenLabsAgents {
    type Dialect = ElevenLabsDialect;

    fn stall_timeout(&self) -> Duration {
        self.settings.stall_timeout
    }

    /// Returns the profile's agent, or else the account's.
    fn agent(&self, headset: &Headset) -> Result<NewAgent<ElevenLabsDialect>, ProviderFault> {
        let (id, overrides) = match &headset.profile().speech.agent {
            Some(HostedAgent { agent_id, overrides, .. }) => (Some(agent_id.clone()), *overrides),
            None => (self.settings.agent_id.clone(), self.settings.overrides),
        };
        let Some(id) = id else {
            let reason = "no agent is set: neither in the profile nor in the account";
            return Err(ProviderFault::new(ProviderFailure::UnknownModel, reason));
        };
        let target = Arc::clone(&self.target);
        let dial = Box::new(move || Arc::clone(&target).dial(id.clone()).boxed_local());
        Ok((ElevenLabsDialect::new(overrides), dial))
    }

    /// Prompt and tools are stored at ElevenLabs: an answer in text would not follow the profile.
    fn in_writing(
        &self,
        _: &Arc<AgentProfile>,
        _: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        not_in_writing("an agent that is hosted at ElevenLabs can't answer in text")
    }
}

/// Begins a conversation as a call would, waits for the agent's first message, and closes the connection: checks whether the
/// agent is reachable and accepts the key.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &ElevenLabsSettings) -> Result<(), ProviderFault> {
    let unreachable =
        |error: TargetError| ProviderFault::new(ProviderFailure::Unreachable, error.to_string());
    let way = OutsideAccess::anywhere().map_err(|error| unreachable(TargetError::Tls(error)))?;
    let target = Target::new(settings, way).map_err(unreachable)?;
    let Some(agent_id) = settings.agent_id.clone() else {
        return Err(ProviderFault::new(ProviderFailure::UnknownModel, "no agent is set"));
    };
    let connection = Arc::new(target).dial(agent_id).await.map_err(|Loss { fault, .. }| fault)?;
    let hello = ClientMessage::Initiation(Box::default()).to_text();
    check_connection(connection, Some(hello), |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::Started { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error(error)) => Some(Err(failures::loss_of(&error).fault)),
        _ => None,
    })
    .await
}
