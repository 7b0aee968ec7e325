//! The end of a WebSocket whose peer sends its close frame first: its connection is closed after our half of the handshake.

use std::rc::Rc;

use actix_web::HttpRequest;

use crate::web::server::Connection;

/// The connection of a WebSocket, for code that waits for its peer's close frame.
pub(super) struct PeerGoodbye(Option<Rc<Connection>>);

impl PeerGoodbye {
    /// For the socket that this request opens. A test of the routes has none.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self(request.conn_data::<Rc<Connection>>().cloned())
    }

    /// The peer has sent its close frame; the next message to it is the last.
    pub(super) fn peer_closes(&self) {
        if let Some(connection) = &self.0 {
            connection.peer_closes();
        }
    }
}
