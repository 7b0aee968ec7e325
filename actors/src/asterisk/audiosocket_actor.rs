//! The actor of one AudioSocket leg: it takes the call's orders and passes them on to the leg.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as Task, Poll};

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use cordboard_schema::ids::LegId;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::leg::{Leg, Stay};
use crate::line::LegLine;
use crate::live_count::LiveCount;
use crate::messages::{AudioConnection, CallLine, ToLeg};
use crate::meters::Meters;

/// What a leg is started with.
#[derive(Debug)]
pub struct LegSettings {
    /// The number that the call gave it.
    pub leg: LegId,
    /// Its connection.
    pub connection: AudioConnection,
    /// Its call.
    pub call: CallLine,
    /// Where it is counted.
    pub live: LiveCount,
    /// Where it is measured.
    pub meters: Meters,
}

/// One AudioSocket connection of a call. It joins the call with the first audio, or after 200 ms without any, and
/// leaves it exactly once, however it ends; nothing of it outlives the connection.
///
/// The connection is not the actor's: it belongs to the leg's [`Stay`], which starts another actor where this one died.
/// What reads and writes goes on meanwhile, so a caller hears nothing of that.
#[derive(Debug)]
pub struct AudioSocketActor {
    leg: Rc<Leg>,
    /// Is told when the actor died.
    keeper: mpsc::UnboundedSender<()>,
    has_ended: bool,
}

impl AudioSocketActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings) -> LegLine {
        let LegSettings { leg, connection, call, live, meters } = settings;
        let (line, orders, record) = LegLine::open();
        let leg = Rc::new(Leg::new(leg, call, orders, record, meters));
        // Below the span of the call that starts it.
        actix_rt::spawn(Stay::new(leg, connection, live.one_more()).run().in_current_span());
        line
    }

    /// An actor for a leg that stands.
    pub(super) fn attend(leg: Rc<Leg>, keeper: mpsc::UnboundedSender<()>) {
        Actor::start(Self { leg, keeper, has_ended: false });
    }

    fn take(&self, order: ToLeg) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInLeg);
        match order {
            ToLeg::Record(track) => self.leg.recording.start(track),
            ToLeg::SendDtmf(digits) => self.leg.play(&digits),
            ToLeg::Release => self.leg.release(),
            ToLeg::Resync => self.leg.say_again(),
            // Of a leg whose switch plays what it was given later: not this one.
            ToLeg::Cleared(_) | ToLeg::Playback(_) => {}
        }
    }
}

impl Actor for AudioSocketActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        Listening.spawn(ctx);
        #[cfg(feature = "fault-injection")]
        actix::AsyncContext::run_interval(ctx, std::time::Duration::from_millis(20), |_, _| {
            crate::fault::strike(crate::fault::Fault::PanicInLeg);
        });
    }
}

impl Drop for AudioSocketActor {
    fn drop(&mut self) {
        if !self.has_ended {
            // Where nobody hears it the connection has ended, and needs no actor.
            let _ = self.keeper.send(());
        }
    }
}

/// Takes the call's orders, for as long as there is a call, and a leg.
struct Listening;

impl ActorFuture<AudioSocketActor> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut AudioSocketActor,
        ctx: &mut Context<AudioSocketActor>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        loop {
            match actor.leg.poll_order(task) {
                Poll::Ready(Some(order)) => actor.take(order),
                Poll::Ready(None) => {
                    // The call has let go of its leg, or the leg has ended.
                    actor.leg.release();
                    actor.has_ended = true;
                    actix::ActorContext::stop(ctx);
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
