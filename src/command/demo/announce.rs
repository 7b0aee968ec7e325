//! Announces a call before its audio, as a dialplan does: one HTTP request, such as `CURL()` in Asterisk sends it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

use super::script::{FROM, TO};
use crate::config::Secret;

/// The shipped dialplan waits as long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that is read of an answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Why the call could not be announced.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnnounceError {
    /// There is no answer.
    #[error("the call can't be announced at {to}: {cause}")]
    Unreachable { to: SocketAddr, cause: io::Error },
    /// The answer is not 200.
    #[error("the announcement was refused: {0}")]
    Refused(String),
}

/// Announces the demo's call to the HTTP server.
pub(super) async fn announce(to: SocketAddr, token: &Secret, uuid: Uuid) -> Result<(), AnnounceError> {
    let asked = timeout(ANSWER_TIMEOUT, ask(to, token, uuid)).await;
    let answer = asked
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(|cause| AnnounceError::Unreachable { to, cause })?;
    if answer.split_whitespace().nth(1) == Some("200") {
        Ok(())
    } else {
        Err(AnnounceError::Refused(answer.lines().next().unwrap_or("an empty answer").to_owned()))
    }
}

async fn ask(to: SocketAddr, token: &Secret, uuid: Uuid) -> io::Result<String> {
    let mut stream = TcpStream::connect(to).await?;
    let token = token.expose();
    let request = format!(
        "GET /api/v1/calls/expect?uuid={uuid}&from={FROM}&to={TO} HTTP/1.1\r\n\
         Host: {to}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Returns the result of `announce` for an answer, and the request that it sent.
    async fn announced(answer: &'static str) -> (Result<(), AnnounceError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let count = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        let result = announce(to, &Secret::new("the token"), Uuid::from_u128(7)).await;
        (result, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_call_is_announced_as_a_dialplan_does() {
        let (result, request) = announced("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        result.unwrap();
        let uuid = Uuid::from_u128(7);
        assert!(request.starts_with(&format!("GET /api/v1/calls/expect?uuid={uuid}&from=Alex&to=100 ")));
        assert!(request.contains("\r\nAuthorization: Bearer the token\r\n"), "{request}");
    }

    #[tokio::test]
    async fn a_refusal_is_reported() {
        let (result, _) = announced("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        let error = result.unwrap_err().to_string();
        assert_eq!(error, "the announcement was refused: HTTP/1.1 503 Service Unavailable");
    }
}
