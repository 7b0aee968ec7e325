//! An account at a service with agents: it provides each call with one.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::agent::dialect::Dialect;
use super::talk::Talk;
use crate::assistant::headset::Headset;
use crate::assistant::provider::{Account, Provider, ProviderFault};
use crate::assistant::rehearsal::Written;
use crate::assistant::remote::TargetError;
use crate::assistant::remote::service::{Dial, Service};
use crate::assistant::sounds::{Prompt, SoundSet};
use crate::assistant::voices::Voices;
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;
use crate::tools::ToolDefinition;

/// The parts of an account that differ for each service.
pub trait Host: std::fmt::Debug + Clone + Send + Sync + Sized + 'static {
    /// The provider's name.
    const NAME: &'static str;
    /// Milliseconds of the caller's audio in one message.
    const APPEND_MS: u32;
    /// Type of the service's settings: its address, and the settings of its agents.
    type Settings;

    /// Returns the service of these settings, reached over this way.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    fn new(settings: Self::Settings, way: OutsideAccess) -> Result<Self, TargetError>;

    /// Counts its connections in `live`.
    #[must_use]
    fn counted_in(self, live: LiveCount) -> Self;

    /// Returns its voices as they can be listed and heard outside of a call; `None` if they can't be.
    fn voices(&self) -> Option<&Voices>;

    /// Returns failures that are caused by what the profile names ([`Account::failures_of`]).
    fn failures_of(&self, _profile: &AgentProfile) -> &'static [ProviderFailure] {
        &[]
    }
}

/// Protocol of a service's agents.
pub(in crate::assistant) trait Agents: Host {
    /// Protocol of the agents.
    type Dialect: Dialect + 'static;

    /// Returns the longest silence of an agent when an answer is due.
    fn stall_timeout(&self) -> Duration;

    /// Returns the agent of a call, and how to connect to it.
    ///
    /// # Errors
    /// There is no agent.
    fn agent(&self, headset: &Headset) -> Result<NewAgent<Self::Dialect>, ProviderFault>;

    /// Begins a conversation in text with the model that answers callers.
    ///
    /// # Errors
    /// It is unreachable, or only supports sound ([`not_in_writing`]).
    fn in_writing(
        &self,
        profile: &Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault>;
}

/// Returns the fault that conversations in text are not supported, for this reason.
///
/// # Errors
/// Always.
pub(in crate::assistant) fn not_in_writing(reason: &str) -> Result<Box<dyn Written>, ProviderFault> {
    Err(ProviderFault::new(ProviderFailure::BadProtocol, reason))
}

/// An agent, and how to connect to it.
pub(in crate::assistant) type NewAgent<D> = (D, Dial<<D as Dialect>::Link>);

/// An account, created once and cloned for each call.
#[derive(Clone, Debug)]
pub struct AgentAccount<H> {
    host: H,
    prompts: Arc<SoundSet<Prompt>>,
}

impl<H: Host> AgentAccount<H> {
    /// Returns the account of these settings, reached over a given way: the user who typed the address may not be allowed to
    /// reach every address.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    pub fn by_way(
        way: OutsideAccess,
        settings: H::Settings,
        prompts: Arc<SoundSet<Prompt>>,
    ) -> Result<Self, TargetError> {
        Ok(Self { host: H::new(settings, way)?, prompts })
    }

    /// Counts its connections in `live`.
    #[must_use]
    pub fn counted_in(self, live: LiveCount) -> Self {
        Self { host: self.host.counted_in(live), ..self }
    }
}

impl<H: Agents> Account for AgentAccount<H> {
    fn name(&self) -> &'static str {
        H::NAME
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn voices(&self) -> Option<&Voices> {
        self.host.voices()
    }

    fn provider(&self, _: &AgentProfile) -> Box<dyn Provider> {
        Box::new(self.clone())
    }

    fn failures_of(&self, profile: &AgentProfile) -> &'static [ProviderFailure] {
        self.host.failures_of(profile)
    }

    fn converse_in_writing<'a>(
        &'a self,
        profile: Arc<AgentProfile>,
        tools: &'a [ToolDefinition],
    ) -> LocalBoxFuture<'a, Result<Box<dyn Written>, ProviderFault>> {
        ready(self.host.in_writing(&profile, tools)).boxed_local()
    }
}

impl<H: Agents> Provider for AgentAccount<H> {
    fn name(&self) -> &'static str {
        H::NAME
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { host, prompts } = *self;
        async move {
            let (dialect, dial) = host.agent(&headset)?;
            let stall_timeout_ms = u64::try_from(host.stall_timeout().as_millis()).unwrap_or(u64::MAX);
            let of_session = Arc::clone(&prompts);
            let session =
                move |headset: &Headset, now| Talk::new(dialect, headset, stall_timeout_ms, &of_session, now);
            Box::new(Service::new(headset, prompts, (dial, H::APPEND_MS), session)).serve().await
        }
        .boxed_local()
    }
}
