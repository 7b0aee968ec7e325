//! A voice that is skipped: the call goes on to the next one immediately, and its journal records why.

use cordboard_schema::provider::ProviderFailure;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::headset::Headset;
use super::provider::{Provider, ProviderFault};

/// See the module's description.
#[derive(Debug)]
pub struct PassedOver {
    name: &'static str,
    reason: String,
}

impl PassedOver {
    /// Returns the provider of this name, which is skipped for this reason.
    pub fn new(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, reason: reason.into() }
    }
}

impl Provider for PassedOver {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(self: Box<Self>, _: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        ready(Err(ProviderFault::new(ProviderFailure::PassedOver, self.reason))).boxed_local()
    }
}
