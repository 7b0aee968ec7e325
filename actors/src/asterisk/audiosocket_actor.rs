//! A call's leg over an AudioSocket connection, from its first byte to its last.

use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::ids::{CallId, OutsideId};
use futures_util::FutureExt;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::leg_end::{self, close_in_order, say_goodbye};
use super::leg_reader::{Hearing, read_leg};
use super::leg_writer::write_frames;
use crate::late_span::in_span;
use crate::legs::{AnnouncedCaller, AudioSource, Leaving, Leg, LegPlace, LegSettings, keep_actor, unharmed};
use crate::line::LegLine;
use crate::live_count::Live;
use crate::media::Pace;
use crate::messages::PortHold;
use crate::socket::Writings;

/// Time that the reader has after a failed write, to find out whether the connection was closed in order (and then refused our
/// audio) or broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// An AudioSocket connection whose first frame was read.
#[derive(Debug)]
pub struct AudioConnection {
    /// The UUID in its first frame, which is its only identification.
    pub uuid: Uuid,
    /// The socket, non-blocking and registered with no runtime.
    pub stream: std::net::TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read after the first frame.
    pub early: Vec<u8>,
    /// The leased port that it arrived at; none for the port of all calls.
    pub port: Option<PortHold>,
    /// The caller whom that port was leased for; none if they are announced in another way.
    pub caller: Option<Box<AnnouncedCaller>>,
}

impl AudioSource for AudioConnection {
    fn leg_kind(&self) -> LegKind {
        LegKind::Audiosocket
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::audiosocket(self.uuid)
    }

    fn begins_calls(&self) -> bool {
        // The connection of a phone that a call has rung never begins a call.
        !CallId::is_phone(self.uuid)
    }

    fn take_caller(&mut self) -> Option<Box<AnnouncedCaller>> {
        self.caller.take()
    }

    fn take_port(&mut self) -> Option<PortHold> {
        self.port.take()
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        AudioSocketActor::start(place.settings(*self))
    }

    fn refuse(self: Box<Self>) {
        leg_end::refuse(*self);
    }
}

/// The leg of one AudioSocket connection. It joins the call with the first audio, or after 200 ms without any. It leaves the call
/// exactly once, however it ends; nothing of it outlives the connection.
///
/// It owns the connection and the leg's state. It is a task on its call's arbiter. Dropping it, before or while it runs, breaks the
/// connection and reports to the call. Its reader fills the leg's mouth, its writer empties the leg's ear.
///
/// The `LegActor` that it keeps takes the call's orders ([`ToLeg`](crate::messages::ToLeg)): to record, to play digits, to release,
/// to repeat its state. It sends the call [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined) and facts: digits, what was
/// heard, and its end.
#[derive(Debug)]
pub struct AudioSocketActor {
    leg: Rc<Leg>,
    connection: AudioConnection,
    leaving: Leaving,
    /// Dropped last: the leg counts until its socket is closed.
    live: Live,
}

impl AudioSocketActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<AudioConnection>) -> LegLine {
        let (line, leg, connection, live) = settings.open(Pace::Paced);
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, connection, leaving, live };
        let AudioConnection { uuid, peer, .. } = &actor.connection;
        // A child of the call's span, which need not be entered when this one is.
        let span = tracing::error_span!("leg", leg = %actor.leg.id, %uuid, %peer);
        actix_rt::spawn(in_span(span, actor.run()));
        line
    }

    /// Reads and writes until the leg ends, and ends it.
    async fn run(self) {
        let Self { leg, connection, leaving, live } = self;
        let AudioConnection { uuid, stream, early, .. } = connection;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::error!(%error, "the connection can't be registered with the runtime");
                return leaving.tell(LegEnd::Broken);
            }
        };
        let writings = Writings::new(&stream);
        let how = {
            let mut hearing = Hearing::new(&leg, uuid, early);
            let reading = unharmed(&leg, "reader", async || read_leg(&mut hearing, &writings).await);
            let mut reading = pin!(reading.map(|how| how.unwrap_or(LegEnd::Broken)));
            let writing = unharmed(&leg, "writer", async || write_frames(&leg, &writings).await);
            tokio::select! {
                biased;
                how = &mut reading => how,
                () = leg.released() => LegEnd::Released,
                fault = writing => {
                    if let Some(Err(fault)) = fault {
                        tracing::debug!(%fault, "the leg's audio can't be written");
                    }
                    tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
                }
                never = keep_actor(&leg, None) => match never {},
            }
        };
        leg.recording.finish();
        leg.count_ear();
        let how = leg.has_left(how);
        match how {
            LegEnd::Broken | LegEnd::Away | LegEnd::SignedOut => leaving.tell(how),
            LegEnd::Closed => {
                leaving.tell(how);
                close_in_order(&stream).await;
            }
            LegEnd::Released => {
                say_goodbye(&stream, &writings).await;
                leaving.tell(how);
            }
        }
        drop(stream);
        drop(live);
    }
}
