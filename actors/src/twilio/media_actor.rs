//! A call's leg over a Twilio media stream, from `start` to the end of its socket.

use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::wire::twilio::{CallSid, StreamSid};
use futures_util::FutureExt;

use super::stream_playback::{StreamPlayback, StreamWire};
use super::stream_reader::{Hearing, ReadEnd, read_stream};
use crate::late_span::in_span;
use crate::legs::{
    AudioSource, Buffered, Leaving, Leg, LegPlace, LegSettings, keep_actor, unharmed, write_marked,
};
use crate::line::LegLine;
use crate::live_count::Live;
use crate::media::{MessagePipe, Pace};

/// Time that the reader has after a failed write, to find out whether the stream was stopped or broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// A Twilio media stream that has started, with a token which only the call's TwiML has. Its call was made when Twilio requested
/// the TwiML. If no call takes it, dropping its pipe closes its socket.
#[derive(Debug)]
pub struct MediaStream {
    /// The call.
    pub call: CallSid,
    /// The stream.
    pub stream: StreamSid,
    /// Its messages after `start`.
    pub pipe: MessagePipe,
    /// Address of the peer.
    pub peer: SocketAddr,
}

impl AudioSource for MediaStream {
    fn leg_kind(&self) -> LegKind {
        LegKind::Twilio
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::twilio(&self.call)
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        MediaStreamActor::start(place.settings(*self))
    }
}

/// The leg of one media stream that has started. It joins the call at once, at 8 kHz, and leaves it exactly once.
///
/// `stop` and the closing of the socket are not a hang-up: a redirect looks the same. After a `stop` from Twilio the leg leaves as
/// [`Closed`](cordboard_schema::call::LegEnd::Closed), and the call waits for the status callback, or for a request of its TwiML's
/// next verb.
///
/// It owns the stream's messages ([`MessagePipe`]) and the leg's state. It is a task on its call's arbiter. Dropping it, before or
/// while it runs, closes the socket and reports to the call. Its reader fills the leg's mouth, its writer empties the leg's ear.
///
/// The `LegActor` that it keeps takes the call's orders ([`ToLeg`](crate::messages::ToLeg)): to record, to play digits, to stop
/// what was sent, to release, to repeat its state. It sends the call [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined) and
/// facts: digits, what was heard, and its end.
#[derive(Debug)]
pub struct MediaStreamActor {
    leg: Rc<Leg>,
    stream: MediaStream,
    leaving: Leaving,
    /// Dropped last: the leg counts until its pipe is closed.
    live: Live,
}

impl MediaStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<MediaStream>) -> LegLine {
        let (line, leg, stream, live) = settings.open(Pace::Buffered);
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, stream, leaving, live };
        let MediaStream { call, stream, peer, .. } = &actor.stream;
        // A child of the call's span, which need not be entered when this one is.
        let span = tracing::error_span!("leg", leg = %actor.leg.id, %call, %stream, %peer);
        actix_rt::spawn(in_span(span, actor.run()));
        line
    }

    /// Reads and writes until the leg ends, and ends it.
    async fn run(self) {
        let Self { leg, stream, leaving, live } = self;
        let MediaStream { stream, mut pipe, .. } = stream;
        let playback = Rc::new(StreamPlayback::new(Rc::clone(&leg), StreamWire::new(stream)));
        let how = serve(&leg, &playback, &mut pipe).await;
        // The socket is closed after everything was sent; Twilio then continues with the next verb.
        drop(pipe);
        playback.end();
        leg.recording.finish();
        leg.count_ear();
        leaving.tell(how);
        drop(live);
    }
}

async fn serve(leg: &Rc<Leg>, playback: &Rc<StreamPlayback>, pipe: &mut MessagePipe) -> LegEnd {
    let MessagePipe { incoming, outgoing, .. } = pipe;
    let mut hearing = Hearing::new(leg, playback);
    let reading = unharmed(leg, "reader", async || read_stream(&mut hearing, incoming).await);
    let mut reading = pin!(reading.map(|end| end.map_or(LegEnd::Broken, ReadEnd::leg_end)));
    let writing = unharmed(leg, "writer", async || write_marked(leg, playback, outgoing).await);
    let buffered: Rc<dyn Buffered> = Rc::<StreamPlayback>::clone(playback);
    tokio::select! {
        biased;
        end = &mut reading => end,
        () = leg.released() => LegEnd::Released,
        fault = writing => {
            if let Some(Err(fault)) = fault {
                tracing::debug!(%fault, "the leg's audio can't be sent");
            }
            tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
        }
        never = keep_actor(leg, Some(buffered)) => match never {},
    }
}
