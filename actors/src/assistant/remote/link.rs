//! Link of an assistant: a connection to a provider, or the composed parts of a cascade.

use std::task::{Context, Poll};

use super::connection::{Connection, Packet};
use super::loss::Loss;
use super::secrets::Secrets;

/// See the module's description. The task of its call drives it; it has no task of its own. Nothing here waits for the other side
/// to accept data.
pub(in crate::assistant) trait Link: 'static {
    /// Outgoing messages.
    type Sent;
    /// Incoming messages.
    type Came;

    /// Returns the secrets that its messages may contain; empty if they are redacted already.
    fn secrets(&self) -> Secrets;

    /// Sends a message.
    ///
    /// # Errors
    /// The link is lost, or accepts nothing.
    fn send(&mut self, sent: Self::Sent) -> Result<(), Loss>;

    /// Sends audio of the caller; drops it if nothing was accepted for a while.
    ///
    /// # Errors
    /// The link is lost, or has accepted nothing for too long.
    fn send_audio(&mut self, audio: Self::Sent) -> Result<(), Loss>;

    /// Polls the next message, or the reason why none will arrive. Also sends messages that wait.
    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Came, Loss>>;

    /// Closes the link.
    fn close(self) -> impl Future<Output = ()>;
}

impl Link for Connection {
    type Sent = Packet;
    type Came = Packet;

    fn secrets(&self) -> Secrets {
        Connection::secrets(self).clone()
    }

    fn send(&mut self, sent: Packet) -> Result<(), Loss> {
        Connection::send(self, sent)
    }

    fn send_audio(&mut self, audio: Packet) -> Result<(), Loss> {
        Connection::send_audio(self, audio)
    }

    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Result<Packet, Loss>> {
        self.poll_packet(cx)
    }

    fn close(self) -> impl Future<Output = ()> {
        Connection::close(self)
    }
}
