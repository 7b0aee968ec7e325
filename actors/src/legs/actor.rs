//! The actor of a leg: it takes the call's orders and passes them on to the leg.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as Task, Poll};

use actix::fut::ActorFuture;
use actix::{Actor, Context, ContextFutureSpawner};
use tokio::sync::Notify;

use super::leg::{Buffered, Leg};
use crate::messages::ToLeg;

/// The actor of one leg.
///
/// The connection does not belong to the actor. It belongs to the leg's own task, which starts another actor if this one dies.
/// Reading and writing go on meanwhile, so the caller hears nothing of it.
pub(super) struct LegActor {
    leg: Rc<Leg>,
    buffered: Option<Rc<dyn Buffered>>,
    /// Notified when the actor died.
    keeper: Rc<Notify>,
    has_ended: bool,
}

impl LegActor {
    /// Starts an actor for a leg that is up.
    pub(super) fn attend(leg: Rc<Leg>, buffered: Option<Rc<dyn Buffered>>, keeper: Rc<Notify>) {
        Actor::start(Self { leg, buffered, keeper, has_ended: false });
    }

    fn take(&self, order: ToLeg) {
        self.leg.at_hand().begins(&order);
        self.carry_out(order);
        self.leg.at_hand().is_done();
    }

    fn carry_out(&self, order: ToLeg) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInLeg);
        match (order, &self.buffered) {
            (ToLeg::Record(track), _) => self.leg.recording.start(track),
            (ToLeg::SendDtmf(digits), _) => self.leg.play(&digits),
            (ToLeg::Release, _) => self.leg.release(),
            (ToLeg::Resync, _) => self.leg.say_again(),
            (ToLeg::Cleared(items), Some(buffered)) => buffered.cleared(items),
            (ToLeg::Playback(event), Some(buffered)) => buffered.playback(event),
            (ToLeg::Show(shown), Some(buffered)) => buffered.show(shown),
            (ToLeg::Show(_), None) => {}
            // Orders for a leg whose switch plays its sound later, which this one is not.
            (ToLeg::Cleared(_) | ToLeg::Playback(_), None) => {}
        }
    }
}

impl Actor for LegActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        Listening.spawn(ctx);
        #[cfg(feature = "fault-injection")]
        actix::AsyncContext::run_interval(ctx, std::time::Duration::from_millis(20), |_, _| {
            crate::fault::strike(crate::fault::Fault::PanicInLeg);
        });
    }
}

impl Drop for LegActor {
    fn drop(&mut self) {
        if !self.has_ended {
            self.leg.at_hand().died();
            // If nobody is notified, the connection has ended, and the leg needs no actor.
            self.keeper.notify_one();
        }
    }
}

impl fmt::Debug for LegActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegActor").field("leg", &self.leg).finish_non_exhaustive()
    }
}

/// Takes the call's orders, for as long as both the call and the leg exist.
struct Listening;

impl ActorFuture<LegActor> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut LegActor,
        ctx: &mut Context<LegActor>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        let left = actor.leg.at_hand().take_left();
        if let Some(order) = left {
            actor.carry_out(order);
        }
        loop {
            match actor.leg.poll_order(task) {
                Poll::Ready(Some(order)) => actor.take(order),
                Poll::Ready(None) => {
                    // The call has dropped its line, or the leg has ended.
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
