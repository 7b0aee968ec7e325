//! A call's leg over an AudioSocket connection.

use std::net::{SocketAddr, TcpStream};

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::{CallId, OutsideId};
use tracing::Instrument;
use uuid::Uuid;

use super::leg_end;
use super::stay::ConnectionTask;
use crate::legs::{AnnouncedCaller, AudioSource, LegPlace, LegSettings};
use crate::line::LegLine;
use crate::media::Pace;
use crate::messages::PortHold;

/// An AudioSocket connection whose first frame was read.
#[derive(Debug)]
pub struct AudioConnection {
    /// The UUID that its first frame said: all that it has to show.
    pub uuid: Uuid,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read behind that.
    pub early: Vec<u8>,
    /// The leased port that it came to; none for one that is open to all.
    pub port: Option<PortHold>,
    /// The caller whom that port was leased for; none where they are announced otherwise.
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
        // Of a phone that a call has rung it is never a call of its own.
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

/// The leg of one AudioSocket connection. It joins the call with the first audio, or after 200 ms without any, and
/// leaves it exactly once, however it ends; nothing of it outlives the connection.
///
/// Its `ConnectionTask` owns the connection. The orders of the call ([`ToLeg`](crate::messages::ToLeg)) are taken by the `LegActor` that every
/// leg has. The leg sends facts to its call.
#[derive(Debug)]
pub enum AudioSocketActor {}

impl AudioSocketActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<AudioConnection>) -> LegLine {
        let (line, leg, audio, live) = settings.open(Pace::Paced);
        // Below the span of the call that starts it.
        actix_rt::spawn(ConnectionTask::new(leg, audio, live).run().in_current_span());
        line
    }
}
