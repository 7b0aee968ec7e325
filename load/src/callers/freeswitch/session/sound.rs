//! The sound of a call: the audio module's WebSocket, or the datagrams of `unicast`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep;

use super::super::super::super::board::{CallNumber, Half, SharedBoard};
use super::super::super::super::marker::Marker;
use super::super::super::pacing::Outlet;
use super::super::channel::Channel;
use super::super::stream::{Received, Stream};
use super::Session;

/// Bytes of a datagram that are taken: more than any frame.
const DATAGRAM_BYTES: usize = 2_048;

/// A WebSocket that is being opened. Dropping it cancels that, as the module does when it is stopped.
#[derive(Debug)]
pub(super) struct Opening(JoinHandle<io::Result<Stream>>);

impl Opening {
    /// Waits for its end. Cancel safe.
    pub(super) async fn done(&mut self) -> io::Result<Stream> {
        (&mut self.0).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The datagrams to one caller. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Unicast(JoinHandle<()>);

impl Drop for Unicast {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Session {
    pub(super) fn open_stream(&mut self, url: String, late: Option<Duration>) {
        let (call, pacing, board) = (self.call, Rc::clone(&self.pacing), Rc::clone(&self.board));
        self.opening = Some(Opening(spawn_local(async move {
            sleep(late.unwrap_or_default()).await;
            let stream = Stream::open(&url).await?;
            board.borrow_mut().half_arrived(call, Half::Audio, Instant::now());
            pacing.begin(call, Outlet::Stream(stream.writer()));
            Ok(stream)
        })));
    }

    pub(super) fn opened(&mut self, opened: io::Result<Stream>, channel: &mut Channel) {
        match opened {
            Ok(stream) => {
                self.stream = Some(stream);
                channel.stream_opened();
            }
            Err(error) => {
                self.fail(&format!("its audio stream can't be opened: {error}"));
                channel.stream_broke(6, &error.to_string());
            }
        }
    }

    pub(super) fn received(&mut self, received: Received, channel: &mut Channel) {
        match received {
            Received::Text(text) => {
                self.board.borrow_mut().sound_arrived(self.call, Instant::now());
                channel.stream_said(&text);
            }
            Received::Closed { goodbye } => {
                self.lose_stream(&goodbye);
                channel.stream_closed();
            }
            Received::Gone => {
                self.lose_stream("without a goodbye");
                channel.stream_broke(1, "Connection closed without WebSocket CLOSE (abnormal EOF)");
            }
        }
    }

    fn lose_stream(&mut self, goodbye: &str) {
        self.stream = None;
        self.pacing.end(self.call);
        self.fail(&format!("the server closed its audio stream during the call: {goodbye}"));
    }

    pub(super) fn close_stream(&mut self) {
        self.opening = None;
        self.pacing.end(self.call);
        if let Some(stream) = self.stream.take() {
            spawn_local(stream.close(self.call, Rc::clone(&self.board)));
        }
    }

    pub(super) async fn begin_unicast(&mut self, to: SocketAddr) -> io::Result<()> {
        let socket = Rc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        socket.connect(to).await?;
        // Frames are sent without waiting, and a new socket may not be writable yet.
        socket.writable().await?;
        self.board.borrow_mut().half_arrived(self.call, Half::Audio, Instant::now());
        self.pacing.begin(self.call, Outlet::Unicast(Rc::clone(&socket)));
        self.unicast = Some(Unicast(spawn_local(listen(socket, self.call, Rc::clone(&self.board)))));
        Ok(())
    }
}

/// Reads what one caller hears.
async fn listen(socket: Rc<UdpSocket>, call: CallNumber, board: SharedBoard) {
    let mut bytes = [0; DATAGRAM_BYTES];
    while let Ok(length) = socket.recv(&mut bytes).await {
        let now = Instant::now();
        let samples: Vec<i16> =
            bytes[..length].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
        let mut board = board.borrow_mut();
        board.sound_arrived(call, now);
        board.caller_heard(call, Marker::of_samples(&samples), now);
    }
}
