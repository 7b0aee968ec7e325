//! Link of an assistant: a connection to a provider, or parts of one that are put together here.

use std::task::{Context, Poll};

use super::connection::{Connection, Packet};
use super::loss::Loss;
use super::secrets::Secrets;

/// See the module's description. It is driven by the task of its call, without one of its own; nothing here ever waits for the other
/// side to take what is sent.
pub(in crate::assistant) trait Link: 'static {
    /// Outgoing messages.
    type Sent;
    /// Incoming messages.
    type Came;

    /// Secrets that may stand in its messages; none where they are out of them already.
    fn secrets(&self) -> Secrets;

    /// Sends something.
    ///
    /// # Errors
    /// The link is lost, or takes nothing.
    fn send(&mut self, sent: Self::Sent) -> Result<(), Loss>;

    /// Sends audio of the caller; left out where nothing was taken for a while.
    ///
    /// # Errors
    /// The link is lost, or has taken nothing for too long.
    fn send_audio(&mut self, audio: Self::Sent) -> Result<(), Loss>;

    /// The next message, or the reason why none will come. Also sends messages that wait.
    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Came, Loss>>;

    /// Says goodbye.
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
