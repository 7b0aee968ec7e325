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
const READ_INTERVAL: Duration = Duration::from_secs(2);

/// How long after a call it can still be shown to its agents that a wrap-up is due, in ms. No queue gives them longer.
const WRAP_UP_AGE_MS_MAX: u64 = 3_600_000;
/// Number of reads of the agents' open wrap-ups: when the floors are known, and once more when the journals of calls
/// that were restored after a crash are on disk. From then on the router knows itself.
const WRAP_UP_READS: u8 = 2;

/// Sends the router the store's state of agents and queues: at once, every 2 s if anything has changed, and at once
/// for an organization that has changed something here. At the start it also sends the agents' due wrap-ups.
///
/// Several reads run at the same time, and one that was begun earlier may end later. It does not send a floor that a
/// later read has sent, because its data may be older than a change that the router knows of.
pub struct FloorWatch {
    load: Recipient<LoadFloor>,
    open_wrap_ups: Recipient<LoadOpenWrapUps>,
    router: RouterLine,
    clock: Clock,
    wrap_up_reads_left: u8,
    /// Reads are numbered as they begin.
    reads: u64,
    /// The read by which each floor was last sent.
    sent: HashMap<OrganizationId, u64>,
    /// The revision of all floors that the router has.
    known: Known,
}

impl FloorWatch {
    /// Creates the watch for this router.
    pub fn new(
        load: Recipient<LoadFloor>,
        open_wrap_ups: Recipient<LoadOpenWrapUps>,
        router: RouterLine,
    ) -> Self {
        let (clock, sent, known) = (Clock::system(), HashMap::new(), Known::default());
        Self { load, open_wrap_ups, router, clock, wrap_up_reads_left: WRAP_UP_READS, reads: 0, sent, known }
    }

    /// A read that ends once the router has received its result.
    fn read(
        &mut self,
        organization_id: Option<OrganizationId>,
    ) -> impl ActorFuture<Self, Output = ()> + use<> {
        self.reads += 1;
        let read = self.reads;
        // A single organization is read because it has changed.
        let known = if organization_id.is_none() { self.known.revision() } else { None };
        let floors = timeout(READ_INTERVAL, self.load.send(LoadFloor { organization_id, known }));
        floors.into_actor(self).map(move |floors, this, ctx| {
            let Ok(Ok(Ok(seen))) = floors else { return };
            if !this.send(seen, organization_id.is_none(), read) {
                ctx.stop();
            } else if organization_id.is_none() && this.wrap_up_reads_left > 0 {
                this.read_wrap_ups(ctx);
            }
        })
    }

    /// Sends the router what a read has found, of all floors or of one. Returns whether there still is a router.
    fn send(&mut self, seen: Option<AtRevision<Vec<Floor>>>, is_of_all: bool, read: u64) -> bool {
        let Some(AtRevision { revision, found }) = seen else { return self.router.is_open() };
        let seen = AtRevision { revision, found: self.newest_of(found, read) };
        // If only one floor was read, the router may still miss earlier changes of others.
        let sent = if is_of_all { self.known.sending(seen) } else { Known::default().sending(seen) };
        self.router.tell(ToRouter::FloorsSeen(sent))
    }

    /// Floors that no later read has sent.
    fn newest_of(&mut self, mut floors: Vec<Floor>, read: u64) -> Vec<Floor> {
        floors.retain(|floor| {
            let sent = self.sent.entry(floor.organization_id).or_default();
            let is_newest = *sent < read;
            *sent = read.max(*sent);
            is_newest
        });
        floors
    }

    /// Reads the due wrap-ups. The router knows by now whose floor it is.
    fn read_wrap_ups(&self, ctx: &mut Context<Self>) {
        let since = self.clock.now() - WRAP_UP_AGE_MS_MAX;
        let open_wrap_ups = timeout(READ_INTERVAL, self.open_wrap_ups.send(LoadOpenWrapUps { since }));
        ctx.spawn(open_wrap_ups.into_actor(self).map(|open_wrap_ups, this, _| {
            if let Ok(Ok(Ok(open_wrap_ups))) = open_wrap_ups
                && this.router.tell(RouterNotice::WrapUpsDue(open_wrap_ups))
            {
                this.wrap_up_reads_left = this.wrap_up_reads_left.saturating_sub(1);
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
        ctx.spawn(self.read(None));
        ctx.run_interval(READ_INTERVAL, |this, ctx| {
            ctx.spawn(this.read(None));
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
        Box::pin(self.read(Some(organization_id)))
    }
}
