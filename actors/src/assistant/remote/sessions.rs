//! A service that begins a session for each call with the call's settings, and only supports sound: the common parts of Gemini,
//! Deepgram and OpenAI's Live API apart from their protocols.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use futures_util::FutureExt;

use super::TargetError;
use super::account::{Agents, Host, NewAgent, not_in_writing};
use super::agent::dialect::Dialect;
use super::connection::Connection;
use super::target::Target;
use crate::assistant::headset::Headset;
use crate::assistant::provider::ProviderFault;
use crate::assistant::rehearsal::Written;
use crate::assistant::voices::Voices;
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;
use crate::tools::ToolDefinition;

/// The public part of such a service.
pub trait Api: Debug + Clone + Send + Sync + 'static {
    /// The provider's name.
    const NAME: &'static str;
    /// Why there is no conversation in text.
    const NOT_IN_WRITING: &'static str;
    /// Failures that are caused by what each profile names (`Account::failures_of`).
    const OF_PROFILES: &'static [ProviderFailure];
    /// Type of the service's settings: its address, and the settings of its sessions.
    type Settings: Clone + Debug + Send + Sync + 'static;
}

/// Beginning and protocol of its sessions.
pub(in crate::assistant) trait Spoken: Api {
    /// Protocol of its sessions.
    type Dialect: Dialect<Link = Connection> + 'static;

    /// Returns the address of the service.
    ///
    /// # Errors
    /// The settings name no place that can be connected to.
    fn target(settings: &Self::Settings, way: OutsideAccess) -> Result<Target, TargetError>;

    /// Returns its voices as they can be listed and heard outside of a call; `None` if they can't be.
    fn voices(settings: &Self::Settings, way: OutsideAccess) -> Option<Voices>;

    /// Returns the longest silence of a session when an answer is due.
    fn stall_timeout(settings: &Self::Settings) -> Duration;

    /// Returns the dialect of a session with these settings.
    fn dialect(settings: Arc<Self::Settings>) -> Self::Dialect;
}

/// An account there, with what calls need.
#[derive(Clone, Debug)]
pub struct Sessions<A: Api> {
    settings: Arc<A::Settings>,
    target: Arc<Target>,
    voices: Option<Voices>,
}

impl<A: Spoken> Host for Sessions<A> {
    const NAME: &'static str = A::NAME;
    const APPEND_MS: u32 = 20;
    type Settings = A::Settings;

    fn new(settings: A::Settings, way: OutsideAccess) -> Result<Self, TargetError> {
        let voices = A::voices(&settings, way.clone());
        let target = Arc::new(A::target(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, voices })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }

    fn voices(&self) -> Option<&Voices> {
        self.voices.as_ref()
    }

    fn failures_of(&self, _: &AgentProfile) -> &'static [ProviderFailure] {
        A::OF_PROFILES
    }
}

impl<A: Spoken> Agents for Sessions<A> {
    type Dialect = A::Dialect;

    fn stall_timeout(&self) -> Duration {
        A::stall_timeout(&self.settings)
    }

    fn agent(&self, _: &Headset) -> Result<NewAgent<A::Dialect>, ProviderFault> {
        let target = Arc::clone(&self.target);
        let dial = Box::new(move || Arc::clone(&target).dial().boxed_local());
        Ok((A::dialect(Arc::clone(&self.settings)), dial))
    }

    fn in_writing(
        &self,
        _: &Arc<AgentProfile>,
        _: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        not_in_writing(A::NOT_IN_WRITING)
    }
}
