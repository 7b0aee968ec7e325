//! The provider `deepgram`: Deepgram's Voice Agent, which hears, thinks and speaks by models of a profile's choice.
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> agent
//!                                     Dialect (pure: this wire)
//! ```

mod dialect;
mod failures;
mod settings;
mod target;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::ServerEvent;
use dialect::DeepgramDialect;
use futures_util::FutureExt;
pub use settings::DeepgramSettings;
use target::target;

use super::headset::Headset;
use super::provider::ProviderFault;
use super::rehearsal::Written;
use super::remote::account::{AgentAccount, Agents, Host, NewAgent, not_in_writing};
use super::remote::look::look as look_at;
use super::remote::target::Target;
use super::remote::{Loss, TargetError};
use super::voices::Voices;
use crate::live_count::LiveCount;
use crate::tools::ToolDefinition;
use crate::way::Way;

/// An account at Deepgram.
pub type Deepgram = AgentAccount<DeepgramAgents>;

/// What calls need of an account at Deepgram.
#[derive(Clone, Debug)]
pub struct DeepgramAgents {
    settings: Arc<DeepgramSettings>,
    target: Arc<Target>,
    voices: Option<Voices>,
}

impl Host for DeepgramAgents {
    const NAME: &'static str = "deepgram";
    const APPEND_MS: u32 = 20;
    type Settings = DeepgramSettings;

    fn new(settings: DeepgramSettings, way: Way) -> Result<Self, TargetError> {
        let voices = voices::voices(&settings, way.clone());
        let target = Arc::new(target(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, voices })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }

    fn voices(&self) -> Option<&Voices> {
        self.voices.as_ref()
    }
}

impl Agents for DeepgramAgents {
    type Dialect = DeepgramDialect;

    fn stall_timeout(&self) -> Duration {
        self.settings.stall_timeout
    }

    fn agent(&self, _: &Headset) -> Result<NewAgent<DeepgramDialect>, ProviderFault> {
        let target = Arc::clone(&self.target);
        let dial = Box::new(move || Arc::clone(&target).dial().boxed_local());
        Ok((DeepgramDialect::new(Arc::clone(&self.settings)), dial))
    }

    fn in_writing(
        &self,
        _: &Arc<AgentProfile>,
        _: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        not_in_writing("Deepgram's agents converse by sound alone: they can't be asked in writing")
    }
}

/// Connects as a call would, waits for the server's first word, and hangs up: whether the agents can be reached and take the key.
///
/// # Errors
/// What a call would meet.
pub async fn look(settings: &DeepgramSettings) -> Result<(), ProviderFault> {
    let there = Way::anywhere()
        .map_err(TargetError::Tls)
        .and_then(|way| target(settings, way))
        .map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    let connection = Arc::new(there).dial().await.map_err(|Loss { fault, .. }| fault)?;
    look_at(connection, None, |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::Welcome { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error { code, description }) => {
            Some(Err(failures::loss_of(&code, &description).fault))
        }
        _ => None,
    })
    .await
}
