//! A call's leg over the audio of a browser.

use cordboard_schema::ids::LegId;
use tracing::Instrument;

use super::door::WebAudio;
use super::web_stay::WebStay;
use crate::legs::{Leg, LegShape};
use crate::line::LegLine;
use crate::live_count::LiveCount;
use crate::media::Pace;
use crate::messages::CallLine;
use crate::meters::Meters;

/// What a leg over a browser's audio is started with.
#[derive(Debug)]
pub struct WebLegSettings {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Its audio.
    pub audio: WebAudio,
    /// Its call.
    pub call: CallLine,
    /// Where it is counted.
    pub live: LiveCount,
    /// Where it is measured.
    pub meters: Meters,
}

/// The leg of one browser that was let in. It joins the call at once, at the rate of the browser's sound, and leaves it exactly
/// once.
///
/// A `bye` of the browser is a hang-up ([`Closed`](cordboard_schema::call::LegEnd::Closed)). A page that goes away says `away`
/// ([`Away`](cordboard_schema::call::LegEnd::Away)); a socket that ends without a word is [`Broken`](cordboard_schema::call::LegEnd::Broken).
/// Behind both the browser may come back with its `resume`.
#[derive(Debug)]
pub enum WebLegActor {}

impl WebLegActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: WebLegSettings) -> LegLine {
        let WebLegSettings { leg, audio, call, live, meters } = settings;
        let (line, orders, record) = LegLine::open();
        let shape = LegShape { kind: audio.carrier.leg_kind(), pace: Pace::Buffered };
        let leg = Leg::new(shape, leg, call, orders, record, meters);
        // Below the span of the call that starts it.
        actix_rt::spawn(WebStay::new(leg, audio, live.one_more()).run().in_current_span());
        line
    }
}
