//! How handlers send requests to a switch's actor.

use std::time::Duration;

use cordboard_actors::messages::{SwitchLine, ToSwitch};
use cordboard_schema::limits::HTTP_REGISTRY_WAIT_MS;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A switch's mailbox, with waiting for answers.
#[derive(Clone, Debug)]
pub(super) struct AskedSwitch(SwitchLine);

impl AskedSwitch {
    pub(super) fn new(line: SwitchLine) -> Self {
        Self(line)
    }

    /// Sends a message that is made with the channel for its answer. `None` if no answer comes in time.
    pub(super) async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> ToSwitch) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        if !self.0.tell(message(reply)) {
            return None;
        }
        timeout(Duration::from_millis(HTTP_REGISTRY_WAIT_MS), answer).await.ok()?.ok()
    }
}
