//! The provider `gemini`: Google's Gemini, over its Live API (`BidiGenerateContent`).
//!
//! ```text
//! Headset <--> Service --packets--> Session (pure: what to do) --acts--> Service <--> Connection --TLS--> Gemini
//!                                     Dialect (pure: this wire)
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `dialect.rs` | messages to it, and what its messages mean |
//! | `opening.rs` | the setup of a session |
//! | `since.rs` | the conversation that a resumed session does not know |
//! | `failures.rs` | its refusals |
//! | `settings.rs`, `target.rs` | its address and settings |
//! | `voices.rs` | its voices |

mod dialect;
mod failures;
mod kind;
mod opening;
mod settings;
mod since;
mod target;
mod voices;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::gemini::{ClientMessage, ServerMessage};
use dialect::GeminiDialect;
pub use kind::{KIND, Section, public_url};
pub use settings::GeminiSettings;
use target::target;

use super::provider::ProviderFault;
use super::remote::TargetError;
use super::remote::account::AgentAccount;
use super::remote::check::{check_connection, dialled};
use super::remote::sessions::{Api, Sessions, Spoken};
use super::remote::target::Target;
use super::voices::Voices;
use crate::outside_access::OutsideAccess;

/// An account at Gemini.
pub type Gemini = AgentAccount<GeminiAgents>;

/// An account at Gemini, with what calls need.
pub type GeminiAgents = Sessions<GeminiApi>;

/// Gemini's Live API.
#[derive(Clone, Debug)]
pub struct GeminiApi;

impl Api for GeminiApi {
    const NAME: &'static str = "gemini";
    const NOT_IN_WRITING: &'static str =
        "Gemini's live sessions only support sound: they can't answer in text";
    // Each profile has its own instructions and tools, which may be what is invalid.
    const OF_PROFILES: &'static [ProviderFailure] = &[ProviderFailure::BadProtocol];
    type Settings = GeminiSettings;
}

impl Spoken for GeminiApi {
    type Dialect = GeminiDialect;

    fn target(settings: &GeminiSettings, way: OutsideAccess) -> Result<Target, TargetError> {
        target(settings, way)
    }

    fn voices(settings: &GeminiSettings, way: OutsideAccess) -> Option<Voices> {
        Some(voices::voices(settings, way))
    }

    fn stall_timeout(settings: &GeminiSettings) -> Duration {
        settings.stall_timeout
    }

    fn dialect(settings: Arc<GeminiSettings>) -> GeminiDialect {
        GeminiDialect::new(settings)
    }
}

/// Begins a session as a call would, and closes it: checks whether Gemini is reachable, accepts the key, and has the model.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &GeminiSettings) -> Result<(), ProviderFault> {
    let connection = dialled(|way| target(settings, way)).await?;
    let hello = ClientMessage::Setup(Box::new(opening::trial(settings))).to_text();
    check_connection(connection, Some(hello), |packet| {
        let is_set_up = ServerMessage::parse(packet.bytes()).ok()?.setup_complete;
        is_set_up.then_some(Ok(()))
    })
    .await
}
