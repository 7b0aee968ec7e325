//! Datagrams over TCP, each after its length (RFC 4571): for browsers that can't use UDP.
//!
//! A stream has its own task. Its datagrams go to the port's task, like those of the UDP socket. The port's datagrams
//! for it wait in a short queue, and are lost if that is full, as on the network.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The most bytes of a datagram: more than fits into an Ethernet frame.
pub(super) const DATAGRAM_BYTES_MAX: usize = 2_000;

/// Datagrams that wait to be written: a second of sound.
const WAITING_MAX: usize = 64;

/// Datagrams of all streams that wait to be read.
pub(super) const COMING_MAX: usize = 256;

/// Longest silence of a stream. A stream in use is asked for its consent more often (RFC 7675).
const SILENT_LIMIT: Duration = Duration::from_secs(30);

/// How long a stream may accept no data.
const STALL_LIMIT: Duration = Duration::from_secs(5);

/// Event of a stream.
#[derive(Debug)]
pub(super) enum Came {
    /// A datagram from this address.
    Datagram(SocketAddr, Vec<u8>),
    /// The stream is gone. Another one from this address may have come meanwhile, because routers reuse ports.
    Gone(SocketAddr),
}

/// The sending end of a stream. The stream is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Outgoing(mpsc::Sender<Vec<u8>>);

impl Outgoing {
    /// Sends a datagram, or loses it.
    pub(super) fn send(&self, datagram: Vec<u8>) {
        if self.0.try_send(datagram).is_err() {
            tracing::trace!("a datagram of WebRTC was not sent over TCP");
        }
    }

    /// Whether the stream has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.0.is_closed()
    }
}

/// Reads and writes a stream until it ends, is silent or stalls, or is no longer wanted.
pub(super) fn carry(stream: TcpStream, from: SocketAddr, came: mpsc::Sender<Came>) -> Outgoing {
    let (outgoing, waiting) = mpsc::channel(WAITING_MAX);
    actix_rt::spawn(async move {
        // Sound must not wait for more data.
        let _ = stream.set_nodelay(true);
        let (reading, writing) = stream.into_split();
        tokio::select! {
            biased;
            end = write(writing, waiting) => tracing::debug!(%from, ?end, "a stream of WebRTC accepts no more data"),
            end = read(reading, from, &came) => tracing::debug!(%from, ?end, "a stream of WebRTC sends no more data"),
        }
        let _ = came.send(Came::Gone(from)).await;
    });
    Outgoing(outgoing)
}

async fn read(mut stream: OwnedReadHalf, from: SocketAddr, came: &mpsc::Sender<Came>) -> io::Result<()> {
    loop {
        let datagram = timeout(SILENT_LIMIT, next(&mut stream)).await??;
        if came.send(Came::Datagram(from, datagram)).await.is_err() {
            return Ok(());
        }
    }
}

async fn next(stream: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let length = usize::from(stream.read_u16().await?);
    if length > DATAGRAM_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a datagram of {length} bytes")));
    }
    let mut datagram = vec![0; length];
    stream.read_exact(&mut datagram).await?;
    Ok(datagram)
}

async fn write(mut stream: OwnedWriteHalf, mut waiting: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    while let Some(datagram) = waiting.recv().await {
        let Some(framed) = framed(&datagram) else { continue };
        timeout(STALL_LIMIT, stream.write_all(&framed)).await??;
    }
    Ok(())
}

/// A datagram after its length; none if the length does not fit.
fn framed(datagram: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(datagram.len()).ok()?;
    let mut framed = Vec::with_capacity(datagram.len() + 2);
    framed.extend(length.to_be_bytes());
    framed.extend(datagram);
    Some(framed)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, Outgoing, mpsc::Receiver<Came>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let browser = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, from) = listener.accept().await.unwrap();
        let (came, coming) = mpsc::channel(COMING_MAX);
        (browser, carry(stream, from, came), coming)
    }

    #[actix::test]
    async fn datagrams_keep_their_bounds_however_the_stream_is_cut() {
        let (mut browser, outgoing, mut coming) = pair().await;
        for piece in [&[0][..], &[3, 1, 2], &[3, 0, 0, 0, 1, 9]] {
            browser.write_all(piece).await.unwrap();
            browser.flush().await.unwrap();
        }
        for expected in [vec![1, 2, 3], vec![], vec![9]] {
            let Some(Came::Datagram(_, datagram)) = coming.recv().await else { panic!("no datagram") };
            assert_eq!(datagram, expected);
        }
        outgoing.send(vec![7; 300]);
        let mut got = [0; 302];
        browser.read_exact(&mut got).await.unwrap();
        assert_eq!((&got[..2], &got[2..]), (&[1, 44][..], &[7; 300][..]));
        drop(outgoing);
        assert_eq!(browser.read(&mut got).await.unwrap(), 0, "closed");
        assert!(matches!(coming.recv().await, Some(Came::Gone(_))));
    }

    #[actix::test]
    async fn a_length_that_no_browser_sends_ends_the_stream() {
        let (mut browser, outgoing, mut coming) = pair().await;
        assert!(!outgoing.is_gone());
        browser.write_all(&[0xff, 0xff, 1, 2, 3]).await.unwrap();
        assert!(matches!(coming.recv().await, Some(Came::Gone(_))));
        assert!(outgoing.is_gone(), "once its end is reported");
    }
}
