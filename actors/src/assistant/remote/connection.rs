//! A connection to the provider: texts and bytes in both directions over a WebSocket.
//!
//! The task of its call drives it; it has no task of its own. Nothing here waits for the socket to accept data, so that a
//! provider that does not read still has its words heard.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use cordboard_schema::provider::ProviderFailure;
use futures_util::{Sink, Stream as _, StreamExt as _};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::ahead::Ahead;
use super::by_frame::ByFrame;
use super::loss::{Loss, Refusals, Retry};
use super::secrets::Secrets;
use super::stream::Stream;
use crate::live_count::Live;

/// Time that a socket may accept no data.
const BLOCKED_MAX: Duration = Duration::from_secs(2);
/// Time that it may accept nothing before audio is dropped instead of queued: it would arrive too late anyway.
const AUDIO_KEPT: Duration = Duration::from_millis(300);
/// Time that the closing handshake may take.
const CLOSE_MAX: Duration = Duration::from_millis(300);
/// Read buffer of a connection, in bytes, which it keeps for good: the size of a typical audio event. It grows for a longer one.
pub(super) const READ_BYTES: usize = 4 * 1024;
/// Length in bytes from which on a text does not go through the socket, which would keep a buffer of that size for good. Audio of
/// a telephone is shorter.
const LONG_TEXT_BYTES: usize = 2 * 1024;
/// Messages in a row longer than the read buffer, from which on they are normal: a server sends its settings about three times.
const LONG_IN_ROW_MAX: usize = 4;

/// Most values in a message's JSON. A parsed value takes up to some hundred bytes, however short its text is. The longest lists
/// of a provider are the times of a sentence's characters, and have a few thousand entries.
const VALUES_MAX: usize = 100_000;

/// Returns whether a JSON text may have more values than that: it counts the commas.
fn has_too_many_values(text: &str) -> bool {
    text.len() > VALUES_MAX && text.bytes().filter(|byte| *byte == b',').count() >= VALUES_MAX
}

/// One message of either kind.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Packet {
    /// Text; JSON.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl Packet {
    /// Returns the text; `None` for bytes.
    pub(in crate::assistant) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the content of either kind.
    pub(in crate::assistant) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl From<String> for Packet {
    fn from(text: String) -> Self {
        Self::Text(Utf8Bytes::from(text))
    }
}

/// Tracks messages longer than the read buffer. A socket reads on into the memory of a message once that was dropped everywhere,
/// so it would keep the room of its longest message for good, such as the settings and tools that a server repeats. To prevent
/// that, the last long message is held until the socket reads into other memory.
#[derive(Debug)]
enum LongMessages {
    /// None arrived recently.
    Rare,
    /// `in_row` long messages arrived in a row, followed by shorter ones of `bytes_since` bytes in total.
    Held { last: Packet, in_row: usize, bytes_since: usize },
    /// They follow one another, as messages with linear samples do: the socket needs the room.
    Usual,
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct Connection {
    socket: WebSocketStream<Ahead<ByFrame<Stream>>>,
    refusals: Refusals,
    secrets: Secrets,
    long: LongMessages,
    /// Something that was sent may not be on the wire yet.
    is_unflushed: bool,
    /// Since when the socket accepts nothing.
    blocked_since: Option<Instant>,
    audio_dropped: u64,
    /// The last field to be dropped: the connection is counted until its socket is closed.
    _live: Live,
}

impl Connection {
    pub(in crate::assistant) fn new(
        socket: WebSocketStream<Ahead<ByFrame<Stream>>>,
        (refusals, secrets): (Refusals, Secrets),
        live: Live,
    ) -> Self {
        Self {
            socket,
            refusals,
            secrets,
            long: LongMessages::Rare,
            is_unflushed: false,
            blocked_since: None,
            audio_dropped: 0,
            _live: live,
        }
    }

    /// Returns the secrets that were sent to the provider: none may appear in what is reported of its messages.
    pub(in crate::assistant) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn loss_of_error(&self, error: &Error) -> Loss {
        self.secrets.out_of_loss(self.refusals.loss_of_error(error))
    }

    /// Sends a message. It is written at once, or as soon as the socket accepts it.
    ///
    /// # Errors
    /// The connection is lost, or accepts nothing.
    pub(in crate::assistant) fn send(&mut self, packet: impl Into<Packet>) -> Result<(), Loss> {
        match packet.into() {
            // Only while nothing waits in the socket.
            Packet::Text(text) if text.len() >= LONG_TEXT_BYTES && !self.is_unflushed => {
                self.is_unflushed = true;
                let put = self.socket.get_mut().put(text);
                put.map_err(|error| self.loss_of_error(&error))
            }
            packet => self.send_by_socket(packet),
        }
    }

