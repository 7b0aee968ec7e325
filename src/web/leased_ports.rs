//! Requests to the actor of leased ports.

use std::time::Duration;

use actix::Message;
use cordboard_actors::asterisk::PortMeter;
use cordboard_actors::line::PendingRequest;
use cordboard_actors::messages::{PortLine, PortRefused, ToPorts};
use cordboard_schema::limits::HTTP_REGISTRY_WAIT_MS;

use super::problem::ApiError;

/// The ports that can be leased.
#[derive(Clone)]
pub struct LeasedPorts {
    /// The mailbox of their actor.
    pub line: PortLine,
    /// The host at which Asterisk reaches them.
    pub host: String,
    /// Their figures.
    pub meter: PortMeter,
}

impl LeasedPorts {
    /// Sends their actor a request and waits for the answer for a limited time.
    pub(super) async fn ask<M>(&self, request: M) -> Result<M::Result, ApiError>
    where
        M: Message<Result: Send>,
        ToPorts: From<PendingRequest<M>>,
    {
        let wait = Duration::from_millis(HTTP_REGISTRY_WAIT_MS);
        let answer = tokio::time::timeout(wait, self.line.ask(request)).await.ok().flatten();
        let failed = || ApiError::Unavailable("the ports failed at this request: ask again".to_owned());
        answer.ok_or_else(failed)
    }
}

impl From<PortRefused> for ApiError {
    fn from(refused: PortRefused) -> Self {
        match refused {
            PortRefused::UsedUp(_) => Self::UsedUp { code: "ports_used_up", detail: refused.to_string() },
            PortRefused::GoingDown => Self::Unavailable(refused.to_string()),
        }
    }
}
