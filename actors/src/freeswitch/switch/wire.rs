//! The socket of our connection to a switch: one task reads, one writes. They outlive an actor that dies, and end when
//! nobody holds the [`Wire`].

use std::io;
use std::time::Duration;

use cordboard_schema::limits::{SWITCH_BODY_BYTES_MAX, SWITCH_FRAMES_MAX, SWITCH_WRITES_MAX};
use cordboard_schema::wire::esl::{Decoder, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::fault::LinkFault;

/// Bytes of one read. An event has 4 to 12 kB.
const READ_BYTES: usize = 32 * 1_024;

/// How long a write may wait for a switch that does not read.
const WRITE_WAIT: Duration = Duration::from_secs(5);

/// What comes over a connection; behind a fault nothing more.
pub(in crate::freeswitch) type Incoming = Result<Frame, LinkFault>;

/// A connection to a switch. It is closed when this is dropped.
#[derive(Debug)]
pub(in crate::freeswitch) struct Wire {
    pub(in crate::freeswitch) incoming: mpsc::Receiver<Incoming>,
    outgoing: mpsc::Sender<Vec<u8>>,
    reader: AbortHandle,
}

impl Wire {
    /// Connects to `address`, as `pbx.example:8021`. It takes as long as it takes: who waits sets the limit.
    pub(in crate::freeswitch) async fn connect(address: &str) -> Result<Self, LinkFault> {
        let unreachable = |error: io::Error| LinkFault::Unreachable(error.to_string());
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        if let Err(error) = stream.set_nodelay(true) {
            // Commands may wait for one another: slower, but right.
            tracing::debug!(address, %error, "TCP_NODELAY was refused");
        }
        let (reading, writing) = stream.into_split();
        let (frames, incoming) = mpsc::channel(SWITCH_FRAMES_MAX);
        let (outgoing, pieces) = mpsc::channel(SWITCH_WRITES_MAX);
        tokio::task::spawn_local(write(writing, pieces, frames.clone()));
        let reader = tokio::task::spawn_local(read(reading, frames)).abort_handle();
        Ok(Self { incoming, outgoing, reader })
    }

    /// Has the bytes written, behind those before them. Whether there is room for them.
    pub(in crate::freeswitch) fn send(&self, bytes: Vec<u8>) -> bool {
        self.outgoing.try_send(bytes).is_ok()
    }
}

impl Drop for Wire {
    /// The writer ends by itself, when it has written what it has.
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut reading: OwnedReadHalf, frames: mpsc::Sender<Incoming>) {
    let mut decoder = Decoder::with_body_bytes_max(SWITCH_BODY_BYTES_MAX);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match reading.read(&mut buffer).await {
            Ok(0) => Err(LinkFault::Ended("without a word".to_owned())),
            Ok(read) => pass_on(&mut decoder, &buffer[..read], &frames).await,
            Err(error) => Err(LinkFault::Broken(error.to_string())),
        };
        if let Err(fault) = read {
            let _ = frames.send(Err(fault)).await;
            return;
        }
    }
}

/// Where nobody takes the frames any more, the reading has been ended as well.
async fn pass_on(
    decoder: &mut Decoder,
    mut bytes: &[u8],
    frames: &mpsc::Sender<Incoming>,
) -> Result<(), LinkFault> {
    while let Some(frame) = decoder.decode(&mut bytes)? {
        let _ = frames.send(Ok(frame)).await;
    }
    Ok(())
}

async fn write(
    mut writing: OwnedWriteHalf,
    mut pieces: mpsc::Receiver<Vec<u8>>,
    frames: mpsc::Sender<Incoming>,
) {
    while let Some(piece) = pieces.recv().await {
        let fault = match timeout(WRITE_WAIT, writing.write_all(&piece)).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => LinkFault::Broken(error.to_string()),
            Err(_) => LinkFault::Stuck,
        };
        let _ = frames.send(Err(fault)).await;
        return;
    }
}