    fn send_by_socket(&mut self, packet: Packet) -> Result<(), Loss> {
        self.is_unflushed = true;
        let message = match packet {
            Packet::Text(text) => Message::Text(text),
            Packet::Binary(bytes) => Message::Binary(bytes),
        };
        Pin::new(&mut self.socket).start_send(message).map_err(|error| self.loss_of_error(&error))
    }

    /// Sends audio; drops it if the socket has accepted nothing for a while.
    ///
    /// # Errors
    /// The connection is lost, or has accepted nothing for too long.
    pub(in crate::assistant) fn send_audio(&mut self, packet: Packet) -> Result<(), Loss> {
        match self.blocked_since.map(|since| since.elapsed()) {
            Some(blocked) if blocked >= BLOCKED_MAX => {
                let reason = format!(
                    "the provider accepted nothing for {} s ({} pieces of audio were dropped)",
                    BLOCKED_MAX.as_secs(),
                    self.audio_dropped
                );
                Err(Loss::new(ProviderFailure::Disconnected, reason, Retry::Soon))
            }
            Some(blocked) if blocked >= AUDIO_KEPT => {
                self.audio_dropped += 1;
                Ok(())
            }
            _ => self.send_by_socket(packet),
        }
    }

    /// Polls the next message, or the reason why none will arrive. Also writes what waits.
    pub(in crate::assistant) fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<Result<Packet, Loss>> {
        self.poll_flush(cx)?;
        loop {
            let message = match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Poll::Ready(Err(self.loss_of_error(&error))),
                None => return Poll::Ready(Err(self.loss_of_error(&Error::ConnectionClosed))),
            };
            match message {
                Message::Text(text) if has_too_many_values(&text) => {
                    let reason = format!("a message of the provider has more than {VALUES_MAX} values");
                    return Poll::Ready(Err(Loss::new(ProviderFailure::BadProtocol, reason, Retry::Soon)));
                }
                Message::Text(text) => return Poll::Ready(Ok(self.came(Packet::Text(text)))),
                Message::Binary(bytes) => return Poll::Ready(Ok(self.came(Packet::Binary(bytes)))),
                Message::Close(frame) => {
                    let loss = self.refusals.loss_of_close(frame.as_ref());
                    return Poll::Ready(Err(self.secrets.out_of_loss(loss)));
                }
                // The ping is answered below.
                Message::Ping(_) => {
                    self.is_unflushed = true;
                    self.poll_flush(cx)?;
                }
                Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Notes that a message arrived. A long one is dropped when later messages have used up the rest of its memory.
    fn came(&mut self, packet: Packet) -> Packet {
        let bytes = packet.bytes().len();
        let is_long = bytes > READ_BYTES;
        self.long = match std::mem::replace(&mut self.long, LongMessages::Usual) {
            LongMessages::Rare if is_long => {
                LongMessages::Held { last: packet.clone(), in_row: 1, bytes_since: 0 }
            }
            LongMessages::Held { in_row, .. } if is_long && in_row < LONG_IN_ROW_MAX => {
                LongMessages::Held { last: packet.clone(), in_row: in_row + 1, bytes_since: 0 }
            }
            LongMessages::Held { bytes_since, .. } if !is_long && bytes_since + bytes > 2 * READ_BYTES => {
                LongMessages::Rare
            }
            LongMessages::Held { last, in_row, bytes_since } if !is_long => {
                LongMessages::Held { last, in_row, bytes_since: bytes_since + bytes }
            }
            LongMessages::Rare => LongMessages::Rare,
            LongMessages::Held { .. } | LongMessages::Usual => LongMessages::Usual,
        };
        packet
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Result<(), Loss> {
        if !self.is_unflushed {
            return Ok(());
        }
        match Pin::new(&mut self.socket).poll_flush(cx) {
            Poll::Ready(Ok(())) => {
                self.is_unflushed = false;
                self.blocked_since = None;
                Ok(())
            }
            Poll::Ready(Err(error)) => Err(self.loss_of_error(&error)),
            Poll::Pending => {
                self.blocked_since.get_or_insert_with(Instant::now);
                Ok(())
            }
        }
    }

    /// Closes the connection with a closing handshake. Incoming data is read until the answer: a socket that is closed with
    /// unread data is reset, and the close message is lost.
    pub(in crate::assistant) async fn close(mut self) {
        let goodbye = async {
            self.socket.close(None).await?;
            while let Some(message) = self.socket.next().await {
                message?;
            }
            Ok::<(), Error>(())
        };
        let _ = timeout(CLOSE_MAX, goodbye).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_limited_by_values_not_length() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(!has_too_many_values(&list(VALUES_MAX)));
        assert!(has_too_many_values(&list(VALUES_MAX + 1)));
        assert!(!has_too_many_values(&"a".repeat(16 << 20)));
    }
}
