//! A voice AI as a call sees it: a party that wears a [`Headset`] until the call is over.

use std::sync::Arc;

use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use futures_util::future::LocalBoxFuture;

use super::headset::Headset;
use super::rehearsal::Written;
use super::voices::Voices;
use crate::tools::ToolDefinition;

/// A voice AI: the built-in one, or the connection to a realtime provider.
///
/// It runs in a task on its call's thread and must not block. The headset is its only connection to the caller and the call.
pub trait Provider {
    /// Returns the name that the journal and the configuration use, for example `builtin`.
    fn name(&self) -> &'static str;

    /// Returns whether it can say any text, and not only the lines of a call.
    fn speaks_text(&self) -> bool {
        false
    }

    /// Serves one call: connects, calls [`Headset::ready`], then takes one [`Headset::next`] after the other until the order
    /// [`Stop`](crate::messages::AssistantOrder::Stop), and closes its connection within a second.
    ///
    /// Orders that arrive before it is ready wait in the headset. The future may be dropped at any `await`.
    ///
    /// # Errors
    /// When it can't go on. A return without the order to stop, and a panic, count as a fault too.
    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>>;
}

/// An account at a service: it provides each call with a provider.
pub trait Account: std::fmt::Debug + Send + Sync {
    /// Returns the name of its providers.
    fn name(&self) -> &'static str;

    /// Returns whether its providers can say any text, and not only the lines of a call.
    fn speaks_text(&self) -> bool;

    /// Returns its voices as they can be listed and heard outside of a call; `None` if they can't be.
    fn voices(&self) -> Option<&Voices>;

    /// Returns a provider for a call with this profile.
    fn provider(&self, profile: &AgentProfile) -> Box<dyn Provider>;

    /// Returns failures that are caused by what the profile names, such as an agent or a language: calls of other profiles may
    /// work all the same.
    fn failures_of(&self, _profile: &AgentProfile) -> &'static [ProviderFailure] {
        &[]
    }

    /// Begins a conversation in text, with the prompt and the tools of a call. It fails like a call would, or because the
    /// provider only supports sound.
    fn converse_in_writing<'a>(
        &'a self,
        profile: Arc<AgentProfile>,
        tools: &'a [ToolDefinition],
    ) -> LocalBoxFuture<'a, Result<Box<dyn Written>, ProviderFault>>;
}

/// Reason why a provider can't go on with a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ProviderFault {
    /// Class of the failure, for counters.
    pub failure: ProviderFailure,
    /// The cause, in words for the journal and the operator. Never contains a key or a token.
    pub reason: String,
}

impl ProviderFault {
    /// Returns a fault with this cause.
    pub fn new(failure: ProviderFailure, reason: impl Into<String>) -> Self {
        Self { failure, reason: reason.into() }
    }
}
