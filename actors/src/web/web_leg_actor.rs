//! A call's leg over the audio of a browser, from `ready` to the end of its socket.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{OutsideId, UserId};
use cordboard_schema::line_quality::LineQuality;
use cordboard_schema::wire::web_audio::{ByeCause, Presented, ServerMessage, VERSION};
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::timeout;

use super::admission::WebAudio;
use super::grants::{Place, Seat};
use super::live_lines::LivePlace;
use super::web_playback::{Outgoing, WebPlayback, WebWire};
use super::web_reader::{Hearing, ReadEnd, read_audio};
use crate::late_span::in_span;
use crate::legs::{
    AudioSource, Buffered, Leaving, Leg, LegPlace, LegSettings, keep_actor, unharmed, write_marked,
};
use crate::line::LegLine;
use crate::live_count::Live;
use crate::media::{MessagePipe, Pace};
use crate::messages::CallRef;

/// After a failed write: how long the reader may take to distinguish a goodbye from a broken connection.
const LAST_READ: Duration = Duration::from_millis(100);
/// How long a browser that accepts nothing may delay our goodbye.
const LAST_WORD: Duration = Duration::from_millis(500);

impl AudioSource for WebAudio {
    fn leg_kind(&self) -> LegKind {
        self.carrier.leg_kind()
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::web(self.name)
    }

    fn call(&self) -> CallRef {
        match self.agent {
            // A visitor's call began when the page requested it.
            None => CallRef::Outside(self.outside_id()),
            // An agent has accepted their call.
            Some(_) => CallRef::Id(self.call),
        }
    }

    fn agent(&self) -> Option<UserId> {
        self.agent
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(mut self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        self.return_ms = self.agent.is_none().then_some(place.page_wait_ms);
        WebLegActor::start(place.settings(*self))
    }

    fn refuse(self: Box<Self>) {
        WebAudio::refuse(*self);
    }
}

/// The leg of one browser that was admitted. It joins the call at once, at the rate of the browser's sound, and
/// leaves it exactly once.
///
/// A `bye` of the browser is a hang-up ([`Closed`](cordboard_schema::call::LegEnd::Closed)). A page that is being
/// left sends `away` ([`Away`](cordboard_schema::call::LegEnd::Away)); a socket that ends without either is
/// [`Broken`](cordboard_schema::call::LegEnd::Broken). After `Away` and `Broken` the browser may come back with its
/// `resume`. Audio that was opened by a sign-in ends with it
/// ([`SignedOut`](cordboard_schema::call::LegEnd::SignedOut)), and nothing brings it back.
///
/// It owns the browser's messages ([`MessagePipe`]) and the leg's state. It is a task on its call's arbiter: dropping
/// it before or while it runs closes the socket and reports to the call. Its reader speaks into the leg's mouth, its
/// writer empties the leg's ear.
///
/// Orders of the call ([`ToLeg`](crate::messages::ToLeg)) are handled by its `LegActor`: to record, to play digits,
/// to stop what was sent, to show something, to release, to report its state again. It sends the call
/// [`ToCall::LegJoined`](crate::messages::ToCall::LegJoined) and facts: digits, what was heard, the line's quality,
/// and its end.
#[derive(Debug)]
pub struct WebLegActor {
    leg: Rc<Leg>,
    audio: WebAudio,
    leaving: Leaving,
    /// Dropped last: the leg counts until its pipe is closed.
    live: Live,
}

impl WebLegActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<WebAudio>) -> LegLine {
        let (line, leg, audio, live) = settings.open(Pace::Buffered);
        let leaving = Leaving::new(Rc::clone(&leg));
        let actor = Self { leg, audio, leaving, live };
        let WebAudio { name, peer, .. } = &actor.audio;
        // A child of the span of the call that starts it, which need not be entered as well.
        let span = tracing::error_span!("leg", leg = %actor.leg.id, web = %name, %peer);
        actix_rt::spawn(in_span(span, actor.run()));
        line
    }

    /// Reads and writes until the leg ends, and ends it.
    async fn run(self) {
        let Self { leg, audio, leaving, live } = self;
        let WebAudio { call, name, agent, opened_by, page, rate, carrier, passes, resumed, .. } = audio;
        let (return_ms, mut pipe) = (audio.return_ms, audio.pipe);
        let (resume, mut place) =
            passes.seated(name, Seat { call, agent, opened_by, page, carrier }, resumed);
        let resume = Presented::new(resume);
        let typed = agent.is_none().then(|| place.texts().newest());
        let (version, call_id) = (VERSION, call);
        let ready = ServerMessage::Ready { version, call_id, rate: rate.hz(), resume, return_ms, typed };
        let measured = pipe.quality.clone();
        let wire = WebWire { rate, spoken_at: pipe.spoken_at.clone() };
        let playback = Rc::new(WebPlayback::new(Rc::clone(&leg), wire));
        playback.post(Outgoing::Text(ready));
        let noted = passes.live_lines().place(call, leg.id, agent);
        let how = tokio::select! {
            biased;
            how = serve(&leg, &playback, &mut pipe, &mut place) => how,
            never = note_quality(measured, &noted) => match never {},
        };
        drop(noted);
        match how {
            LegEnd::Released => say_bye(&playback, &pipe, "The call has ended.").await,
            LegEnd::SignedOut => say_bye(&playback, &pipe, "The sign-in has ended.").await,
            LegEnd::Closed | LegEnd::Broken | LegEnd::Away => {}
        }
        let quality = *pipe.quality.borrow();
        // The socket is closed after what was sent.
        drop(pipe);
        playback.end();
        leg.recording.finish();
        leg.count_ear();
        if let Some(quality) = quality {
            leg.call.fact(Fact::LineMeasured { leg: leg.id, quality });
        }
        leaving.tell(how);
        // The call learns that a party has come back over another connection only after this one has left it.
        drop(place);
        drop(live);
    }
}

