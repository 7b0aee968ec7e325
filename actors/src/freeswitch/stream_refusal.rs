//! How a request for an audio stream is refused: an HTTP answer with a line that says why, and closed TCP.

use std::io;
use std::time::Duration;

use cordboard_schema::limits::STREAM_REFUSALS_MAX;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::audio_stream_actor::StreamConnection;

/// How long a refused connection is read to its end. Closing with unread bytes would be a reset, and the answer would be lost.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

static REFUSALS: Semaphore = Semaphore::const_new(STREAM_REFUSALS_MAX);

/// The status for a stream that no call takes, and for a wrong token.
pub(super) const FORBIDDEN: (&str, &str) = ("403 Forbidden", "");

/// Answers a request with a status, a header and one line, and closes the connection in order, within 1 s.
pub(super) async fn turn_down(stream: TcpStream, (status, header): (&str, &str), why: &str) {
    match tokio::time::timeout(DRAIN_LIMIT, answer(stream, status, header, why)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the connection broke while it was refused"),
        Err(_) => tracing::debug!("the peer did not close its side in time"),
    }
}

async fn answer(mut stream: TcpStream, status: &str, header: &str, why: &str) -> io::Result<()> {
    let length = why.len() + 1;
    let answer = format!(
        "HTTP/1.1 {status}\r\n{header}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{why}\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
}

/// Refuses an audio WebSocket that no call takes, on the current arbiter, with 403. If [`STREAM_REFUSALS_MAX`] others are being
/// refused, it is closed at once.
pub fn refuse_stream(connection: StreamConnection) {
    let StreamConnection { uuid, peer, stream, .. } = connection;
    let Ok(permit) = REFUSALS.try_acquire() else {
        tracing::debug!(%uuid, %peer, "too many refused connections: closed without an answer");
        return;
    };
    tokio::task::spawn_local(async move {
        match TcpStream::from_std(stream) {
            Ok(stream) => turn_down(stream, FORBIDDEN, "no call waits for this audio").await,
            Err(error) => tracing::error!(%uuid, %peer, %error, "a refused connection can't be registered"),
        }
        drop(permit);
    });
}
