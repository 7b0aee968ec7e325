//! A call's leg over an audio WebSocket of `mod_audio_stream`.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use tracing::Instrument;

use super::stream_leg::StreamStay;
use crate::legs::{Leg, LegSettings, LegShape};
use crate::line::LegLine;
use crate::media::Pace;

/// The leg of one audio WebSocket, whose request was read and not answered yet. It joins the call with the first audio, or
/// after 200 ms without any, and leaves it exactly once, however it ends; nothing of it outlives the connection.
///
/// What it sends is played by the switch, when the call's control link says so: it tells the call what to stop
/// ([`ToCall::StopPlayback`](crate::messages::ToCall)), and is told what was heard
/// ([`ToLeg::Playback`](crate::messages::ToLeg)).
#[derive(Debug)]
pub enum AudioStreamActor {}

impl AudioStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call. `rate` is the one that streams are asked
    /// for, 8000 or 16000 Hz; it counts where the first audio does not tell another by its length.
    pub fn start(settings: LegSettings, rate: SampleRate) -> LegLine {
        let LegSettings { leg, connection, call, live, meters } = settings;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: LegKind::Freeswitch, pace: Pace::Buffered };
        let leg = Leg::new(shape, leg, call, orders, record, meters);
        let stay = StreamStay::new(leg, connection, rate, live.one_more());
        // Below the span of the call that starts it.
        actix_rt::spawn(stay.run().in_current_span());
        line
    }
}
