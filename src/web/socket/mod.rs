//! WebSockets that clients open, one actor each.

mod actor;
pub(super) mod audio;
mod carry;
mod close_handshake;
pub(super) mod control;
pub(super) mod desk;
mod pace;
pub(super) mod twilio;
mod waiting;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::live_count::{Live, LiveCount};
use tokio::sync::watch;

use super::shares::Share;
pub(super) use waiting::WaitingRoom;

/// The WebSockets of the server, all of them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sockets(
    /// Whether the server is stopping; each open socket has a receiver.
    Arc<watch::Sender<bool>>,
);

/// The place of one open WebSocket; dropping it reports that the socket is gone.
#[derive(Debug)]
struct Place {
    going_down: watch::Receiver<bool>,
    /// Counts it as open.
    _live: Live,
    /// Counts it against its organization's share.
    _share: Share,
}

impl Default for Sockets {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Sockets {
    /// Number of open sockets.
    pub(super) fn open(&self) -> usize {
        self.0.receiver_count()
    }

    /// A place for another socket, counted in `live` and against this share.
    fn place(&self, live: &LiveCount, share: Share) -> Place {
        Place { going_down: self.0.subscribe(), _live: live.one_more(), _share: share }
    }

    /// Closes all of them with code 1001. Waits until they are gone, at most for `limit`.
    pub async fn close(&self, limit: Duration) {
        self.0.send_replace(true);
        if tokio::time::timeout(limit, self.0.closed()).await.is_err() {
            tracing::debug!(open = self.open(), "not every WebSocket was closed in time");
        }
    }
}

impl Place {
    /// Returns the place when the server stops.
    async fn going_down(mut self) -> Self {
        // The sender is only dropped with the server.
        let _ = self.going_down.wait_for(|is_down| *is_down).await;
        self
    }
}
