//! A pipe of messages between a WebSocket that the web server upgraded and the leg that speaks over it.
//!
//! The socket stays with the HTTP worker that accepted it; the leg is on its call's arbiter. Both directions are
//! bounded. A leg that does not take its messages makes the socket wait, and so its peer. A socket that takes nothing
//! makes the leg find its connection stalled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::line_quality::LineQuality;
use tokio::sync::{mpsc, watch};

/// A message of a WebSocket, in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipedMessage {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// The leg's end. If it is dropped, the socket closes in order, after everything that was sent.
#[derive(Debug)]
pub struct MessagePipe {
    /// Incoming messages; none once the socket has ended.
    pub incoming: mpsc::Receiver<PipedMessage>,
    /// Outgoing messages. Sending fails once the socket has ended.
    pub outgoing: mpsc::Sender<PipedMessage>,
    /// Present quality of the connection; none if the transport can't tell.
    pub quality: watch::Receiver<Option<LineQuality>>,
    /// The rates at which outgoing sound was spoken, for a transport that encodes it.
    pub spoken_at: SpokenAt,
}

/// The socket's end. If it is dropped, the socket has ended for the leg.
#[derive(Debug)]
pub struct PipeEnd {
    /// Incoming messages. Sending fails once the leg takes no more.
    pub incoming: mpsc::Sender<PipedMessage>,
    /// Messages to be sent; none once the leg has ended.
    pub outgoing: mpsc::Receiver<PipedMessage>,
    /// The quality of the connection, if it is known: the newest value counts.
    pub quality: watch::Sender<Option<LineQuality>>,
    /// The rates at which sound to be sent was spoken.
    pub spoken_at: SpokenAt,
}

/// The highest rate at which outgoing sound was spoken since it was last taken. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SpokenAt(Arc<AtomicU32>);

impl SpokenAt {
    /// Notes the rate of sound before the sound is sent.
    pub fn note(&self, rate: SampleRate) {
        self.0.fetch_max(rate.hz(), Ordering::Relaxed);
    }

    /// Takes the highest rate, in samples a second; none if nothing was said since the last time.
    pub fn take(&self) -> Option<u32> {
        Some(self.0.swap(0, Ordering::Relaxed)).filter(|hz| *hz > 0)
    }
}

impl MessagePipe {
    /// Opens a pipe that keeps up to this many messages in each direction.
    pub fn open(messages_max: usize) -> (Self, PipeEnd) {
        let (to_leg, incoming) = mpsc::channel(messages_max);
        let (outgoing, from_leg) = mpsc::channel(messages_max);
        let (measures, quality) = watch::channel(None);
        let spoken_at = SpokenAt::default();
        let end =
            PipeEnd { incoming: to_leg, outgoing: from_leg, quality: measures, spoken_at: spoken_at.clone() };
        (Self { incoming, outgoing, quality, spoken_at }, end)
    }
}
