//! A client of the HTTP API, as a task next to the server. A request that the server does not answer has a result, too: none.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Timeout for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// An answer with any status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// Address of the created resource (`Location`), in lower case.
    pub(crate) location: Option<String>,
}

impl Answer {
    /// Returns the body as text.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON; null if it is not JSON.
    #[must_use]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends a request over a new connection. `headers` are whole lines.
///
/// # Errors
/// Nothing listens, or no complete answer arrives in time.
pub(crate) async fn ask(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[String],
    body: Option<&Value>,
) -> io::Result<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    send(server, (method, path), headers, ("application/json", &body)).await
}

/// Sends a request with a body of any type.
///
/// # Errors
/// Nothing listens, or no complete answer arrives in time.
pub(crate) async fn send(
    server: SocketAddr,
    (method, path): (&str, &str),
    headers: &[String],
    (content_type, body): (&str, &str),
) -> io::Result<Answer> {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n{headers}\
         content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let whole = async {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all((head + body).as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        parsed(&answer).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    };
    timeout(LIMIT, whole).await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
}

fn parsed(answer: &[u8]) -> Option<Answer> {
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..at]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let rest = &answer[at + 4..];
    let body = if head.contains("transfer-encoding: chunked") { unchunked(rest)? } else { rest.to_vec() };
    let location =
        head.lines().find_map(|line| line.strip_prefix("location:")).map(|value| value.trim().to_owned());
    Some(Answer { status, body, location })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let chunk = &rest[end + 2..];
        body.extend_from_slice(chunk.get(..length)?);
        rest = chunk.get(length + 2..)?;
    }
}
