//! The provider `openai`: OpenAI Realtime, and compatible servers.
//!
//! ```text
//! Headset <--> Service --events--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> provider
//! ```
//!
//! One task per call does all of it; there is no queue between the caller's ear and the socket.

mod conversation;
pub(in crate::assistant) mod failures;
mod kind;
pub(in crate::assistant) mod own;
mod rehearsal;
pub mod session;
mod settings;
mod target;
mod voices;

use std::sync::Arc;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai::ServerEvent;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::remote::target::Target;
use conversation::Talk;
pub use kind::{AppendMs, AudioFormatName, DialectName, KIND, Section, public_url};
use rehearsal::WrittenConversation;
use session::{Loss, fault_of};
pub use settings::{AudioChoice, DialectChoice, OpenAiSettings};
use target::target;

use super::headset::Headset;
use super::provider::{Account, Provider, ProviderFault};
use super::rehearsal::Written;
pub use super::remote::TargetError;
use super::remote::check::check_connection;
use super::remote::service::Service;
use super::sounds::{Prompt, SoundSet};
use super::voices::Voices;
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;
use crate::tools::ToolDefinition;

/// The provider, created once and cloned for each call.
#[derive(Clone, Debug)]
pub struct OpenAi {
    settings: Arc<OpenAiSettings>,
    target: Arc<Target>,
    prompts: Arc<SoundSet<Prompt>>,
    voices: Option<Voices>,
}

impl OpenAi {
    /// Returns the provider of these settings. Loads the system's certificates, which blocks for some 10 ms.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    pub fn new(settings: OpenAiSettings, prompts: Arc<SoundSet<Prompt>>) -> Result<Self, TargetError> {
        Self::by_way(OutsideAccess::anywhere().map_err(TargetError::Tls)?, settings, prompts)
    }

    /// Does the same over a given way: the user who typed the address may not be allowed to reach every address.
    ///
    /// # Errors
    /// The same as of [`Self::new`].
    pub fn by_way(
        way: OutsideAccess,
        settings: OpenAiSettings,
        prompts: Arc<SoundSet<Prompt>>,
    ) -> Result<Self, TargetError> {
        let voices = voices::voices(&settings, way.clone());
        let target = Arc::new(target(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, prompts, voices })
    }

    /// Counts its connections in `live`.
    #[must_use]
    pub fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }
}

impl Account for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn voices(&self) -> Option<&Voices> {
        self.voices.as_ref()
    }

    fn provider(&self, _: &AgentProfile) -> Box<dyn Provider> {
        Box::new(self.clone())
    }

    /// The settings of the profile's session are refused, for example its voice.
    fn failures_of(&self, _: &AgentProfile) -> &'static [ProviderFailure] {
        &[ProviderFailure::BadProtocol]
    }

    fn converse_in_writing<'a>(
        &'a self,
        profile: Arc<AgentProfile>,
        tools: &'a [ToolDefinition],
    ) -> LocalBoxFuture<'a, Result<Box<dyn Written>, ProviderFault>> {
        async move {
            let target = Arc::clone(&self.target);
            let conversation = WrittenConversation::begin(&self.settings, target, profile, tools).await?;
            Ok(Box::new(conversation) as Box<dyn Written>)
        }
        .boxed_local()
    }
}

impl Provider for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn speaks_text(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { settings, target, prompts, .. } = *self;
        let dial = Box::new(move || Arc::clone(&target).dial().boxed_local());
        let session = {
            let prompts = Arc::clone(&prompts);
            let settings = Arc::clone(&settings);
            move |headset: &Headset, now| Talk::new(headset, &settings, &prompts, now)
        };
        let way = (dial as _, settings.append_ms);
        async move { Box::new(Service::new(headset, prompts, way, session)).serve().await }.boxed_local()
    }
}

/// Connects as a call would, waits for the server's first message, and closes the connection: checks whether the provider is
/// reachable and accepts the key.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &OpenAiSettings) -> Result<(), ProviderFault> {
    let there = OutsideAccess::anywhere()
        .map_err(TargetError::Tls)
        .and_then(|way| target(settings, way))
        .map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    let connection = Arc::new(there).dial().await.map_err(|Loss { fault, .. }| fault)?;
    check_connection(connection, None, |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::SessionCreated(_)) => Some(Ok(())),
        Ok(ServerEvent::Error(error)) => Some(Err(fault_of(&error))),
        _ => None,
    })
    .await
}
