//! The stay of an audio WebSocket's leg in its call, from the answer to its request to its last byte.
//!
//! A `mod_audio_stream` that said goodbye blocks its switch until TCP is closed, so every end here closes it at once.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegEnd;
use futures_util::FutureExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tracing::Instrument;

use super::audio_stream_actor::StreamConnection;
use super::stream_playback::StreamPlayback;
use super::stream_reader::{Hearing, ReadEnd, read_stream};
use super::stream_socket::StreamSocket;
use super::stream_writer::write_stream;
use crate::legs::{Buffered, Leaving, Leg, keep_actor, unharmed};
use crate::live_count::Live;

/// After a failed write: how long the reader may take to tell a connection that was closed in order from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// A leg that has its connection. Dropping it before or while it runs breaks the connection and tells the call.
#[derive(Debug)]
pub(super) struct StreamLegTask {
    leg: Rc<Leg>,
    connection: StreamConnection,
    leaving: Leaving,
    /// The last to be dropped: the leg counts until its socket is closed.
    live: Live,
}

/// Why a leg's stay ends.
enum LegTaskEnd {
    Read(ReadEnd),
    Released,
    /// What reads or writes can't go on.
    Stuck,
}

impl StreamLegTask {
    pub(super) fn new(leg: Rc<Leg>, connection: StreamConnection, live: Live) -> Self {
        let leaving = Leaving::new(Rc::clone(&leg));
        Self { leg, connection, leaving, live }
    }

    /// Reads and writes until the leg ends, and ends it.
    pub(super) async fn run(self) {
        let StreamConnection { uuid, peer, .. } = self.connection;
        let span = tracing::error_span!("leg", leg = %self.leg.id, %uuid, %peer);
        self.run_in_span().instrument(span).await;
    }

    async fn run_in_span(self) {
        let Self { leg, connection, leaving, live } = self;
        let rate = connection.rate;
        let Some(socket) = open(connection).await else { return leaving.tell(LegEnd::Broken) };
        let playback = Rc::new(StreamPlayback::new(Rc::clone(&leg)));
        let end = stay(&leg, &playback, &socket, rate).await;
        playback.over();
        leg.recording.finish();
        leg.count_ear();
        match end {
            LegTaskEnd::Read(read) => {
                leaving.tell(leg.has_left(read.leg_end()));
                match read {
                    ReadEnd::Goodbye => socket.answer_goodbye().await,
                    ReadEnd::Unfit(code) => socket.say_goodbye(code).await,
                    ReadEnd::Closed | ReadEnd::Broken => drop(socket),
                }
            }
            LegTaskEnd::Released => {
                let how = leg.has_left(LegEnd::Released);
                socket.say_goodbye(CloseCode::Normal).await;
                leaving.tell(how);
            }
            LegTaskEnd::Stuck => {
                drop(socket);
                leaving.tell(LegEnd::Broken);
            }
        }
        drop(live);
    }
}

async fn open(connection: StreamConnection) -> Option<StreamSocket> {
    let StreamConnection { key, stream, early, .. } = connection;
    let opening = async { StreamSocket::upgrade(TcpStream::from_std(stream)?, &key, early).await };
    opening.await.inspect_err(|error| tracing::debug!(%error, "the audio websocket can't be opened")).ok()
}

async fn stay(
    leg: &Rc<Leg>,
    playback: &Rc<StreamPlayback>,
    socket: &StreamSocket,
    rate: SampleRate,
) -> LegTaskEnd {
    let mut hearing = Hearing::new(leg, rate);
    let reading = unharmed(leg, "reader", async || read_stream(&mut hearing, socket).await);
    let mut reading = pin!(reading.map(|end| end.map_or(LegTaskEnd::Stuck, LegTaskEnd::Read)));
    let writing = unharmed(leg, "writer", async || write_stream(leg, playback, socket, rate).await);
    let buffered: Rc<dyn Buffered> = Rc::<StreamPlayback>::clone(playback);
    tokio::select! {
        biased;
        end = &mut reading => end,
        () = leg.released() => LegTaskEnd::Released,
        fault = writing => {
            if let Some(Err(fault)) = fault {
                tracing::debug!(%fault, "the leg's audio can't be written");
            }
            tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegTaskEnd::Stuck)
        }
        never = keep_actor(leg, Some(buffered)) => match never {},
    }
}
