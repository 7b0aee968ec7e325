//! The provider `deepgram`: Deepgram's Voice Agent, which listens, thinks and speaks with models that can be chosen.
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

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::ServerEvent;
use dialect::DeepgramDialect;
pub use kind::{KIND, Section, public_url};
pub use settings::DeepgramSettings;
use target::target;

use super::provider::ProviderFault;
use super::remote::TargetError;
use super::remote::account::AgentAccount;
use super::remote::check::{check_connection, dialled};
use super::remote::sessions::{Api, Sessions, Spoken};
use super::remote::target::Target;
use super::voices::Voices;
use crate::outside_access::OutsideAccess;

/// An account at Deepgram.
pub type Deepgram = AgentAccount<DeepgramAgents>;

/// An account at Deepgram, with what calls need.
pub type DeepgramAgents = Sessions<DeepgramApi>;

/// Deepgram's Voice Agent.
#[derive(Clone, Debug)]
pub struct DeepgramApi;

impl Api for DeepgramApi {
    const NAME: &'static str = "deepgram";
    const NOT_IN_WRITING: &'static str = "Deepgram's agents only support sound: they can't answer in text";
    // Each profile sets its language, and many set a voice.
    const OF_PROFILES: &'static [ProviderFailure] = &[ProviderFailure::UnknownModel];
    type Settings = DeepgramSettings;
}

impl Spoken for DeepgramApi {
    type Dialect = DeepgramDialect;

    fn target(settings: &DeepgramSettings, way: OutsideAccess) -> Result<Target, TargetError> {
        target(settings, way)
    }

    fn voices(settings: &DeepgramSettings, way: OutsideAccess) -> Option<Voices> {
        voices::voices(settings, way)
    }

    fn stall_timeout(settings: &DeepgramSettings) -> Duration {
        settings.stall_timeout
    }

    fn dialect(settings: Arc<DeepgramSettings>) -> DeepgramDialect {
        DeepgramDialect::new(settings)
    }
}

/// Connects as a call would, waits for the server's first message, and closes the connection: checks whether the agents are
/// reachable and accept the key.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &DeepgramSettings) -> Result<(), ProviderFault> {
    let connection = dialled(|way| target(settings, way)).await?;
    check_connection(connection, None, |packet| match ServerEvent::parse(packet.text()?) {
        Ok(ServerEvent::Welcome { .. }) => Some(Ok(())),
        Ok(ServerEvent::Error { code, description }) => {
            Some(Err(failures::loss_of(&code, &description).fault))
        }
        _ => None,
    })
    .await
}
