//! The WebSocket of `mod_audio_stream`: FreeSWITCH is its client.
//!
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use url::Url;

use super::super::super::board::{CallNumber, SharedBoard};
use super::super::frame::{FrameKind, Frames, upgrade, write_frame};

/// How long an upgrade may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the module waits for the server to close TCP.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The code of a proper end, and its words.
const NORMAL_CLOSURE: &[u8] = b"\x03\xe8Normal closure";

/// See the module's description.
#[derive(Debug)]
pub(super) struct Stream {
    reader: OwnedReadHalf,
    writer: Rc<OwnedWriteHalf>,
    frames: Frames,
}

/// Messages from the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// JSON, or any other text.
    Text(String),
    /// It closes properly.
    Closed {
        /// Its code and reason.
        goodbye: String,
    },
    /// The connection is gone.
    Gone,
}

impl Stream {
    /// Opens a WebSocket, as the module does: no space after the colons, no extension.
    ///
    /// # Errors
    /// Fails if nothing listens, or the upgrade is refused.
    pub(super) async fn open(url: &str) -> io::Result<Self> {
        let opened = timeout(CONNECT_TIMEOUT, connect(url)).await;
        let (stream, frames) = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        let (reader, writer) = stream.into_split();
        Ok(Self { reader, writer: Rc::new(writer), frames })
    }

    /// Sink of the caller's frames.
    pub(super) fn writer(&self) -> Rc<OwnedWriteHalf> {
        Rc::clone(&self.writer)
    }

    /// Waits for the server. Cancel safe.
    pub(super) async fn next(&mut self) -> Received {
        loop {
            match self.frames.next() {
                Ok(Some((FrameKind::Text, payload))) => {
                    return Received::Text(String::from_utf8_lossy(&payload).into_owned());
                }
                Ok(Some((FrameKind::Close, payload))) => {
                    self.send(FrameKind::Close, NORMAL_CLOSURE);
                    return Received::Closed { goodbye: goodbye_of(&payload) };
                }
                Ok(Some((FrameKind::Ping, payload))) => self.send(FrameKind::Pong, &payload),
                // Binary frames of a server are ignored without a word.
                Ok(Some(_)) => {}
                Ok(None) => match self.reader.read_buf(self.frames.buffer()).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return Received::Gone,
                },
                Err(_) => return Received::Gone,
            }
        }
    }

    /// Closes properly. What arrives until the server has closed is recorded on the board.
    pub(super) async fn close(mut self, call: CallNumber, board: SharedBoard) {
        self.send(FrameKind::Close, NORMAL_CLOSURE);
        let until_gone = async {
            while let Received::Text(_) = self.next().await {
                board.borrow_mut().sound_arrived(call, Instant::now());
            }
        };
        if timeout(CLOSE_TIMEOUT, until_gone).await.is_err() {
            board.borrow_mut().fail_call(call, "the server does not close after the audio module's close");
        }
    }

    /// Sends without waiting: a server that does not read is gone.
    fn send(&self, kind: FrameKind, payload: &[u8]) {
        let mut bytes = Vec::new();
        write_frame(kind, payload, &mut bytes);
        let _ = self.writer.try_write(&bytes);
    }
}

/// Returns the code of a close, and its reason if there is one.
fn goodbye_of(payload: &[u8]) -> String {
    match payload {
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            format!("{code} {}", String::from_utf8_lossy(reason)).trim_end().to_owned()
        }
        _ => "no code".to_owned(),
    }
}

async fn connect(url: &str) -> io::Result<(TcpStream, Frames)> {
    let no_url = || io::Error::other(format!("{url} is not ws://HOST:PORT/PATH"));
    let parsed = Url::parse(url).map_err(|_| no_url())?;
    let (host, port) = parsed.host_str().zip(parsed.port_or_known_default()).ok_or_else(no_url)?;
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let query = parsed.query().map_or_else(String::new, |query| format!("?{query}"));
    let request = format!(
        "GET {}{query} HTTP/1.1\r\nHost:{host}:{port}\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
         Sec-WebSocket-Key:YzXdaH4l/rYISP4kCsliWA==\r\nSec-WebSocket-Version:13\r\nOrigin:http://{host}:{port}\r\n\r\n",
        parsed.path()
    );
    let frames = upgrade(&mut stream, &request).await?;
    Ok((stream, frames))
}

/// Returns the URL with which a dialplan opens the stream of a channel itself.
pub(super) fn dialplan_url(server: SocketAddr, channel: uuid::Uuid) -> String {
    format!("ws://{server}/{channel}")
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// Takes one connection, reads the request, gives this answer, and then waits for the client's close.
    async fn serve_once(listener: TcpListener, answer: &'static [u8]) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4_096];
        let read = stream.read(&mut bytes).await.unwrap();
        stream.write_all(answer).await.unwrap();
        while stream.read(&mut bytes[read..]).await.unwrap_or(0) > 0 {}
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }

    async fn open(answer: &'static [u8]) -> (io::Result<Stream>, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/audio/7?token=x", listener.local_addr().unwrap());
        let server = tokio::spawn(serve_once(listener, answer));
        (Stream::open(&url).await, server)
    }

    #[tokio::test]
    async fn it_connects_like_the_module_and_reads_what_follows() {
        let (stream, server) =
            open(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi\x88\x05\x03\xe8bye").await;
        let mut stream = stream.unwrap();
        assert_eq!(stream.next().await, Received::Text("hi".to_owned()));
        assert_eq!(stream.next().await, Received::Closed { goodbye: "1000 bye".to_owned() });
        drop(stream);
        let request = server.await.unwrap();
        assert!(request.starts_with("GET /audio/7?token=x HTTP/1.1\r\nHost:127.0.0.1:"), "{request}");
        assert!(request.contains("\r\nUpgrade:websocket\r\nConnection:upgrade\r\n"), "{request}");
    }

    #[test]
    fn a_goodbye_may_have_no_reason_and_no_code() {
        assert_eq!(goodbye_of(b"\x03\xe8"), "1000");
        assert_eq!(goodbye_of(b""), "no code");
    }

    #[tokio::test]
    async fn a_refusal_is_reported_with_its_status() {
        let (stream, _) = open(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        assert!(stream.unwrap_err().to_string().contains("403 Forbidden"));
    }
}
