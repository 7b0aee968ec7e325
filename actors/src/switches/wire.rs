//! The socket of our connection to a switch: one task reads, one writes. They outlive an actor that dies, and end when nobody holds
//! the [`Wire`].

use std::time::Duration;
use std::{fmt, io};

use cordboard_schema::limits::{SWITCH_FRAMES_MAX, SWITCH_WRITES_MAX};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::live_count::{Live, LiveCount};

/// Size of the read buffer in bytes. An event has 4 to 12 kB.
const READ_BYTES: usize = 32 * 1_024;

/// How long a write may wait for a switch that does not read.
const WRITE_WAIT: Duration = Duration::from_secs(5);

/// A switch's protocol: bytes to frames. [`Default`] is its state at the start of a connection.
pub(crate) trait Codec: Default + fmt::Debug + 'static {
    /// One message from the switch.
    type Frame: fmt::Debug + 'static;

    /// Takes bytes off the front of `input` until a frame is complete. Returns `None` when `input` is used up.
    ///
    /// # Errors
    /// Why the input can't be decoded, in words for an operator.
    fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Self::Frame>, String>;
}

/// Why a connection can't be used, whatever it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WireFault {
    /// It could not be made, in the system's words.
    Unreachable(String),
    /// The input can't be decoded.
    Garbled(String),
    /// The switch closed it.
    Ended,
    /// It broke.
    Broken(String),
    /// The switch has stopped reading.
    Stuck,
    /// The actor that runs it died, and another one starts.
    ActorDied,
}

/// Input of a connection. Nothing follows a fault.
type Incoming<C> = Result<<C as Codec>::Frame, WireFault>;

/// A connection to a switch. It is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Wire<C: Codec> {
    pub(super) incoming: mpsc::Receiver<Incoming<C>>,
    outgoing: mpsc::Sender<Vec<u8>>,
    reader: AbortHandle,
    _live: Live,
}

impl<C: Codec> Wire<C> {
    /// Connects to `address`, as `pbx.example:8021`, and counts the connection in `live` while it is held. It has no timeout: the
    /// waiting task sets one.
    pub(super) async fn connect(address: &str, live: &LiveCount) -> Result<Self, WireFault> {
        let unreachable = |error: io::Error| WireFault::Unreachable(error.to_string());
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        if let Err(error) = stream.set_nodelay(true) {
            // Commands may wait for one another then: slower, but correct.
            tracing::debug!(address, %error, "TCP_NODELAY was refused");
        }
        let (reading, writing) = stream.into_split();
        let (frames, incoming) = mpsc::channel(SWITCH_FRAMES_MAX);
        let (outgoing, pieces) = mpsc::channel(SWITCH_WRITES_MAX);
        tokio::task::spawn_local(write::<C>(writing, pieces, frames.clone()));
        let reader = tokio::task::spawn_local(read::<C>(reading, frames)).abort_handle();
        Ok(Self { incoming, outgoing, reader, _live: live.one_more() })
    }

    /// Queues bytes to be written after those before them. Returns whether there was room for them.
    pub(super) fn send(&self, bytes: Vec<u8>) -> bool {
        self.outgoing.try_send(bytes).is_ok()
    }
}

impl<C: Codec> Drop for Wire<C> {
    /// Stops reading. The writer ends by itself, once it has written its queue.
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read<C: Codec>(mut reading: OwnedReadHalf, frames: mpsc::Sender<Incoming<C>>) {
    let mut codec = C::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match reading.read(&mut buffer).await {
            Ok(0) => Err(WireFault::Ended),
            Ok(read) => pass_on(&mut codec, &buffer[..read], &frames).await,
            Err(error) => Err(WireFault::Broken(error.to_string())),
        };
        if let Err(fault) = read {
            let _ = frames.send(Err(fault)).await;
            return;
        }
    }
}

/// Passes on the frames that are complete. If nobody receives frames any more, the reading task has been aborted.
async fn pass_on<C: Codec>(
    codec: &mut C,
    mut bytes: &[u8],
    frames: &mpsc::Sender<Incoming<C>>,
) -> Result<(), WireFault> {
    while let Some(frame) = codec.decode(&mut bytes).map_err(WireFault::Garbled)? {
        let _ = frames.send(Ok(frame)).await;
    }
    Ok(())
}

async fn write<C: Codec>(
    mut writing: OwnedWriteHalf,
    mut pieces: mpsc::Receiver<Vec<u8>>,
    frames: mpsc::Sender<Incoming<C>>,
) {
    while let Some(piece) = pieces.recv().await {
        let fault = match timeout(WRITE_WAIT, writing.write_all(&piece)).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => WireFault::Broken(error.to_string()),
            Err(_) => WireFault::Stuck,
        };
        let _ = frames.send(Err(fault)).await;
        return;
    }
}
