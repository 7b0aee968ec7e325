//! Sockets of `/ws/audio` for tests that send what no page sends.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

/// How long the server may take to answer at all.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// A request for the socket, as a page of this origin makes it.
pub(super) fn request(server: SocketAddr, origin: Option<&str>) -> Result<Request<()>, Error> {
    let mut request = format!("ws://{server}/ws/audio").into_client_request()?;
    if let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        request.headers_mut().insert("Origin", origin);
    }
    Ok(request)
}

/// Opens the socket, or returns the status of the refusal.
///
/// # Errors
/// The status of the answer that opens no socket; 0 where there was none.
pub fn open(server: SocketAddr, origin: Option<&str>) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(server).map_err(|_| 0_u16)?;
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(ANSWER_LIMIT));
    match client(request(server, origin).map_err(|_| 0_u16)?, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
        Err(_) => Err(0),
    }
}

/// Returns the next text of the server; `None` once it has closed the socket.
#[must_use]
pub fn next_text(socket: &mut WebSocket<TcpStream>) -> Option<Value> {
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