/// Notes how good the connection is, whenever that is measured.
async fn note_quality(mut measured: watch::Receiver<Option<LineQuality>>, noted: &LivePlace) -> Infallible {
    loop {
        if let Some(quality) = *measured.borrow_and_update() {
            noted.note(quality);
        }
        if measured.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn serve(
    leg: &Rc<Leg>,
    playback: &Rc<WebPlayback>,
    pipe: &mut MessagePipe,
    place: &mut Place,
) -> LegEnd {
    let MessagePipe { incoming, outgoing, .. } = pipe;
    let mut hearing = Hearing::new(leg, playback, place.texts(), place.is_read());
    let reading = unharmed(leg, "reader", async || read_audio(&mut hearing, incoming).await);
    let mut reading = pin!(reading.map(|end| end.map_or(LegEnd::Broken, ReadEnd::leg_end)));
    let writing = unharmed(leg, "writer", async || write_marked(leg, playback, outgoing).await);
    let buffered: Rc<dyn Buffered> = Rc::<WebPlayback>::clone(playback);
    let signed_out = place.signed_out();
    tokio::select! {
        biased;
        // It ends only this audio. A supervisor has then left the call; an agent may come back by another sign-in.
        () = signed_out => LegEnd::SignedOut,
        end = &mut reading => end,
        () = leg.released() => LegEnd::Released,
        () = place.evicted() => {
            tracing::info!("the browser has come back over another connection");
            LegEnd::Broken
        }
        fault = writing => {
            if let Some(Err(fault)) = fault {
                tracing::debug!(%fault, "the leg's sound can't be sent");
            }
            timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
        }
        never = keep_actor(leg, Some(buffered)) => match never {},
    }
}

/// Reports to the browser that its call is over, after the sound that was sent.
async fn say_bye(playback: &WebPlayback, pipe: &MessagePipe, words: &str) {
    playback.post(Outgoing::Text(ServerMessage::bye(ByeCause::Ended, words)));
    let sending = async {
        while let Some(message) = playback.next_message() {
            if pipe.outgoing.send(message).await.is_err() {
                return;
            }
        }
    };
    if timeout(LAST_WORD, sending).await.is_err() {
        let waiting = pipe.outgoing.max_capacity() - pipe.outgoing.capacity();
        tracing::debug!(waiting, "the browser does not accept our goodbye");
    }
}
