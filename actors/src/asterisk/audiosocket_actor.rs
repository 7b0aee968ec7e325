//! A call's leg over an AudioSocket connection.

use cordboard_schema::call::LegKind;
use tracing::Instrument;

use super::stay::ConnectionTask;
use crate::legs::{Leg, LegSettings, LegShape};
use crate::line::LegLine;
use crate::media::Pace;

/// The leg of one AudioSocket connection. It joins the call with the first audio, or after 200 ms without any, and
/// leaves it exactly once, however it ends; nothing of it outlives the connection.
#[derive(Debug)]
pub enum AudioSocketActor {}

impl AudioSocketActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings) -> LegLine {
        let LegSettings { leg, connection, call, live, meters } = settings;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: LegKind::Audiosocket, pace: Pace::Paced };
        let leg = Leg::new(shape, leg, call, orders, record, meters);
        // Below the span of the call that starts it.
        actix_rt::spawn(ConnectionTask::new(leg, connection, live.one_more()).run().in_current_span());
        line
    }
}
