//! A call's leg over a media stream of Twilio.

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::LegId;
use tracing::Instrument;

use super::stream_leg::StreamStay;
use crate::legs::{Leg, LegShape};
use crate::line::LegLine;
use crate::live_count::LiveCount;
use crate::media::Pace;
use crate::messages::{CallLine, MediaStream};
use crate::meters::Meters;

/// What a leg over a media stream is started with.
#[derive(Debug)]
pub struct MediaStreamSettings {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Its stream.
    pub stream: MediaStream,
    /// Its call.
    pub call: CallLine,
    /// Where it is counted.
    pub live: LiveCount,
    /// Where it is measured.
    pub meters: Meters,
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
    pub fn start(settings: MediaStreamSettings) -> LegLine {
        let MediaStreamSettings { leg, stream, call, live, meters } = settings;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: LegKind::Twilio, pace: Pace::Buffered };
        let leg = Leg::new(shape, leg, call, orders, record, meters);
        // Below the span of the call that starts it.
        actix_rt::spawn(StreamStay::new(leg, stream, live.one_more()).run().in_current_span());
        line
    }
}
