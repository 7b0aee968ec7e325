//! An audio WebSocket that is read and written by two sides, neither of which waits for the other.
//!
//! Both are polled by the one task of their leg, so one waker serves them.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use cordboard_schema::limits::{STREAM_MESSAGE_BYTES_MAX, STREAM_UNSENT_BYTES_MAX};
use futures_util::{FutureExt, Sink, Stream};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::legs::MessageSource;

/// Time limit for a peer's close frame. While it waits for ours it blocks its switch, so the limit is short.
const GOODBYE_LIMIT: Duration = Duration::from_millis(200);
/// Time limit for the answer to the request.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// Size of the read buffer, which each connection keeps: 12 frames of audio at 8 kHz, 2 at 48 kHz. The library's own default, 128
/// KiB, is more than all other memory of a call.
const READ_BYTES: usize = 4 * 1_024;

/// See the module's description.
#[derive(Debug)]
pub(super) struct StreamSocket(RefCell<WebSocketStream<TcpStream>>);

impl StreamSocket {
    /// Answers the request with this key and makes the connection a WebSocket. `early` was read after the request.
    ///
    /// # Errors
    /// The connection broke, or the peer does not read.
    pub(super) async fn upgrade(mut stream: TcpStream, key: &str, early: Vec<u8>) -> io::Result<Self> {
        let accept = derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        tokio::time::timeout(ANSWER_LIMIT, stream.write_all(answer.as_bytes())).await??;
        // Otherwise the kernel keeps much audio for a peer that does not read, and we learn late that it does not.
        if let Err(error) = SockRef::from(&stream).set_send_buffer_size(STREAM_UNSENT_BYTES_MAX) {
            tracing::debug!(%error, "the size of the send buffer can't be set");
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(STREAM_UNSENT_BYTES_MAX)
            .max_message_size(Some(STREAM_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(STREAM_MESSAGE_BYTES_MAX));
        let socket = WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await;
        Ok(Self(RefCell::new(socket)))
    }

    /// Returns the next message; none once the connection has ended. Pings are answered on the way.
    async fn next(&self) -> Option<Result<Message, Error>> {
        poll_fn(|task| Pin::new(&mut *self.0.borrow_mut()).poll_next(task)).await
    }

    /// Sends a message, and waits if the kernel does not take it.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) async fn send(&self, message: Message) -> Result<(), Error> {
        poll_fn(|task| Pin::new(&mut *self.0.borrow_mut()).poll_ready(task)).await?;
        Pin::new(&mut *self.0.borrow_mut()).start_send(message)?;
        self.flush().await
    }

    async fn flush(&self) -> Result<(), Error> {
        poll_fn(|task| Pin::new(&mut *self.0.borrow_mut()).poll_flush(task)).await
    }

    /// Answers the peer's close frame, which was read, and closes the connection at once.
    pub(super) async fn answer_goodbye(self) {
        // An error means that the answer was sent and the handshake is done, or that the peer is gone.
        let _ = tokio::time::timeout(GOODBYE_LIMIT, self.flush()).await;
    }

    /// Sends a close frame, waits for the peer's and closes the connection, all within 200 ms.
    pub(super) async fn say_goodbye(self, code: CloseCode) {
        let closing = async {
            let goodbye = CloseFrame { code, reason: "".into() };
            if self.send(Message::Close(Some(goodbye))).await.is_ok() {
                while let Some(Ok(_)) = self.next().await {}
            }
        };
        if tokio::time::timeout(GOODBYE_LIMIT, closing).await.is_err() {
            tracing::debug!("the peer sent no close frame in time");
        }
    }
}

impl MessageSource for &StreamSocket {
    type Message = Result<Message, Error>;

    async fn next(&mut self) -> Option<Self::Message> {
        StreamSocket::next(self).await
    }

    fn next_there(&mut self) -> Option<Self::Message> {
        StreamSocket::next(self).now_or_never().flatten()
    }
}
