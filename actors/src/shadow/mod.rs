//! Shadows: a second voice that hears a call, and that nobody on the call hears.
//!
//! ```text
//! caller's mouth --cord--> Headset of the call's assistant --Tap--> Shadow (a task) --orders--> RealtimeAiActor of the shadow
//!                                                                      ^------------- facts, over a line of its own ------'
//! ```
//!
//! The call knows nothing of it: a [`Shadowed`] provider is a provider like any other. The shadow hears the same sound as the
//! assistant. So it hears nothing while the caller is on hold or talks with a person, and it ends with the assistant. Its speech
//! goes into no cord, its tool calls are answered and never carried out, and its failure ends only the shadow.

mod runner;
mod session;

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::shadow::ShadowCall;
use cordboard_schema::usage::ModelPrice;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tracing::Instrument;

use self::runner::Listening;
use crate::assistant::{Account, Headset, Provider, ProviderFault};
use crate::live_count::LiveCount;

/// Stores the shadows' records of calls, and their cost.
pub trait ShadowKeeper: Send + Sync {
    /// Stores that a shadow begins to listen. Returns whether it may: the month's cost has not reached this cap, in millionths of
    /// the currency.
    ///
    /// # Errors
    /// It can't be stored; the reason in words.
    fn begin(&self, call: ShadowCall, cap_micros: u64) -> LocalBoxFuture<'static, Result<bool, String>>;

    /// Stores its state. Returns whether it may go on, as [`Self::begin`] does.
    ///
    /// # Errors
    /// It can't be stored; the reason in words.
    fn keep(&self, call: ShadowCall, cap_micros: u64) -> LocalBoxFuture<'static, Result<bool, String>>;
}

/// A shadow for one call.
pub struct NewShadow {
    /// Its record at the beginning.
    pub call: ShadowCall,
    /// The account of its voice; or why there is none, in words.
    pub account: Result<Arc<dyn Account>, String>,
    /// The call's profile, with this voice's instructions.
    pub profile: Arc<AgentProfile>,
    /// Monthly budget of the profile's shadows, in millionths of the currency.
    pub cap_micros: u64,
    /// Prices of models.
    pub prices: Arc<BTreeMap<String, ModelPrice>>,
    /// Stores the record.
    pub keeper: Arc<dyn ShadowKeeper>,
    /// The count of assistants.
    pub live: LiveCount,
}

/// A call's voice, with a shadow that hears the call as well.
pub struct Shadowed {
    provider: Box<dyn Provider>,
    shadow: NewShadow,
}

impl Shadowed {
    /// Returns this voice, with this shadow.
    pub fn new(provider: Box<dyn Provider>, shadow: NewShadow) -> Self {
        Self { provider, shadow }
    }
}

impl Provider for Shadowed {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn speaks_text(&self) -> bool {
        self.provider.speaks_text()
    }

    fn run(self: Box<Self>, mut headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { provider, mut shadow } = *self;
        async move {
            provider.name().clone_into(&mut shadow.call.given_by);
            let span = tracing::info_span!("shadow", provider = %shadow.call.provider);
            let listening = Listening::to(&mut headset, shadow);
            // It ends with the headset, whose tap it listens to.
            actix_rt::spawn(listening.run().instrument(span));
            provider.run(headset).await
        }
        .boxed_local()
    }
}
