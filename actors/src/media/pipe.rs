//! A pipe of messages between a WebSocket that the web server upgraded and the leg that speaks over it.
//!
//! The socket stays with the HTTP worker that took it; the leg lives on its call's arbiter. Both directions are bounded: a
//! leg that does not take what comes lets the socket wait, and so its peer; a socket that takes nothing lets the leg find
//! its connection stalled.

use cordboard_schema::line_quality::LineQuality;
use tokio::sync::{mpsc, watch};

/// A message of a WebSocket, in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipedMessage {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// The leg's end. Dropping it closes the socket in order, behind what was sent.
#[derive(Debug)]
pub struct MessagePipe {
    /// Incoming messages; none once the socket has ended.
    pub incoming: mpsc::Receiver<PipedMessage>,
    /// Outgoing messages. It fails once the socket has ended.
    pub outgoing: mpsc::Sender<PipedMessage>,
    /// Present quality of the connection; none if the transport can't tell.
    pub quality: watch::Receiver<Option<LineQuality>>,
}

/// The socket's end. Dropping it ends the socket for the leg.
#[derive(Debug)]
pub struct PipeEnd {
    /// Incoming messages. It fails once the leg wants no more.
    pub incoming: mpsc::Sender<PipedMessage>,
    /// Messages to be sent; none once the leg has ended.
    pub outgoing: mpsc::Receiver<PipedMessage>,
    /// It says here how good the connection is, if it can: the newest counts.
    pub quality: watch::Sender<Option<LineQuality>>,
}

impl MessagePipe {
    /// A pipe that keeps so many messages in each direction.
    pub fn open(messages_max: usize) -> (Self, PipeEnd) {
        let (to_leg, incoming) = mpsc::channel(messages_max);
        let (outgoing, from_leg) = mpsc::channel(messages_max);
        let (measures, quality) = watch::channel(None);
        let end = PipeEnd { incoming: to_leg, outgoing: from_leg, quality: measures };
        (Self { incoming, outgoing, quality }, end)
    }
}
