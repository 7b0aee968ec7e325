//! The end of a WebSocket whose peer says goodbye first: its connection is closed with our half of it.

use std::rc::Rc;

use actix_web::HttpRequest;

use crate::web::server::Connection;

/// The connection of a WebSocket, for the code that waits for its peer's goodbye.
pub(super) struct PeerGoodbye(Option<Rc<Connection>>);

impl PeerGoodbye {
    /// Of the socket that this request opens. A test of the routes has none.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self(request.conn_data::<Rc<Connection>>().cloned())
    }

    /// The peer has said goodbye; what is said to it now is the last.
    pub(super) fn peer_parts(&self) {
        if let Some(connection) = &self.0 {
            connection.peer_parts();
        }
    }
}
