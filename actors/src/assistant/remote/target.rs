//! A provider that is reached by one WebSocket request, the same for every call.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::connection::Connection;
use super::loss::{Loss, Refusals};
use super::place::{Place, TargetError};
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;

/// See the module's description.
#[derive(Clone, Debug)]
pub(in crate::assistant) struct Target {
    place: Place,
    way: OutsideAccess,
    request: ClientRequestBuilder,
    refusals: Refusals,
    /// The longest message of its protocol, in bytes.
    message_bytes_max: usize,
    /// The count of open connections.
    live: LiveCount,
}

impl Target {
    /// Returns a target with this request, whose messages have at most `message_bytes_max`.
    ///
    /// # Errors
    /// A header of the request, which this setting names, can't be sent: that is found here, and not on a call.
    pub(in crate::assistant) fn new(
        place: Place,
        way: OutsideAccess,
        request: ClientRequestBuilder,
        (refusals, header): (Refusals, &'static str),
        message_bytes_max: usize,
    ) -> Result<Self, TargetError> {
        request.clone().into_client_request().map_err(|_| TargetError::BadHeader(header))?;
        Ok(Self { place, way, request, refusals, message_bytes_max, live: LiveCount::new() })
    }

    /// Counts connections to it in `live` from now on.
    pub(in crate::assistant) fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Connects.
    ///
    /// # Errors
    /// The step that failed, and whether a retry is worthwhile.
    pub(in crate::assistant) async fn dial(self: Arc<Self>) -> Result<Connection, Loss> {
        let bounds = (self.refusals, self.message_bytes_max);
        self.place.open(&self.way, self.request.clone(), bounds, self.live.one_more()).await
    }
}
