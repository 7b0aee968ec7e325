//! A connection to the provider: texts and bytes both ways over a WebSocket.
//!
//! It is driven by the task of its call, without one of its own: nothing here ever waits for the socket to take what is
//! sent, so that a provider that does not read can't keep its own words from being heard.

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

/// Time that a socket may take no data.
const BLOCKED_MAX: Duration = Duration::from_secs(2);
/// Time that it may take nothing before audio is left out instead of kept: it would come too late anyway.
const AUDIO_KEPT: Duration = Duration::from_millis(300);
/// Time that a goodbye on the wire may take.
const CLOSE_MAX: Duration = Duration::from_millis(300);
/// Read buffer of a connection, in bytes, which it has for good: a usual audio event. It grows for a longer one.
pub(super) const READ_BYTES: usize = 4 * 1024;
/// Bytes of a text from which on it does not go through the socket, which would keep as much room for good. Audio of a telephone is shorter.
const LONG_TEXT_BYTES: usize = 2 * 1024;
/// So many messages in a row that are longer than the read buffer are no exception: a server says its settings some three times.
const LONG_IN_ROW_MAX: usize = 4;

/// Values of a message's JSON, at most. Read, a value takes up to some hundred bytes, however short its text is. The longest lists of a provider
/// are the times of a sentence's characters, and have a few thousand.
const VALUES_MAX: usize = 100_000;

/// Whether a text of JSON may have more values than that: a comma is between any two.
fn has_too_many_values(text: &str) -> bool {
    text.len() > VALUES_MAX && text.bytes().filter(|byte| *byte == b',').count() >= VALUES_MAX
}

/// One message, of either kind.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Packet {
    /// Text, as JSON.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl Packet {
    /// The text; none of bytes.
    pub(in crate::assistant) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Its content, of either kind.
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

/// Messages that are longer than the read buffer. A socket reads on into the memory of a message that nobody holds any more: so it would have
/// the room of its longest for good, as of the settings and tools that a server repeats. The last one is held until the socket reads into
/// other memory.
#[derive(Debug)]
enum LongMessages {
    /// None came of late.
    Rare,
    /// So many came in a row, and shorter ones of so many bytes behind the last.
    Held { last: Packet, in_row: usize, behind: usize },
    /// They follow one another, as those with linear samples do: the socket needs their room.
    Usual,
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct Connection {
    socket: WebSocketStream<Ahead<ByFrame<Stream>>>,
    refusals: Refusals,
    secrets: Secrets,
    long: LongMessages,
    /// Something that was sent may not be on the wire.
    is_unflushed: bool,
    /// Since when the socket takes nothing.
    blocked_since: Option<Instant>,
    audio_dropped: u64,
    /// The last to be dropped: the connection counts until its socket is closed.
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

    /// Secrets that the provider was sent: none may stand in what is told of its messages.
    pub(in crate::assistant) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn loss_of_error(&self, error: &Error) -> Loss {
        self.secrets.out_of_loss(self.refusals.loss_of_error(error))
    }

    /// Sends a message. It is on the wire at once, or as soon as the socket takes it.
    ///
    /// # Errors
    /// The connection is lost, or takes nothing.
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

    /// Sends audio; left out where the socket has taken nothing for a while.
    ///
    /// # Errors
    /// The connection is lost, or has taken nothing for too long.
    pub(in crate::assistant) fn send_audio(&mut self, packet: Packet) -> Result<(), Loss> {
        match self.blocked_since.map(|since| since.elapsed()) {
            Some(blocked) if blocked >= BLOCKED_MAX => {
                let reason = format!(
                    "the provider took nothing for {} s ({} pieces of audio were left out)",
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

    /// The next message, or why none will come. Puts on the wire what waits for it, too.
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
                // A ping is answered below.
                Message::Ping(_) => {
                    self.is_unflushed = true;
                    self.poll_flush(cx)?;
                }
                Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Notes that a message came. A long one is let go of when messages behind it have used up the rest of its memory.
    fn came(&mut self, packet: Packet) -> Packet {
        let bytes = packet.bytes().len();
        let is_long = bytes > READ_BYTES;
        self.long = match std::mem::replace(&mut self.long, LongMessages::Usual) {
            LongMessages::Rare if is_long => {
                LongMessages::Held { last: packet.clone(), in_row: 1, behind: 0 }
            }
            LongMessages::Held { in_row, .. } if is_long && in_row < LONG_IN_ROW_MAX => {
                LongMessages::Held { last: packet.clone(), in_row: in_row + 1, behind: 0 }
            }
            LongMessages::Held { behind, .. } if !is_long && behind + bytes > 2 * READ_BYTES => {
                LongMessages::Rare
            }
            LongMessages::Held { last, in_row, behind } if !is_long => {
                LongMessages::Held { last, in_row, behind: behind + bytes }
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

    /// Says goodbye on the wire. Incoming data is read until the answer: a socket that is closed with something unread in
    /// it is reset, and the goodbye is lost.
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
    fn a_message_has_so_many_values_and_may_be_long() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(!has_too_many_values(&list(VALUES_MAX)));
        assert!(has_too_many_values(&list(VALUES_MAX + 1)));
        assert!(!has_too_many_values(&"a".repeat(16 << 20)));
    }
}
