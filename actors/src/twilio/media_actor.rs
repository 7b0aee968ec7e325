//! A call's leg over a media stream of Twilio.

use std::net::SocketAddr;

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::wire::twilio::{CallSid, StreamSid};
use tracing::Instrument;

use super::stream_leg::StreamLegTask;
use crate::legs::{AudioSource, LegPlace, LegSettings};
use crate::line::LegLine;
use crate::media::{MessagePipe, Pace};

/// A media stream of Twilio that has begun, with a token which only the call's TwiML has. Its call was made when Twilio asked what to
/// do with it. Where no call takes it, its socket is closed when its pipe is dropped.
#[derive(Debug)]
pub struct MediaStream {
    /// The call.
    pub call: CallSid,
    /// The stream.
    pub stream: StreamSid,
    /// Its messages, `start` taken off.
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
/// `stop` and the closing of the socket are no hang-up: a redirect looks the same. The leg leaves as
/// [`Closed`](cordboard_schema::call::LegEnd::Closed) where Twilio has said `stop`, and the call waits for the word of the
/// status callback, or for a question of its TwiML's next verb.
#[derive(Debug)]
pub enum MediaStreamActor {}

impl MediaStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<MediaStream>) -> LegLine {
        let (line, leg, audio, live) = settings.open(Pace::Buffered);
        // Below the span of the call that starts it.
        actix_rt::spawn(StreamLegTask::new(leg, audio, live).run().in_current_span());
        line
    }
}
