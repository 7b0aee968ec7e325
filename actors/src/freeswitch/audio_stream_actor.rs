//! A call's leg over an audio WebSocket of a FreeSWITCH (`mod_audio_stream`), from the answer to its request to its last byte.
//!
//! Once `mod_audio_stream` has sent its close frame it blocks its switch until TCP is closed, so every end here closes TCP at once.

use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::ids::{CallId, OutsideId};
use futures_util::FutureExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use uuid::Uuid;

use super::stream_playback::StreamPlayback;
use super::stream_reader::{Hearing, ReadEnd, read_stream};
use super::stream_refusal::refuse_stream;
use super::stream_socket::StreamSocket;
use super::stream_writer::write_stream;
use crate::late_span::in_span;
use crate::legs::{AudioSource, Buffered, Leaving, Leg, LegPlace, LegSettings, keep_actor, unharmed};
use crate::line::LegLine;
use crate::live_count::Live;
use crate::media::Pace;

/// Time that the reader has after a failed write, to find out whether the connection was closed in order or broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// A WebSocket of `mod_audio_stream` whose request was read and not answered yet.
#[derive(Debug)]
pub struct StreamConnection {
    /// The channel named in its path.
    pub uuid: Uuid,
    /// The `Sec-WebSocket-Key` of the request.
    pub key: String,
    /// Whether its path has the one-time token that we gave the switch.
    pub proof: StreamProof,
    /// The rate that streams are started with, 8000 or 16000 Hz, unless the length of the first audio shows another one.
    pub rate: SampleRate,
    /// The socket, non-blocking and registered with no runtime.
    pub stream: std::net::TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read after the request.
    pub early: Vec<u8>,
}

/// The proof that an audio WebSocket has besides the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProof {
    /// The token of a stream that we ordered.
    Token,
    /// None.
    None,
}

impl AudioSource for StreamConnection {
    fn leg_kind(&self) -> LegKind {
        LegKind::Freeswitch
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::freeswitch(self.uuid)
    }

    fn begins_calls(&self) -> bool {
        // The connection of a phone that a call has rung never begins a call.
        !CallId::is_phone(self.uuid)
    }

    fn is_confirmed(&self) -> bool {
        self.proof == StreamProof::Token
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        AudioStreamActor::start(place.settings(*self))
    }

    fn refuse(self: Box<Self>) {
        refuse_stream(*self);
    }
}

/// The leg of one audio WebSocket whose request was read and not answered yet. It joins the call with the first audio, or after 200
/// ms without any. It leaves the call exactly once, however it ends; nothing of it outlives the connection.
///
/// The switch plays the audio that it sends when the call's control link orders that. The leg tells the call what to stop
/// ([`ToCall::StopPlayback`](crate::messages::ToCall)), and gets reports of what was heard
/// ([`ToLeg::Playback`](crate::messages::ToLeg)).
///
/// It owns the connection and the leg's state. It is a task on its call's arbiter. Dropping it, before or while it runs, breaks the
/// connection and reports to the call. Its reader fills the leg's mouth, its writer empties the leg's ear.
///
/// The `LegActor` that it keeps takes the call's orders ([`ToLeg`](crate::messages::ToLeg)): to record, to play digits, to stop
/// what was sent, to release, to repeat its state. It also sends the call [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined)
/// and facts: what was heard, and its end.
#[derive(Debug)]
pub struct AudioStreamActor {
    leg: Rc<Leg>,
    connection: StreamConnection,
    leaving: Leaving,
    /// Dropped last: the leg counts until its socket is closed.
    live: Live,
}

/// Why a leg ends.
enum LegTaskEnd {
    Read(ReadEnd),
    Released,
    /// The reader or the writer can't continue.
    Stuck,
}

impl AudioStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<StreamConnection>) -> LegLine {
        let (line, leg, connection, live) = settings.open(Pace::Buffered);
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, connection, leaving, live };
        let StreamConnection { uuid, peer, .. } = &actor.connection;
        // A child of the call's span, which need not be entered when this one is.
        let span = tracing::error_span!("leg", leg = %actor.leg.id, %uuid, %peer);
        actix_rt::spawn(in_span(span, actor.run()));
        line
    }

    /// Reads and writes until the leg ends, and ends it.
    async fn run(self) {
        let Self { leg, connection, leaving, live } = self;
        let rate = connection.rate;
        let Some(socket) = open(connection).await else { return leaving.tell(LegEnd::Broken) };
        let playback = Rc::new(StreamPlayback::new(Rc::clone(&leg)));
        let end = serve(&leg, &playback, &socket, rate).await;
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

async fn serve(
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
