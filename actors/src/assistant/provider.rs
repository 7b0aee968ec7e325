//! What a voice AI is to a call: somebody who wears a [`Headset`] until the call is over.

use cordboard_schema::provider::ProviderFailure;
use futures_util::future::LocalBoxFuture;

use super::headset::Headset;

/// A voice AI: the built-in one, or the connection to a realtime provider.
///
/// It lives in a task on its call's thread and must not block. What it needs of the call it hears from the headset, and
/// what it has to say to caller and call it says there; a provider has no other way to either.
pub trait Provider {
    /// The name that the journal and the configuration use, as `builtin`.
    fn name(&self) -> &'static str;

    /// Whether it can say any text, and not only the lines of a call.
    fn speaks_text(&self) -> bool {
        false
    }

    /// Serves one call: connects, says [`Headset::ready`], then takes one [`Headset::next`] after the other until the
    /// order [`Stop`](crate::messages::AssistantOrder::Stop), and closes its connection within a second.
    ///
    /// Orders that come before it is ready wait in the headset. The future may be dropped at any `await`.
    ///
    /// # Errors
    /// When it can't go on. A return without the order to stop, and a panic, count as a fault too.
    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>>;
}

/// Why a provider can't go on with a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ProviderFault {
    /// Which of the failures that are counted it is.
    pub failure: ProviderFailure,
    /// The cause, in words for the journal and the operator. Never a key or a token.
    pub reason: String,
}

impl ProviderFault {
    /// A fault with this cause.
    pub fn new(failure: ProviderFailure, reason: impl Into<String>) -> Self {
        Self { failure, reason: reason.into() }
    }
}
