//! The actor of one AudioSocket leg: it owns the leg's task and passes the call's orders on to it.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Recipient, WrapFuture};
use cordboard_schema::ids::LegId;

use super::leg::{Leg, Stay};
use crate::live_count::LiveCount;
use crate::messages::{AudioConnection, CallLine, ToLeg};

/// How often a leg looks whether its call is still there. A call that ends releases its legs; this finds the legs of one
/// that could not.
const ORPHAN_CHECK: Duration = Duration::from_secs(1);

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
}

/// One AudioSocket connection of a call. It joins the call with the first audio, or after 200 ms without any, and
/// leaves it exactly once, however it ends; nothing of it outlives the actor.
#[derive(Debug)]
pub struct AudioSocketActor {
    leg: Rc<Leg>,
    stay: Option<Stay>,
}

impl AudioSocketActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings) -> Recipient<ToLeg> {
        let LegSettings { leg, connection, call, live } = settings;
        let leg = Rc::new(Leg::new(leg, call));
        let stay = Stay::new(Rc::clone(&leg), connection, live.one_more());
        Actor::start(Self { leg, stay: Some(stay) }).recipient()
    }
}

impl Actor for AudioSocketActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let Some(stay) = self.stay.take() else { return };
        // As a future of the actor's own it is dropped with the actor.
        ctx.spawn(stay.run().into_actor(self).map(|(), _, ctx| ctx.stop()));
        ctx.run_interval(ORPHAN_CHECK, |actor, ctx| {
            if !ctx.connected() {
                actor.leg.release();
            }
        });
    }
}

impl Handler<ToLeg> for AudioSocketActor {
    type Result = ();

    fn handle(&mut self, order: ToLeg, _ctx: &mut Self::Context) {
        match order {
            ToLeg::Record(track) => self.leg.recording.start(track),
            ToLeg::SendDtmf(digits) => self.leg.play(&digits),
            ToLeg::Release => self.leg.release(),
        }
    }
}
