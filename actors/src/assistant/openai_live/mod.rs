//! The provider `openai-live`: OpenAI's Live API, whose model listens and speaks at the same time.
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> OpenAI
//!                                     Dialect (pure: this wire)
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `dialect.rs` | messages to it, and what its events mean |
//! | `opening.rs` | the setup of a session |
//! | `flow.rs` | speech and silence in an endless stream of sound |
//! | `tasks.rs` | functions that its backend calls |
//! | `failures.rs` | its refusals and endings |
//! | `kind.rs` | its declarations: settings, integration, prices, the doctor |
//! | `settings.rs`, `target.rs` | its address and settings |
//! | `voices.rs` | its voices |

mod dialect;
mod failures;
mod flow;
mod kind;
mod opening;
mod settings;
mod target;
mod tasks;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai_live::{ClientMessage, ServerEvent};
use dialect::OpenAiLiveDialect;
pub use kind::{KIND, Section};
pub use settings::OpenAiLiveSettings;
use target::target;

use super::provider::ProviderFault;
use super::remote::TargetError;
use super::remote::account::AgentAccount;
use super::remote::check::{check_connection, dialled};
use super::remote::sessions::{Api, Sessions, Spoken};
use super::remote::target::Target;
use super::voices::Voices;
use crate::outside_access::OutsideAccess;

/// An account at OpenAI, for its Live API.
pub type OpenAiLive = AgentAccount<OpenAiLiveSessions>;

/// An account at OpenAI for its Live API, with what calls need.
pub type OpenAiLiveSessions = Sessions<OpenAiLiveApi>;

/// OpenAI's Live API.
#[derive(Clone, Debug)]
pub struct OpenAiLiveApi;

impl Api for OpenAiLiveApi {
    const NAME: &'static str = "openai-live";
    const NOT_IN_WRITING: &'static str =
        "OpenAI's live sessions only support sound: they can't answer in text";
    // Each profile has its own instructions and tools, which may be what is invalid.
    const OF_PROFILES: &'static [ProviderFailure] = &[ProviderFailure::BadProtocol];
    type Settings = OpenAiLiveSettings;
}

impl Spoken for OpenAiLiveApi {
    type Dialect = OpenAiLiveDialect;

    fn target(settings: &OpenAiLiveSettings, way: OutsideAccess) -> Result<Target, TargetError> {
        target(settings, way)
    }

    fn voices(settings: &OpenAiLiveSettings, way: OutsideAccess) -> Option<Voices> {
        Some(voices::voices(settings, way))
    }

    fn stall_timeout(settings: &OpenAiLiveSettings) -> Duration {
        settings.stall_timeout
    }

    fn dialect(settings: Arc<OpenAiLiveSettings>) -> OpenAiLiveDialect {
        OpenAiLiveDialect::new(settings)
    }
}

/// Begins a session as a call would, and closes it: checks whether the API is reachable, accepts the key, and has the models.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &OpenAiLiveSettings) -> Result<(), ProviderFault> {
    let connection = dialled(|way| target(settings, way)).await?;
    let hello = ClientMessage::Start(Box::new(opening::trial(settings))).to_text();
    check_connection(connection, Some(hello), |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::Started { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error(report)) => Some(Err(failures::loss_of(&report).fault)),
        _ => None,
    })
    .await
}
