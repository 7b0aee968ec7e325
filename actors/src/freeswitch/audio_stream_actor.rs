//! A call's leg over an audio WebSocket of a FreeSWITCH (`mod_audio_stream`), from the answer to its request to its last byte.
//!
//! A `mod_audio_stream` that said goodbye blocks its switch until TCP is closed, so every end here closes it at once.

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

/// After a failed write: how long the reader may take to tell a connection that was closed in order from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// A WebSocket of `mod_audio_stream`, whose request was read and not answered yet.
#[derive(Debug)]
pub struct StreamConnection {
    /// The channel that its path names.
    pub uuid: Uuid,
    /// The `Sec-WebSocket-Key` of the request.
    pub key: String,
    /// Whether the one-time token was in its path that we gave the switch.
    pub proof: StreamProof,
    /// The rate that streams are asked for, 8000 or 16000 Hz; it counts where the first audio does not tell another by its length.
    pub rate: SampleRate,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: std::net::TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read behind the request.
    pub early: Vec<u8>,
}

/// The proof that an audio WebSocket has brought besides the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProof {
    /// The token of a start that we asked for.
    Token,
    /// Nothing.
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
        // Of a phone that a call has rung it is never a call of its own.
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

/// The leg of one audio WebSocket, whose request was read and not answered yet. It joins the call with the first audio, or
/// after 200 ms without any, and leaves it exactly once, however it ends; nothing of it outlives the connection.
///
/// The sound that it sends is played by the switch, when the call's control link says so: it tells the call what to stop
/// ([`ToCall::StopPlayback`](crate::messages::ToCall)), and gets reports of what was heard
/// ([`ToLeg::Playback`](crate::messages::ToLeg)).
///
/// It owns the connection and the leg's state. It is a task on its call's arbiter: dropping it before or while it runs breaks the connection and
/// tells the call. Its reader speaks into the leg's mouth, its writer empties the leg's ear.
///
/// Orders of the call ([`ToLeg`](crate::messages::ToLeg)) are taken by the `LegActor` that it keeps: to record, to play digits, to stop what was sent,
/// to release, to say its state again. It also sends the call [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined) and facts: what was heard, and
/// its end.
#[derive(Debug)]
pub struct AudioStreamActor {
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
    /// The reader or the writer can't go on.
    Stuck,
}

impl AudioStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<StreamConnection>) -> LegLine {
        let (line, leg, connection, live) = settings.open(Pace::Buffered);
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, connection, leaving, live };
        let StreamConnection { uuid, peer, .. } = &actor.connection;
        // Below the span of the call that starts it, which need not be entered beside this one.
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
