//! The provider `openai-live`: OpenAI's Live API, whose model listens and speaks at the same time.
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> OpenAI
//!                                     Dialect (pure: this wire)
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `dialect.rs` | how it is spoken to, and what its events mean |
//! | `opening.rs` | what a session is begun with |
//! | `flow.rs` | speech and silence in sound that never ends |
//! | `tasks.rs` | functions that its backend asks for |
//! | `failures.rs` | its refusals and endings |
//! | `settings.rs`, `target.rs` | how it is reached |
//! | `voices.rs` | its voices |

mod dialect;
mod failures;
mod flow;
mod opening;
mod settings;
mod target;
mod tasks;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai_live::{ClientMessage, ServerEvent};
use dialect::OpenAiLiveDialect;
use futures_util::FutureExt;
pub use settings::OpenAiLiveSettings;
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

/// An account at OpenAI, for its Live API.
pub type OpenAiLive = AgentAccount<OpenAiLiveSessions>;

/// What calls need of an account at OpenAI, for its Live API.
#[derive(Clone, Debug)]
pub struct OpenAiLiveSessions {
    settings: Arc<OpenAiLiveSettings>,
    target: Arc<Target>,
    voices: Voices,
}

impl Host for OpenAiLiveSessions {
    const NAME: &'static str = "openai-live";
    const APPEND_MS: u32 = 20;
    type Settings = OpenAiLiveSettings;

    fn new(settings: OpenAiLiveSettings, way: Way) -> Result<Self, TargetError> {
        let voices = voices::voices(&settings, way.clone());
        let target = Arc::new(target(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), target, voices })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let target = Arc::unwrap_or_clone(self.target).counted_in(live);
        Self { target: Arc::new(target), ..self }
    }

    fn voices(&self) -> Option<&Voices> {
        Some(&self.voices)
    }
}

impl Agents for OpenAiLiveSessions {
    type Dialect = OpenAiLiveDialect;

    fn stall_timeout(&self) -> Duration {
        self.settings.stall_timeout
    }

    fn agent(&self, _: &Headset) -> Result<NewAgent<OpenAiLiveDialect>, ProviderFault> {
        let target = Arc::clone(&self.target);
        let dial = Box::new(move || Arc::clone(&target).dial().boxed_local());
        Ok((OpenAiLiveDialect::new(Arc::clone(&self.settings)), dial))
    }

    fn in_writing(
        &self,
        _: &Arc<AgentProfile>,
        _: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        not_in_writing("OpenAI's live sessions converse by sound alone: they can't be asked in writing")
    }
}

/// Begins a session as a call would, and hangs up: whether the API can be reached, takes the key, and has the models.
///
/// # Errors
/// What a call would meet.
pub async fn look(settings: &OpenAiLiveSettings) -> Result<(), ProviderFault> {
    let there = Way::anywhere()
        .map_err(TargetError::Tls)
        .and_then(|way| target(settings, way))
        .map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    let connection = Arc::new(there).dial().await.map_err(|Loss { fault, .. }| fault)?;
    let hello = ClientMessage::Start(Box::new(opening::trial(settings))).to_text();
    look_at(connection, Some(hello), |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::Started { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error(report)) => Some(Err(failures::loss_of(&report).fault)),
        _ => None,
    })
    .await
}
