//! The WebSocket upgrade, byte for byte as the module writes it: no space after the colons.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::Address;

/// A server's answer is smaller than this.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why a stream failed, as the module's event reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u16,
    pub(super) text: String,
}

impl Failure {
    /// TCP closed without a CLOSE.
    pub(super) fn dropped() -> Self {
        Self::new(1, "Connection closed without WebSocket CLOSE (abnormal EOF)")
    }

    fn new(code: u16, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }
}

/// Connects and upgrades.
pub(super) async fn connect(
    address: &Address,
    extra: Option<&str>,
) -> Result<WebSocketStream<TcpStream>, Failure> {
    let connected = TcpStream::connect((address.host.as_str(), address.port)).await;
    let mut stream = connected.map_err(|error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Failure::new(6, "Connection refused (system error 111)"),
        _ => Failure::new(10, "Timeout"),
    })?;
    // Frames are small and must not be delayed.
    let _ = stream.set_nodelay(true);
    let upgrade = Failure::new(6, "WebSocket upgrade failed");
    if stream.write_all(request(address, extra).as_bytes()).await.is_err() {
        return Err(upgrade);
    }
    let (head, rest) = answer(&mut stream).await.ok_or_else(|| upgrade.clone())?;
    if !head.starts_with("HTTP/1.1 101") {
        return Err(upgrade);
    }
    Ok(WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await)
}

fn request(address: &Address, extra: Option<&str>) -> String {
    let Address { host, port, path } = address;
    let key = BASE64.encode(rand::random::<[u8; 16]>());
    let mut text = format!(
        "GET {path} HTTP/1.1\r\nHost:{host}:{port}\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
         Sec-WebSocket-Key:{key}\r\nSec-WebSocket-Version:13\r\nOrigin:http://{host}:{port}\r\n"
    );
    let extra: Option<Value> = extra.and_then(|text| serde_json::from_str(text).ok());
    for (name, value) in extra.as_ref().and_then(Value::as_object).into_iter().flatten() {
        text += &format!("{name}:{}\r\n", value.as_str().unwrap_or_default());
    }
    text + "\r\n"
}

/// The head of the answer, and the bytes after it.
async fn answer(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Some((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        if bytes.len() > ANSWER_BYTES_MAX || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
