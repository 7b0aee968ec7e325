//! A call's leg over the audio of a browser.

use std::net::SocketAddr;

use cordboard_schema::call::LegKind;
use cordboard_schema::ids::{OutsideId, UserId};
use tracing::Instrument;

use super::admission::WebAudio;
use super::web_leg_task::WebLegTask;
use crate::legs::{AudioSource, LegPlace, LegSettings};
use crate::line::LegLine;
use crate::media::Pace;
use crate::messages::CallRef;

impl AudioSource for WebAudio {
    fn leg_kind(&self) -> LegKind {
        self.carrier.leg_kind()
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::web(self.name)
    }

    fn call(&self) -> CallRef {
        match self.agent {
            // A visitor's call was made when the page asked for it.
            None => CallRef::Outside(self.outside_id()),
            // An agent has accepted theirs.
            Some(_) => CallRef::Id(self.call),
        }
    }

    fn agent(&self) -> Option<UserId> {
        self.agent
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        WebLegActor::start(place.settings(*self))
    }

    fn refuse(self: Box<Self>) {
        WebAudio::refuse(*self);
    }
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
    pub fn start(settings: LegSettings<WebAudio>) -> LegLine {
        let (line, leg, audio, live) = settings.open(Pace::Buffered);
        // Below the span of the call that starts it.
        actix_rt::spawn(WebLegTask::new(leg, audio, live).run().in_current_span());
        line
    }
}
