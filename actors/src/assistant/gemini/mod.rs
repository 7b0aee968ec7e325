//! The provider `gemini`: Google's Gemini by its Live API (`BidiGenerateContent`).
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> Gemini
//!                                     Dialect (pure: this wire)
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `dialect.rs` | how it is spoken to, and what its messages mean |
//! | `opening.rs` | what a session is begun with |
//! | `since.rs` | what a session that is gone on with does not know |
//! | `failures.rs` | its refusals |
//! | `settings.rs`, `target.rs` | how it is reached |
//! | `voices.rs` | its voices |

mod dialect;
mod failures;
mod opening;
mod settings;
mod since;
mod target;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::gemini::{ClientMessage, ServerMessage};
use dialect::GeminiDialect;
use futures_util::FutureExt;
pub use settings::GeminiSettings;
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

/// An account at Gemini.
pub type Gemini = AgentAccount<GeminiAgents>;

/// What calls need of an account at Gemini.
#[derive(Clone, Debug)]
pub struct GeminiAgents {
    settings: Arc<GeminiSettings>,
    target: Arc<Target>,
    voices: Voices,
}

impl Host for GeminiAgents {
    const NAME: &'static str = "gemini";
    const APPEND_MS: u32 = 20;
    type Settings = GeminiSettings;

    fn new(settings: GeminiSettings, way: Way) -> Result<Self, TargetError> {
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

impl Agents for GeminiAgents {
    type Dialect = GeminiDialect;

    fn stall_timeout(&self) -> Duration {
        self.settings.stall_timeout
    }

    fn agent(&self, _: &Headset) -> Result<NewAgent<GeminiDialect>, ProviderFault> {
        let target = Arc::clone(&self.target);
        let dial = Box::new(move || Arc::clone(&target).dial().boxed_local());
        Ok((GeminiDialect::new(Arc::clone(&self.settings)), dial))
    }

    fn in_writing(
        &self,
        _: &Arc<AgentProfile>,
        _: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        not_in_writing("Gemini's live sessions converse by sound alone: they can't be asked in writing")
    }
}

/// Begins a session as a call would, and hangs up: whether Gemini can be reached, takes the key, and has the model.
///
/// # Errors
/// What a call would meet.
pub async fn look(settings: &GeminiSettings) -> Result<(), ProviderFault> {
    let there = Way::anywhere()
        .map_err(TargetError::Tls)
        .and_then(|way| target(settings, way))
        .map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    let connection = Arc::new(there).dial().await.map_err(|Loss { fault, .. }| fault)?;
    let hello = ClientMessage::Setup(Box::new(opening::trial(settings))).to_text();
    look_at(connection, Some(hello), |packet| {
        let is_set_up = ServerMessage::parse(packet.bytes()).ok()?.setup_complete;
        is_set_up.then_some(Ok(()))
    })
    .await
}
