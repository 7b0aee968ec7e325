//! A scripted server: a WebSocket on loopback, for which the test speaks.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// The time limit for everything.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct Door {
    listener: TcpListener,
}

impl Door {
    pub(crate) async fn open() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.listener.local_addr().unwrap())
    }

    /// The next connection, with its path and its key.
    pub(crate) async fn accept(&self) -> (Peer, String, String) {
        let (stream, _) = timeout(LIMIT, self.listener.accept()).await.unwrap().unwrap();
        let mut seen = (String::new(), String::new());
        #[allow(clippy::result_large_err, reason = "the library's own type")]
        let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            let key = request.headers().get("authorization").map(|key| key.to_str().unwrap().to_owned());
            seen = (request.uri().to_string(), key.unwrap_or_default());
            Ok(response)
        };
        let socket = accept_hdr_async(stream, check).await.unwrap();
        (Peer { socket }, seen.0, seen.1)
    }
}

pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Peer {
    pub(crate) async fn send(&mut self, event: Value) {
        self.socket.send(Message::text(event.to_string())).await.unwrap();
    }

    /// The next event of this type; others are skipped.
    pub(crate) async fn receive(&mut self, kind: &str) -> Value {
        let wanted = async {
            loop {
                match self.socket.next().await.expect("the connection is open").unwrap() {
                    Message::Text(text) => {
                        let event: Value = serde_json::from_str(&text).unwrap();
                        if event["type"] == kind {
                            return event;
                        }
                    }
                    Message::Close(_) => panic!("closed before {kind}"),
                    _ => {}
                }
            }
        };
        timeout(LIMIT, wanted).await.unwrap_or_else(|_| panic!("no {kind}"))
    }

    /// Waits for the client's goodbye.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let closed = async {
            while let Some(message) = self.socket.next().await {
                if matches!(message, Ok(Message::Close(_))) {
                    return true;
                }
            }
            false
        };
        timeout(LIMIT, closed).await.unwrap()
    }
}
