//! Reads the store for the router, in an actor of its own: neither a slow store nor a death of the router delays the other.

use std::collections::HashMap;
use std::time::Duration;

use actix::{
    Actor, ActorContext, ActorFuture, ActorFutureExt, ActorState, AsyncContext, Context, Handler, Recipient,
    ResponseActFuture, WrapFuture,
};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::queue::Floor;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::known::Known;
use crate::line::RouterLine;
use crate::messages::{AtRevision, FloorChanged, LoadFloor, LoadOpenWrapUps, RouterNotice, ToRouter};

/// How often agents and queues are read, and the timeout of the store's answer.
const STORE_LOOK: Duration = Duration::from_secs(2);

/// How long after a call it can still be shown to its agents that a wrap-up is due, in ms. No queue gives them longer.
const OWED_MS_MAX: u64 = 3_600_000;
/// Number of reads of the agents' open wrap-ups: when the floors are known, and once more when the journals of calls
/// that were restored after a crash are on disk. From then on the router knows itself.
const OWED_LOOKS: u8 = 2;

/// Sends the router the store's state of agents and queues: at once, every 2 s if anything has changed, and at once
/// for an organization that has changed something here. At the start it also sends the agents' due wrap-ups.
///
/// Several reads run at the same time, and one that was begun earlier may end later. It does not send a floor that a
/// later read has sent, because its data may be older than a change that the router knows of.
pub struct FloorWatch {
    load: Recipient<LoadFloor>,
    owed: Recipient<LoadOpenWrapUps>,
    router: RouterLine,
    clock: Clock,
    owed_looks_left: u8,
    /// Reads are numbered as they begin.
    looks: u64,
    /// The read by which each floor was last sent.
    sent: HashMap<OrganizationId, u64>,
    /// The revision of all floors that the router has.
    known: Known,
}

impl FloorWatch {
    /// Creates the watch for this router.
    pub fn new(load: Recipient<LoadFloor>, owed: Recipient<LoadOpenWrapUps>, router: RouterLine) -> Self {
        let (clock, sent, known) = (Clock::system(), HashMap::new(), Known::default());
        Self { load, owed, router, clock, owed_looks_left: OWED_LOOKS, looks: 0, sent, known }
    }

    /// A read that ends once the router has received its result.
    fn look(
        &mut self,
        organization_id: Option<OrganizationId>,
    ) -> impl ActorFuture<Self, Output = ()> + use<> {
        self.looks += 1;
        let look = self.looks;
        // A single organization is read because it has changed.
        let known = if organization_id.is_none() { self.known.revision() } else { None };
        let floors = timeout(STORE_LOOK, self.load.send(LoadFloor { organization_id, known }));
        floors.into_actor(self).map(move |floors, this, ctx| {
            let Ok(Ok(Ok(seen))) = floors else { return };
            if !this.tell(seen, organization_id.is_none(), look) {
                ctx.stop();
            } else if organization_id.is_none() && this.owed_looks_left > 0 {
                this.look_who_owes(ctx);
            }
        })
    }

    /// Sends the router what a read has found, of all floors or of one. Returns whether there still is a router.
    fn tell(&mut self, seen: Option<AtRevision<Vec<Floor>>>, is_of_all: bool, look: u64) -> bool {
        let Some(AtRevision { revision, found }) = seen else { return self.router.is_open() };
        let seen = AtRevision { revision, found: self.newest_of(found, look) };
        // If only one floor was read, the router may still miss earlier changes of others.
        let sent = if is_of_all { self.known.sending(seen) } else { Known::default().sending(seen) };
        self.router.tell(ToRouter::FloorsSeen(sent))
    }

    /// Floors that no later read has sent.
    fn newest_of(&mut self, mut floors: Vec<Floor>, look: u64) -> Vec<Floor> {
        floors.retain(|floor| {
            let sent = self.sent.entry(floor.organization_id).or_default();
            let is_newest = *sent < look;
            *sent = look.max(*sent);
            is_newest
        });
        floors
    }

    /// Reads the due wrap-ups. The router knows by now whose floor it is.
    fn look_who_owes(&self, ctx: &mut Context<Self>) {
        let since = self.clock.now() - OWED_MS_MAX;
        let owed = timeout(STORE_LOOK, self.owed.send(LoadOpenWrapUps { since }));
        ctx.spawn(owed.into_actor(self).map(|owed, this, _| {
            if let Ok(Ok(Ok(owed))) = owed
                && this.router.tell(RouterNotice::WrapUpsOwed(owed))
            {
                this.owed_looks_left = this.owed_looks_left.saturating_sub(1);
            }
        }));
    }
}

impl Actor for FloorWatch {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        // If the runtime of an actor has ended before the actor began, it begins while it is dropped, and no timer
        // can be created any more.
        if ctx.state() == ActorState::Stopping {
            return;
        }
        ctx.spawn(self.look(None));
        ctx.run_interval(STORE_LOOK, |this, ctx| {
            ctx.spawn(this.look(None));
        });
    }
}

impl Handler<FloorChanged> for FloorWatch {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(
        &mut self,
        FloorChanged { organization_id }: FloorChanged,
        _: &mut Context<Self>,
    ) -> Self::Result {
        Box::pin(self.look(Some(organization_id)))
    }
}
