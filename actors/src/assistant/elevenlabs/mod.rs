//! The provider `elevenlabs`: agents that are hosted at ElevenLabs.
//!
//! ```text
//! Headset <--> Service --events--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> agent
//! ```

mod conversation;
mod failures;
pub mod session;
mod settings;
mod target;

use std::sync::Arc;

use conversation::Talk;
use cordboard_schema::profile::{AgentProfile, HostedAgent};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::elevenlabs::{ClientMessage, ServerEvent};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};
pub use settings::ElevenLabsSettings;
use target::Target;

use super::headset::Headset;
use super::provider::{Account, Provider, ProviderFault};
use super::rehearsal::Written;
use super::remote::look::look as look_at;
use super::remote::service::Service;
use super::remote::{Loss, TargetError};
use super::sounds::{Prompt, SoundSet};
use crate::live_count::LiveCount;
use crate::tools::ToolDefinition;
use crate::way::Way;

/// The name of the provider.
pub const NAME: &str = "elevenlabs";
/// Milliseconds of the caller's audio in one message: the agent advises 20 to 100.
const APPEND_MS: u32 = 40;

/// An account at ElevenLabs, made once and cloned for each call.
#[derive(Clone, Debug)]
pub struct ElevenLabs {
    settings: Arc<ElevenLabsSettings>,
    target: Arc<Target>,
    prompts: Arc<SoundSet<Prompt>>,
}

/// Which agent serves a call.
#[derive(Clone, Debug)]
struct Agent {
    id: Option<String>,
    overrides: bool,
}

impl ElevenLabs {
    /// The account of these settings, reached by a way that is known: who typed the address may have no right to all of them.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    pub fn by_way(
        way: Way,
        settings: ElevenLabsSettings,
        prompts: Arc<SoundSet<Prompt>>,
    ) -> Result<Self, TargetError> {
        let target = Arc::new(Target::new(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, prompts })
    }

    /// Counts its connections there.
    #[must_use]
    pub fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }

    /// The profile's agent, or else the account's.
    fn agent(&self, profile: &AgentProfile) -> Agent {
        match &profile.speech.agent {
            Some(HostedAgent { agent_id, overrides, .. }) => {
                Agent { id: Some(agent_id.clone()), overrides: *overrides }
            }
            None => Agent { id: self.settings.agent_id.clone(), overrides: self.settings.overrides },
        }
    }
}

impl Account for ElevenLabs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn provider(&self, profile: &AgentProfile) -> Box<dyn Provider> {
        Box::new(Hosted { agent: self.agent(profile), account: self.clone() })
    }

    fn converse_in_writing<'a>(
        &'a self,
        _: Arc<AgentProfile>,
        _: &'a [ToolDefinition],
    ) -> LocalBoxFuture<'a, Result<Box<dyn Written>, ProviderFault>> {
        // Its prompt and its tools are at ElevenLabs: what would answer in writing is not what the profile says.
        let reason = "an agent that is hosted at ElevenLabs can't be asked in writing";
        ready(Err(ProviderFault::new(ProviderFailure::BadProtocol, reason))).boxed_local()
    }
}

/// An agent on a call.
struct Hosted {
    account: ElevenLabs,
    agent: Agent,
}

impl Provider for Hosted {
    fn name(&self) -> &'static str {
        NAME
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { account: ElevenLabs { settings, target, prompts }, agent } = *self;
        async move {
            let Some(agent_id) = agent.id.clone() else {
                let reason = "no agent is named: neither by the profile nor by the account";
                return Err(ProviderFault::new(ProviderFailure::UnknownModel, reason));
            };
            let dial = Box::new(move || Arc::clone(&target).dial(agent_id.clone()).boxed_local());
            let stall_timeout_ms = u64::try_from(settings.stall_timeout.as_millis()).unwrap_or(u64::MAX);
            let of_session = Arc::clone(&prompts);
            let session =
                move |headset: &Headset, now| Talk::new(headset, &agent, stall_timeout_ms, &of_session, now);
            Service::new(headset, prompts, (dial, APPEND_MS), session).serve().await
        }
        .boxed_local()
    }
}

/// Begins a conversation as a call would, waits for the agent's first word on it, and hangs up: whether the agent can be reached
/// and takes the key.
///
/// # Errors
/// What a call would meet.
pub async fn look(settings: &ElevenLabsSettings) -> Result<(), ProviderFault> {
    let unreachable =
        |error: TargetError| ProviderFault::new(ProviderFailure::Unreachable, error.to_string());
    let way = Way::anywhere().map_err(|error| unreachable(TargetError::Tls(error)))?;
    let target = Target::new(settings, way).map_err(unreachable)?;
    let Some(agent_id) = settings.agent_id.clone() else {
        return Err(ProviderFault::new(ProviderFailure::UnknownModel, "no agent is named"));
    };
    let connection = Arc::new(target).dial(agent_id).await.map_err(|Loss { fault, .. }| fault)?;
    let hello = ClientMessage::Initiation(Box::default()).to_text();
    look_at(connection, Some(hello), |text| match ServerEvent::parse(text) {
        Ok(ServerEvent::Started { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error(error)) => Some(Err(failures::loss_of(&error).fault)),
        _ => None,
    })
    .await
}
