//! Reading and writing a switch's connection by two sides that share it without waiting for each other.

use std::cell::Cell;
use std::io::{self, Read};

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Bytes of one read: 12 frames of audio at 8 kHz, 2 at 48 kHz, a third of an ESL event.
const READ_BYTES: usize = 4_096;

/// Reads in a row before other tasks get their turn: 256 KiB, 16 s of audio at 8 kHz, are decoded within 1 ms.
const READS_IN_A_ROW_MAX: usize = 64;

/// The expectation of the peer after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// More may come.
    Open,
    /// Nothing: it has closed its side.
    Ended,
}

thread_local! {
    /// The buffer for all reads of the thread: a waiting connection has none, and one on the stack would be zeroed for each read.
    static BUFFER: Cell<Option<Box<[u8; READ_BYTES]>>> = const { Cell::new(None) };
}

/// The bytes that come from a peer.
#[derive(Debug)]
pub(crate) struct Readings<'a> {
    stream: &'a TcpStream,
    /// The writing side, if its end matters here.
    writings: Option<&'a Writings<'a>>,
}

impl<'a> Readings<'a> {
    pub(crate) fn new(stream: &'a TcpStream) -> Self {
        Self { stream, writings: None }
    }

    /// The bytes of a connection that is also written to, so that a reset can be distinguished from a close: the
    /// kernel reports a reset once, to the first read or write, and the other side finds an end.
    pub(crate) fn with_writings(writings: &'a Writings<'a>) -> Self {
        Self { stream: writings.stream, writings: Some(writings) }
    }

    /// Waits for bytes, and gives everything that has arrived to `take`, piece by piece.
    ///
    /// # Errors
    /// The connection broke; data that had arrived before was given to `take`.
    pub(crate) async fn next(&mut self, take: impl FnMut(&[u8])) -> io::Result<Reading> {
        self.stream.readable().await?;
        let reading = self.read_on(take)?;
        if reading.is_none() {
            tokio::task::yield_now().await;
        }
        Ok(reading.unwrap_or(Reading::Open))
    }

    /// Reads what is there; `None` if there is more than one turn's worth.
    fn read_on(&self, take: impl FnMut(&[u8])) -> io::Result<Option<Reading>> {
        let mut buffer = BUFFER.take().unwrap_or_else(|| Box::new([0; READ_BYTES]));
        let reading = self.read_by(&mut buffer[..], take);
        BUFFER.set(Some(buffer));
        reading
    }

    fn read_by(&self, buffer: &mut [u8], mut take: impl FnMut(&[u8])) -> io::Result<Option<Reading>> {
        for _ in 0..READS_IN_A_ROW_MAX {
            match self.read(buffer) {
                Ok(0) if self.writings.is_some_and(|writings| writings.was_reset.get()) => {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                Ok(0) => return Ok(Some(Reading::Ended)),
                Ok(read) => {
                    take(&buffer[..read]);
                    if read < buffer.len() {
                        return Ok(Some(Reading::Open));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Some(Reading::Open)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// One read. A short read has emptied the socket, and is reported to the runtime as such. Otherwise the runtime
    /// would make another read for each frame only to find nothing.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        let asked = self.stream.try_io(Interest::READABLE, || {
            read = (&*SockRef::from(self.stream)).read(buffer)?;
            if (1..buffer.len()).contains(&read) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match asked {
            Err(error) if read == 0 => Err(error),
            _ => Ok(read),
        }
    }

    /// Reads to the end and discards everything.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn drain(mut self) -> io::Result<()> {
        while self.next(|_| {}).await? == Reading::Open {}
        Ok(())
    }
}

/// Messages to a peer, each in one write if the kernel takes it whole.
#[derive(Debug)]
pub(crate) struct Writings<'a> {
    stream: &'a TcpStream,
    /// Whether a message was sent in part. A message after it would be taken for the rest of it.
    is_cut: Cell<bool>,
    /// Whether the peer has reset the connection without closing its side first: after a FIN the kernel reports EPIPE.
    was_reset: Cell<bool>,
}

impl<'a> Writings<'a> {
    pub(crate) fn new(stream: &'a TcpStream) -> Self {
        Self { stream, is_cut: Cell::new(false), was_reset: Cell::new(false) }
    }

    /// Limits how many seconds of audio the kernel stores for a peer that does not read. Otherwise we would learn
    /// late that the peer is dead, and a living peer would hear old sound.
    pub(crate) fn bound_kernel_buffer(&self, bytes: usize) {
        if let Err(error) = SockRef::from(self.stream).set_send_buffer_size(bytes) {
            tracing::debug!(%error, "the send buffer can't be bounded");
        }
    }

    /// Writes a whole message, and waits while the kernel does not take it.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn write(&self, message: &[u8]) -> io::Result<()> {
        let mut rest = message;
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(written) => {
                    rest = &rest[written..];
                    self.is_cut.set(!rest.is_empty());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if error.kind() == io::ErrorKind::ConnectionReset {
                        self.was_reset.set(true);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Whether the peer waits for the rest of a message, because writing it was given up.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    /// A connection of ours, and its peer.
    async fn pair() -> (TcpStream, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().await.unwrap().0, peer)
    }

    /// Writes until the connection takes no more.
    async fn write_until_refused(writings: &Writings<'_>) {
        while writings.write(b"sound").await.is_ok() {}
    }

    #[tokio::test]
    async fn a_reset_the_writer_met_still_reaches_the_reader() {
        let (ours, peer) = pair().await;
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        let writings = Writings::new(&ours);
        write_until_refused(&writings).await;
        let read = Readings::with_writings(&writings).next(|_| {}).await;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn a_closed_peer_that_refuses_writes_has_ended() {
        let (ours, peer) = pair().await;
        drop(peer);
        let writings = Writings::new(&ours);
        write_until_refused(&writings).await;
        let read = Readings::with_writings(&writings).next(|_| {}).await;
        assert_eq!(read.unwrap(), Reading::Ended);
    }
}
